// Shows a producer process beside a worker process (worker.cpp) on one store: this one submits and
// fetches, and decodes nothing.
//   producer STORE STORAGE PHOTO...
// STORE and STORAGE are URLs and the same for both: `sqlite:jobs.db file:images` on one host,
// `redis://host s3://bucket` on many.
#include <thumbjobs/thumbjobs.h>

#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
    if (argc < 4) {
        std::cerr << "usage: producer STORE STORAGE PHOTO...\n";
        return 2;
    }
    try {
        thumbjobs::EngineOptions options;
        options.store = argv[1];
        options.storage = argv[2];
        options.workers = 0; // a pure producer: no resizer is even opened
        const auto engine = thumbjobs::Engine::open(options);
        engine->start(); // housekeeping, and news of what the workers do

        std::vector<thumbjobs::JobId> ids;
        for (int i = 3; i < argc; ++i) {
            thumbjobs::SubmitRequest request{.image = thumbjobs::open_file_blob(argv[i])};
            request.filename = argv[i];
            // The same photo of the same run is one job, even when a lost answer makes us ask
            // again.
            request.idempotency_key =
                "example-" + std::to_string(i) + '-' + std::to_string(request.image->size());
            ids.push_back(engine->submit(request).job.id);
        }
        for (const auto& id : ids) {
            const auto job = engine->wait(id, std::chrono::seconds(60));
            std::cout << job.original.filename << ": " << to_string(job.state) << '\n';
            if (job.state != thumbjobs::JobState::succeeded)
                return 1;
            const auto bytes = engine->open_rendition(id).blob->read_all();
            std::ofstream(id.to_string() + ".thumbnail", std::ios::binary)
                .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
        }
    } catch (const thumbjobs::Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
