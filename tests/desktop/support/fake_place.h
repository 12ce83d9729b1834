#pragma once

#include "place/place.h"

#include <QPointer>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace desktop::test {

/// A place that does what a test tells it: jobs in memory, no worker but the test itself, and calls
/// that fail or are never answered on demand. Submitted images are not looked at.
///
/// Answers and events come from the event loop, as those of a real place do; changes of one turn of
/// the loop make one batch.
class FakePlace : public Place {
    Q_OBJECT

public:
    enum class Call { submit, list, get, cancel, retry, remove, rendition, original, logs, stats };

    explicit FakePlace(QObject* parent = nullptr);
    ~FakePlace() override;

    // --- What the test does

    /// What description() answers; to be set before anybody asks.
    Description described;

    /// Whether open() leads to online (and a reset) by itself. Else the test calls become().
    bool opens_by_itself = true;

    /// Whether a submitted job succeeds by itself, in the next turn of the loop.
    bool works_by_itself = false;

    /// The file that rendition() and original() answer.
    QByteArray image;

    /// Takes a state as a real place would. The first online makes a reset.
    void become(Connection::State state, const QString& message = {});

    /// From now on such calls are kept unanswered, until release().
    void stall(Call call) { stalled_.insert(call); }
    void release(Call call);

    /// From now on such calls fail; without a failure, no longer.
    void fail(Call call, std::optional<Failure> failure);

    /// How often such a call was made.
    int calls(Call call) const;

    /// The submissions taken so far, refused ones included.
    const std::vector<Submission>& submissions() const noexcept { return submissions_; }

    /// Adds jobs as another client would, oldest first, with one event for each.
    std::vector<thumbjobs::JobId> add_jobs(int count,
                                           thumbjobs::JobState state = thumbjobs::JobState::queued);

    /// Adds jobs that were there before: without events.
    std::vector<thumbjobs::JobId>
    add_silently(int count, thumbjobs::JobState state = thumbjobs::JobState::succeeded);

    // What a worker would do, each with its event.
    void begin(const thumbjobs::JobId& id, double progress = 0);
    void succeed(const thumbjobs::JobId& id);
    void fail_job(const thumbjobs::JobId& id, thumbjobs::ErrorCode code,
                  const std::string& message);
    void expire(const thumbjobs::JobId& id); ///< Gone, as by retention.

    /// Forgets the events that were not delivered yet, and tells it by a reset.
    void lose_events();

    /// As it is now; the job must exist.
    const thumbjobs::Job& job(const thumbjobs::JobId& id) const { return jobs_.at(id); }
    std::size_t size() const noexcept { return jobs_.size(); }

    // --- Place

    Description description() const override { return described; }
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
    void pause() override;
    void resume() override;
    bool paused() const override { return paused_; }

private:
    using Task = std::function<void()>;

    /// Answers from the event loop with what `work` makes, unless the call stalls or fails.
    template <class T>
    void answer_later(Call call, QObject* context, Answer<T> answer,
                      std::function<Result<T>()> work);
    void run_later(Task task);
    thumbjobs::Job make_job(thumbjobs::JobState state);
    void finish(thumbjobs::Job& job, thumbjobs::JobState state);
    thumbjobs::Job* find(const thumbjobs::JobId& id);
    Result<thumbjobs::Job> change(const thumbjobs::JobId& id,
                                  const std::function<std::optional<Failure>(thumbjobs::Job&)>&);
    void tell(const thumbjobs::Job& job);
    void tell_deleted(const thumbjobs::JobId& id);
    void queue_event(thumbjobs::Event event);
    Result<thumbjobs::JobPage> page(const thumbjobs::ListQuery& query) const;

    std::map<thumbjobs::JobId, thumbjobs::Job> jobs_; ///< By id, so by age.
    std::map<std::string, thumbjobs::JobId> keys_;
    std::vector<thumbjobs::Event> pending_;
    std::vector<Submission> submissions_;
    std::set<Call> stalled_;
    std::map<Call, std::vector<Task>> kept_;
    std::map<Call, Failure> failures_;
    std::map<Call, int> counts_;
    int next_name_ = 1;
    std::uint64_t next_cursor_ = 1;
    bool was_online_ = false;
    bool paused_ = false;
    bool delivery_queued_ = false;
};

} // namespace desktop::test
