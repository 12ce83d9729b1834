#include "place/remote_place.h"

#include "place/job_json.h"
#include "place/remote_answers.h"

#include <thumbjobs/json.h>

#include <QFileInfo>
#include <QRandomGenerator>
#include <QThread>
#include <QTimer>
#include <QUuid>

#include <algorithm>
#include <utility>

namespace desktop {
namespace {

using std::chrono::milliseconds;
using thumbjobs::Job;
using thumbjobs::JobId;
using State = Connection::State;

constexpr int uploads_at_a_time = 4;
constexpr qint64 max_image = 512LL << 20;
constexpr milliseconds max_submit_delay{15'000};

QString job_path(const JobId& id, const QString& rest = {}) {
    return "v1/jobs/" + QString::fromStdString(id.to_string()) + rest;
}

QByteArray json_string(const std::string& text) {
    // The writer of metadata escapes as JSON asks for: {"":"text"}.
    const std::string object = thumbjobs::to_json(std::map<std::string, std::string>{{"", text}});
    return QByteArray::fromStdString(object.substr(4, object.size() - 5));
}

/// The form's part `spec`: everything about a submission but the image.
QByteArray spec_of(const Submission& submission) {
    const QString name = submission.file_name.isEmpty() ? QFileInfo(submission.path).fileName()
                                                        : submission.file_name;
    return "{\"renditions\":" +
           QByteArray::fromStdString(thumbjobs::to_json(submission.renditions)) +
           ",\"filename\":" + json_string(name.toStdString()) +
           ",\"priority\":" + QByteArray::number(submission.priority) +
           ",\"metadata\":" + QByteArray::fromStdString(thumbjobs::to_json(submission.metadata)) +
           '}';
}

Result<Job> read_job(const HttpAnswer& answer) {
    if (!is_success(answer))
        return failure_of(answer);
    return read_json<Job>(answer, parse_job);
}

Result<QByteArray> read_bytes(HttpAnswer& answer) {
    if (!is_success(answer))
        return failure_of(answer);
    return std::move(answer.body);
}

/// What lives on the thread of calls.
class Session : public QObject {
public:
    Session(const RemotePlace::Options& options, EventStream::StateHandler on_state,
            EventStream::EventHandler on_event)
        : lane_(options.access, options.silence, this),
          stream_(lane_, options.events, std::move(on_state), std::move(on_event), this) {}

    HttpLane& lane() { return lane_; }
    EventStream& stream() { return stream_; }

private:
    HttpLane lane_;
    EventStream stream_;
};

} // namespace

struct RemotePlace::Threads {
    QThread calls_thread{};
    QThread uploads_thread{};
    // Deleted on their threads when these end.
    Session* session = nullptr;
    HttpLane* uploads = nullptr;

