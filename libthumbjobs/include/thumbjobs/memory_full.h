/// \file
/// The exception for a server whose memory is full.
#pragma once

#include <thumbjobs/error.h>

#include <string>

namespace thumbjobs {

/// The storage_full of a server that keeps jobs or images in its memory, as Redis does: room comes
/// back as soon as jobs end and go, while a full disk waits for its administrator. thumbd answers
/// 503 instead of 507.
class THUMBJOBS_API MemoryFull : public Error {
public:
    /// As Error's.
    explicit MemoryFull(const std::string& message, std::string detail = {});
    ~MemoryFull() override;
};

} // namespace thumbjobs
