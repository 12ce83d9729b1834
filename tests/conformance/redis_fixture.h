#pragma once

#include "conformance/job_store_conformance.h"
#include "support/fake_clock.h"

#include <functional>
#include <string>

namespace thumbjobs::test {

/// An empty store on a running server: a namespace that nobody else uses. Its time is the
/// fixture's: a store that is opened with another clock than the machine's takes the time from it
/// instead of from Redis.
class RedisFixture final : public StoreFixture {
public:
    /// `url_with` makes the server's URL with these further options.
    explicit RedisFixture(const std::function<std::string(std::string)>& url_with)
        : url_(url_with("namespace=test" + std::to_string(++made_))) {}

    std::shared_ptr<JobStore> open(BackendContext context) override {
        context.clock = &clock_;
        return Registry::builtin().open_store(url_, context);
    }
    bool shares_content() const override { return true; }
    void advance(Milliseconds time) override { clock_.advance(time); }
    const Clock& clock() const override { return clock_; }

private:
    static inline int made_ = 0;

    std::string url_;
    FakeClock clock_;
};

} // namespace thumbjobs::test
