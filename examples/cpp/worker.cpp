// Shows a worker process beside a producer process (producer.cpp) on one store: this one takes jobs
// of whoever submits them, in a sandbox. Start as many as you like; one that dies loses nothing.
//   worker STORE STORAGE
#include <thumbjobs/thumbjobs.h>

#include <csignal>
#include <iostream>

namespace {

/// What an engine has to say goes to an Observer; so do figures for metrics.
class Log : public thumbjobs::Observer {
public:
    void on_log(const thumbjobs::LogRecord& record) override {
        if (record.level < thumbjobs::LogLevel::warning)
            return;
        std::cerr << to_string(record.level) << ": " + std::string(record.message) + '\n';
    }
    void on_transition(const thumbjobs::Job& job, thumbjobs::JobState /*from*/) override {
        std::cout << job.id.to_string() + ' ' + std::string(to_string(job.state)) + '\n'
                  << std::flush;
    }
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: worker STORE STORAGE\n";
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    try {
        thumbjobs::EngineOptions options;
        options.store = argv[1];
        options.storage = argv[2];
        // Images are decoded in helper processes: one that crashes its decoder ends that helper.
        options.resizer = "sandbox:jpeg:png:webp:vips:";
        options.workers = 2;
        options.observer = std::make_shared<Log>();
        const auto engine = thumbjobs::Engine::open(options);
        engine->start();
        std::cout << "working" << std::endl;

        int signal = 0;
        sigwait(&ends, &signal);
        engine->stop(std::chrono::seconds(10));
    } catch (const thumbjobs::Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
