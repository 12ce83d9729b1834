#include "backends/sandbox/channel.h"

#include "backends/sandbox/protocol.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace thumbjobs::sandbox {
namespace {

/// Room for the one file descriptor that a packet may bring.
union Control {
    cmsghdr header;
    std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

/// `message` brings room for files, or none.
std::optional<Packet> receive(int socket, msghdr& message) {
    Packet packet;
    packet.bytes.resize(max_packet);
    iovec part{packet.bytes.data(), packet.bytes.size()};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    ssize_t got = 0;
    do
        got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    message.msg_iov = nullptr;
    if (got <= 0)
        return std::nullopt;
    const bool whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    packet.bytes.resize(whole ? static_cast<std::size_t>(got) : 0);
    return packet;
}

} // namespace

bool send_packet(int socket, ByteView bytes, int file) noexcept {
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()}; // sendmsg only reads it
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control{};
    if (file >= 0) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof file);
        std::memcpy(CMSG_DATA(header), &file, sizeof file);
    }
    ssize_t sent = 0;
    do
        sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(bytes.size());
}

std::optional<Packet> receive_packet(int socket) {
    msghdr message{};
    return receive(socket, message);
}

std::optional<Packet> receive_packet_with_file(int socket) {
    msghdr message{};
    Control control{};
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    auto packet = receive(socket, message);
    if (!packet)
        return packet;
    std::size_t files = 0;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            for (std::size_t at = CMSG_LEN(0); at < header->cmsg_len; at += sizeof(int)) {
                int descriptor = -1;
                std::memcpy(&descriptor, reinterpret_cast<const char*>(header) + at,
                            sizeof descriptor);
                packet->file.reset(descriptor);
                ++files;
            }
    if (files > 1) // the padding of the control message has room for a second one
        packet->bytes.clear();
    return packet;
}

} // namespace thumbjobs::sandbox
