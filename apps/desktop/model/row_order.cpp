#include "model/row_order.h"

#include <algorithm>
#include <string_view>

namespace desktop {

namespace {

template <class T>
int three_way(const T& left, const T& right) noexcept {
    return left < right ? -1 : static_cast<int>(right < left);
}

/// For each name the eight bytes that most likely tell it from others: those after what all have in
/// common, of a form whose bytes are in the names' order.
class NameKeys {
public:
    NameKeys() = default;
    NameKeys(const RowIndex& rows, const std::vector<Slot>& order) {
        ends_.reserve(order.size());
        for (const Slot slot : order) {
            append_sortable(rows[slot].folded(), text_);
            ends_.push_back(text_.size());
        }
        common_ = order.empty() ? 0 : key(0).size();
        for (std::size_t i = 1; i < order.size() && common_ > 0; ++i) {
            const auto one = key(0).substr(0, common_);
            const auto other = key(i);
            const auto length = std::min(one.size(), other.size());
            common_ = static_cast<std::size_t>(
                std::mismatch(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(length),
                              other.begin())
                    .first -
                one.begin());
        }
    }

    std::uint64_t first(std::size_t i) const {
        const auto rest = key(i).substr(common_);
        std::uint64_t value = 0;
        for (std::size_t byte = 0; byte < sizeof value; ++byte)
            value = value << 8 | (byte < rest.size() ? static_cast<unsigned char>(rest[byte]) : 0U);
        return value;
    }

private:
    std::string_view key(std::size_t i) const {
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view(text_).substr(begin, ends_[i] - begin);
    }

    std::string text_;
    std::vector<std::size_t> ends_;
    std::size_t common_ = 0;
};

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
    sort(order);
    return order;
}

/// Sorts by what is copied side by side first; looking at the rows is left for ties.
void RowOrder::sort(std::vector<Slot>& order) const {
    struct Key {
        std::uint64_t first;
        qint64 submitted;
        Slot slot;
    };
    const NameKeys names = key_ == SortKey::name ? NameKeys(rows_, order) : NameKeys();
    std::vector<Key> keys;
    keys.reserve(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const Row& row = rows_[order[i]];
        keys.push_back(
            {key_ == SortKey::name ? names.first(i) : number(row), row.submitted, order[i]});
    }
    const bool by_name = key_ == SortKey::name;
    std::sort(keys.begin(), keys.end(), [&](const Key& left, const Key& right) {
        if (left.first != right.first)
            return (left.first < right.first) != descending_;
        if (!by_name && left.submitted != right.submitted)
            return (left.submitted < right.submitted) != descending_;
        return less(left.slot, right.slot);
    });
    std::transform(keys.begin(), keys.end(), order.begin(),
                   [](const Key& key) { return key.slot; });
}

/// What the row is sorted by as a number, unless that is the name.
std::uint64_t RowOrder::number(const Row& row) const noexcept {
    qint64 value = row.submitted;
    switch (key_) {
    case SortKey::submitted:
    case SortKey::name:
        break;
    case SortKey::state:
        value = static_cast<qint64>(row.state);
        break;
    case SortKey::progress:
        value = row.progress;
        break;
    case SortKey::bytes_before:
        value = row.bytes_before;
        break;
    case SortKey::bytes_after:
        value = row.bytes_after;
        break;
    case SortKey::duration:
        value = row.duration;
        break;
    }
    return static_cast<std::uint64_t>(value) ^ (1ULL << 63); // negative ones first
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
