#pragma once

// The columns in which sqlite_rows.cpp reads and writes a job, as literals for SQL text.

/// What only the store needs, in the order of read_control().
#define TJ_CONTROL_COLUMNS                                                                         \
    "jobs.number, jobs.id, jobs.place, jobs.due, jobs.token, jobs.decoding, jobs.ending,"          \
    " jobs.claim_id, jobs.original_key, jobs.rendition_keys, jobs.max_attempts"

/// What changes and users see, of the jobs or the journal, in the order of read_status().
#define TJ_STATUS_COLUMNS(table)                                                                   \
    table ".state, " table ".attempts, " table ".crashes, " table ".progress, " table              \
          ".updated_at, " table ".started_at, " table ".finished_at, " table                       \
          ".next_attempt_at, " table ".expires_at, " table ".error_code, " table                   \
          ".error_message, " table ".width, " table ".height, " table ".available"
#define TJ_STATUS_COLUMNS_PLAIN                                                                    \
    "state, attempts, crashes, progress, updated_at, started_at, finished_at, next_attempt_at,"    \
    " expires_at, error_code, error_message, width, height, available"

/// The same and the store's own, as SqliteRows::update_status() binds them.
#define TJ_STATUS_ASSIGNMENTS                                                                      \
    "state = ?, attempts = ?, crashes = ?, progress = ?, updated_at = ?, started_at = ?,"          \
    " finished_at = ?, next_attempt_at = ?, expires_at = ?, error_code = ?, error_message = ?,"    \
    " width = ?, height = ?, available = ?, place = ?, due = ?, token = ?, decoding = ?,"          \
    " ending = ?, claim_id = ?"

/// What does not change, or once, in the order of read_details().
#define TJ_DETAIL_COLUMNS                                                                          \
    "jobs.max_attempts, jobs.priority, jobs.created_at, jobs.bytes, jobs.filename,"                \
    " jobs.media_type, jobs.specs, jobs.metadata, jobs.request_id, jobs.traceparent,"              \
    " jobs.renditions"
