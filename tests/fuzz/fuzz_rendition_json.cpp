// Hostile JSON: what is accepted is valid and reads back, the rest is refused with one kind of
// error.
#include "fuzz/require.h"
#include "src/metadata.h"

#include <thumbjobs/json.h>

#include <cstddef>
#include <cstdint>

using namespace thumbjobs;

namespace {

/// Runs `check` and lets it refuse its input.
template <typename Check>
void allow_refusal(Check check) {
    try {
        check();
    } catch (const Error& error) {
        require(error.code() == ErrorCode::invalid_argument);
        require(std::string_view(error.what()).size() < 2'000);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    allow_refusal([text] {
        const auto specs = parse_rendition_specs(text);
        validate(specs);
        require(parse_rendition_specs(to_json(specs)) == specs);
    });
    allow_refusal([text] {
        const auto renditions = parse_renditions(text);
        require(parse_renditions(to_json(renditions)) == renditions);
    });
    allow_refusal([text] {
        const auto metadata = parse_metadata(text);
        validate_metadata(metadata);
        require(parse_metadata(to_json(metadata)) == metadata);
    });
    return 0;
}
