#pragma once

#include <string>

namespace thumbjobs {

/// The values that a field takes, for messages: `contain, cover, fill, inside`.
std::string accepted_fits();
std::string accepted_gravities();
std::string accepted_formats();

} // namespace thumbjobs
