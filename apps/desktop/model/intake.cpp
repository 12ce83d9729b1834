#include "model/intake.h"

#include <QFileInfo>
#include <QUuid>

#include <algorithm>
#include <chrono>
#include <utility>

namespace desktop {

namespace {

using thumbjobs::ErrorCode;

constexpr int max_submits = 8;
constexpr int first_delay = 500; ///< Milliseconds.
constexpr int last_delay = 30'000;

std::string new_key() {
    return "desktop-" + QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
}

/// Whether the place, not the image, is why it was not taken.
bool is_of_the_place(const Failure& failure) {
    return failure.retryable || failure.retry_after || failure.code == code_unreachable ||
           failure.code == code_refused || failure.code == code_closed ||
           failure.code == "queue_full" || failure.code == "storage_full";
}

} // namespace

Intake::Intake(Place& place, JobsModel& model, QObject* parent)
    : QObject(parent),
      place_(place),
      model_(model),
      scanner_(this),
      renditions_(std::make_shared<const std::vector<thumbjobs::RenditionSpec>>(1)) {
    encoders_.setMaxThreadCount(1);
    wait_.setSingleShot(true);
    connect(&wait_, &QTimer::timeout, this, &Intake::submit_more);
    connect(&scanner_, &FileScanner::found, this, &Intake::take_found);
    connect(&scanner_, &FileScanner::finished, this, &Intake::end_scan);
    connect(&place, &Place::connection_changed, this, [this](const Connection& connection) {
        if (connection.state == Connection::State::online) {
            wait_.stop();
            submit_more();
        }
    });
}

Intake::~Intake() {
    encoders_.clear();
    encoders_.waitForDone();
}

void Intake::set_renditions(std::vector<thumbjobs::RenditionSpec> renditions) {
    renditions_ =
        std::make_shared<const std::vector<thumbjobs::RenditionSpec>>(std::move(renditions));
}

// --- Scanning

ScanLimits Intake::limits() const {
    const Description description = place_.description();
    ScanLimits limits;
    limits.max_bytes = description.max_bytes;
    limits.media_types = description.media_types;
    limits.max_files = std::clamp(JobsModel::max_rows - model_.rows().size(), 0, limits.max_files);
    return limits;
}

void Intake::add_paths(const QStringList& paths) {
    if (paths.isEmpty())
        return;
    scans_.push_back({paths, {}, renditions_});
    scan_next();
}

void Intake::scan_next() {
    if (scanner_.running() || scans_.empty() || suspended_)
        return;
    scanned_ = 0;
    scanner_.start(scans_.front().paths, limits(), scans_.front().after);
    emit scan_progress(0);
}

void Intake::end_scan(const ScanSummary& summary) {
    if (!suspended_ && !scans_.empty())
        scans_.pop_front();
    emit scan_finished(summary);
    scan_next();
}

void Intake::stop_scan() {
    if (!scans_.empty())
        scans_.resize(1); // what runs is told by end_scan()
    scanner_.stop();
}

void Intake::take_found(const std::vector<FoundFile>& files) {
    PendingScan& scan = scans_.front();
    for (const FoundFile& file : files) {
        Item item;
        item.path = file.path;
        item.name = QFileInfo(file.path).fileName();
        item.renditions = scan.renditions;
        const RowKey key =
            add_item(std::move(item), file.bytes, Source{file.path, file.device, file.inode});
        if (file.refusal)
            model_.refuse(key, RowState::refused, *file.refusal, file.reason);
        else
            queue_.push_back(key);
    }
    scan.after = files.back().path;
    scanned_ += static_cast<int>(files.size());
    emit scan_progress(scanned_);
    submit_more();
}

RowKey Intake::add_item(Item item, qint64 bytes, Source source) {
    if (item.key.empty())
        item.key = new_key();
    const RowKey key = model_.add(RowState::waiting, item.name, bytes, std::move(source));
    items_.emplace(key, std::move(item));
    return key;
}

// --- Submitting

int Intake::pending() const {
    return static_cast<int>(queue_.size() + under_way_.size() + withheld_.size());
}

void Intake::hold(bool held) {
    if (held == held_)
        return;
    held_ = held;
    submit_more();
}

void Intake::submit_more() {
    if (held_ || wait_.isActive() || submitting_ ||
        place_.connection().state != Connection::State::online)
        return;
    submitting_ = true;
    const auto most = static_cast<std::size_t>(
        std::clamp(place_.description().submits_at_a_time, 1, max_submits));
    while (under_way_.size() < most && !queue_.empty() && !wait_.isActive()) {
        const RowKey key = queue_.front();
        queue_.pop_front();
        submit(key);
    }
    submitting_ = false;
}

void Intake::submit(RowKey key) {
    const auto found = items_.find(key);
    if (found == items_.end())
        return;
    const Item& item = found->second;
    under_way_.insert(key);
    model_.set_state(key, RowState::uploading);
    Submission submission;
    submission.path = item.path.isEmpty() && item.bytes.isEmpty() ? item.spooled : item.path;
    submission.bytes = item.bytes;
    submission.file_name = item.name;
    submission.renditions = *item.renditions;
    submission.idempotency_key = item.key;
    place_.submit(std::move(submission), this, [this, key](const Result<thumbjobs::Job>& answer) {
        take_answer(key, answer);
        submit_more();
    });
}

void Intake::take_answer(RowKey key, const Result<thumbjobs::Job>& answer) {
    under_way_.erase(key);
    const bool taken_back = taken_back_.erase(key) != 0;
    if (answer) {
        delay_ = 0;
        set_obstacle({});
        if (taken_back && !model_.row(key)) // discarded meanwhile
            return place_.remove(answer.value().id, this, [](const Result<Done>&) {});
        forget(key);
        model_.become_job(key, answer.value());
        if (taken_back && !is_terminal(answer.value().state))
            place_.cancel(answer.value().id, this, [this](const Result<thumbjobs::Job>& cancelled) {
                if (cancelled)
                    model_.apply(cancelled.value());
            });
        return;
    }
    const Failure& failure = answer.failure();
    if (taken_back || !model_.row(key))
        return;
    if (!is_of_the_place(failure)) {
        const auto code = thumbjobs::parse_error_code(failure.code);
        model_.refuse(key, RowState::refused, code.value_or(ErrorCode::invalid_argument),
                      failure.message);
        return;
    }
    model_.set_state(key, RowState::waiting);
    if (!withheld_.contains(key))
        queue_.push_front(key);
    wait_and_go_on(failure);
}

void Intake::wait_and_go_on(const Failure& failure) {
    set_obstacle(failure.message);
    if (wait_.isActive())
        return; // one of several that failed together
    delay_ = std::clamp(delay_ * 2, first_delay, last_delay);
    const int most = last_delay;
    const int wanted = failure.retry_after
                           ? static_cast<int>(std::min<qint64>(failure.retry_after->count(), most))
                           : delay_;
    wait_.start(std::max(wanted, 1));
}

void Intake::set_obstacle(const QString& obstacle) {
    if (obstacle == obstacle_)
        return;
    obstacle_ = obstacle;
    emit obstacle_changed();
}

// --- Taking back and trying again

void Intake::forget(RowKey key) {
    const auto found = items_.find(key);
    if (found == items_.end())
        return;
    bytes_kept_ -= found->second.bytes.size();
    if (spool_ && !found->second.spooled.isEmpty())
        spool_->drop(found->second.spooled);
    items_.erase(found);
    withheld_.erase(key);
}

void Intake::withhold(const std::vector<RowKey>& keys) {
    const std::unordered_set<RowKey> chosen(keys.begin(), keys.end());
    std::erase_if(queue_, [&](RowKey key) {
        if (!chosen.contains(key))
            return false;
        withheld_.insert(key);
        return true;
    });
}

void Intake::put_back(const std::vector<RowKey>& keys) {
    for (const RowKey key : keys)
        if (withheld_.erase(key) != 0 && items_.contains(key))
            queue_.push_back(key);
    submit_more();
}

void Intake::discard(const std::vector<RowKey>& keys) {
    withhold(keys);
    for (const RowKey key : keys) {
        if (!items_.contains(key))
            continue;
        if (under_way_.contains(key))
            taken_back_.insert(key);
        forget(key);
        model_.remove(key);
    }
}

void Intake::cancel(const std::vector<RowKey>& keys) {
    withhold(keys);
    for (const RowKey key : keys) {
        const Row* row = model_.row(key);
        if (!row || !items_.contains(key) || !is_active(row->state))
            continue;
        withheld_.erase(key);
        if (under_way_.contains(key))
            taken_back_.insert(key);
        model_.set_state(key, RowState::cancelled);
    }
}

bool Intake::can_retry(RowKey key) const {
    const Row* row = model_.row(key);
    const auto item = items_.find(key);
    return row && item != items_.end() && !under_way_.contains(key) && !is_active(row->state) &&
           !(item->second.path.isEmpty() && item->second.bytes.isEmpty() &&
             item->second.spooled.isEmpty());
}

void Intake::retry(const std::vector<RowKey>& keys) {
    for (const RowKey key : keys) {
        if (!can_retry(key))
            continue;
        // A key that was refused may be bound to what the file was before.
        items_.at(key).key = new_key();
        model_.set_state(key, RowState::waiting);
        queue_.push_back(key);
    }
    submit_more();
}

// --- Across a restart

void Intake::keep_in_spool(RowKey key) {
    if (!spool_)
        return;
    ++unsettled_;
    spool_->keep(items_.at(key).bytes, [this, key](const QString& path) {
        const auto found = items_.find(key);
        if (found == items_.end()) { // a job by now, or gone
            if (!path.isEmpty())
                spool_->drop(path);
        } else if (!path.isEmpty()) {
            found->second.spooled = path;
            bytes_kept_ -= std::exchange(found->second.bytes, {}).size();
        }
        settle();
    });
}

void Intake::settle() {
    if (--unsettled_ == 0)
        emit settled();
}

Pending Intake::snapshot() const {
    Pending pending;
    const auto add = [&](RowKey key) {
        const auto found = items_.find(key);
        if (found == items_.end() || taken_back_.contains(key))
            return;
        const Item& item = found->second;
        if (!item.path.isEmpty())
            pending.files.push_back({item.path, item.key, item.renditions, {}});
        else if (!item.spooled.isEmpty())
            pending.files.push_back({item.spooled, item.key, item.renditions, item.name});
    };
    std::for_each(under_way_.begin(), under_way_.end(), add);
    std::for_each(queue_.begin(), queue_.end(), add);
    pending.scans.assign(scans_.begin(), scans_.end());
    return pending;
}

void Intake::restore(const Pending& pending) {
    for (const PendingFile& file : pending.files) {
        const bool pasted = !file.pasted_name.isEmpty();
        Item item;
        (pasted ? item.spooled : item.path) = file.path;
        item.name = pasted ? file.pasted_name : QFileInfo(file.path).fileName();
        item.renditions = file.renditions;
        item.key = file.key;
        queue_.push_back(add_item(std::move(item), 0, pasted ? Source() : Source{file.path, 0, 0}));
    }
    scans_.insert(scans_.end(), pending.scans.begin(), pending.scans.end());
    scan_next();
    submit_more();
}

void Intake::suspend() {
    suspended_ = true;
    hold(true);
    scanner_.stop();
}

} // namespace desktop
