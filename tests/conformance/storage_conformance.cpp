#include "conformance/storage_conformance.h"

#include "support/blobs.h"
#include "support/errors.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <utility>

namespace thumbjobs::test {

namespace {

std::string numbered_key(int number) {
    return "job-" + std::to_string(number) + "/original";
}

std::set<std::string> keys_of(const std::vector<StoredBlob>& blobs) {
    std::set<std::string> keys;
    for (const StoredBlob& blob : blobs)
        keys.insert(blob.key);
    return keys;
}

/// Runs `work(0)` to `work(count - 1)` at once; throws what the first of them threw.
template <typename Work>
void run_threads(int count, Work work) {
    std::vector<std::exception_ptr> errors(static_cast<std::size_t>(count));
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            try {
                work(i);
            } catch (...) {
                errors[static_cast<std::size_t>(i)] = std::current_exception();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    for (const std::exception_ptr& error : errors)
        if (error)
            std::rethrow_exception(error);
}

} // namespace

StorageConformance::StorageConformance(StorageBackend backend) : backend_(std::move(backend)) {}

void StorageConformance::init() {
    backend_.reset();
    storage_ = backend_.open();
}

void StorageConformance::cleanup() {
    storage_.reset();
}

/// Every blob, in pages of `limit`.
std::vector<StoredBlob> StorageConformance::list_all(int limit) {
    std::vector<StoredBlob> all;
    std::string cursor;
    do {
        StoredBlobPage page = storage_->list(cursor, limit);
        if (page.blobs.size() > static_cast<std::size_t>(limit))
            throw std::logic_error("a page exceeds its limit");
        all.insert(all.end(), page.blobs.begin(), page.blobs.end());
        cursor = page.cursor;
    } while (!cursor.empty());
    return all;
}

// --- Storing and opening

void StorageConformance::stores_bytes_data() {
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 4095, 4096, 4097, 1'000'003})
        QTest::addRow("%d bytes", size) << size;
}

void StorageConformance::stores_bytes() {
    QFETCH(int, size);
    const Bytes bytes = make_noise(static_cast<std::size_t>(size));
    storage_->put("job/original", *copy_blob(bytes), BlobKind::original);
    const BlobPtr blob = storage_->open("job/original");
    QCOMPARE(blob->size(), static_cast<std::int64_t>(size));
    QVERIFY(blob->read_all() == bytes);
}

