#pragma once

#include "place/event_batcher.h"
#include "place/place.h"

#include <QPointer>
#include <QThreadPool>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace desktop {

/// This computer: an engine in this process, durable in a folder of the user's. Jobs that are under
/// way when the app ends, however it ends, go on at the next start.
///
/// The engine is opened, used and stopped on threads of this place's own, a few for each kind of
/// call, so that a list does not wait behind five hundred submits.
class LocalPlace final : public Place {
    Q_OBJECT

public:
    using OpenEngine =
        std::function<std::unique_ptr<thumbjobs::Engine>(thumbjobs::EngineOptions options)>;

    struct Options {
        QString folder{};    ///< Made where it is missing. Several processes may share it.
        int workers = 0;     ///< 1 to 256; 0: one for each processor but one.
        bool sandbox = true; ///< Images are decoded in locked-down helper processes.
        thumbjobs::ImageLimits limits{.max_bytes = 256LL << 20};
        std::optional<thumbjobs::Milliseconds> retention =
            std::chrono::days(30);               ///< Ended jobs are removed after it.
        thumbjobs::Milliseconds patience{3'000}; ///< How long close() lets running jobs finish.
        OpenEngine open_engine{}; ///< Empty: thumbjobs::Engine::open(). Called off the GUI
                                  ///< thread.
    };

    /// `jobs` in the user's data folder: apart from that of thumbd.
    static QString default_folder();

    explicit LocalPlace(Options options, QObject* parent = nullptr);

    /// Closes; waits for that, unless it was done before.
    ~LocalPlace() override;

    Description description() const override;
    void open() override;
    void close() override;
    void submit(Submission submission, QObject* context, Answer<thumbjobs::Job> answer) override;
    void list(thumbjobs::ListQuery query, QObject* context,
              Answer<thumbjobs::JobPage> answer) override;
    void get(thumbjobs::JobId id, QObject* context, Answer<thumbjobs::Job> answer) override;
    void cancel(thumbjobs::JobId id, QObject* context, Answer<thumbjobs::Job> answer) override;
    void retry(thumbjobs::JobId id, QObject* context, Answer<thumbjobs::Job> answer) override;
    void remove(thumbjobs::JobId id, QObject* context, Answer<Done> answer) override;
    void rendition(thumbjobs::JobId id, std::string name, QObject* context,
                   Answer<QByteArray> answer) override;
    void original(thumbjobs::JobId id, QObject* context, Answer<QByteArray> answer) override;
    void logs(thumbjobs::JobId id, QObject* context,
              Answer<std::vector<thumbjobs::LogLine>> answer) override;
    void stats(QObject* context, Answer<thumbjobs::EngineStats> answer) override;
    void pause() override { set_paused(true); }
    void resume() override { set_paused(false); }
    bool paused() const override { return paused_; }

private:
    using EnginePtr = std::shared_ptr<thumbjobs::Engine>;

    /// Does its work on the engine, or answers the failure where there is none.
    using Task = std::function<void(thumbjobs::Engine*, const Failure*)>;
    struct Waiting {
        QThreadPool* pool;
        Task task;
    };

    template <class T, class Work>
    void call(QThreadPool& pool, QObject* context, Answer<T> answer, Work work);
    void dispatch(QThreadPool& pool, Task task);
    void start(QThreadPool& pool, Task task);
    void open_engine();
    void opened(EnginePtr engine);
    void not_opened(const QString& reason);
    void close_engine();
    void set_paused(bool paused);

    const Options options_;
    EventBatcher batcher_{this};
    std::atomic<bool> paused_ = false; ///< Written on the GUI thread.
    EnginePtr ready_;                  ///< Set while online.
    std::vector<Waiting> waiting_;     ///< Calls made while it opens.
    std::atomic<bool> closing_ = false;

    // Used by the one thread of control_ only.
    EnginePtr engine_;
    std::shared_ptr<thumbjobs::Engine::Subscription> subscription_;

    QThreadPool control_; ///< Opens, pauses, closes; one thread, so in order.
    QThreadPool submits_;
    QThreadPool changes_;
    QThreadPool reads_;
};

} // namespace desktop
