#pragma once

#include <thumbjobs/job.h>

#include <QString>
#include <QtGlobal>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace desktop {

/// Where a row stands: the states of jobs, and those of images that are no jobs (yet).
enum class RowState : quint8 {
    waiting,   ///< Read and found good; to be submitted.
    uploading, ///< Being submitted.
    queued,
    processing,
    succeeded,
    failed,
    cancelled, ///< A job that was cancelled, or an image that was taken back before it became one.
    refused,   ///< Never became a job: the row's message says why.
};

inline constexpr std::size_t row_state_count = 8;
inline constexpr std::array<RowState, row_state_count> all_row_states{
    RowState::waiting,   RowState::uploading, RowState::queued,    RowState::processing,
    RowState::succeeded, RowState::failed,    RowState::cancelled, RowState::refused};

/// How many rows are in each state, in the order of all_row_states.
using RowCounts = std::array<int, row_state_count>;

/// A set of states: a bit for each.
using RowStates = quint8;
inline constexpr RowStates every_row_state = 0xff;
constexpr RowStates in_set(RowState state) noexcept {
    return static_cast<RowStates>(1U << static_cast<unsigned>(state));
}

constexpr std::size_t index_of(RowState state) noexcept {
    return static_cast<std::size_t>(state);
}

/// Whether something is still to happen by itself.
constexpr bool is_active(RowState state) noexcept {
    return state <= RowState::processing;
}

RowState row_state(thumbjobs::JobState state) noexcept;

/// Names a row for as long as it exists, also while an image becomes a job, and never another
/// afterwards. 0 names none.
using RowKey = quint64;

/// What the list keeps of each row for sorting, filtering and painting; a hundred thousand of them
/// are in memory at a time. Details are fetched when they are shown.
struct Row {
    thumbjobs::JobId id{};    ///< Nil until it is a job.
    std::string text{};       ///< The name, then the name as searched for: UTF-8.
    qint64 bytes_before = 0;  ///< Of the file that was submitted; 0: unknown.
    qint64 bytes_after = -1;  ///< Of all its renditions; -1: none yet.
    qint64 submitted = 0;     ///< Milliseconds since 1970.
    qint64 updated = 0;       ///< Milliseconds since 1970, by the place's clock.
    qint64 duration = -1;     ///< Milliseconds from submission to the end; -1: not ended.
    qint32 width = 0;         ///< Of the original; 0: unknown.
    qint32 height = 0;        ///< Of the original; 0: unknown.
    quint32 generation = 1;   ///< Counts the rows that this slot has held.
    quint32 epoch = 0;        ///< The listing that has told of it last.
    quint16 name_length = 0;  ///< Bytes of `text`.
    quint16 preview_name = 0; ///< Which rendition is shown, as numbered by RowIndex.
    quint16 progress = 0;     ///< In 1/10000.
    RowState state = RowState::waiting;
    thumbjobs::ErrorCode error = thumbjobs::ErrorCode::internal; ///< Beside a message.
    bool used = false;                                           ///< Whether this slot holds a row.
    bool hidden = false;  ///< Removed by the user, who may still undo it.
    bool retired = false; ///< Gone, but perhaps still shown by a view.
    bool has_message = false;

    std::string_view name() const noexcept { return std::string_view(text).substr(0, name_length); }
    std::string_view folded() const noexcept { return std::string_view(text).substr(name_length); }
};

/// What is known of a row that comes from a file of this computer.
struct Source {
    QString path{};     ///< Empty: no file, but bytes that were pasted.
    quint64 device = 0; ///< With `inode` names the file whatever its path; 0: unknown.
    quint64 inode = 0;
};

/// A name as it is searched for: case folded, so that "É" is found by "é".
std::string folded_name(const QString& name);

/// Compares names as people count: "image 9" before "image 10". Negative, zero, positive.
int compare_names(std::string_view left, std::string_view right) noexcept;

/// Appends the name in a form whose bytes, compared one by one, are in the order of
/// compare_names(). Names have at most some hundred digits in a row.
void append_sortable(std::string_view name, std::string& text);

} // namespace desktop
