#include "model/jobs_model.h"

#include <QDateTime>

#include <algorithm>

namespace desktop {

namespace {

constexpr int flush_interval = 40; ///< Milliseconds.
constexpr qint64 max_held = 1'500; ///< Milliseconds that a new job may be kept back.
constexpr std::size_t max_held_jobs = 1'000;
constexpr int max_details = 256;
constexpr int eviction = 10'000; ///< Rows: so many at a time.

} // namespace

JobsModel::JobsModel(Place& place, QObject* parent)
    : QAbstractTableModel(parent),
      place_(place),
      details_(max_details),
      previews_(new PreviewCache(place, this)) {
    flush_timer_.setSingleShot(true);
    flush_timer_.setInterval(flush_interval);
    connect(&flush_timer_, &QTimer::timeout, this, &JobsModel::flush);
    clock_.start();
    connect(previews_, &PreviewCache::ready, this, [this](RowKey key) {
        if (const auto slot = rows_.find(key))
            touch(*slot);
    });
}

JobsModel::~JobsModel() = default;

// --- For views

void JobsModel::set_state_filter(RowStates states) {
    if (states == filter_states_)
        return;
    filter_states_ = states;
    order_.set_states(states);
    remake_ = true;
    flush();
}

void JobsModel::set_search(const QString& text) {
    if (text == search_)
        return;
    search_ = text;
    order_.set_search(text);
    remake_ = true;
    flush();
}

int JobsModel::total() const noexcept {
    int sum = 0;
    for (const int count : rows_.counts())
        sum += count;
    return sum;
}

RowKey JobsModel::key_at(int row) const {
    return row < 0 || row >= rowCount() ? 0 : rows_.key(shown_[static_cast<std::size_t>(row)]);
}

QModelIndex JobsModel::index_of(RowKey key) const {
    const auto slot = rows_.find(key);
    if (!slot || *slot >= position_.size() || position_[*slot] < 0)
        return {};
    return index(position_[*slot], name_column);
}

std::vector<RowKey> JobsModel::keys_of(const QModelIndexList& indexes) const {
    std::vector<int> found;
    found.reserve(static_cast<std::size_t>(indexes.size()));
    for (const QModelIndex& index : indexes)
        if (index.isValid() && index.model() == this)
            found.push_back(index.row());
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::vector<RowKey> keys;
    keys.reserve(found.size());
    for (const int row : found)
        keys.push_back(key_at(row));
    return keys;
}

std::vector<RowKey> JobsModel::all_keys() const {
    std::vector<RowKey> keys;
    keys.reserve(shown_.size());
    for (const Slot slot : shown_)
        keys.push_back(rows_.key(slot));
    return keys;
}

std::vector<RowKey> JobsModel::keys_in(RowStates states) const {
    std::vector<RowKey> keys;
    for (Slot slot = 0; slot < rows_.end(); ++slot)
        if (rows_[slot].used && !rows_[slot].hidden && (states & in_set(rows_[slot].state)) != 0)
            keys.push_back(rows_.key(slot));
    return keys;
}

void JobsModel::set_visible_rows(int first, int last) {
    previews_->keep([&](RowKey key) {
        const auto slot = rows_.find(key);
        return slot && *slot < position_.size() && position_[*slot] >= first &&
               position_[*slot] <= last;
    });
}

const thumbjobs::Job* JobsModel::details(RowKey key) {
    if (const thumbjobs::Job* job = details_.object(key))
        return job;
    const Row* found = row(key);
    if (!found || found->id.is_nil() || asked_details_.contains(key))
        return nullptr;
    asked_details_.insert(key);
    place_.get(found->id, this, [this, key](const Result<thumbjobs::Job>& answer) {
        asked_details_.remove(key);
        if (!answer || !rows_.find(key))
            return;
        details_.insert(key, new thumbjobs::Job(answer.value()));
        apply(answer.value());
        emit details_changed(key);
    });
    return nullptr;
}

const Row* JobsModel::row(RowKey key) const {
    const auto slot = rows_.find(key);
    return slot ? &rows_[*slot] : nullptr;
}

QString JobsModel::message(RowKey key) const {
    const auto slot = rows_.find(key);
    return slot ? rows_.message(*slot) : QString();
}

Source JobsModel::source(RowKey key) const {
    const auto slot = rows_.find(key);
    return slot ? rows_.source(*slot) : Source();
}

// --- For the other models

RowKey JobsModel::add(RowState state, const QString& name, qint64 bytes, Source source) {
    const Slot slot = rows_.add(state, name);
    rows_.set_bytes_before(slot, bytes);
    rows_.set_submitted(slot, QDateTime::currentMSecsSinceEpoch());
    rows_.set_source(slot, std::move(source));
    tell(slot, std::nullopt, state);
    touch(slot);
    return rows_.key(slot);
}

void JobsModel::set_state(RowKey key, RowState state) {
    const auto slot = rows_.find(key);
    if (!slot || rows_[*slot].state == state)
        return;
    tell(*slot, rows_[*slot].state, state);
    rows_.set_state(*slot, state);
    rows_.set_message(*slot, thumbjobs::ErrorCode::internal, {});
    touch(*slot);
}

void JobsModel::refuse(RowKey key, RowState state, thumbjobs::ErrorCode code,
                       const QString& sentence) {
    set_state(key, state);
    if (const auto slot = rows_.find(key)) {
        rows_.set_message(*slot, code, sentence);
        touch(*slot);
    }
}

void JobsModel::remove(RowKey key) {
    if (const auto slot = rows_.find(key))
        drop(*slot);
}

void JobsModel::set_hidden(RowKey key, bool hidden) {
    const auto slot = rows_.find(key);
    if (!slot || rows_[*slot].hidden == hidden)
        return;
    // To those who count, what is hidden is gone, and comes again if it is still to be done.
    const RowState state = rows_[*slot].state;
    if (hidden && is_active(state))
        tell(*slot, state, std::nullopt);
    rows_.set_hidden(*slot, hidden);
    if (!hidden && is_active(state))
        tell(*slot, std::nullopt, state);
    touch(*slot);
}

void JobsModel::become_job(RowKey key, const thumbjobs::Job& job) {
    const auto slot = rows_.find(key);
    if (!slot)
        return apply(job);
    const auto held = held_.find(job.id);
    const auto other = rows_.find(job.id);
    thumbjobs::Job latest = job;
    if (held != held_.end()) {
        if (held->second.job.updated_at >= job.updated_at)
            latest = std::move(held->second.job);
        held_.erase(held);
    }
    if (other && *other != *slot) {
        // The same image was submitted before, or an event was faster than the answer.
        const RowState before = rows_[*slot].state;
        previews_->drop(rows_.key(*other));
        tell(*other, rows_[*other].state, std::nullopt);
        rows_.take_over(*slot, *other);
        gone_.push_back(*other);
        touch(*other);
        touch(*slot);
        tell(*slot, before, rows_[*slot].state);
        if (rows_[*slot].updated > latest.updated_at.time_since_epoch().count())
            return;
    }
    update(*slot, latest);
}

void JobsModel::apply(const thumbjobs::Job& job, bool listed) {
    if (const auto slot = rows_.find(job.id)) {
        rows_.set_epoch(*slot, epoch_);
        if (rows_[*slot].updated <= job.updated_at.time_since_epoch().count())
            update(*slot, job);
        return;
    }
    if (listed && deleted_.contains(job.id))
        return;
    const bool may_be_ours = rows_.counts()[desktop::index_of(RowState::uploading)] > 0;
    const auto held = held_.find(job.id);
    if (held != held_.end() || (may_be_ours && !listed && held_.size() < max_held_jobs)) {
        const qint64 since = held == held_.end() ? clock_.elapsed() : held->second.since;
        if (held == held_.end() || held->second.job.updated_at <= job.updated_at)
            held_.insert_or_assign(job.id, Held{job, since});
        return schedule();
    }
    insert(job, listed);
}

void JobsModel::insert(const thumbjobs::Job& job, bool listed) {
    const int size = rows_.size() - static_cast<int>(gone_.size());
    if (listed && size >= max_rows)
        return;
    if (size >= max_rows + eviction)
        evict();
    const Slot slot =
        rows_.add(row_state(job.state), QString::fromStdString(job.original.filename));
    rows_.set_epoch(slot, epoch_);
    rows_.update(slot, job);
    if (!listed)
        tell(slot, std::nullopt, rows_[slot].state);
    touch(slot);
}

/// Makes room for new jobs in an app that is never closed: the oldest that have ended leave the
/// list.
void JobsModel::evict() {
    std::vector<Slot> ended;
    for (Slot slot = 0; slot < rows_.end(); ++slot) {
        const Row& row = rows_[slot];
        if (row.used && !row.retired && !row.id.is_nil() && !is_active(row.state))
            ended.push_back(slot);
    }
    const auto count = std::min<std::size_t>(ended.size(), eviction);
    std::nth_element(
        ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(count), ended.end(),
        [this](Slot left, Slot right) { return rows_[left].submitted < rows_[right].submitted; });
    for (std::size_t i = 0; i < count; ++i)
        drop(ended[i]);
}

void JobsModel::update(Slot slot, const thumbjobs::Job& job) {
    const RowState before = rows_[slot].state;
    const RowKey key = rows_.key(slot);
    if (before == RowState::succeeded && job.state != thumbjobs::JobState::succeeded)
        previews_->drop(key);
    rows_.set_epoch(slot, epoch_);
    const bool changed = rows_.update(slot, job);
    if (rows_[slot].state != before)
        tell(slot, before, rows_[slot].state);
    if (details_.contains(key)) {
        details_.insert(key, new thumbjobs::Job(job));
        if (changed)
            emit details_changed(key);
    }
    if (changed)
        touch(slot);
}

void JobsModel::forget(const thumbjobs::JobId& id) {
    if (loading_)
        deleted_.insert(id);
    held_.erase(id);
    if (const auto slot = rows_.find(id))
        drop(*slot);
}

void JobsModel::drop(Slot slot) {
    if (!rows_[slot].used)
        return;
    const RowKey key = rows_.key(slot);
    tell(slot, rows_[slot].state, std::nullopt);
    previews_->drop(key);
    details_.remove(key);
    // What is removed is hidden now, found no more, and freed when no view shows it.
    rows_.retire(slot);
    gone_.push_back(slot);
    touch(slot);
}

void JobsModel::begin_listing() {
    ++epoch_;
    deleted_.clear();
    if (loading_)
        return;
    loading_ = true;
    emit loading_changed(true);
}

void JobsModel::end_listing() {
    for (Slot slot = 0; slot < rows_.end(); ++slot)
        if (rows_[slot].used && !rows_[slot].retired && !rows_[slot].id.is_nil() &&
            rows_[slot].epoch != epoch_)
            drop(slot);
    deleted_.clear();
    loading_ = false;
    flush();
    emit loading_changed(false);
}

void JobsModel::tell(Slot slot, std::optional<RowState> from, std::optional<RowState> to) {
    if (rows_[slot].hidden)
        return;
    transitions_.push_back({rows_.key(slot), from, to, rows_[slot].duration});
}

void JobsModel::touch(Slot slot) {
    if (is_changed_.size() < rows_.end())
        is_changed_.resize(rows_.end(), false);
    if (!is_changed_[slot]) {
        is_changed_[slot] = true;
        changed_.push_back(slot);
    }
    schedule();
}

void JobsModel::schedule() {
    if (!flush_timer_.isActive())
        flush_timer_.start();
}

void JobsModel::release_held() {
    const bool all = rows_.counts()[desktop::index_of(RowState::uploading)] == 0;
    for (auto held = held_.begin(); held != held_.end();) {
        if (all || clock_.elapsed() - held->second.since >= max_held) {
            insert(held->second.job, false);
            held = held_.erase(held);
        } else {
            ++held;
        }
    }
}

} // namespace desktop
