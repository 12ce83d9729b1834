// Shows thumbjobs in a program with an event loop of its own (Qt): the loop never waits for a disk
// or a job, and hears of every change, also of jobs that other processes submitted.
//   qt_event_loop FOLDER PHOTO...
#include <thumbjobs/thumbjobs.h>

#include <QCoreApplication>
#include <QTextStream>
#include <QThreadPool>

#include <functional>
#include <unordered_map>

namespace {

/// The jobs as the loop's thread sees them. Used on that thread only.
class Jobs {
public:
    using Changed = std::function<void(const thumbjobs::Job&)>;

    Jobs(const thumbjobs::EngineOptions& options, Changed changed)
        : changed_(std::move(changed)), engine_(thumbjobs::Engine::open(options)) {
        pool_.setMaxThreadCount(4);
        // The engine calls this on a thread of its own; what is to be done is posted to the loop,
        // and dropped with `loop_` if that is gone by then.
        subscription_ = engine_->subscribe([this](const thumbjobs::Event& event) {
            if (event.job)
                post([this, job = *event.job] { take(job); });
        });
        engine_->start();
    }

    /// Answers at once; `changed` is called as the job moves on.
    void submit(const std::string& path, std::function<void(const std::string&)> refused) {
        pool_.start([this, path, refused = std::move(refused)] {
            try {
                engine_->submit({.image = thumbjobs::open_file_blob(path)});
            } catch (const thumbjobs::Error& error) {
                post([refused, why = path + ": " + error.what()] { refused(why); });
            }
        });
    }

    std::size_t finished() const { return finished_; }

private:
    template <typename Function>
    void post(Function function) {
        QMetaObject::invokeMethod(&loop_, std::move(function), Qt::QueuedConnection);
    }

    void take(const thumbjobs::Job& job) {
        auto& known = jobs_[job.id];
        if (is_terminal(job.state) && !is_terminal(known.state))
            ++finished_;
        known = job;
        changed_(job);
    }

    Changed changed_;
    std::unordered_map<thumbjobs::JobId, thumbjobs::Job> jobs_;
    std::size_t finished_ = 0;
    QObject loop_; ///< Lives on the loop's thread.
    std::unique_ptr<thumbjobs::Engine> engine_;
    std::shared_ptr<thumbjobs::Engine::Subscription> subscription_;
    QThreadPool pool_; ///< Last: its destructor waits for the submits that run.
};

} // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const auto arguments = QCoreApplication::arguments();
    QTextStream out(stdout);
    if (arguments.size() < 3) {
        out << "usage: qt_event_loop FOLDER PHOTO...\n";
        return 2;
    }
    try {
        auto left = static_cast<std::size_t>(arguments.size() - 2);
        std::size_t refusals = 0;
        const auto one_less = [&left] {
            if (--left == 0)
                QCoreApplication::quit();
        };
        Jobs jobs(thumbjobs::EngineOptions::in_directory(arguments[1].toStdString()),
                  [&](const thumbjobs::Job& job) {
                      out << QString::fromStdString(job.id.to_string()) << ' '
                          << QString::fromUtf8(to_string(job.state).data()) << Qt::endl;
                      if (is_terminal(job.state))
                          one_less();
                  });
        for (const auto& path : arguments.sliced(2))
            jobs.submit(path.toStdString(), [&](const std::string& why) {
                out << QString::fromStdString(why) << Qt::endl;
                ++refusals;
                one_less();
            });
        QCoreApplication::exec();
        return refusals == 0 ? 0 : 1;
    } catch (const thumbjobs::Error& error) {
        out << error.what() << Qt::endl;
        return 1;
    }
}
