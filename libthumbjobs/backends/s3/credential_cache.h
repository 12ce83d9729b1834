#pragma once

#include "backends/s3/http_pool.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace thumbjobs {

/// What a request is signed with.
struct Credentials {
    std::string access_key_id;
    std::string secret;
    std::string session_token;       ///< May be empty.
    std::optional<WallTime> expires; ///< Unset: they last.
};

/// Where credentials come from.
class CredentialSource {
public:
    virtual ~CredentialSource() = default;

    /// For errors: `the container's credential endpoint`.
    virtual std::string describe() const = 0;

    /// Fetches them anew. Throws Error(storage_unavailable), without anything secret in it. One
    /// call at a time.
    virtual Credentials load(Deadline deadline) = 0;
};

/// Keeps credentials and renews them before they expire, while the old ones are still used.
/// Thread-safe.
class CredentialCache {
public:
    /// They are renewed so long before their end, or once half of their life is over if that is
    /// later.
    static constexpr std::chrono::minutes margin{5};

    /// After a renewal failed, the old ones are used so long before the next try.
    static constexpr std::chrono::seconds retry_after{30};

    CredentialCache(std::unique_ptr<CredentialSource> source, const Clock& clock)
        : source_(std::move(source)), clock_(clock) {}

    /// Throws as the source does when there are none that may still be used.
    std::shared_ptr<const Credentials> get(Deadline deadline);

    /// The server has refused them: the next get() loads new ones.
    void reject(const std::shared_ptr<const Credentials>& refused);

private:
    bool usable() const;
    bool due() const;
    void load(std::unique_lock<std::mutex>& lock, Deadline deadline);

    const std::unique_ptr<CredentialSource> source_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable loaded_;
    std::shared_ptr<const Credentials> current_; // guarded by mutex_, as all below
    WallTime renew_at_ = WallTime::max();
    bool loading_ = false;
};

} // namespace thumbjobs
