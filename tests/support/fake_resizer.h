#pragma once

#include <thumbjobs/error.h>
#include <thumbjobs/resizer.h>
#include <thumbjobs/time.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace thumbjobs::test {

/// The bytes of a file that passes for a PNG; different texts give different files.
inline BlobPtr fake_image(std::string_view text = "image") {
    std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    bytes.append("\0\0\0\x40\0\0\0\x30\x08\x06\0\0\0", 13);
    bytes.append(text);
    return copy_blob(as_bytes(bytes));
}

/// Holds threads up until the test opens it. Thread-safe.
class Barrier {
public:
    /// Waits until opened, or until `cancel` is set; false in the second case.
    bool pass(const CancelToken* cancel = nullptr) {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        while (!open_ && !(cancel && cancel->cancelled()))
            changed_.wait_for(lock, Milliseconds{5}); // a token cannot wake anybody
        return open_;
    }

    /// Whether `count` threads came within ten seconds.
    bool wait_arrived(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return arrived_ >= count; });
    }

    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    bool open_ = false;
};

/// Decodes nothing and does what its script says: one step for each resize, then it succeeds.
/// Thread-safe.
class FakeResizer final : public Resizer {
public:
    using Step = std::function<ResizeResult(const ResizeRequest&)>;

    explicit FakeResizer(bool isolated = true) : isolated_(isolated) {}

    std::string describe() const override { return "fake"; }
    std::vector<std::string> input_types() const override { return {"image/png", "image/jpeg"}; }
    bool isolated() const noexcept override { return isolated_; }

    ResizeResult resize(const ResizeRequest& request) override {
        Step step;
        {
            const std::lock_guard lock(mutex_);
            ++calls_;
            most_at_a_time_ = std::max(most_at_a_time_, ++running_);
            if (!script_.empty()) {
                step = std::move(script_.front());
                script_.pop_front();
            } else {
                step = otherwise_;
            }
        }
        struct Leave {
            FakeResizer& resizer;
            ~Leave() {
                const std::lock_guard lock(resizer.mutex_);
                --resizer.running_;
            }
        } const leave{*this};
        return step(request);
    }

    /// Adds a step to the script.
    FakeResizer& then(Step step) {
        const std::lock_guard lock(mutex_);
        script_.push_back(std::move(step));
        return *this;
    }

    /// What it does once the script is over.
    void otherwise(Step step) {
        const std::lock_guard lock(mutex_);
        otherwise_ = std::move(step);
    }

    int calls() const {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    int most_at_a_time() const {
        const std::lock_guard lock(mutex_);
        return most_at_a_time_;
    }

    // --- Steps

    static ResizeResult succeed(const ResizeRequest& request) {
        const ImageInfo info{.media_type = "image/png", .width = 64, .height = 48};
        if (request.header)
            request.header(info);
        ResizeResult result{.source = info};
        for (const RenditionSpec& spec : request.specs) {
            const ByteView text = as_bytes(spec.name);
            result.images.push_back({.data = Bytes(text.begin(), text.end()),
                                     .media_type = "image/png",
                                     .width = spec.width,
                                     .height = spec.height});
        }
        return result;
    }

    static Step fail(ErrorCode code) {
        return [code](const ResizeRequest& request) -> ResizeResult {
            if (request.header)
                request.header({.media_type = "image/png", .width = 64, .height = 48});
            throw Error(code, "Failed as the test wants.");
        };
    }

    static ResizeResult throw_foreign(const ResizeRequest&) {
        throw std::runtime_error("no error of ours");
    }

    /// Succeeds once the barrier opens; gives up when it is cancelled.
    static Step block(std::shared_ptr<Barrier> barrier) {
        return [barrier](const ResizeRequest& request) {
            if (!barrier->pass(request.cancel))
                throw Error(ErrorCode::cancelled, "Cancelled.");
            return succeed(request);
        };
    }

    /// Succeeds once the barrier opens, cancelled or not.
    static Step block_stubbornly(std::shared_ptr<Barrier> barrier) {
        return [barrier](const ResizeRequest& request) {
            barrier->pass();
            return succeed(request);
        };
    }

private:
    const bool isolated_;
    mutable std::mutex mutex_;
    std::deque<Step> script_;
    Step otherwise_ = succeed;
    int calls_ = 0;
    int running_ = 0;
    int most_at_a_time_ = 0;
};

} // namespace thumbjobs::test
