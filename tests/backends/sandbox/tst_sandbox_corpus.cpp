// Damaged images through a sandboxed engine: every job ends, and this process lives.
//
// Variants are made by a seed from images that are made here, or from the folder
// THUMBJOBS_CORPUS_DIR; how many is THUMBJOBS_CORPUS_VARIANTS (120). scripts/sandbox-corpus.sh runs
// a few thousand.
#include "backends/sandbox/fixture.h"
#include "support/errors.h"
#include "support/test_images.h"
#include "worker/samples.h"

#include <thumbjobs/thumbjobs.h>

#include <QTest>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

std::vector<Bytes> files_below(const std::string& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Bytes> files;
    for (const auto& path : paths) {
        std::ifstream stream(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        const ByteView view = as_bytes(text);
        files.emplace_back(view.begin(), view.end());
    }
    return files;
}

std::vector<Bytes> originals() {
    if (const QString folder = qEnvironmentVariable("THUMBJOBS_CORPUS_DIR"); !folder.isEmpty())
        return files_below(folder.toStdString());
    std::vector<Bytes> files;
    for (const TestFormat format : {TestFormat::jpeg, TestFormat::png, TestFormat::webp,
                                    TestFormat::gif, TestFormat::tiff, TestFormat::avif})
        files.push_back(make_test_image({.format = format}));
    files.push_back(make_test_image({.progressive = true}));
    files.push_back(make_test_image({.format = TestFormat::png, .progressive = true}));
    for (const worker::Sample& sample : worker::samples())
        files.push_back(sample.data);
    return files;
}

/// Some bytes changed, more of them near the beginning, and sometimes cut off.
Bytes damage(Bytes file, std::mt19937& random) {
    const auto below = [&random](std::size_t bound) { return random() % bound; };
    const std::size_t changes = 1 + below(12);
    for (std::size_t i = 0; i < changes; ++i) {
        const std::size_t reach =
            i % 2 == 0 ? file.size() : std::min<std::size_t>(file.size(), 512);
        file[below(reach)] ^= static_cast<std::byte>(1 << below(8));
    }
    if (below(4) == 0)
        file.resize(1 + below(file.size()));
    return file;
}

} // namespace

class SandboxCorpusTest : public QObject {
    Q_OBJECT

private slots:
    void every_damaged_image_ends();
};

void SandboxCorpusTest::every_damaged_image_ends() {
    const int variants =
        std::max(1, qEnvironmentVariable("THUMBJOBS_CORPUS_VARIANTS", "120").toInt());
    EngineOptions options;
    options.resizer =
        "sandbox:jpeg:png:webp:vips:?helpers=2&timeout=5s&formats=+svg,+pdf,+jxl,+jp2&"
        "worker=" THUMBJOBS_WORKER;
    options.workers = 2;
    options.retry.max_crashes = 1;
    const auto engine = Engine::open(options);
    engine->start();

    const std::vector<Bytes> files = originals();
    std::mt19937 random(20260131);
    std::map<std::string, int> ends;
    int nonsense = 0;
    std::vector<JobId> jobs;
    const auto settle = [&] {
        for (const JobId& id : jobs) {
            const Job job = engine->wait(id, Milliseconds{120'000});
            QVERIFY(is_terminal(job.state));
            ++ends[job.error ? std::string(to_string(job.error->code)) : "succeeded"];
            if (job.crashes > 0) {
                nonsense += job.error->message.find("no answer") != std::string::npos ? 1 : 0;
                qInfo("%s: %s", job.original.media_type.c_str(), job.error->message.c_str());
            }
        }
        jobs.clear();
    };
    for (int i = 0; i < variants; ++i) {
        const Bytes file = damage(files[static_cast<std::size_t>(i) % files.size()], random);
        try {
            jobs.push_back(engine->submit({.image = copy_blob(file)}).job.id);
        } catch (const Error& error) {
            ++ends["refused: " + std::string(to_string(error.code()))];
        }
        if (jobs.size() == 64)
            settle();
    }
    settle();
    for (const auto& [end, count] : ends)
        qInfo("%6d %s", count, end.c_str());
    QCOMPARE(ends["internal"], 0);
    QCOMPARE(nonsense, 0); // the helper's own words, however the image is damaged
    // A refused system call of a damaged image would be a hole in the list of allowed ones.
    QCOMPARE(ends["decoder_forbidden"], 0);
    QVERIFY(ends["succeeded"] > 0);
}

QTEST_GUILESS_MAIN(SandboxCorpusTest)
#include "tst_sandbox_corpus.moc"
