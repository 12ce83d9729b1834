#pragma once

#include "backends/fast/small_thread.h"
#include "backends/jpeg/lanes.h"
#include "backends/jpeg/scan_bytes.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

namespace thumbjobs::jpeg {

/// A piece of a scan, and where blocks may begin in it.
struct ScanPiece {
    ScanBytes bytes;
    Lanes lanes;
};

/// Reads the pieces of a scan in several threads, of which the one that takes them is one: it reads
/// a piece itself rather than wait for one. Finding out where blocks may begin is most of the work
/// on a scan and, unlike all else, can be done for each piece alone.
class ReadAhead {
public:
    /// More than these find no work: what only the taking thread can do is a quarter of all.
    static constexpr int most_threads = 4;

    /// For the scan whose data begins at the byte `at` of `input`, in pieces of about `piece`
    /// bytes. `threads`: 1 to most_threads, this one included; where the system gives fewer, fewer
    /// read. What is borrowed must outlive it. With the usual pieces it takes 1.5 MiB for each
    /// thread, which have to be within what predict_memory() allows every image.
    ReadAhead(ByteView input, std::size_t at, std::size_t piece, const LaneTables& tables,
              int threads);

    /// Ends the threads: waits for the pieces that they are at.
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    /// The next piece, from the first on, which is valid until the next call. The one before must
    /// not have been complete. Throws HandOver as ScanBytes::read().
    const ScanPiece& next();

private:
    enum class State { empty, under_way, read, damaged };

    struct Slot {
        ScanPiece piece;
        State state = State::empty;
    };

    Slot& slot(std::size_t piece) { return slots_[piece % slots_.size()]; }
    bool read_one(std::unique_lock<std::mutex>& lock);
    static State read(ScanPiece& piece, std::size_t begin);
    void help();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Slot> slots_; // Of pieces taken_ and on.
    std::size_t taken_ = 0;  // The piece that next() gave.
    bool any_taken_ = false;
    std::size_t begun_ = 0; // The first piece that nobody reads yet,
    std::size_t begin_;     // where it begins,
    bool at_end_ = false;   // and that there is none.
    bool stops_ = false;
    std::deque<fast::SmallThread> threads_;
};

} // namespace thumbjobs::jpeg
