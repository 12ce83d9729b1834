#include "model/row.h"

#include <QtGlobal>

#include <algorithm>

namespace desktop {

namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// The digits at the beginning of `text`, without leading zeros; `text` goes on after them.
std::string_view take_number(std::string_view& text) noexcept {
    std::size_t zeros = 0;
    while (zeros < text.size() && text[zeros] == '0')
        ++zeros;
    std::size_t end = zeros;
    while (end < text.size() && is_digit(text[end]))
        ++end;
    const auto number = text.substr(zeros, end - zeros);
    text.remove_prefix(end);
    return number;
}

} // namespace

RowState row_state(thumbjobs::JobState state) noexcept {
    switch (state) {
    case thumbjobs::JobState::queued:
        return RowState::queued;
    case thumbjobs::JobState::processing:
        return RowState::processing;
    case thumbjobs::JobState::succeeded:
        return RowState::succeeded;
    case thumbjobs::JobState::failed:
        return RowState::failed;
    case thumbjobs::JobState::cancelled:
        return RowState::cancelled;
    }
    Q_UNREACHABLE();
}

std::string folded_name(const QString& name) {
    return name.normalized(QString::NormalizationForm_C).toCaseFolded().toStdString();
}

int compare_names(std::string_view left, std::string_view right) noexcept {
    while (!left.empty() && !right.empty()) {
        if (is_digit(left.front()) && is_digit(right.front())) {
            const auto first = take_number(left);
            const auto second = take_number(right);
            if (first.size() != second.size())
                return first.size() < second.size() ? -1 : 1;
            if (const int order = first.compare(second); order != 0)
                return order;
            continue;
        }
        const auto first = static_cast<unsigned char>(left.front());
        const auto second = static_cast<unsigned char>(right.front());
        if (first != second)
            return first < second ? -1 : 1;
        left.remove_prefix(1);
        right.remove_prefix(1);
    }
    return static_cast<int>(!left.empty()) - static_cast<int>(!right.empty());
}

void append_sortable(std::string_view name, std::string& text) {
    while (!name.empty()) {
        if (!is_digit(name.front())) {
            text += name.front();
            name.remove_prefix(1);
            continue;
        }
        // A number: how long it is tells more than its first digit.
        const auto number = take_number(name);
        text += '0';
        text += static_cast<char>(std::min<std::size_t>(number.size(), 255));
        text += number;
    }
}

} // namespace desktop
