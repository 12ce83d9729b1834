#pragma once

#include <span>
#include <string>
#include <string_view>

namespace thumbjobs::redis {

/// The words of one command. Borrowed for the length of a call.
using Words = std::span<const std::string_view>;

/// Appends the command to `wire`, as the server wants it.
void append_command(std::string& wire, Words words);

} // namespace thumbjobs::redis
