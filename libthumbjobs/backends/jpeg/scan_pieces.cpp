#include "backends/jpeg/scan_pieces.h"

#include "backends/fast/hand_over.h"

#include <utility>

namespace thumbjobs::jpeg {

ScanPieces::ScanPieces(ByteView input, std::size_t at, bool has_restarts,
                       std::vector<LaneTables::Block> blocks, const Reading& reading)
    : blocks_(std::move(blocks)) {
    if (reading.threads > 1 && !has_restarts && input.size() - at >= reading.huge) {
        ahead_ = std::make_unique<ReadAhead>(input, at, reading.piece, tables(), reading.threads);
        next();
        return;
    }
    bytes_ = std::make_unique<ScanBytes>(input, at, reading.piece);
    bytes_->read(at);
    current_ = bytes_.get();
}

void ScanPieces::next() {
    if (ahead_) {
        piece_ = &ahead_->next();
        current_ = &piece_->bytes;
    } else {
        bytes_->next();
    }
}

void ScanPieces::next_interval(unsigned number) {
    if (ahead_) // There is none.
        throw fast::HandOver{};
    bytes_->next_interval(number);
}

const Lanes* ScanPieces::look(std::uint64_t from) {
    if (ahead_)
        return &piece_->lanes;
    if (!Lanes::pays(*bytes_, from))
        return nullptr;
    if (!lanes_)
        lanes_ = std::make_unique<Lanes>(tables());
    lanes_->look(*bytes_, from);
    return lanes_.get();
}

const LaneTables& ScanPieces::tables() {
    if (!tables_)
        tables_ = std::make_unique<const LaneTables>(blocks_);
    return *tables_;
}

} // namespace thumbjobs::jpeg
