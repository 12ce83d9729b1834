#pragma once

#include "options.h"

#include <string>

struct sockaddr;

namespace thumbd::http {

/// The other end of a connected socket; an empty address when it has gone already.
Peer peer_of(int descriptor);

/// The numeric address without port; IPv4-mapped IPv6 addresses are given as IPv4.
std::string numeric_address(const sockaddr* address);

} // namespace thumbd::http
