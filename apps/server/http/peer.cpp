#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace thumbd::http {

std::string numeric_address(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(address);
        ::inet_ntop(AF_INET, &four->sin_addr, text.data(), text.size());
    } else if (address->sa_family == AF_INET6) {
        const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
            ::inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, text.data(), text.size());
        } else {
            ::inet_ntop(AF_INET6, &six->sin6_addr, text.data(), text.size());
        }
    }
    return text.data();
}

Peer peer_of(int descriptor) {
    Peer peer;
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const address = reinterpret_cast<sockaddr*>(&storage);
    if (::getpeername(descriptor, address, &size) != 0) {
        return peer;
    }
    peer.address = numeric_address(address);
    peer.port = ntohs(storage.ss_family == AF_INET6
                          ? reinterpret_cast<const sockaddr_in6*>(address)->sin6_port
                          : reinterpret_cast<const sockaddr_in*>(address)->sin_port);
    peer.loopback = peer.address == "::1" || peer.address.starts_with("127.");
    return peer;
}

} // namespace thumbd::http