void StorageConformance::reads_ranges() {
    const Bytes bytes = make_noise(10'000);
    storage_->put("job/original", *copy_blob(bytes), BlobKind::original);
    const BlobPtr blob = storage_->open("job/original");

    Bytes part(300);
    QCOMPARE(blob->read(5'000, part), std::size_t{300});
    QVERIFY(std::equal(part.begin(), part.end(), bytes.begin() + 5'000));
    QCOMPARE(blob->read(9'900, part), std::size_t{100});
    QVERIFY(std::equal(part.begin(), part.begin() + 100, bytes.begin() + 9'900));
    QCOMPARE(blob->read(10'000, part), std::size_t{0});
    EXPECT_ERROR(blob->read(10'001, part), invalid_argument);
    EXPECT_ERROR(blob->read(-1, part), invalid_argument);
}

void StorageConformance::stores_any_kind_of_blob_data() {
    QTest::addColumn<QString>("kind");
    for (const char* const kind : {"memory", "spooled", "named file", "foreign"})
        QTest::newRow(kind) << kind;
}

void StorageConformance::stores_any_kind_of_blob() {
    QFETCH(QString, kind);
    const QTemporaryDir folder;
    const Bytes bytes = make_noise(300'001);
    BlobPtr blob = copy_blob(bytes);
    if (kind == "spooled") {
        blob = make_spooled_blob(bytes, folder.path().toStdString());
    } else if (kind == "named file") {
        QFile file(folder.filePath("image"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<qint64>(bytes.size()));
        file.close();
        blob = open_file_blob(file.fileName().toStdString());
    } else if (kind == "foreign") {
        blob = make_foreign_blob(bytes);
    }
    storage_->put("job/original", *blob, BlobKind::original);
    QVERIFY(storage_->open("job/original")->read_all() == bytes);
    QVERIFY(blob->read_all() == bytes);
}

void StorageConformance::stores_a_spooled_file_under_two_keys() {
    const QTemporaryDir folder;
    const Bytes bytes = make_noise(5'000);
    const BlobPtr blob = make_spooled_blob(bytes, folder.path().toStdString());
    storage_->put("one/original", *blob, BlobKind::original);
    storage_->put("two/original", *blob, BlobKind::original);
    QVERIFY(storage_->remove("one/original"));
    QVERIFY(storage_->open("two/original")->read_all() == bytes);
}

void StorageConformance::stores_a_large_blob() {
    const Bytes bytes = make_noise(20 << 20);
    storage_->put("job/original", *make_foreign_blob(bytes), BlobKind::original);
    QVERIFY(storage_->open("job/original")->read_all() == bytes);
}

void StorageConformance::put_again_keeps_the_blob() {
    const Bytes bytes = make_noise(5'000);
    for (int i = 0; i < 3; ++i)
        storage_->put("job/original", *copy_blob(bytes), BlobKind::original);
    QVERIFY(storage_->open("job/original")->read_all() == bytes);
    QCOMPARE(list_all(10).size(), std::size_t{1});
}

void StorageConformance::failed_put_leaves_nothing() {
    const BlobPtr broken = make_foreign_blob(make_noise(500'000), 400'000);
    EXPECT_ERROR(storage_->put("job/original", *broken, BlobKind::original), storage_unavailable);
    EXPECT_ERROR(storage_->open("job/original"), not_found);
    QVERIFY(list_all(10).empty());
}

void StorageConformance::failed_put_leaves_the_earlier_blob() {
    const Bytes bytes = make_noise(500'000);
    storage_->put("job/original", *copy_blob(bytes), BlobKind::original);
    EXPECT_ERROR(
        storage_->put("job/original", *make_foreign_blob(bytes, 400'000), BlobKind::original),
        storage_unavailable);
    QVERIFY(storage_->open("job/original")->read_all() == bytes);
}

void StorageConformance::unknown_key_is_not_found() {
    EXPECT_ERROR(storage_->open("job/original"), not_found);
    storage_->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
    EXPECT_ERROR(storage_->open("job/origina"), not_found);
    EXPECT_ERROR(storage_->open("job"), not_found);
    EXPECT_ERROR(storage_->open("job/original/x"), not_found);
    QVERIFY(storage_->remove("job/original"));
    EXPECT_ERROR(storage_->open("job/original"), not_found);
}

void StorageConformance::opened_blob_outlives_its_removal() {
    const Bytes bytes = make_noise(100'000);
    storage_->put("job/original", *copy_blob(bytes), BlobKind::original);
    const BlobPtr blob = storage_->open("job/original");
    QVERIFY(storage_->remove("job/original"));
    QCOMPARE(blob->size(), std::int64_t{100'000});
    try {
        QVERIFY(blob->read_all() == bytes);
    } catch (const Error& error) { // the other answer that the interface allows
        QCOMPARE(error.code(), ErrorCode::not_found);
    }
}

void StorageConformance::remove_tells_whether_it_was_there() {
    QVERIFY(!storage_->remove("job/original"));
    storage_->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
    QVERIFY(storage_->remove("job/original"));
    QVERIFY(!storage_->remove("job/original"));
    QVERIFY(list_all(10).empty());
}

void StorageConformance::keeps_similar_keys_apart() {
    const std::vector<std::string> keys{"a", "b", "a/b", "a-b", "a_b", "a/b/c", "a/bc", "ab/c"};
    for (const std::string& key : keys)
        storage_->put(key, *copy_blob(as_bytes(key)), BlobKind::rendition);
    for (const std::string& key : keys) {
        const ByteView expected = as_bytes(key);
        const Bytes bytes = storage_->open(key)->read_all();
        QVERIFY(std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end()));
    }
    QVERIFY(storage_->remove("a/b"));
    QVERIFY(keys_of(list_all(100)) ==
            (std::set<std::string>{"a", "b", "a-b", "a_b", "a/b/c", "a/bc", "ab/c"}));
}

void StorageConformance::accepts_the_longest_keys() {
    const std::string longest(200, 'k');
    const std::string deepest = "a/b/c/d/" + std::string(192, 'e');
    for (const std::string& key : {longest, deepest}) {
        storage_->put(key, *copy_blob(make_noise(10)), BlobKind::rendition);
        QCOMPARE(storage_->open(key)->size(), std::int64_t{10});
    }
    QVERIFY(keys_of(list_all(1)) == (std::set<std::string>{longest, deepest}));
}

void StorageConformance::refuses_malformed_keys_data() {
    QTest::addColumn<QByteArray>("key");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("slash first") << QByteArray("/a");
    QTest::newRow("slash last") << QByteArray("a/");
    QTest::newRow("empty segment") << QByteArray("a//b");
    QTest::newRow("six segments") << QByteArray("a/b/c/d/e/f");
    QTest::newRow("201 characters") << QByteArray(201, 'a');
    QTest::newRow("upper case") << QByteArray("A");
    QTest::newRow("dots") << QByteArray("../etc/passwd");
    QTest::newRow("dot") << QByteArray("a.b");
    QTest::newRow("zero byte") << QByteArray("a\0b", 3);
    QTest::newRow("space") << QByteArray("a b");
    QTest::newRow("not ASCII") << QByteArray("\xC3\xA4");
}

void StorageConformance::refuses_malformed_keys() {
    QFETCH(QByteArray, key);
    const std::string text = key.toStdString();
    QVERIFY(!is_storage_key(text));
    EXPECT_ERROR(storage_->put(text, *copy_blob(make_noise(10)), BlobKind::original),
                 invalid_argument);
    EXPECT_ERROR(storage_->open(text), invalid_argument);
    EXPECT_ERROR(storage_->remove(text), invalid_argument);
    QVERIFY(list_all(10).empty());
}

// --- Listing

void StorageConformance::lists_nothing_when_empty() {
    const StoredBlobPage page = storage_->list("", 1000);
    QVERIFY(page.blobs.empty());
    QVERIFY(page.cursor.empty());
}

void StorageConformance::lists_each_blob_once_data() {
    QTest::addColumn<int>("limit");
    for (const int limit : {1, 2, 7, 60, 61, 1000})
        QTest::addRow("limit %d", limit) << limit;
}

void StorageConformance::lists_each_blob_once() {
    QFETCH(int, limit);
    std::set<std::string> keys;
    for (int i = 0; i < 30; ++i)
        for (const std::string& key : {numbered_key(i), "job/1-abc/" + std::to_string(i)}) {
            storage_->put(key, *copy_blob(make_noise(key.size())), BlobKind::rendition);
            keys.insert(key);
        }
    const std::vector<StoredBlob> all = list_all(limit);
    QCOMPARE(all.size(), keys.size());
    QVERIFY(keys_of(all) == keys);
    for (const StoredBlob& blob : all) {
        QCOMPARE(blob.bytes, static_cast<std::int64_t>(blob.key.size()));
        QVERIFY(blob.age >= Milliseconds(0) && blob.age < std::chrono::minutes(1));
    }
}

void StorageConformance::lists_in_a_stable_order() {
    for (int i = 0; i < 50; ++i)
        storage_->put(numbered_key(i), *copy_blob(make_noise(1)), BlobKind::rendition);
    const auto order = [](const std::vector<StoredBlob>& blobs) {
        std::vector<std::string> keys;
        for (const StoredBlob& blob : blobs)
            keys.push_back(blob.key);
        return keys;
    };
    QVERIFY(order(list_all(7)) == order(list_all(1000)));
}

void StorageConformance::lists_what_stays_while_others_change() {
    std::set<std::string> staying;
    for (int i = 0; i < 40; ++i) {
        const std::string key = "stays-" + std::to_string(i) + "/x";
        storage_->put(key, *copy_blob(make_noise(1)), BlobKind::rendition);
        storage_->put("goes-" + std::to_string(i) + "/x", *copy_blob(make_noise(1)),
                      BlobKind::rendition);
        staying.insert(key);
    }
    std::set<std::string> seen;
    std::string cursor;
    int page_number = 0;
    do {
        const StoredBlobPage page = storage_->list(cursor, 5);
        for (const StoredBlob& blob : page.blobs)
            if (staying.contains(blob.key))
                QVERIFY2(seen.insert(blob.key).second, blob.key.c_str());
        cursor = page.cursor;
        storage_->remove("goes-" + std::to_string(page_number) + "/x");
        storage_->put("comes-" + std::to_string(page_number) + "/x", *copy_blob(make_noise(1)),
                      BlobKind::rendition);
        QVERIFY(++page_number < 1000);
    } while (!cursor.empty());
    QVERIFY(seen == staying);
}

void StorageConformance::list_refuses_bad_arguments_data() {
    QTest::addColumn<QByteArray>("cursor");
    QTest::addColumn<int>("limit");
    QTest::newRow("no limit") << QByteArray() << 0;
    QTest::newRow("negative limit") << QByteArray() << -1;
    QTest::newRow("limit too large") << QByteArray() << 1001;
    QTest::newRow("foreign cursor") << QByteArray("!!") << 10;
    QTest::newRow("path as cursor") << QByteArray("../../etc/passwd") << 10;
    QTest::newRow("binary cursor") << QByteArray("\0\xFF", 2) << 10;
    QTest::newRow("huge cursor") << QByteArray(100'000, 'a') << 10;
}

void StorageConformance::list_refuses_bad_arguments() {
    QFETCH(QByteArray, cursor);
    QFETCH(int, limit);
    EXPECT_ERROR(storage_->list(cursor.toStdString(), limit), invalid_argument);
}

void StorageConformance::list_goes_on_after_its_cursors_blob_is_gone() {
    for (int i = 0; i < 10; ++i)
        storage_->put(numbered_key(i), *copy_blob(make_noise(1)), BlobKind::rendition);
    std::set<std::string> left = keys_of(list_all(1000));
    std::string cursor;
    do {
        const StoredBlobPage page = storage_->list(cursor, 3);
        for (const StoredBlob& blob : page.blobs) {
            QVERIFY(left.erase(blob.key) == 1);
            QVERIFY(storage_->remove(blob.key));
        }
        cursor = page.cursor;
    } while (!cursor.empty());
    QVERIFY(left.empty());
}

// --- Stamps

void StorageConformance::first_stamp_stays() {
    QCOMPARE(storage_->stamp("store-1"), std::string("store-1"));
    QCOMPARE(storage_->stamp("store-2"), std::string("store-1"));
    QCOMPARE(storage_->stamp("store-1"), std::string("store-1"));
    if (backend_.shared)
        QCOMPARE(backend_.open()->stamp("store-3"), std::string("store-1"));
}

void StorageConformance::stamp_is_no_blob() {
    storage_->stamp(std::string(64, 'z'));
    QVERIFY(list_all(10).empty());
    EXPECT_ERROR(storage_->open("stamp"), not_found);
    QVERIFY(!storage_->remove("stamp"));
    QCOMPARE(storage_->stamp("other"), std::string(64, 'z'));
}

void StorageConformance::stamp_refuses_malformed_ids_data() {
    QTest::addColumn<QByteArray>("id");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("65 characters") << QByteArray(65, 'a');
    QTest::newRow("upper case") << QByteArray("Store");
    QTest::newRow("line feed") << QByteArray("store\n");
}

void StorageConformance::stamp_refuses_malformed_ids() {
    QFETCH(QByteArray, id);
    EXPECT_ERROR(storage_->stamp(id.toStdString()), invalid_argument);
    QCOMPARE(storage_->stamp("store"), std::string("store"));
}

void StorageConformance::stamp_race_has_one_winner() {
    constexpr int racers = 8;
    for (int round = 0; round < 5; ++round) {
        storage_.reset();
        init();
        std::vector<std::shared_ptr<Storage>> storages;
        for (int i = 0; i < racers; ++i)
            storages.push_back(backend_.shared && i % 2 == 0 ? backend_.open() : storage_);
        std::vector<std::string> answers(racers);
        run_threads(racers, [&](int i) {
            const auto index = static_cast<std::size_t>(i);
            answers[index] = storages[index]->stamp("store-" + std::to_string(i));
        });
        for (const std::string& answer : answers)
            QCOMPARE(answer, answers.front());
        QVERIFY(answers.front().starts_with("store-"));
    }
}

// --- Together

void StorageConformance::second_instance_sees_the_same() {
    if (!backend_.shared)
        QSKIP("this backend's content belongs to one instance");
    const Bytes bytes = make_noise(10'000);
    const auto other = backend_.open();
    storage_->put("job/original", *copy_blob(bytes), BlobKind::original);
    QVERIFY(other->open("job/original")->read_all() == bytes);
    QCOMPARE(other->list("", 10).blobs.size(), std::size_t{1});
    QVERIFY(other->remove("job/original"));
    EXPECT_ERROR(storage_->open("job/original"), not_found);
}

void StorageConformance::threads_do_not_disturb_each_other() {
    constexpr int rounds = 40;
    const auto other = backend_.shared ? backend_.open() : storage_;
    const Bytes kept = make_noise(2'000, 99);
    storage_->put("kept/original", *copy_blob(kept), BlobKind::original);
    run_threads(6, [&](int thread) {
        Storage& storage = thread % 2 == 0 ? *storage_ : *other;
        for (int round = 0; round < rounds; ++round) {
            const std::string key =
                "job-" + std::to_string(thread) + '/' + std::to_string(round) + "-a/thumbnail";
            const Bytes bytes = make_noise(1'000 + static_cast<std::size_t>(round),
                                           static_cast<unsigned>(thread * rounds + round));
            storage.put(key, *copy_blob(bytes), BlobKind::rendition);
            if (storage.open(key)->read_all() != bytes)
                throw std::runtime_error("other bytes: " + key);
            if (storage.open("kept/original")->read_all() != kept)
                throw std::runtime_error("other bytes: kept/original");
            if (round % 10 == 0 && !keys_of(storage.list("", 1000).blobs).contains(key))
                throw std::runtime_error("not listed: " + key);
            if (round % 2 == 0 && !storage.remove(key))
                throw std::runtime_error("not removed: " + key);
        }
    });
    QCOMPARE(list_all(17).size(), static_cast<std::size_t>(1 + 6 * rounds / 2));
}

void StorageConformance::can_be_probed() {
    storage_->probe();
    storage_->probe();
    QVERIFY(list_all(10).empty());
}

void StorageConformance::describes_itself() {
    QVERIFY(!storage_->describe().empty());
}

} // namespace thumbjobs::test
