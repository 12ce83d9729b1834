#include "src/input_buffers.h"
#include "src/sha256.h"
#include "support/blobs.h"
#include "support/errors.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

using namespace thumbjobs;
using test::make_noise;

class TestBlob : public QObject {
    Q_OBJECT

private slots:
    void memory_blobs_hold_their_bytes();
    void shared_blob_keeps_its_owner();
    void file_blob_reads_its_file();
    void file_blob_closes_its_file();
    void file_blob_notices_a_shorter_file();
    void file_blob_needs_an_open_file();
    void file_blob_is_read_by_threads();
    void opens_files();
    void refuses_what_is_no_file();
    void buffers_are_lent_again();

    void sha256_of_examples_data();
    void sha256_of_examples();
    void sha256_of_pieces_and_blobs();
};

void TestBlob::memory_blobs_hold_their_bytes() {
    const Bytes bytes = make_noise(1'000);
    for (const BlobPtr& blob : {make_blob(bytes), copy_blob(bytes), share_blob(bytes, nullptr)}) {
        QCOMPARE(blob->size(), std::int64_t{1'000});
        QVERIFY(std::equal(blob->view().begin(), blob->view().end(), bytes.begin(), bytes.end()));
        QVERIFY(blob->read_all() == bytes);
        QCOMPARE(blob->file_descriptor(), -1);
        Bytes part(600);
        QCOMPARE(blob->read(500, part), std::size_t{500});
        QVERIFY(std::equal(part.begin(), part.begin() + 500, bytes.begin() + 500));
        EXPECT_ERROR(blob->read(1'001, part), invalid_argument);
        EXPECT_ERROR(blob->read(-1, part), invalid_argument);
    }
    QCOMPARE(make_blob({})->size(), std::int64_t{0});
    QVERIFY(make_blob({})->read_all().empty());
}

void TestBlob::shared_blob_keeps_its_owner() {
    auto owner = std::make_shared<Bytes>(make_noise(10));
    const std::weak_ptr<Bytes> watch = owner;
    BlobPtr blob = share_blob(*owner, owner);
    owner.reset();
    QVERIFY(!watch.expired());
    QVERIFY(blob->read_all() == make_noise(10));
    blob.reset();
    QVERIFY(watch.expired());
}

void TestBlob::file_blob_reads_its_file() {
    const QTemporaryDir folder;
    const Bytes bytes = make_noise(300'000);
    const BlobPtr blob = test::make_spooled_blob(bytes, folder.path().toStdString());
    QCOMPARE(blob->size(), std::int64_t{300'000});
    QVERIFY(blob->view().empty());
    QVERIFY(blob->file_descriptor() >= 0);
    QVERIFY(blob->read_all() == bytes);
    Bytes part(100);
    QCOMPARE(blob->read(299'950, part), std::size_t{50});
    QCOMPARE(blob->read(300'000, part), std::size_t{0});
    EXPECT_ERROR(blob->read(300'001, part), invalid_argument);
}

void TestBlob::file_blob_closes_its_file() {
    const QTemporaryDir folder;
    BlobPtr blob = test::make_spooled_blob(make_noise(10), folder.path().toStdString());
    const int descriptor = blob->file_descriptor();
    QVERIFY(::fcntl(descriptor, F_GETFD) >= 0);
    blob.reset();
    QVERIFY(::fcntl(descriptor, F_GETFD) < 0);
}

void TestBlob::file_blob_notices_a_shorter_file() {
    const QTemporaryDir folder;
    const BlobPtr blob = test::make_spooled_blob(make_noise(10'000), folder.path().toStdString());
    QVERIFY(::ftruncate(blob->file_descriptor(), 5'000) == 0);
    EXPECT_ERROR(blob->read_all(), storage_unavailable);
    EXPECT_ERROR(sha256_hex(*blob), storage_unavailable);
}

void TestBlob::file_blob_needs_an_open_file() {
    EXPECT_ERROR(make_file_blob(-1), storage_unavailable);
}

void TestBlob::file_blob_is_read_by_threads() {
    const QTemporaryDir folder;
    const Bytes bytes = make_noise(500'000);
    const BlobPtr blob = test::make_spooled_blob(bytes, folder.path().toStdString());
    std::array<bool, 4> equal{};
    {
        std::vector<std::jthread> threads;
        for (bool& result : equal)
            threads.emplace_back([&] { result = blob->read_all() == bytes; });
    }
    QVERIFY(std::all_of(equal.begin(), equal.end(), [](bool result) { return result; }));
}

void TestBlob::opens_files() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("ä image"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("image bytes");
    file.close();
    const BlobPtr blob = open_file_blob(file.fileName().toStdString());
    QCOMPARE(blob->size(), std::int64_t{11});
    QVERIFY(QFile::link(file.fileName(), folder.filePath("link")));
    QCOMPARE(open_file_blob(folder.filePath("link").toStdString())->size(), std::int64_t{11});
    QVERIFY(file.remove());
    const ByteView expected = as_bytes("image bytes");
    const Bytes bytes = blob->read_all();
    QVERIFY(std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end()));
}

void TestBlob::refuses_what_is_no_file() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    EXPECT_ERROR(open_file_blob(path + "/absent"), not_found);
    EXPECT_ERROR(open_file_blob(path + "/absent/file"), not_found);
    EXPECT_ERROR(open_file_blob(""), not_found);
    EXPECT_ERROR(open_file_blob(path), invalid_argument);
    EXPECT_ERROR(open_file_blob("/dev/null"), invalid_argument);
    EXPECT_ERROR(open_file_blob(std::string("/etc/passwd\0x", 13)), invalid_argument);
    QVERIFY(::mkfifo((path + "/pipe").c_str(), 0600) == 0);
    EXPECT_ERROR(open_file_blob(path + "/pipe"), invalid_argument); // and does not wait
    QVERIFY(!test::message_of([&] {
                 open_file_blob(path + "/absent");
             }).contains(QString::fromStdString(path)));
}

void TestBlob::buffers_are_lent_again() {
    const Bytes large = make_noise(5'000);
    const Bytes small = make_noise(2'000, 2);
    const BlobPtr large_blob = test::make_foreign_blob(large);
    const BlobPtr small_blob = test::make_foreign_blob(small);
    InputBuffers buffers(1);
    const std::byte* first = nullptr;
    {
        InputBuffers::Loan loan(buffers);
        const ByteView view = loan.load(*large_blob);
        QVERIFY(std::equal(view.begin(), view.end(), large.begin(), large.end()));
        first = view.data();
        const BlobPtr memory = make_blob(small);
        QCOMPARE(loan.load(*memory).data(), memory->view().data()); // needs none
    }
    {
        InputBuffers::Loan loan(buffers);
        InputBuffers::Loan other(buffers);
        const ByteView view = loan.load(*small_blob);
        QCOMPARE(view.data(), first);
        QVERIFY(std::equal(view.begin(), view.end(), small.begin(), small.end()));
        QVERIFY(other.load(*large_blob).data() != first); // that one is lent
    } // the other one is back first, and is the one to be kept
    {
        InputBuffers::Loan loan(buffers);
        QVERIFY(loan.load(*small_blob).data() != first);
        EXPECT_ERROR(loan.load(*test::make_foreign_blob(large, 3'000)), storage_unavailable);
    }
    buffers.release();
    InputBuffers::Loan loan(buffers);
    QCOMPARE(loan.load(*large_blob).size(), large.size());
}

void TestBlob::sha256_of_examples_data() {
    // FIPS 180-4's examples, by NIST.
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("digest");
    QTest::newRow("empty") << QByteArray()
                           << "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    QTest::newRow("abc") << QByteArray("abc")
                         << "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    QTest::newRow("a million a")
        << QByteArray(1'000'000, 'a')
        << "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd"
           "0";
}

void TestBlob::sha256_of_examples() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, digest);
    const ByteView view = as_bytes({bytes.data(), static_cast<std::size_t>(bytes.size())});
    QCOMPARE(QString::fromStdString(sha256_hex(view)), digest);
    QCOMPARE(QString::fromStdString(sha256_hex(*copy_blob(view))), digest);
}

void TestBlob::sha256_of_pieces_and_blobs() {
    const QTemporaryDir folder;
    const Bytes bytes = make_noise(700'001);
    Sha256 hash;
    const ByteView view = bytes;
    hash.update(view.first(1));
    hash.update(view.subspan(1, 0));
    hash.update(view.subspan(1, 500'000));
    hash.update(*copy_blob(view.subspan(500'001)));
    const std::string digest = sha256_hex(bytes);
    QCOMPARE(hash.finish_hex(), digest);
    QCOMPARE(sha256_hex(*test::make_foreign_blob(bytes)), digest);
    QCOMPARE(sha256_hex(*test::make_spooled_blob(bytes, folder.path().toStdString())), digest);
}

QTEST_APPLESS_MAIN(TestBlob)
#include "tst_blob.moc"
