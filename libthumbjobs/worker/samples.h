#pragma once

#include <thumbjobs/blob.h>

#include <string_view>
#include <vector>

namespace thumbjobs::worker {

struct Sample {
    std::string_view media_type{};
    Bytes data{};
};

/// A tiny file of each input format that is not also an output format, and a PNG.
std::vector<Sample> samples();

} // namespace thumbjobs::worker
