#include "model/row_order.h"

#include <algorithm>

namespace desktop {

namespace {

template <class T>
int three_way(const T& left, const T& right) noexcept {
    return left < right ? -1 : static_cast<int>(right < left);
}

} // namespace

void RowOrder::set_sort(SortKey key, bool descending) noexcept {
    key_ = key;
    descending_ = descending;
}

bool RowOrder::shows(Slot slot) const noexcept {
    const Row& row = rows_[slot];
    return row.used && !row.hidden && (states_ & in_set(row.state)) != 0 &&
           (needle_.empty() || row.folded().find(needle_) != std::string_view::npos);
}

int RowOrder::compare(const Row& left, const Row& right) const noexcept {
    switch (key_) {
    case SortKey::submitted:
        return three_way(left.submitted, right.submitted);
    case SortKey::name:
        return compare_names(left.folded(), right.folded());
    case SortKey::state:
        return three_way(left.state, right.state);
    case SortKey::progress:
        return three_way(left.progress, right.progress);
    case SortKey::bytes_before:
        return three_way(left.bytes_before, right.bytes_before);
    case SortKey::bytes_after:
        return three_way(left.bytes_after, right.bytes_after);
    case SortKey::duration:
        return three_way(left.duration, right.duration);
    }
    return 0;
}

bool RowOrder::less(Slot left_slot, Slot right_slot) const noexcept {
    const Row& left = rows_[left_slot];
    const Row& right = rows_[right_slot];
    int order = compare(left, right);
    if (order == 0)
        order = three_way(left.submitted, right.submitted);
    if (order == 0)
        order = three_way(left.id, right.id);
    if (order == 0)
        order = three_way(left_slot, right_slot);
    return descending_ ? order > 0 : order < 0;
}

std::vector<Slot> RowOrder::make() const {
    std::vector<Slot> order;
    order.reserve(static_cast<std::size_t>(rows_.size()));
    for (Slot slot = 0; slot < rows_.end(); ++slot)
        if (shows(slot))
            order.push_back(slot);
    std::sort(order.begin(), order.end(),
              [this](Slot left, Slot right) { return less(left, right); });
    return order;
}

std::vector<Slot> RowOrder::make(const std::vector<Slot>& before, std::vector<Slot> changed,
                                 const std::vector<bool>& is_changed) const {
    const auto by_order = [this](Slot left, Slot right) { return less(left, right); };
    std::erase_if(changed, [this](Slot slot) { return !shows(slot); });
    std::sort(changed.begin(), changed.end(), by_order);
    std::vector<Slot> kept;
    kept.reserve(before.size() + changed.size());
    std::copy_if(before.begin(), before.end(), std::back_inserter(kept),
                 [&](Slot slot) { return !is_changed[slot]; });
    std::vector<Slot> order;
    order.reserve(kept.size() + changed.size());
    auto rest = kept.cbegin();
    for (const Slot slot : changed) {
        const auto place = std::upper_bound(rest, kept.cend(), slot, by_order);
        order.insert(order.end(), rest, place);
        order.push_back(slot);
        rest = place;
    }
    order.insert(order.end(), rest, kept.cend());
    return order;
}

} // namespace desktop
