// What somebody else writes, with the public headers alone: makes a thumbnail, then makes every
// mistake that a caller can make, and reads what the library says of it.
//   stranger PHOTO FOLDER
// prints the thumbnail's size and how many mistakes were answered well; exits with 1 if one was
// not.
#include <thumbjobs/thumbjobs.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace {

using thumbjobs::EngineOptions;
using thumbjobs::ErrorCode;
using thumbjobs::RenditionSpec;
using thumbjobs::SubmitRequest;

struct Mistake {
    std::string what;
    std::function<void()> make;
    ErrorCode code;
    std::vector<std::string> told; ///< What the message has to name: argument, value, accepted.
};

Mistake in_options(const std::string& what, const std::function<void(EngineOptions&)>& change,
                   std::vector<std::string> told) {
    return {what,
            [change] {
                EngineOptions options;
                change(options);
                thumbjobs::Engine::open(options);
            },
            ErrorCode::invalid_argument, std::move(told)};
}

std::vector<Mistake> mistakes_in_options() {
    using namespace std::chrono_literals;
    return {
        in_options("an unknown scheme", [](auto& o) { o.store = "sqlit:jobs.db"; },
                   {"sqlit", "sqlite", "memory"}),
        in_options("no scheme", [](auto& o) { o.store = "jobs.db"; }, {"jobs.db", "scheme"}),
        in_options("no path", [](auto& o) { o.store = "sqlite:"; }, {"sqlite", "path"}),
        in_options("an unknown option of a store", [](auto& o) { o.store = "memory:?colour=red"; },
                   {"colour"}),
        in_options("a storage's scheme", [](auto& o) { o.storage = "ftp://host"; },
                   {"ftp", "file", "memory"}),
        in_options("a resizer's scheme", [](auto& o) { o.resizer = "gd:"; }, {"gd", "vips"}),
        in_options("a resizer's option", [](auto& o) { o.resizer = "vips:?formats=bmp"; },
                   {"formats", "bmp", "jpeg"}),
        in_options("too many workers", [](auto& o) { o.workers = 1000; },
                   {"workers", "1000", "0 to 256"}),
        in_options("too few I/O slots", [](auto& o) { o.io_slots = -1; },
                   {"io_slots", "-1", "0 to 1024"}),
        in_options("a short lease", [](auto& o) { o.lease = 10ms; }, {"lease", "10ms", "1s"}),
        in_options("no attempt", [](auto& o) { o.retry.max_attempts = 0; },
                   {"max_attempts", "0", "1 to 100"}),
        in_options("a short retention", [](auto& o) { o.retention = 5ms; },
                   {"retention", "5ms", "1s"}),
        in_options("a worker's name", [](auto& o) { o.worker_name = "two\nlines"; },
                   {"worker_name", "128"}),
    };
}

