#pragma once

#include <thumbjobs/observer.h>

#include <memory>
#include <string_view>
#include <utility>

namespace thumbjobs {

/// Tells the engine's observer, if there is one. Whatever the observer throws ends here: it may
/// not disturb a job. Thread-safe.
class Watch {
public:
    explicit Watch(std::shared_ptr<Observer> observer) : observer_(std::move(observer)) {}

    /// Calls `call(Observer&)`.
    template <typename Call>
    void tell(Call&& call) const noexcept {
        if (!observer_)
            return;
        try {
            call(*observer_);
        } catch (...) { // an observer's own trouble
        }
    }

    void stage(Stage stage, std::chrono::nanoseconds duration) const noexcept;
    void transition(const Job& job, JobState from) const noexcept;

    /// About a job.
    void log(LogLevel level, std::string_view message, const Job& job,
             std::string_view error_code = {}, std::string_view detail = {}) const noexcept;

    /// About no job.
    void log(LogLevel level, std::string_view message, std::string_view error_code = {},
             std::string_view detail = {}) const noexcept;

    /// A failed call that is about no job.
    void log(LogLevel level, std::string_view message, const std::exception& error) const noexcept;

private:
    std::shared_ptr<Observer> observer_;
};

} // namespace thumbjobs
