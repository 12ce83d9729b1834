#pragma once

#include "place/event_batcher.h"
#include "place/event_stream.h"
#include "place/http_lane.h"
#include "place/place.h"

#include <QPointer>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace desktop {

/// A thumbd, by HTTP.
///
/// Two threads: one for calls and events, one that reads and sends files. A submit whose answer got
/// lost is sent again with the same idempotency key, and submits wait while the server is away.
class RemotePlace final : public Place {
    Q_OBJECT

public:
    struct Options {
        ServerAccess access{};
        EventStream::Timing events{};
        std::chrono::milliseconds silence{60'000}; ///< How long a call may make no progress.
        int submit_tries = 6; ///< Of one submit while the server is there, before it fails.
        std::chrono::milliseconds submit_delay{1'000}; ///< Before the second; doubled with each.
    };

    explicit RemotePlace(Options options, QObject* parent = nullptr);

    /// Closes; waits for that, unless it was done before.
    ~RemotePlace() override;

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

private:
    /// Sends its request, or answers the failure.
    using Task = std::function<void(const Failure*)>;

    struct Submit {
        std::shared_ptr<Upload> upload{};
        QPointer<QObject> context{};
        Answer<thumbjobs::Job> answer{};
        int tries = 0;
    };
    using SubmitPtr = std::shared_ptr<Submit>;

    template <class T>
    using Parse = std::function<Result<T>(HttpAnswer&)>;
    template <class T>
    void call(HttpRequest request, QObject* context, Answer<T> answer, Parse<T> parse);

    /// Sends on the thread of calls, or of uploads; `take` is called there.
    void send(HttpRequest request, HttpLane::Callback take);

    std::optional<Failure> refusal() const;
    void start_threads();
    void thread_ended();
    void state_changed(int generation, Connection connection);
    void answer_waiting();
    void send_submits();
    void send_submit(SubmitPtr submit);
    void submit_answered(const SubmitPtr& submit, Result<thumbjobs::Job> result,
                         bool worth_another_try);
    void answer_later(const SubmitPtr& submit, Result<thumbjobs::Job> result);

    const Options options_;
    EventBatcher batcher_{this};
    std::vector<Task> waiting_;     ///< Calls made before it was decided whether it works.
    std::deque<SubmitPtr> submits_; ///< That wait for their turn, or for the server.
    int submits_under_way_ = 0;
    bool closing_ = false;
    int generation_ = 0; ///< Of the threads: tells what ended ones have left behind.

    struct Threads;
    std::unique_ptr<Threads> threads_;
};

} // namespace desktop
