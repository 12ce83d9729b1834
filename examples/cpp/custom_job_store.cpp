// Shows a JobStore of one's own, written from nothing: map_store.h, behind a URL like those of the
// built-in ones.
//   custom_job_store PHOTO
#include "map_store.h"

#include <thumbjobs/thumbjobs.h>

#include <iostream>

namespace {

using thumbjobs::BackendContext;
using thumbjobs::BackendUrl;

/// The built-in backends, and `map:` for job stores.
thumbjobs::Registry registry_with_map_store() {
    thumbjobs::Registry registry = thumbjobs::Registry::builtin();
    registry.add_store("map", [](const BackendUrl& url, const BackendContext& context) {
        url.refuse_rest("none");
        return std::make_shared<MapStore>(*context.clock, context.event_history);
    });
    return registry;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: custom_job_store PHOTO\n";
        return 2;
    }
    try {
        const thumbjobs::Registry registry = registry_with_map_store();
        thumbjobs::EngineOptions options;
        options.registry = &registry;
        options.store = "map:";
        const auto engine = thumbjobs::Engine::open(options);
        engine->start();

        thumbjobs::SubmitRequest request{.image = thumbjobs::open_file_blob(argv[1])};
        request.idempotency_key = "the same photo";
        const auto first = engine->submit(request);
        const auto again = engine->submit(request);
        std::cout << (again.created ? "another job\n" : "the same job\n");
        const auto job = engine->wait(first.job.id, std::chrono::seconds(60));
        std::cout << to_string(job.state) << " at attempt " << job.attempts << '\n';
        for (const auto& line : engine->logs({.job = job.id}))
            std::cout << to_string(line.level) << ": " << line.message << '\n';
        return job.state == thumbjobs::JobState::succeeded ? 0 : 1;
    } catch (const thumbjobs::Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
