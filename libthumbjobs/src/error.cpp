#include <thumbjobs/error.h>
#include <thumbjobs/memory_full.h>

#include <array>
#include <utility>

namespace thumbjobs {
namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 25> code_names{{
    {ErrorCode::invalid_argument, "invalid_argument"},
    {ErrorCode::not_found, "not_found"},
    {ErrorCode::conflict, "conflict"},
    {ErrorCode::idempotency_conflict, "idempotency_conflict"},
    {ErrorCode::empty_input, "empty_input"},
    {ErrorCode::input_too_large, "input_too_large"},
    {ErrorCode::not_an_image, "not_an_image"},
    {ErrorCode::unsupported_format, "unsupported_format"},
    {ErrorCode::image_too_large, "image_too_large"},
    {ErrorCode::image_truncated, "image_truncated"},
    {ErrorCode::image_corrupt, "image_corrupt"},
    {ErrorCode::decoder_crashed, "decoder_crashed"},
    {ErrorCode::decoder_timeout, "decoder_timeout"},
    {ErrorCode::decoder_out_of_memory, "decoder_out_of_memory"},
    {ErrorCode::decoder_forbidden, "decoder_forbidden"},
    {ErrorCode::queue_full, "queue_full"},
    {ErrorCode::storage_full, "storage_full"},
    {ErrorCode::store_unavailable, "store_unavailable"},
    {ErrorCode::storage_unavailable, "storage_unavailable"},
    {ErrorCode::incompatible, "incompatible"},
    {ErrorCode::timed_out, "timed_out"},
    {ErrorCode::lease_lost, "lease_lost"},
    {ErrorCode::cancelled, "cancelled"},
    {ErrorCode::closed, "closed"},
    {ErrorCode::internal, "internal"},
}};

} // namespace

std::string_view to_string(ErrorCode code) noexcept {
    for (const auto& [known, name] : code_names)
        if (known == code)
            return name;
    return "internal";
}

std::optional<ErrorCode> parse_error_code(std::string_view name) noexcept {
    for (const auto& [code, known] : code_names)
        if (known == name)
            return code;
    return std::nullopt;
}

Error::Error(ErrorCode code, const std::string& message, std::string detail)
    : std::runtime_error(message), code_(code), detail_(std::move(detail)) {}

Error::~Error() = default;

MemoryFull::MemoryFull(const std::string& message, std::string detail)
    : Error(ErrorCode::storage_full, message, std::move(detail)) {}

MemoryFull::~MemoryFull() = default;

bool Error::retryable() const noexcept {
    switch (code_) {
    case ErrorCode::queue_full:
    case ErrorCode::storage_full:
    case ErrorCode::store_unavailable:
    case ErrorCode::storage_unavailable:
    case ErrorCode::timed_out:
        return true;
    default:
        return false;
    }
}

} // namespace thumbjobs
