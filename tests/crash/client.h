#pragma once

#include <thumbjobs/blob.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace thumbjobs::test {

/// A job as the REST API shows it, as far as the crash suite looks at it.
struct SeenJob {
    std::string id{};
    std::string status{};
    int attempts = 0;
    int crashes = 0;
};

/// What the crash suite asks of one thumbd. Every call is a connection of its own; one that breaks
/// off answers with nothing, since then nobody knows what the server has done.
class Client {
public:
    explicit Client(std::uint16_t port) : port_(port) {}

    /// The job's id, if the submit was acknowledged (202 or 200). Throws std::runtime_error for any
    /// other answer.
    std::optional<std::string> submit(ByteView image, const std::string& key) const;

    /// Whether the removal, or the cancellation, was acknowledged.
    bool remove(const std::string& id) const;
    bool cancel(const std::string& id) const;

    std::optional<SeenJob> job(const std::string& id) const;

    /// All jobs, page by page; throws std::runtime_error if the server does not answer.
    std::vector<SeenJob> list(const std::string& status = {}) const;

    /// Counts by state, from `/v1/stats`.
    std::map<std::string, std::int64_t> counts() const;

    /// The thumbnail's bytes; empty if there is none.
    std::string thumbnail(const std::string& id) const;

    /// How many lines of the job's log tell of a success.
    int successes(const std::string& id) const;

private:
    std::uint16_t port_;
};

} // namespace thumbjobs::test
