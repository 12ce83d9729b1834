#include "logging/line_writer.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

namespace thumbd {
namespace {

/// How long lines are gathered before they are written.
constexpr std::chrono::milliseconds gather_time{20};

/// Gives up at an error: a log has nobody to tell of its own.
void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace

LineWriter::LineWriter(int descriptor, std::size_t most)
    : descriptor_(descriptor), most_(most), thread_([this] { run(); }) {}

LineWriter::~LineWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void LineWriter::add(std::string line, bool urgent) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (lines_.size() >= most_) {
            lines_.pop_front();
            ++dropped_;
        }
        wake = lines_.empty() || (urgent && !urgent_);
        urgent_ |= urgent;
        lines_.push_back(std::move(line));
    }
    if (wake)
        changed_.notify_one();
}

std::uint64_t LineWriter::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

void LineWriter::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !lines_.empty(); });
        if (lines_.empty())
            return;
        changed_.wait_for(lock, gather_time, [this] { return stopping_ || urgent_; });
        urgent_ = false;
        const std::deque<std::string> lines = std::exchange(lines_, {});
        lock.unlock();
        std::string text;
        for (const std::string& line : lines)
            text += line;
        write_all(descriptor_, text);
        lock.lock();
    }
}

} // namespace thumbd
