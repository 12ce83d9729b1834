#pragma once

#include "model/row_index.h"

#include <cstdint>
#include <string>
#include <vector>

namespace desktop {

/// What rows are sorted by; equal ones stay in the order of their submission.
enum class SortKey { submitted, name, state, progress, bytes_before, bytes_after, duration };

/// Which rows are shown, and in which order: a list of slots, made anew or from the one before.
/// Made for a hundred thousand rows, of which few change at a time.
class RowOrder {
public:
    explicit RowOrder(const RowIndex& rows) : rows_(rows) {}

    void set_sort(SortKey key, bool descending) noexcept;
    void set_states(RowStates states) noexcept { states_ = states; }
    void set_search(const QString& text) { needle_ = folded_name(text); }

    bool shows(Slot slot) const noexcept;
    bool less(Slot left, Slot right) const noexcept;

    /// All rows that are shown, in order.
    std::vector<Slot> make() const;

    /// The same, where `before` was so until the rows `changed` changed. `is_changed` has an entry
    /// for each slot.
    std::vector<Slot> make(const std::vector<Slot>& before, std::vector<Slot> changed,
                           const std::vector<bool>& is_changed) const;

private:
    int compare(const Row& left, const Row& right) const noexcept;
    void sort(std::vector<Slot>& order) const;
    std::uint64_t number(const Row& row) const noexcept;

    const RowIndex& rows_;
    SortKey key_ = SortKey::submitted;
    bool descending_ = true;
    RowStates states_ = every_row_state;
    std::string needle_;
};

} // namespace desktop
