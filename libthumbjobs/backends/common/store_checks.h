#pragma once

#include <thumbjobs/job_store.h>

#include <string>
#include <string_view>

/// The checks of arguments and the cursors that all job stores have in common.
namespace thumbjobs {

/// Each throws Error(invalid_argument) naming the field, its value and what is accepted.
void require_range(std::string_view field, std::int64_t value, std::int64_t least,
                   std::int64_t most);
void require_progress(double progress);
void require_claim(const ClaimRequest& request);

/// The most renditions of a job.
inline constexpr std::size_t most_renditions = 32;

/// What the stores that keep renditions answer to JobStore::keeps_up_to().
inline constexpr std::int64_t most_kept_bytes = 1 << 20;

/// Of such a store: each rendition has either a key or its bytes.
void require_kept(const Completion& completion);

[[noreturn]] void throw_no_job(const JobId& id);
[[noreturn]] void throw_no_image(const JobId& id);
[[noreturn]] void throw_lease_lost();
[[noreturn]] void throw_queue_full(std::int64_t max_queued);
[[noreturn]] void throw_idempotency_conflict();
[[noreturn]] void throw_deadline_passed();

/// Where a page of a listing ended: the id of its last job and the order of the listing.
std::string make_list_cursor(const JobId& last, bool ascending);

/// Throws Error(invalid_argument) for text that make_list_cursor() did not make for this order.
JobId parse_list_cursor(std::string_view cursor, bool ascending);

/// A place in the history named `history`, which contains no dash.
EventCursor make_event_cursor(std::string_view history, std::uint64_t sequence);

/// Nothing for a cursor that is malformed or of another history.
std::optional<std::uint64_t> parse_event_cursor(std::string_view cursor, std::string_view history);

} // namespace thumbjobs
