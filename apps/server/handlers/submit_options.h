#pragma once

#include "handlers/query.h"

#include <thumbjobs/engine.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace thumbd {

/// Puts the options of a submit into `request`: `width`, `height`, ... of one rendition, `filename`
/// and `priority`. Throws BadRequest.
void apply_submit_parameters(const Parameters& parameters, thumbjobs::SubmitRequest& request);

/// Puts a `spec` document into `request`: an object with any of `renditions`, `filename`,
/// `priority`, `metadata`. Throws BadRequest and thumbjobs::Error(invalid_argument).
void apply_submit_spec(std::string_view json, thumbjobs::SubmitRequest& request);

/// Whether `name` is an option that apply_submit_parameters() reads.
bool is_submit_option(std::string_view name) noexcept;

/// The `wait=N` in a `Prefer` field (RFC 7240), in seconds; nothing if there is none. Throws
/// BadRequest for a wait that is no number.
std::optional<thumbjobs::Milliseconds> preferred_wait(std::string_view prefer);

/// A wait as in `?wait=2.5`. Throws BadRequest.
thumbjobs::Milliseconds parse_wait(std::string_view name, std::string_view text);

} // namespace thumbd
