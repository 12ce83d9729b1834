#include "backends/sqlite_truth.h"
#include "core/engine_fixture.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>

using namespace thumbjobs;
using namespace thumbjobs::test;

/// The engine on the embedded default: SQLite and a folder.
class DurableTest : public QObject {
    Q_OBJECT

private slots:
    void a_queue_survives_a_restart();
    void thumbnails_of_a_former_version_stay();
    void a_drained_engine_is_taken_over();
    void two_engines_share_a_folder();
};

namespace {

EngineOptions options_in(const QTemporaryDir& folder, std::string name) {
    EngineOptions options = EngineOptions::in_directory(folder.path().toStdString());
    options.image_resizer = std::make_shared<FakeResizer>();
    options.worker_name = std::move(name);
    return options;
}

} // namespace

void DurableTest::a_queue_survives_a_restart() {
    const QTemporaryDir folder;
    JobId id;
    {
        const auto engine = Engine::open(options_in(folder, "first"));
        id = engine->submit({.image = fake_image(), .filename = "photo.png"}).job.id;
    }
    {
        const auto engine = Engine::open(options_in(folder, "second"));
        engine->start();
        QCOMPARE(engine->wait(id, patience).state, JobState::succeeded);
    }
    const auto engine = Engine::open(options_in(folder, "third"));
    QCOMPARE(engine->get(id)->original.filename, std::string("photo.png"));
    QCOMPARE(engine->open_rendition(id).blob->read_all().size(), std::size_t{9});
    QCOMPARE(engine->sweep_orphans(), std::optional(0));
}

void DurableTest::thumbnails_of_a_former_version_stay() {
    const QTemporaryDir folder;
    JobId before;
    {
        EngineOptions options = options_in(folder, "former");
        options.inline_thumbnails = 0;
        const auto engine = Engine::open(options);
        engine->start();
        before = engine->wait(engine->submit(request()).job.id, patience).id;
    }
    alter_sqlite(folder.filePath("jobs.db").toStdString(),
                 "DROP TABLE kept; PRAGMA user_version = 1;"
                 "UPDATE jobs SET rendition_keys = rtrim(rendition_keys, char(10))");
    const auto engine = Engine::open(options_in(folder, "this one"));
    engine->start();
    const JobId after = engine->wait(engine->submit(request()).job.id, patience).id;
    for (const JobId& id : {before, after})
        QCOMPARE(engine->open_rendition(id).blob->read_all().size(), std::size_t{9});
    const auto files = [&folder] {
        int count = 0;
        for (QDirIterator all(folder.filePath("images/blobs"), QDir::Files,
                              QDirIterator::Subdirectories);
             all.hasNext(); all.next())
            ++count;
        return count;
    };
    QCOMPARE(files(), 3); // two originals, one thumbnail
    QCOMPARE(engine->sweep_orphans(), std::optional(0));
    engine->remove(before);
    QCOMPARE(files(), 1);
    engine->remove(after);
    QCOMPARE(files(), 0);
}

void DurableTest::a_drained_engine_is_taken_over() {
    const QTemporaryDir folder;
    const auto barrier = std::make_shared<Barrier>(); // stays closed
    EngineOptions stuck = options_in(folder, "stuck");
    const auto resizer = std::make_shared<FakeResizer>();
    resizer->otherwise(FakeResizer::block(barrier));
    stuck.image_resizer = resizer;
    const auto first = Engine::open(stuck);
    const auto second = Engine::open(options_in(folder, "other"));
    first->start();
    const JobId id = first->submit(request()).job.id;
    QVERIFY(barrier->wait_arrived(1));
    first->stop(Milliseconds{0});
    second->start();
    const Job done = second->wait(id, patience); // far sooner than the lease ends
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 1);
}

void DurableTest::two_engines_share_a_folder() {
    const QTemporaryDir folder;
    const auto first = Engine::open(options_in(folder, "first"));
    const auto second = Engine::open(options_in(folder, "second"));
    first->start();
    second->start();
    std::vector<JobId> ids;
    for (int i = 0; i < 40; ++i)
        ids.push_back((i % 2 ? first : second)->submit(request()).job.id);
    for (std::size_t i = 0; i < ids.size(); ++i) { // each waits for what the other took in
        const Job job = (i % 2 ? second : first)->wait(ids[i], patience);
        QCOMPARE(job.state, JobState::succeeded);
        QCOMPARE(job.attempts, 1);
    }
    QCOMPARE(first->stats().store.succeeded, std::int64_t{40});
}

QTEST_GUILESS_MAIN(DurableTest)
#include "tst_engine_durable.moc"
