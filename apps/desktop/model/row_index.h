#pragma once

#include "model/row.h"

#include <QHash>

#include <string>
#include <unordered_map>
#include <vector>

namespace desktop {

/// A row's place in the index: reused, unlike a RowKey.
using Slot = quint32;

/// The rows themselves, found by key and by job, with a count for each state. Not thread-safe.
class RowIndex {
public:
    /// Makes a row. `name` is cut to what is worth showing.
    Slot add(RowState state, const QString& name);

    /// Takes a row away: it is found no more, and counts no more. Its slot is used for another row
    /// only after free(), when no view shows it any longer.
    void retire(Slot slot);
    void free(Slot slot);

    const Row& operator[](Slot slot) const noexcept { return rows_[slot]; }
    Slot end() const noexcept { return static_cast<Slot>(rows_.size()); } ///< Beyond the last slot.
    int size() const noexcept { return static_cast<int>(rows_.size() - free_.size()); }
    const RowCounts& counts() const noexcept { return counts_; } ///< Without hidden rows.

    RowKey key(Slot slot) const noexcept;
    std::optional<Slot> find(RowKey key) const noexcept;
    std::optional<Slot> find(const thumbjobs::JobId& id) const noexcept;

    /// Takes over what a job says, and becomes the row of that job; returns whether anything that
    /// is kept has changed.
    bool update(Slot slot, const thumbjobs::Job& job);

    /// Makes `slot` the row of the job that `other` is, which is retired.
    void take_over(Slot slot, Slot other);

    void set_state(Slot slot, RowState state);
    void set_hidden(Slot slot, bool hidden);
    void set_epoch(Slot slot, quint32 epoch) noexcept { rows_[slot].epoch = epoch; }
    void set_submitted(Slot slot, qint64 when) noexcept { rows_[slot].submitted = when; }
    void set_bytes_before(Slot slot, qint64 bytes) noexcept { rows_[slot].bytes_before = bytes; }

    /// Why a row is refused or failed; an empty sentence takes it away.
    void set_message(Slot slot, thumbjobs::ErrorCode code, const QString& sentence);
    QString message(Slot slot) const;

    void set_source(Slot slot, Source source);
    Source source(Slot slot) const;
    const QHash<Slot, Source>& sources() const noexcept { return sources_; }

    /// The rendition that is shown as preview; empty: the first.
    std::string preview_name(Slot slot) const;

private:
    void set_name(Row& row, const QString& name);
    quint16 number_of(const std::string& rendition);

    std::vector<Row> rows_;
    std::vector<Slot> free_;
    std::unordered_map<thumbjobs::JobId, Slot> by_job_;
    RowCounts counts_{};
    QHash<Slot, QString> messages_;
    QString last_message_; ///< Shared by the rows that are refused for the same reason.
    QHash<Slot, Source> sources_;
    std::vector<std::string> preview_names_{std::string()};
};

/// Which rendition of a job makes the best preview: the smallest that is not blurred in a cell of
/// the list, or the largest there is. Null before it has succeeded.
const thumbjobs::Rendition* preview_of(const thumbjobs::Job& job) noexcept;

} // namespace desktop
