/// \file
/// Jobs and their parts as JSON text.
#pragma once

#include <thumbjobs/event.h>
#include <thumbjobs/job_store.h>

#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// The job as one JSON object, with the members of the REST contract but `links` and the
/// renditions' `url`. Times that are not set, a width or height that is not known yet and an absent
/// error are null.
THUMBJOBS_API std::string to_json(const Job& job);

/// A list of rendition specs as a JSON array in canonical form: every member present, fixed order.
/// Equal specs give equal text.
THUMBJOBS_API std::string to_json(const std::vector<RenditionSpec>& specs);

/// A list of renditions as a JSON array; see above.
THUMBJOBS_API std::string to_json(const std::vector<Rendition>& renditions);

/// Metadata as one JSON object of strings, sorted by key.
THUMBJOBS_API std::string to_json(const std::map<std::string, std::string>& metadata);

/// Reads what to_json() of rendition specs writes. Absent members take their defaults; unknown
/// ones, wrong types and values out of range throw Error(invalid_argument) that names the member.
/// Hostile input is safe: depth and size are bounded.
THUMBJOBS_API std::vector<RenditionSpec> parse_rendition_specs(std::string_view json);

/// Reads what to_json() of renditions writes; see parse_rendition_specs().
THUMBJOBS_API std::vector<Rendition> parse_renditions(std::string_view json);

/// Reads what to_json() of metadata writes; see parse_rendition_specs().
THUMBJOBS_API std::map<std::string, std::string> parse_metadata(std::string_view json);

} // namespace thumbjobs
