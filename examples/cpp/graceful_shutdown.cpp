// Shows a graceful end: on SIGTERM or Ctrl-C, running jobs finish or are given back, free of
// charge, and the next run goes on with what is left.
//   graceful_shutdown FOLDER [PHOTO...]
#include <thumbjobs/thumbjobs.h>

#include <atomic>
#include <csignal>
#include <iostream>

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: graceful_shutdown FOLDER [PHOTO...]\n";
        return 2;
    }
    // Before any thread begins, so that all of them leave these signals to sigwait() below.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    try {
        const auto engine =
            thumbjobs::Engine::open(thumbjobs::EngineOptions::in_directory(argv[1]));
        for (int i = 2; i < argc; ++i)
            engine->submit({.image = thumbjobs::open_file_blob(argv[i])});
        auto stats = engine->stats().store;
        std::cout << stats.queued << " to do" << std::endl;

        // Told of every change from here on; it must not call the engine itself.
        std::atomic<std::int64_t> left = stats.queued + stats.processing;
        const auto subscription = engine->subscribe([&left](const thumbjobs::Event& event) {
            if (event.job && is_terminal(event.job->state) && --left == 0)
                std::cout << "all done" << std::endl;
        });
        engine->start();

        int signal = 0;
        sigwait(&ends, &signal);

        // Claims nothing more, waits up to ten seconds for what runs, gives the rest back. Whoever
        // sends SIGTERM has a patience of its own (Kubernetes: 30 seconds): stay below it.
        engine->stop(std::chrono::seconds(10));
        stats = engine->stats().store;
        std::cout << stats.succeeded << " succeeded, " << stats.queued << " left for the next run"
                  << std::endl;
    } catch (const thumbjobs::Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
