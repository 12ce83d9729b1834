#include "model/row_index.h"

#include <algorithm>
#include <utility>

namespace desktop {

namespace {

constexpr int max_name = 255;      ///< Characters of a name, as the library keeps bytes.
constexpr int max_message = 500;   ///< Characters of a sentence.
constexpr int preview_pixels = 96; ///< A rendition this large is not blurred in the list.
constexpr std::size_t max_preview_names = 1024;

qint64 milliseconds(thumbjobs::WallTime time) {
    return time.time_since_epoch().count();
}

qint64 bytes_of(const std::vector<thumbjobs::Rendition>& renditions) {
    qint64 sum = 0;
    for (const auto& rendition : renditions)
        sum += rendition.bytes;
    return sum;
}

} // namespace

const thumbjobs::Rendition* preview_of(const thumbjobs::Job& job) noexcept {
    const thumbjobs::Rendition* best = nullptr;
    const auto side = [](const thumbjobs::Rendition& rendition) {
        return std::max(rendition.width, rendition.height);
    };
    for (const auto& rendition : job.renditions) {
        if (!best) {
            best = &rendition;
            continue;
        }
        const bool sharp = side(rendition) >= preview_pixels;
        const bool best_sharp = side(*best) >= preview_pixels;
        if (sharp != best_sharp
                ? sharp
                : (sharp ? side(rendition) < side(*best) : side(rendition) > side(*best)))
            best = &rendition;
    }
    return best;
}

Slot RowIndex::add(RowState state, const QString& name) {
    Slot slot = 0;
    if (free_.empty()) {
        slot = static_cast<Slot>(rows_.size());
        rows_.emplace_back();
    } else {
        slot = free_.back();
        free_.pop_back();
    }
    Row& row = rows_[slot];
    row.used = true;
    row.state = state;
    set_name(row, name);
    ++counts_[index_of(state)];
    return slot;
}

void RowIndex::retire(Slot slot) {
    Row& row = rows_[slot];
    set_hidden(slot, true);
    row.retired = true;
    if (const auto found = by_job_.find(row.id); found != by_job_.end() && found->second == slot)
        by_job_.erase(found);
}

void RowIndex::free(Slot slot) {
    Row& row = rows_[slot];
    if (row.has_message)
        messages_.remove(slot);
    sources_.remove(slot);
    const auto generation = row.generation + 1;
    row = Row{};
    row.generation = generation;
    free_.push_back(slot);
}

void RowIndex::take_over(Slot slot, Slot other) {
    Row next = rows_[other];
    retire(other);
    next.generation = rows_[slot].generation;
    next.hidden = rows_[slot].hidden;
    const RowState state = std::exchange(next.state, rows_[slot].state);
    const QString sentence = message(other);
    next.has_message = rows_[slot].has_message;
    rows_[slot] = std::move(next);
    by_job_[rows_[slot].id] = slot;
    set_state(slot, state);
    set_message(slot, rows_[slot].error, sentence);
}

RowKey RowIndex::key(Slot slot) const noexcept {
    return RowKey{rows_[slot].generation} << 32 | slot;
}

std::optional<Slot> RowIndex::find(RowKey key) const noexcept {
    const auto slot = static_cast<Slot>(key);
    if (slot >= rows_.size() || !rows_[slot].used || rows_[slot].retired ||
        rows_[slot].generation != key >> 32)
        return std::nullopt;
    return slot;
}

std::optional<Slot> RowIndex::find(const thumbjobs::JobId& id) const noexcept {
    const auto found = by_job_.find(id);
    return found == by_job_.end() ? std::nullopt : std::optional(found->second);
}

bool RowIndex::update(Slot slot, const thumbjobs::Job& job) {
    const Row& old = rows_[slot];
    Row next = old;
    next.id = job.id;
    const auto progress = std::clamp(job.progress, 0.0, 1.0);
    next.progress = static_cast<quint16>(progress * 10'000);
    next.bytes_before = job.original.bytes;
    next.bytes_after = job.renditions.empty() ? -1 : bytes_of(job.renditions);
    next.submitted = milliseconds(job.created_at);
    next.updated = milliseconds(job.updated_at);
    next.duration = job.finished_at ? milliseconds(*job.finished_at) - next.submitted : qint64{-1};
    next.width = job.original.width;
    next.height = job.original.height;
    if (const auto* preview = preview_of(job))
        next.preview_name = number_of(preview->name);
    if (job.original.filename != old.name())
        set_name(next, QString::fromStdString(job.original.filename));
    const bool same = next.id == old.id && next.progress == old.progress &&
                      next.bytes_before == old.bytes_before &&
                      next.bytes_after == old.bytes_after && next.submitted == old.submitted &&
                      next.updated == old.updated && next.duration == old.duration &&
                      next.width == old.width && next.height == old.height &&
                      next.preview_name == old.preview_name && next.text == old.text &&
                      row_state(job.state) == old.state;
    if (next.id != old.id) {
        by_job_.erase(old.id);
        by_job_[job.id] = slot;
    }
    rows_[slot] = std::move(next);
    set_state(slot, row_state(job.state));
    if (job.error)
        set_message(slot, job.error->code, QString::fromStdString(job.error->message));
    else
        set_message(slot, thumbjobs::ErrorCode::internal, {});
    return !same;
}

void RowIndex::set_state(Slot slot, RowState state) {
    Row& row = rows_[slot];
    if (!row.hidden) {
        --counts_[index_of(row.state)];
        ++counts_[index_of(state)];
    }
    row.state = state;
}

void RowIndex::set_hidden(Slot slot, bool hidden) {
    Row& row = rows_[slot];
    if (row.hidden == hidden)
        return;
    row.hidden = hidden;
    counts_[index_of(row.state)] += hidden ? -1 : 1;
}

void RowIndex::set_message(Slot slot, thumbjobs::ErrorCode code, const QString& sentence) {
    Row& row = rows_[slot];
    row.error = code;
    if (sentence.isEmpty()) {
        if (row.has_message)
            messages_.remove(slot);
        row.has_message = false;
        return;
    }
    row.has_message = true;
    const QString text = sentence.left(max_message);
    if (text != last_message_)
        last_message_ = text;
    messages_.insert(slot, last_message_);
}

QString RowIndex::message(Slot slot) const {
    return rows_[slot].has_message ? messages_.value(slot) : QString();
}

void RowIndex::set_source(Slot slot, Source source) {
    sources_[slot] = std::move(source);
}

Source RowIndex::source(Slot slot) const {
    return sources_.value(slot);
}

std::string RowIndex::preview_name(Slot slot) const {
    return preview_names_[rows_[slot].preview_name];
}

void RowIndex::set_name(Row& row, const QString& name) {
    const QString shown = name.left(max_name);
    row.text = shown.toStdString();
    row.name_length = static_cast<quint16>(row.text.size());
    row.text += folded_name(shown);
    row.text.shrink_to_fit();
}

quint16 RowIndex::number_of(const std::string& rendition) {
    const auto found = std::find(preview_names_.begin(), preview_names_.end(), rendition);
    if (found != preview_names_.end())
        return static_cast<quint16>(found - preview_names_.begin());
    if (preview_names_.size() == max_preview_names)
        return 0; // a server that names each one anew: the first rendition will do
    preview_names_.push_back(rendition);
    return static_cast<quint16>(preview_names_.size() - 1);
}

} // namespace desktop
