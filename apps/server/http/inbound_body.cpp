#include "inbound_body.h"

#include <cerrno>
#include <system_error>

namespace thumbd::http {

namespace {

Refusal spool_failure(const std::system_error& error) {
    switch (error.code().value()) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return {507, "insufficient_storage", "There is no room to take the upload.", 60};
    default:
        return {500, "internal", "The server could not store the upload."};
    }
}

Refusal over_budget() {
    return {503, "overloaded", "The server is taking as many uploads as it can.", 2};
}

} // namespace

InboundBody::InboundBody(const GateState& gate, const BodyPolicy& policy)
    : gate_(&gate), may_spool_(policy.spool) {
    body_.share = BudgetShare(gate.body_memory);
}

std::optional<Refusal> InboundBody::begin(std::optional<std::uint64_t> declared) {
    const std::uint64_t expected = declared.value_or(0);
    if (expected <= gate_->options.limits.memory_body) {
        body_.memory.reserve(static_cast<qsizetype>(expected));
        return std::nullopt;
    }
    return may_spool_ ? move_to_file(expected) : std::nullopt;
}

std::optional<Refusal> InboundBody::append(std::string_view bytes) {
    if (may_spool_ && !body_.in_file() &&
        body_.size + bytes.size() > gate_->options.limits.memory_body) {
        if (std::optional<Refusal> refusal = move_to_file(body_.size)) {
            return refusal;
        }
    }
    if (!body_.share.grow(bytes.size())) {
        return over_budget();
    }
    if (body_.in_file()) {
        try {
            body_.file.append(bytes);
        } catch (const std::system_error& error) {
            return spool_failure(error);
        }
    } else {
        body_.memory.append(bytes.data(), static_cast<qsizetype>(bytes.size()));
    }
    body_.size += bytes.size();
    return std::nullopt;
}

/// Goes on in a file that takes over what is in memory.
std::optional<Refusal> InboundBody::move_to_file(std::uint64_t expected) {
    try {
        body_.file = SpoolFile::create(gate_->options.limits.spool_directory);
        body_.file.expect(expected);
        body_.file.append(
            {body_.memory.constData(), static_cast<std::size_t>(body_.memory.size())});
    } catch (const std::system_error& error) {
        body_.file = SpoolFile();
        return spool_failure(error);
    }
    body_.memory = QByteArray();
    body_.share = BudgetShare(gate_->spool);
    return body_.share.grow(body_.size) ? std::nullopt : std::optional(over_budget());
}

} // namespace thumbd::http
