#pragma once

#include "place/result.h"

#include <thumbjobs/engine.h>

#include <QByteArray>
#include <QObject>
#include <QString>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace desktop {

/// What a place is, as far as views and models may ask. It does not change.
struct Description {
    enum class Kind { local, remote };
    Kind kind = Kind::local;
    QString title{};         ///< "This computer", or the server's address without secrets.
    bool can_pause = false;  ///< Whether pause() and resume() do anything.
    bool knows_files = true; ///< Whether submitted paths are this computer's, so that "open folder"
                             ///< makes sense for jobs that this app has submitted.
    int submits_at_a_time = 4; ///< More than so many submits under way gain nothing.

    // What the place is known to refuse; 0 and empty: not known before it is asked.
    std::int64_t max_bytes = 0;             ///< Of a file.
    std::int64_t max_pixels = 0;            ///< Width x height.
    std::vector<std::string> media_types{}; ///< Accepted: `image/jpeg`, ...
};

/// How a place is doing.
struct Connection {
    enum class State {
        closed,       ///< open() has not been called, or close() has been.
        connecting,   ///< Opening for the first time; calls are kept until that is decided.
        online,       ///< Works.
        reconnecting, ///< Does not answer at present; tries again by itself. Submits are kept until
                      ///< it is online again, other calls may fail as unreachable.
        refused,      ///< The token is not accepted. Waits for open(), or another place.
        failed,       ///< Cannot work, see the message. Waits for open(), or another place.
    };
    State state = State::closed;
    QString message{}; ///< A sentence for people; empty while online.

    friend bool operator==(const Connection&, const Connection&) = default;
};

/// One image to be made into thumbnails.
struct Submission {
    QString path{};      ///< The file to read, off the GUI thread; or, if empty,
    QByteArray bytes{};  ///< the image itself.
    QString file_name{}; ///< Shown to users; empty: the path's last part.
    std::vector<thumbjobs::RenditionSpec> renditions{thumbjobs::RenditionSpec{}};
    int priority = 0;                              ///< -100 to 100; higher runs first.
    std::map<std::string, std::string> metadata{}; ///< See thumbjobs::SubmitRequest.
    std::string idempotency_key{}; ///< 1 to 255 printable ASCII characters. A repeat with the same
                                   ///< key gives the same job; empty: the place makes one, so that
                                   ///< its own retries make no second job.
};

/// Where the work is done: an engine in this app, or a thumbd. The seam between the models and
/// everything that takes time.
///
/// Lives on the GUI thread; every method is called there, returns at once, and never waits for a
/// disk, a network or an engine. A call's outcome comes later, as a call of `answer` on the GUI
/// thread. An answer is dropped when its `context` is gone by then, or the place itself; `context`
/// may not be null. Every other call is answered, if need be with a Failure, but there is no bound
/// on the time that takes.
class Place : public QObject {
    Q_OBJECT

public:
    explicit Place(QObject* parent = nullptr) : QObject(parent) {}

    virtual Description description() const = 0;
    Connection connection() const { return connection_; }

    /// Begins to connect. Later: tries again now, instead of when it would by itself.
    virtual void open() = 0;

    /// Ends: running jobs of a local engine finish or are given back, calls that wait are answered
    /// with code_closed. `connection_changed` with State::closed tells when that is done; only then
    /// deleting the place waits for nothing.
    virtual void close() = 0;

    /// Closes, and deletes itself once that is done: the way to leave a place without waiting.
    void retire() {
        connect(this, &Place::connection_changed, this, [this](const Connection& now) {
            if (now.state == Connection::State::closed)
                deleteLater();
        });
        if (connection_.state == Connection::State::closed)
            deleteLater();
        else
            close();
    }

    // --- Jobs. Those of a remote place have no `specs`.

    /// queue_full and storage_full carry a time to try again; the place does not repeat these by
    /// itself. Otherwise as thumbjobs::Engine::submit(), or code_unreadable.
    virtual void submit(Submission submission, QObject* context, Answer<thumbjobs::Job> answer) = 0;

    virtual void list(thumbjobs::ListQuery query, QObject* context,
                      Answer<thumbjobs::JobPage> answer) = 0;
    virtual void get(thumbjobs::JobId id, QObject* context, Answer<thumbjobs::Job> answer) = 0;
    virtual void cancel(thumbjobs::JobId id, QObject* context, Answer<thumbjobs::Job> answer) = 0;
    virtual void retry(thumbjobs::JobId id, QObject* context, Answer<thumbjobs::Job> answer) = 0;

    /// A job that is gone already counts as removed.
    virtual void remove(thumbjobs::JobId id, QObject* context, Answer<Done> answer) = 0;

    /// The file of a rendition; an empty name means the first.
    virtual void rendition(thumbjobs::JobId id, std::string name, QObject* context,
                           Answer<QByteArray> answer) = 0;

    /// The file that was submitted.
    virtual void original(thumbjobs::JobId id, QObject* context, Answer<QByteArray> answer) = 0;

    /// The job's log lines, oldest first, at most 1000.
    virtual void logs(thumbjobs::JobId id, QObject* context,
                      Answer<std::vector<thumbjobs::LogLine>> answer) = 0;

    virtual void stats(QObject* context, Answer<thumbjobs::EngineStats> answer) = 0;

    // --- The queue, where can_pause: this place begins no more jobs; running ones finish.

    virtual void pause() {}
    virtual void resume() {}
    virtual bool paused() const { return false; }

signals:
    void connection_changed(const desktop::Connection& connection);

    void paused_changed(bool paused);

    /// What happened, in order, without a gap, at most some 20 batches a second; never a reset
    /// event. Which comes first, an event or the answer to a call, is not defined: an event may
    /// tell an older state of a job than a page or an answer (compare `updated_at`), and a page may
    /// still hold a job whose deletion has been told (keep those ids while you list).
    void events(const std::vector<thumbjobs::Event>& batch);

    /// Nothing that is known about jobs holds any more: list them anew, from the start. Comes when
    /// the place is online for the first time, and when events were missed. events() goes on from
    /// here: a list asked for now and the events after this signal together miss nothing.
    void reset();

protected:
    /// Tells it, if it is another than before.
    void set_connection(Connection connection) {
        if (connection == connection_)
            return;
        connection_ = std::move(connection);
        emit connection_changed(connection_);
    }

private:
    Connection connection_;
};

} // namespace desktop
