#pragma once

#include "src/file_descriptor.h"

#include <thumbjobs/blob.h>

#include <array>
#include <optional>

namespace thumbjobs::sandbox {

/// A packet, and the file that came with it, if any.
struct Packet {
    Bytes bytes{};
    FileDescriptor file{};
};

/// Sends one packet, with a file if `file` is not negative. False if the other side is gone or its
/// queue is full.
bool send_packet(int socket, ByteView bytes, int file = -1) noexcept;

/// Waits for one packet; nothing when the other side is gone, sent an empty or too long packet, or
/// more than one file.
std::optional<Packet> receive_packet(int socket);

} // namespace thumbjobs::sandbox