std::vector<Mistake> mistakes_in_submits(thumbjobs::Engine& engine,
                                         const thumbjobs::BlobPtr& image) {
    const auto submit = [&engine, image](const std::string& what,
                                         const std::function<void(SubmitRequest&)>& change,
                                         std::vector<std::string> told,
                                         ErrorCode code = ErrorCode::invalid_argument) {
        return Mistake{what,
                       [&engine, image, change] {
                           SubmitRequest request;
                           request.image = image;
                           change(request);
                           engine.submit(request);
                       },
                       code, std::move(told)};
    };
    const auto spec = [&submit](const std::string& what,
                                const std::function<void(RenditionSpec&)>& change,
                                std::vector<std::string> told) {
        return submit(
            what, [change](SubmitRequest& r) { change(r.renditions.front()); }, std::move(told));
    };
    return {
        submit("no image", [](auto& r) { r.image = nullptr; }, {"image"}),
        submit(
            "no bytes", [](auto& r) { r.image = thumbjobs::make_blob({}); }, {"empty"},
            ErrorCode::empty_input),
        submit(
            "a text",
            [](auto& r) { r.image = thumbjobs::copy_blob(thumbjobs::as_bytes("a text")); },
            {"image"}, ErrorCode::not_an_image),
        submit("a priority", [](auto& r) { r.priority = 101; }, {"priority", "101", "-100 to 100"}),
        submit("a key", [](auto& r) { r.idempotency_key = std::string(256, 'k'); },
               {"idempotency_key", "255"}),
        submit("metadata", [](auto& r) { r.metadata[std::string(65, 'k')] = "v"; },
               {"metadata", "64"}),
        submit("no rendition", [](auto& r) { r.renditions.clear(); }, {"renditions", "1 to 32"}),
        submit("one name twice", [](auto& r) { r.renditions.resize(2); }, {"thumbnail"}),
        spec("no width", [](auto& s) { s.width = 0; }, {"width", "0", "1 to 10000"}),
        spec("a huge height", [](auto& s) { s.height = 20'000; },
             {"height", "20000", "1 to 10000"}),
        spec("a quality", [](auto& s) { s.quality = 101; }, {"quality", "101", "100"}),
        spec("a name", [](auto& s) { s.name = "Big One"; }, {"name", "Big One", "a-z"}),
    };
}

std::vector<Mistake> mistakes_in_calls(thumbjobs::Engine& engine, const std::string& folder) {
    using thumbjobs::JobId;
    const auto nobody = JobId::generate(thumbjobs::Clock::system().wall());
    std::vector<Mistake> all{
        {"a page of nothing",
         [&engine] { engine.list({.limit = 0}); },
         ErrorCode::invalid_argument,
         {"limit", "0", "1 to 500"}},
        {"a foreign cursor",
         [&engine] { engine.list({.cursor = "page 2"}); },
         ErrorCode::invalid_argument,
         {"cursor"}},
        {"an unknown job",
         [&engine, nobody] { engine.wait(nobody, std::chrono::milliseconds(10)); },
         ErrorCode::not_found,
         {"job"}},
        {"an unknown rendition",
         [&engine, nobody] { engine.open_rendition(nobody, "big"); },
         ErrorCode::not_found,
         {"job"}},
        {"a missing file",
         [folder] { thumbjobs::open_file_blob(folder + "/none.jpg"); },
         ErrorCode::not_found,
         {"file"}},
        {"a folder for a file",
         [folder] { thumbjobs::open_file_blob(folder); },
         ErrorCode::invalid_argument,
         {"file"}},
        {"an unknown member",
         [] { thumbjobs::parse_rendition_specs(R"([{"wdth":5}])"); },
         ErrorCode::invalid_argument,
         {"wdth"}},
        {"a wrong type",
         [] { thumbjobs::parse_rendition_specs(R"([{"width":"5"}])"); },
         ErrorCode::invalid_argument,
         {"width"}},
    };
    const auto schemes = thumbjobs::Registry::builtin().store_schemes();
    if (std::find(schemes.begin(), schemes.end(), "redis") != schemes.end())
        all.push_back({"a missing server",
                       [] {
                           EngineOptions options;
                           options.store = "redis://user:secret@127.0.0.1:1/?connect_timeout=1s";
                           thumbjobs::Engine::open(options);
                       },
                       ErrorCode::store_unavailable,
                       {"job store", "redis://127.0.0.1:1"}});
    else
        all.push_back(in_options("a backend that was left out",
                                 [](auto& o) { o.store = "redis://host"; }, {"redis", "sqlite"}));
    return all;
}

bool answered_well(const Mistake& mistake) {
    try {
        mistake.make();
        std::cerr << mistake.what << " was accepted\n";
        return false;
    } catch (const thumbjobs::Error& error) {
        const std::string message = error.what();
        bool good = error.code() == mistake.code && message.find("secret") == std::string::npos;
        for (const auto& word : mistake.told)
            good = good && message.find(word) != std::string::npos;
        if (!good)
            std::cerr << mistake.what << ": " << to_string(error.code()) << ", " << message << '\n';
        return good;
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3)
        return 2;
    const auto engine = thumbjobs::Engine::open(EngineOptions::in_directory(argv[2]));
    engine->start();
    SubmitRequest request;
    request.image = thumbjobs::open_file_blob(argv[1]);
    request.renditions.front().width = 320;
    request.renditions.front().height = 320;
    const auto id = engine->submit(request).job.id;
    const auto job = engine->wait(id, std::chrono::seconds(60));
    if (job.renditions.size() != 1) {
        std::cerr << to_string(job.state) << (job.error ? ": " + job.error->message : "") << '\n';
        return 1;
    }
    std::cout << job.renditions[0].width << 'x' << job.renditions[0].height << '\n';

    auto mistakes = mistakes_in_options();
    for (auto&& more :
         {mistakes_in_submits(*engine, request.image), mistakes_in_calls(*engine, argv[2])})
        mistakes.insert(mistakes.end(), more.begin(), more.end());
    const auto good = std::count_if(mistakes.begin(), mistakes.end(), answered_well);
    std::cout << good << " of " << mistakes.size() << " mistakes answered well\n";
    return good == static_cast<std::ptrdiff_t>(mistakes.size()) ? 0 : 1;
}
