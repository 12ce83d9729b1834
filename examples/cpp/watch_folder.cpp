// Shows a watched folder: whatever image is put into IN appears as a thumbnail in OUT, also after a
// crash or a restart in between.
//   watch_folder IN OUT
#include <thumbjobs/thumbjobs.h>

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <system_error>
#include <thread>

namespace {

namespace fs = std::filesystem;

/// Submits a file, unless it is hidden: that is how programs name what they still write. The same
/// file with the same time is the same job, however often it is seen.
void submit(thumbjobs::Engine& engine, const fs::path& file) {
    if (file.filename().string().starts_with('.'))
        return;
    try {
        const auto changed = fs::last_write_time(file).time_since_epoch().count();
        thumbjobs::SubmitRequest request{.image = thumbjobs::open_file_blob(file)};
        request.filename = file.filename();
        request.renditions = {
            {.width = 320, .height = 320, .format = thumbjobs::OutputFormat::jpeg}};
        request.idempotency_key = std::to_string(std::hash<std::string>{}(file.filename())) + '-' +
                                  std::to_string(changed);
        engine.submit(request);
    } catch (const std::exception& error) { // no image, or gone again
        std::cerr << file.filename() << ": " << error.what() << std::endl;
    }
}

/// Takes news from the engine's thread, which must not wait, and saves thumbnails on a thread of
/// its own. Notes how far it came, so that the next run goes on there.
class Saver {
public:
    Saver(thumbjobs::Engine& engine, fs::path folder)
        : engine_(engine),
          folder_(std::move(folder)),
          thread_([this](const std::stop_token& stop) { work(stop); }) {}

    /// Where the run before ended; the beginning, if there was none.
    thumbjobs::EventCursor cursor() const {
        thumbjobs::EventCursor cursor;
        std::ifstream(folder_ / ".jobs/cursor") >> cursor;
        return cursor;
    }

    void add(const thumbjobs::Event& event) {
        {
            const std::lock_guard lock(mutex_);
            events_.push_back(event);
        }
        wake_.notify_one();
    }

private:
    void work(const std::stop_token& stop) {
        while (true) {
            std::unique_lock lock(mutex_);
            if (!wake_.wait(lock, stop, [this] { return !events_.empty(); }))
                return;
            const auto event = std::move(events_.front());
            events_.pop_front();
            lock.unlock();
            try {
                if (event.kind == thumbjobs::Event::Kind::reset)
                    save_all();
                else if (event.job && is_terminal(event.job->state))
                    save(*event.job);
            } catch (const std::exception& error) {
                std::cerr << event.id.to_string() << ": " << error.what() << std::endl;
            }
            std::ofstream(folder_ / ".jobs/cursor") << event.cursor;
        }
    }

    /// So much has happened meanwhile that not all of it is kept.
    void save_all() const {
        thumbjobs::ListQuery query{.states = {thumbjobs::JobState::succeeded}};
        do {
            const auto page = engine_.list(query);
            for (const auto& job : page.jobs)
                save(job);
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
    }

    /// Written beside its place and renamed: nobody sees half a thumbnail.
    void save(const thumbjobs::Job& job) const {
        if (job.state != thumbjobs::JobState::succeeded) {
            std::cerr << job.original.filename << ": "
                      << (job.error ? job.error->message : "cancelled") << std::endl;
            return;
        }
        const auto bytes = engine_.open_rendition(job.id).blob->read_all();
        const auto target = folder_ / fs::path(job.original.filename).replace_extension(".jpg");
        const auto part = folder_ / (job.id.to_string() + ".part");
        std::ofstream(part, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
        fs::rename(part, target);
        std::cout << target.filename().string() << std::endl;
    }

    thumbjobs::Engine& engine_;
    fs::path folder_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<thumbjobs::Event> events_;
    std::jthread thread_;
};

/// Calls `found` with each file that is complete, until SIGTERM or Ctrl-C.
template <typename Found>
void watch(const fs::path& folder, const sigset_t& ends, Found found) {
    const int signals = ::signalfd(-1, &ends, SFD_CLOEXEC);
    const int changes = ::inotify_init1(IN_CLOEXEC);
    if (signals < 0 || changes < 0 ||
        ::inotify_add_watch(changes, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
        throw std::system_error(errno, std::generic_category(), folder);
    for (const auto& entry : fs::directory_iterator(folder)) // what came while nobody watched
        if (entry.is_regular_file())
            found(entry.path());

    std::array<pollfd, 2> sources{pollfd{changes, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    alignas(inotify_event) std::array<char, 8192> buffer{};
    while (::poll(sources.data(), sources.size(), -1) >= 0 && sources[1].revents == 0) {
        const auto size = ::read(changes, buffer.data(), buffer.size());
        for (std::ptrdiff_t at = 0; at < size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
            if (event->len > 0 && (event->mask & IN_ISDIR) == 0)
                found(folder / event->name);
            at += static_cast<std::ptrdiff_t>(sizeof(inotify_event) + event->len);
        }
    }
    ::close(changes);
    ::close(signals);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: watch_folder IN OUT\n";
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    try {
        const fs::path out = argv[2];
        auto options = thumbjobs::EngineOptions::in_directory(out / ".jobs");
        options.originals = thumbjobs::Originals::drop; // they are in IN
        options.retention = std::chrono::hours(24 * 7);
        const auto engine = thumbjobs::Engine::open(options);
        {
            Saver saver(*engine, out);
            const auto subscription = engine->subscribe(
                [&saver](const thumbjobs::Event& event) { saver.add(event); }, saver.cursor());
            engine->start();
            watch(argv[1], ends, [&engine](const fs::path& file) { submit(*engine, file); });
            engine->stop();
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
