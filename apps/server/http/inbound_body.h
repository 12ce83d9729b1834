#pragma once

#include "body.h"
#include "gate_state.h"
#include "options.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace thumbd::http {

/// Collects the body of one request, in memory or in a spool file as its policy and size ask for.
/// Every function returns why the request has to be refused, if so. Lives on a loop's thread.
class InboundBody {
public:
    /// Without a body.
    InboundBody() = default;

    InboundBody(const GateState& gate, const BodyPolicy& policy);

    /// `declared` is the Content-Length, if there is one. A full disk shows here already.
    std::optional<Refusal> begin(std::optional<std::uint64_t> declared);

    std::optional<Refusal> append(std::string_view bytes);

    std::uint64_t size() const noexcept { return body_.size; }

    Body take() noexcept { return std::move(body_); }

private:
    std::optional<Refusal> move_to_file(std::uint64_t expected);

    const GateState* gate_ = nullptr;
    bool may_spool_ = false;
    Body body_;
};

} // namespace thumbd::http
