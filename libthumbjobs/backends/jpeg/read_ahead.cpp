#include "backends/jpeg/read_ahead.h"

#include "backends/fast/hand_over.h"

#include <exception>

namespace thumbjobs::jpeg {

ReadAhead::ReadAhead(ByteView input, std::size_t at, std::size_t piece, const LaneTables& tables,
                     int threads)
    : begin_(at) {
    // One to be taken and one to be read for each thread, so that none waits for another's pace.
    for (int i = 0; i < 2 * threads; ++i)
        slots_.push_back({{ScanBytes(input, at, piece), Lanes(tables)}});
    try {
        while (static_cast<int>(threads_.size()) < threads - 1)
            threads_.emplace_back([this] { help(); });
    } catch (const std::exception&) {
        // What no thread reads is read by who takes it. Threads that run already need this object.
    }
}

ReadAhead::~ReadAhead() {
    {
        const std::lock_guard lock(mutex_);
        stops_ = true;
    }
    changed_.notify_all();
    threads_.clear();
}

const ScanPiece& ReadAhead::next() {
    std::unique_lock lock(mutex_);
    if (any_taken_) {
        slot(taken_).state = State::empty;
        ++taken_;
        changed_.notify_all();
    }
    any_taken_ = true;
    Slot& wanted = slot(taken_);
    while (wanted.state == State::empty || wanted.state == State::under_way)
        if (!read_one(lock))
            changed_.wait(lock);
    if (wanted.state == State::damaged)
        throw fast::HandOver{};
    return wanted.piece;
}

/// Reads the first piece that nobody reads, without the lock. False if there is none, or no room.
bool ReadAhead::read_one(std::unique_lock<std::mutex>& lock) {
    if (at_end_ || begun_ == taken_ + slots_.size())
        return false;
    Slot& mine = slot(begun_++);
    mine.state = State::under_way;
    const std::size_t begin = begin_;
    begin_ = mine.piece.bytes.end_of(begin);
    lock.unlock();
    const State state = read(mine.piece, begin);
    lock.lock();
    mine.state = state;
    if (state == State::damaged || mine.piece.bytes.complete())
        at_end_ = true;
    changed_.notify_all();
    return true;
}

ReadAhead::State ReadAhead::read(ScanPiece& piece, std::size_t begin) {
    try {
        piece.bytes.read(begin);
    } catch (const fast::HandOver&) {
        return State::damaged;
    }
    piece.lanes.look(piece.bytes, 0);
    return State::read;
}

void ReadAhead::help() {
    std::unique_lock lock(mutex_);
    while (!stops_)
        if (!read_one(lock))
            changed_.wait(lock);
}

} // namespace thumbjobs::jpeg
