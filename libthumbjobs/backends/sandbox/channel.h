#pragma once

#include "src/file_descriptor.h"

#include <thumbjobs/blob.h>

#include <array>
#include <optional>

namespace thumbjobs::sandbox {

/// A packet, and the file that came with it, if any.
struct Packet {
    Bytes bytes{}; ///< Empty for one that is too long, or brings files that it may not.
    FileDescriptor file{};
};

/// Sends one packet, with a file if `file` is not negative. False if the other side is gone or its
/// queue is full.
bool send_packet(int socket, ByteView bytes, int file = -1) noexcept;

/// Waits for one packet; nothing when the other side is gone or sent an empty one. The kernel drops
/// files that come with it: a hostile sender could otherwise fill this process's table of them.
std::optional<Packet> receive_packet(int socket);

/// The same, of a sender that may add one file.
std::optional<Packet> receive_packet_with_file(int socket);

} // namespace thumbjobs::sandbox
