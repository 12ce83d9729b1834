#pragma once

#include <thumbjobs/resizer.h>

#include <atomic>
#include <memory>
#include <utility>

namespace thumbjobs::test {

/// Passes every call on, and counts those to resize().
class CountingResizer : public Resizer {
public:
    explicit CountingResizer(std::shared_ptr<Resizer> inner) : inner_(std::move(inner)) {}

    std::string describe() const override { return inner_->describe(); }
    std::vector<std::string> input_types() const override { return inner_->input_types(); }
    ResizeResult resize(const ResizeRequest& request) override {
        ++calls_;
        return inner_->resize(request);
    }

    int calls() const noexcept { return calls_; }

private:
    const std::shared_ptr<Resizer> inner_;
    std::atomic<int> calls_{0};
};

} // namespace thumbjobs::test
