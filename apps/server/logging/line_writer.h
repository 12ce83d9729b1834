#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace thumbd {

/// Writes lines to a descriptor from a thread of its own, those of a short while in one go: a
/// wake-up for each line would cost more than the line. Thread-safe; nobody who adds a line waits.
class LineWriter {
public:
    /// `descriptor` stays open as long as the object; at most `most` lines wait, the oldest are
    /// dropped then.
    LineWriter(int descriptor, std::size_t most);

    /// Writes what waits, however long that takes.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// `line` ends with a line feed. An urgent one is written at once, and those before it.
    void add(std::string line, bool urgent);

    /// Lines dropped since the start.
    std::uint64_t dropped() const;

private:
    void run();

    const int descriptor_;
    const std::size_t most_;
    mutable std::mutex mutex_; ///< Guards what follows.
    std::condition_variable changed_;
    std::deque<std::string> lines_;
    bool urgent_ = false; ///< One of them is.
    bool stopping_ = false;
    std::uint64_t dropped_ = 0;
    std::thread thread_; ///< Last: it uses all of the above.
};

} // namespace thumbd
