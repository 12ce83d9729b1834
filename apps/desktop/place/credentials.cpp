#include "place/credentials.h"

#include "place/token_file.h"

#include <QStandardPaths>

#ifdef THUMBJOBS_KEYCHAIN
#include <qt6keychain/keychain.h>
#endif

#include <functional>
#include <utility>

namespace desktop {
namespace {

#ifdef THUMBJOBS_KEYCHAIN
/// What a keychain did with a request.
enum class Outcome {
    done,
    absent,  ///< No such entry.
    denied,  ///< The user did not unlock it.
    useless, ///< There is no keychain, or it does not work.
};

Outcome outcome_of(const QKeychain::Job& job) {
    switch (job.error()) {
    case QKeychain::NoError:
        return Outcome::done;
    case QKeychain::EntryNotFound:
        return Outcome::absent;
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        return Outcome::denied;
    default:
        return Outcome::useless;
    }
}
#endif

QString entry_of(const QUrl& server) {
    return server.toString(QUrl::FullyEncoded | QUrl::RemoveUserInfo);
}

} // namespace

/// The part that takes time; on a thread of its own.
class Credentials::Vault : public QObject {
public:
    explicit Vault(Options options)
        : options_(std::move(options)),
          file_(options_.file.isEmpty() ? default_file() : options_.file) {}

    void read(const QString& server, const Answer<QString>& answer) const {
#ifdef THUMBJOBS_KEYCHAIN
        if (options_.keychain) {
            auto* job = new QKeychain::ReadPasswordJob(options_.service);
            job->setKey(server);
            connect(job, &QKeychain::Job::finished, this, [this, job, server, answer] {
                // A token may have been kept before there was a keychain.
                answer(outcome_of(*job) == Outcome::done ? Result<QString>(job->textData())
                                                         : file_.read(server));
            });
            job->start();
            return;
        }
#endif
        answer(file_.read(server));
    }

    void write(const QString& server, const QString& token, const Answer<Kept>& answer) const {
#ifdef THUMBJOBS_KEYCHAIN
        if (options_.keychain) {
            QKeychain::Job* job = write_job(token);
            job->setKey(server);
            connect(job, &QKeychain::Job::finished, this, [this, job, server, token, answer] {
                const Outcome outcome = outcome_of(*job);
                if (outcome == Outcome::denied) {
                    answer(Failure{code_refused, Credentials::tr("The keychain was not unlocked."),
                                   true});
                } else if (outcome == Outcome::useless) {
                    write_file(server, token, answer);
                } else {
                    file_.write(server, {});
                    answer(Kept::keychain);
                }
            });
            job->start();
            return;
        }
#endif
        write_file(server, token, answer);
    }

private:
#ifdef THUMBJOBS_KEYCHAIN
    QKeychain::Job* write_job(const QString& token) const {
        if (token.isEmpty())
            return new QKeychain::DeletePasswordJob(options_.service);
        auto* job = new QKeychain::WritePasswordJob(options_.service);
        job->setTextData(token);
        return job;
    }
#endif

    void write_file(const QString& server, const QString& token, const Answer<Kept>& answer) const {
        const auto written = file_.write(server, token);
        answer(written ? Result<Kept>(Kept::file) : Result<Kept>(written.failure()));
    }

    const Options options_;
    const TokenFile file_;
};

QString Credentials::default_file() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
           "/thumbjobs-desktop/tokens.json";
}

Credentials::Credentials(Options options, QObject* parent)
    : QObject(parent), vault_(new Vault(std::move(options))) {
    vault_->moveToThread(&thread_);
    connect(&thread_, &QThread::finished, vault_, &QObject::deleteLater);
    thread_.start();
}

Credentials::~Credentials() {
    thread_.quit();
    thread_.wait();
}

namespace {

/// Brings an answer to the thread of `home`, for as long as `context` lives.
template <class T>
Answer<T> brought_home(QObject* home, QObject* context, Answer<T> answer) {
    return
        [home, guard = QPointer<QObject>(context), answer = std::move(answer)](Result<T> result) {
            QMetaObject::invokeMethod(
                home,
                [guard, answer, result = std::move(result)]() mutable {
                    if (guard)
                        answer(std::move(result));
                },
                Qt::QueuedConnection);
        };
}

} // namespace

void Credentials::read(const QUrl& server, QObject* context, Answer<QString> answer) {
    QMetaObject::invokeMethod(vault_, [vault = vault_, server = entry_of(server),
                                       answer = brought_home(this, context, std::move(answer))] {
        vault->read(server, answer);
    });
}

void Credentials::write(const QUrl& server, const QString& token, QObject* context,
                        Answer<Kept> answer) {
    QMetaObject::invokeMethod(vault_, [vault = vault_, server = entry_of(server), token,
                                       answer = brought_home(this, context, std::move(answer))] {
        vault->write(server, token, answer);
    });
}

} // namespace desktop
