#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thumbjobs::test {

/// What a fault injector asks around each call, and a diary of the calls. Thread-safe.
class Faults {
public:
    /// Told the method's name; may throw, which is then what the call does.
    using Hook = std::function<void(std::string_view call)>;

    /// Runs before each call: what it throws keeps the call from taking effect.
    void before(Hook hook) {
        const std::lock_guard lock(mutex_);
        before_ = std::move(hook);
    }

    /// Runs after each call: what it throws is a lost answer.
    void after(Hook hook) {
        const std::lock_guard lock(mutex_);
        after_ = std::move(hook);
    }

    void clear() {
        before(nullptr);
        after(nullptr);
    }

    /// The calls so far, in the order in which they began.
    std::vector<std::string> calls() const {
        const std::lock_guard lock(mutex_);
        return calls_;
    }

    int count(std::string_view call) const {
        const std::lock_guard lock(mutex_);
        int found = 0;
        for (const std::string& one : calls_)
            found += one == call ? 1 : 0;
        return found;
    }

    template <typename Call>
    auto around(std::string_view name, Call&& call) {
        run(name, before_, true);
        if constexpr (std::is_void_v<decltype(call())>) {
            call();
            run(name, after_, false);
        } else {
            auto result = call();
            run(name, after_, false);
            return result;
        }
    }

private:
    void run(std::string_view name, const Hook& which, bool record) {
        Hook hook;
        {
            const std::lock_guard lock(mutex_);
            hook = which;
            if (record)
                calls_.emplace_back(name);
        }
        if (hook)
            hook(name);
    }

    mutable std::mutex mutex_;
    Hook before_;
    Hook after_;
    std::vector<std::string> calls_;
};

} // namespace thumbjobs::test
