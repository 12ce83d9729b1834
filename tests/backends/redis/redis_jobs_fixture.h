#pragma once

#include "backends/redis/client/client.h"
#include "backends/redis/store/operations.h"

#include <thumbjobs/registry.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::test {

inline constexpr Milliseconds second{1'000};
inline constexpr Milliseconds minute{60'000};

inline std::shared_ptr<JobStore> open_store(const std::string& url,
                                            const BackendContext& context = {}) {
    return Registry::builtin().open_store(url, context);
}

inline redis::ClientOptions options_of(const std::string& text) {
    BackendUrl url = BackendUrl::parse(text);
    return redis::ClientOptions::parse(url);
}

inline NewJob new_job(std::size_t metadata_bytes = 0) {
    NewJob job;
    job.id = JobId::generate(Clock::system().wall());
    job.original = {.filename = "holiday.jpg", .media_type = "image/jpeg", .bytes = 1'234'567};
    job.original_key = job.id.to_string() + "/original";
    job.specs = {RenditionSpec{}};
    job.request_id = job.id.to_string();
    job.note = {.level = LogLevel::info, .message = "Submitted.", .worker = "test"};
    if (metadata_bytes > 0)
        job.metadata = {{"filler", std::string(metadata_bytes, 'x')}};
    return job;
}

inline ClaimRequest request(int max_jobs = 1, Milliseconds lease = minute) {
    static int nonces = 0;
    return {.worker = "test",
            .nonce = "nonce-" + std::to_string(++nonces),
            .max_jobs = max_jobs,
            .lease = lease};
}

inline Completion completion() {
    return {.original_width = 640,
            .original_height = 480,
            .renditions = {{.name = "thumbnail",
                            .media_type = "image/jpeg",
                            .width = 100,
                            .height = 75,
                            .bytes = 2'345,
                            .checksum = "sha256:" + std::string(64, 'a')}},
            .rendition_keys = {"job/claim/thumbnail"},
            .note = {.level = LogLevel::info, .message = "Done.", .worker = "test"}};
}

/// Runs a script as the store does for calls that go together: `words` are those of all.
inline redis::Reply run_joined(redis::Client& client, const redis::Script& script,
                               const std::vector<std::string>& words) {
    std::vector<std::string_view> all{"", "100"};
    all.insert(all.end(), words.begin(), words.end());
    const std::string prefix = client.options().tag() + ":";
    const std::array<std::string_view, 1> keys{prefix};
    redis::Reply replies = client.eval(script, keys, all);
    replies.require();
    return replies;
}

/// Counts what a store's listener is told.
struct Ear {
    std::atomic<int> work{0};
    std::atomic<int> events{0};

    JobStore::Listener listener() {
        return [this](JobStore::Change change) {
            work += change.work ? 1 : 0;
            events += change.events ? 1 : 0;
        };
    }
};

} // namespace thumbjobs::test