    /// Answers what is under way, then ends.
    void quit() {
        QMetaObject::invokeMethod(session, [this] {
            session->lane().abort_all();
            calls_thread.quit();
        });
        QMetaObject::invokeMethod(uploads, [this] {
            uploads->abort_all();
            uploads_thread.quit();
        });
    }
};

RemotePlace::RemotePlace(Options options, QObject* parent)
    : Place(parent), options_(std::move(options)) {
    connect(&batcher_, &EventBatcher::batch, this, &Place::events);
    connect(&batcher_, &EventBatcher::lost, this, &Place::reset);
}

RemotePlace::~RemotePlace() {
    if (!threads_)
        return;
    threads_->calls_thread.disconnect(this);
    threads_->uploads_thread.disconnect(this);
    threads_->quit();
    threads_->calls_thread.wait();
    threads_->uploads_thread.wait();
}

Description RemotePlace::description() const {
    Description description;
    description.kind = Description::Kind::remote;
    description.title = options_.access.address.toDisplayString(QUrl::RemoveUserInfo);
    description.can_pause = false;
    description.submits_at_a_time = uploads_at_a_time;
    return description;
}

// --- Opening and closing

void RemotePlace::open() {
    if (closing_ || connection().state == State::online)
        return;
    if (connection().state != State::reconnecting)
        set_connection({State::connecting, tr("Connecting to the server.")});
    if (!threads_)
        start_threads();
    QMetaObject::invokeMethod(threads_->session, [session = threads_->session] {
        if (const auto reason = session->lane().prepare())
            session->stream().fail(*reason);
        else
            session->stream().connect_now();
    });
}

void RemotePlace::start_threads() {
    ++generation_;
    threads_ = std::make_unique<Threads>();
    threads_->session = new Session(
        options_,
        [this, generation = generation_](Connection now) {
            QMetaObject::invokeMethod(
                this, [this, generation, now] { state_changed(generation, now); },
                Qt::QueuedConnection);
        },
        [this](thumbjobs::Event event) { batcher_.add(std::move(event)); });
    threads_->uploads = new HttpLane(options_.access, options_.silence);
    const auto start = [this](QThread& thread, QObject* worker) {
        worker->moveToThread(&thread);
        connect(&thread, &QThread::finished, worker, &QObject::deleteLater);
        connect(&thread, &QThread::finished, this, &RemotePlace::thread_ended);
        thread.start();
    };
    start(threads_->calls_thread, threads_->session);
    start(threads_->uploads_thread, threads_->uploads);
}

void RemotePlace::close() {
    if (closing_ || connection().state == State::closed)
        return;
    closing_ = true;
    ++generation_;
    answer_waiting();
    threads_->quit();
}

void RemotePlace::thread_ended() {
    if (!threads_ || !threads_->calls_thread.isFinished() || !threads_->uploads_thread.isFinished())
        return;
    threads_.reset();
    batcher_.clear();
    submits_under_way_ = 0;
    closing_ = false;
    set_connection({State::closed, {}});
}

void RemotePlace::state_changed(int generation, Connection connection) {
    if (generation != generation_)
        return;
    set_connection(std::move(connection));
    answer_waiting();
    send_submits();
}

std::optional<Failure> RemotePlace::refusal() const {
    if (closing_)
        return Failure{code_closed, tr("The connection was closed."), true};
    switch (connection().state) {
    case State::closed:
        return Failure{code_closed, tr("There is no connection."), true};
    case State::refused:
        return Failure{code_refused, connection().message};
    case State::failed:
        return Failure{code_unreachable, connection().message, true};
    default:
        return std::nullopt;
    }
}

/// What waited for the connection, once that is decided.
void RemotePlace::answer_waiting() {
    if (!closing_ && connection().state == State::connecting)
        return;
    const auto failure = refusal();
    for (Task& task : std::exchange(waiting_, {}))
        task(failure ? &*failure : nullptr);
    if (!failure)
        return;
    for (const SubmitPtr& submit : std::exchange(submits_, {}))
        answer_later(submit, *failure);
}

// --- Calls

void RemotePlace::send(HttpRequest request, HttpLane::Callback take) {
    HttpLane* lane = request.upload ? threads_->uploads : &threads_->session->lane();
    QMetaObject::invokeMethod(
        lane, [lane, request = std::move(request), take = std::move(take)]() mutable {
            lane->send(request, std::move(take));
        });
}

template <class T>
void RemotePlace::call(HttpRequest request, QObject* context, Answer<T> answer, Parse<T> parse) {
    const auto deliver = [this, guard = QPointer<QObject>(context),
                          answer = std::move(answer)](Result<T> result) {
        QMetaObject::invokeMethod(
            this,
            [guard, answer, result = std::move(result)]() mutable {
                if (guard)
                    answer(std::move(result));
            },
            Qt::QueuedConnection);
    };
    Task task = [this, request = std::move(request), parse = std::move(parse),
                 deliver](const Failure* failure) {
        if (failure != nullptr) {
            deliver(*failure);
            return;
        }
        EventStream* stream = &threads_->session->stream();
        send(request, [parse, deliver, stream](HttpAnswer reply) {
            if (reply.trouble == Trouble::none && reply.status == 401)
                stream->refuse();
            deliver(parse(reply));
        });
    };
    if (!closing_ && connection().state == State::connecting) {
        waiting_.push_back(std::move(task));
    } else {
        const auto failure = refusal();
        task(failure ? &*failure : nullptr);
    }
}

void RemotePlace::list(thumbjobs::ListQuery query, QObject* context,
                       Answer<thumbjobs::JobPage> answer) {
    HttpRequest request{.path = "v1/jobs"};
    QStringList states;
    for (const auto state : query.states)
        states += QString::fromStdString(std::string(to_string(state)));
    if (!states.isEmpty())
        request.query.addQueryItem("status", states.join(','));
    request.query.addQueryItem("limit", QString::number(query.limit));
    if (!query.cursor.empty())
        request.query.addQueryItem("cursor", QString::fromLatin1(QUrl::toPercentEncoding(
                                                 QString::fromStdString(query.cursor))));
    if (query.ascending)
        request.query.addQueryItem("order", "asc");
    call<thumbjobs::JobPage>(std::move(request), context, std::move(answer), [](HttpAnswer& reply) {
        return is_success(reply) ? read_json<thumbjobs::JobPage>(reply, parse_job_page)
                                 : failure_of(reply);
    });
}

void RemotePlace::get(JobId id, QObject* context, Answer<Job> answer) {
    call<Job>({.path = job_path(id)}, context, std::move(answer), read_job);
}

void RemotePlace::cancel(JobId id, QObject* context, Answer<Job> answer) {
    call<Job>({.verb = "POST", .path = job_path(id, "/cancel")}, context, std::move(answer),
              read_job);
}

void RemotePlace::retry(JobId id, QObject* context, Answer<Job> answer) {
    call<Job>({.verb = "POST", .path = job_path(id, "/retry")}, context, std::move(answer),
              read_job);
}

void RemotePlace::remove(JobId id, QObject* context, Answer<Done> answer) {
    call<Done>({.verb = "DELETE", .path = job_path(id)}, context, std::move(answer),
               [](HttpAnswer& reply) -> Result<Done> {
                   if (is_success(reply))
                       return Done{};
                   const Failure failure = failure_of(reply);
                   // thumbd's own 404; one of a proxy in front says nothing about the job.
                   if (reply.status == 404 && !parse_problem(text_of(reply)).code.empty())
                       return Done{};
                   return failure;
               });
}

void RemotePlace::rendition(JobId id, std::string name, QObject* context,
                            Answer<QByteArray> answer) {
    const QString rest =
        name.empty()
            ? "/thumbnail"
            : "/renditions/" +
                  QString::fromLatin1(QUrl::toPercentEncoding(QString::fromStdString(name)));
    call<QByteArray>({.path = job_path(id, rest), .max_bytes = max_image}, context,
                     std::move(answer), read_bytes);
}

void RemotePlace::original(JobId id, QObject* context, Answer<QByteArray> answer) {
    call<QByteArray>({.path = job_path(id, "/original"), .max_bytes = max_image}, context,
                     std::move(answer), read_bytes);
}

void RemotePlace::logs(JobId id, QObject* context, Answer<std::vector<thumbjobs::LogLine>> answer) {
    HttpRequest request{.path = job_path(id, "/logs")};
    request.query.addQueryItem("limit", "1000");
    using Lines = std::vector<thumbjobs::LogLine>;
    call<Lines>(std::move(request), context, std::move(answer), [](HttpAnswer& reply) {
        return is_success(reply) ? read_json<Lines>(reply, parse_log_lines) : failure_of(reply);
    });
}

void RemotePlace::stats(QObject* context, Answer<thumbjobs::EngineStats> answer) {
    using Stats = thumbjobs::EngineStats;
    call<Stats>({.path = "v1/stats"}, context, std::move(answer), [](HttpAnswer& reply) {
        return is_success(reply) ? read_json<Stats>(reply, parse_stats) : failure_of(reply);
    });
}

// --- Submitting

void RemotePlace::submit(Submission submission, QObject* context, Answer<Job> answer) {
    if (submission.idempotency_key.empty())
        submission.idempotency_key =
            "desktop-" + QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
    auto upload = std::make_shared<Upload>();
    upload->spec = spec_of(submission);
    upload->submission = std::move(submission);
    auto submit = std::make_shared<Submit>(
        Submit{std::move(upload), QPointer<QObject>(context), std::move(answer)});
    if (const auto failure = refusal()) {
        answer_later(submit, *failure);
        return;
    }
    submits_.push_back(std::move(submit));
    send_submits();
}

void RemotePlace::send_submits() {
    while (!closing_ && connection().state == State::online && !submits_.empty() &&
           submits_under_way_ < uploads_at_a_time) {
        SubmitPtr submit = std::move(submits_.front());
        submits_.pop_front();
        send_submit(std::move(submit));
    }
}

void RemotePlace::send_submit(SubmitPtr submit) {
    ++submits_under_way_;
    ++submit->tries;
    HttpRequest request{.verb = "POST", .path = "v1/jobs"};
    request.upload = submit->upload;
    request.headers.emplace_back(
        "Idempotency-Key", QByteArray::fromStdString(submit->upload->submission.idempotency_key));
    Session* session = threads_->session;
    send(std::move(request), [this, session, submit](const HttpAnswer& reply) {
        if (reply.trouble == Trouble::none && reply.status == 401)
            QMetaObject::invokeMethod(session, [session] { session->stream().refuse(); });
        // Read here, off the GUI thread.
        QMetaObject::invokeMethod(
            this,
            [this, submit, result = read_job(reply), again = worth_another_try(reply)] {
                submit_answered(submit, result, again);
            },
            Qt::QueuedConnection);
    });
}

void RemotePlace::submit_answered(const SubmitPtr& submit, Result<Job> result,
                                  bool worth_another_try) {
    if (!closing_ && threads_)
        --submits_under_way_;
    const auto failure = refusal();
    if (!worth_another_try || failure || submit->tries >= options_.submit_tries) {
        answer_later(submit, failure && worth_another_try ? *failure : std::move(result));
    } else {
        const int doublings = std::min(submit->tries - 1, 10);
        auto delay = std::min(max_submit_delay, options_.submit_delay * (1 << doublings));
        if (const auto asked = result.failure().retry_after)
            delay = std::max(delay, std::min(*asked, max_submit_delay));
        delay += delay * QRandomGenerator::global()->bounded(50) / 100;
        QTimer::singleShot(delay, this, [this, submit] {
            if (const auto refused = refusal()) {
                answer_later(submit, *refused);
            } else {
                submits_.push_front(submit);
                send_submits();
            }
        });
    }
    send_submits();
}

void RemotePlace::answer_later(const SubmitPtr& submit, Result<Job> result) {
    QTimer::singleShot(0, this, [submit, result = std::move(result)] {
        if (submit->context)
            submit->answer(result);
    });
}

} // namespace desktop
