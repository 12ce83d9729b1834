#pragma once

#include <thumbjobs/observer.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace thumbjobs::test {

/// Writes down what an engine tells. Thread-safe.
class RecordingObserver final : public Observer {
public:
    void on_log(const LogRecord& record) override {
        note("log " + std::string(to_string(record.level)) + ": " + std::string(record.message));
    }
    void on_transition(const Job& job, JobState from) override {
        note(std::string(to_string(from)) + " -> " + std::string(to_string(job.state)));
    }
    void on_submitted(const Job&, bool created) override {
        note(created ? "submitted" : "submitted again");
    }
    void on_removed(const JobId&) override { note("removed"); }
    void on_stage(Stage stage, std::chrono::nanoseconds duration) override {
        note((duration.count() >= 0 ? "stage " : "negative stage ") +
             std::string(to_string(stage)));
    }
    void on_bytes(std::int64_t in, std::int64_t out) override {
        note("bytes " + std::to_string(in) + " " + std::to_string(out));
    }
    void on_retry(ErrorCode code) override { note("retry " + std::string(to_string(code))); }
    void on_crash(ErrorCode code) override { note("crash " + std::string(to_string(code))); }
    void on_lease_lost() override { note("lease lost"); }
    void on_workers_busy(int busy) override { note("busy " + std::to_string(busy)); }
    void on_sweep(int requeued, int expired, int orphans) override {
        note("sweep " + std::to_string(requeued) + " " + std::to_string(expired) + " " +
             std::to_string(orphans));
    }
    void on_outage(bool down) override { note(down ? "outage" : "outage over"); }

    int count(std::string_view text) const {
        const std::lock_guard lock(mutex_);
        return count_locked(text);
    }

    /// Whether a line begins with `text`.
    bool has(std::string_view text) const {
        const std::lock_guard lock(mutex_);
        return has_locked(text);
    }

    /// Whether, within ten seconds, a line begins with `text`.
    bool wait_for(std::string_view text) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return has_locked(text); });
    }

    /// Whether, within ten seconds, there are `wanted` lines that are `text`.
    bool wait_count(std::string_view text, int wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{10},
                                 [&] { return count_locked(text) >= wanted; });
    }

private:
    void note(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
        changed_.notify_all();
    }
    int count_locked(std::string_view text) const {
        int found = 0;
        for (const std::string& line : lines_)
            found += line == text ? 1 : 0;
        return found;
    }
    bool has_locked(std::string_view text) const {
        for (const std::string& line : lines_)
            if (line.starts_with(text))
                return true;
        return false;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
};

} // namespace thumbjobs::test
