#include "listening_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace thumbd::http {

namespace {

constexpr int backlog = 512;

struct HostAndPort {
    std::string host; ///< `*` for all interfaces.
    std::string port;
};

HostAndPort split(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    HostAndPort parts;
    if (colon != std::string::npos) {
        parts = {address.substr(0, colon), address.substr(colon + 1)};
    }
    if (parts.host.size() > 2 && parts.host.front() == '[' && parts.host.back() == ']') {
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    } else if (parts.host.find(':') != std::string::npos) {
        parts.host.clear(); // An IPv6 address without brackets could be read in two ways.
    }
    std::uint16_t port = 0;
    const char* const end = parts.port.data() + parts.port.size();
    const auto [read, error] = std::from_chars(parts.port.data(), end, port);
    if (parts.host.empty() || parts.port.empty() || error != std::errc() || read != end) {
        throw std::invalid_argument(
            "listen address '" + address +
            "': HOST:PORT, [IPV6]:PORT or *:PORT is wanted, PORT 0 to 65535");
    }
    return parts;
}

struct AddressListDeleter {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

AddressList resolve(const HostAndPort& parts, const std::string& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    const bool any = parts.host == "*";
    addrinfo* list = nullptr;
    const int failed =
        ::getaddrinfo(any ? nullptr : parts.host.c_str(), parts.port.c_str(), &hints, &list);
    if (failed != 0) {
        throw std::runtime_error("cannot listen on " + address + ": " + ::gai_strerror(failed));
    }
    return AddressList(list);
}

/// A listening descriptor, or the error number.
int listen_on(const addrinfo& candidate, bool all_families, int& error) {
    const int fd = ::socket(candidate.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    const int six_only = all_families ? 0 : 1;
    if (fd >= 0) {
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (candidate.ai_family == AF_INET6) {
            ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &six_only, sizeof six_only);
        }
        if (::bind(fd, candidate.ai_addr, candidate.ai_addrlen) == 0 &&
            ::listen(fd, backlog) == 0) {
            return fd;
        }
    }
    error = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    return -1;
}

std::uint16_t bound_port(int descriptor) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
    return ntohs(storage.ss_family == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                     : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

} // namespace

ListeningSocket::ListeningSocket(const std::string& address) {
    const HostAndPort parts = split(address);
    const AddressList candidates = resolve(parts, address);
    const bool any = parts.host == "*";
    int error = EADDRNOTAVAIL;
    // For all interfaces IPv6 goes first, since its socket takes IPv4 along. A name is taken for
    // its IPv4 address where it has one, so that `localhost` means the same on every machine.
    for (const int family : {any ? AF_INET6 : AF_INET, any ? AF_INET : AF_INET6}) {
        for (const addrinfo* one = candidates.get(); one != nullptr && descriptor_ < 0;
             one = one->ai_next) {
            if (one->ai_family == family) {
                descriptor_ = listen_on(*one, any, error);
            }
        }
    }
    if (descriptor_ < 0) {
        throw std::runtime_error("cannot listen on " + address + ": " + std::strerror(error));
    }
    port_ = bound_port(descriptor_);
    const bool brackets = parts.host.find(':') != std::string::npos;
    authority_ = (brackets ? '[' + parts.host + ']'
                  : any    ? "localhost"
                           : parts.host) +
                 ':' + std::to_string(port_);
}

ListeningSocket::~ListeningSocket() {
    ::close(descriptor_);
}

int ListeningSocket::duplicate() const {
    const int copy = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot share the listening socket");
    }
    return copy;
}

} // namespace thumbd::http
