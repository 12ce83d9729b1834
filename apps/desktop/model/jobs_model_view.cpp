// What JobsModel shows: its order, kept with as few notices to views as possible, and its texts.
#include "model/jobs_model.h"

#include <QDateTime>
#include <QLocale>
#include <QMimeData>

#include <algorithm>
#include <utility>

namespace desktop {

namespace {

/// More separate places than this are brought together by one change of the layout first.
constexpr std::size_t max_runs = 32;

/// Begin and end of each run of consecutive numbers.
std::vector<std::pair<int, int>> runs_of(const std::vector<int>& sorted) {
    std::vector<std::pair<int, int>> runs;
    for (const int number : sorted) {
        if (!runs.empty() && runs.back().second == number)
            ++runs.back().second;
        else
            runs.emplace_back(number, number + 1);
    }
    return runs;
}

QString duration_text(qint64 milliseconds) {
    const QLocale locale;
    if (milliseconds < 1'000)
        return JobsModel::tr("%1 ms").arg(locale.toString(milliseconds));
    if (milliseconds < 60'000)
        return JobsModel::tr("%1 s").arg(
            locale.toString(static_cast<double>(milliseconds) / 1'000, 'f', 1));
    const qint64 minutes = milliseconds / 60'000;
    if (minutes < 60)
        return JobsModel::tr("%1 min %2 s")
            .arg(locale.toString(minutes), locale.toString(milliseconds / 1'000 % 60));
    return JobsModel::tr("%1 h %2 min")
        .arg(locale.toString(minutes / 60), locale.toString(minutes % 60));
}

} // namespace

QString state_text(RowState state) {
    switch (state) {
    case RowState::waiting:
        return JobsModel::tr("Waiting");
    case RowState::uploading:
        return JobsModel::tr("Submitting");
    case RowState::queued:
        return JobsModel::tr("Queued");
    case RowState::processing:
        return JobsModel::tr("Working");
    case RowState::succeeded:
        return JobsModel::tr("Done");
    case RowState::failed:
        return JobsModel::tr("Failed");
    case RowState::cancelled:
        return JobsModel::tr("Cancelled");
    case RowState::refused:
        return JobsModel::tr("Refused");
    }
    Q_UNREACHABLE();
}

// --- The order

void JobsModel::flush() {
    if (flushing_) // called by who is being told
        return schedule();
    flushing_ = true;
    flush_timer_.stop();
    release_held();
    position_.resize(rows_.end(), -1);
    is_changed_.resize(rows_.end(), false);
    const auto changed = std::exchange(changed_, {});
    const auto gone = std::exchange(gone_, {});
    auto order =
        std::exchange(remake_, false) ? order_.make() : order_.make(shown_, changed, is_changed_);
    for (const Slot slot : changed)
        is_changed_[slot] = false;
    show(std::move(order));
    tell_changed(changed);
    for (const Slot slot : gone)
        rows_.free(slot);
    flushing_ = false;
    if (!held_.empty())
        schedule();
    // In this order, so that whoever shows the counts shows the batch of the same moment beside
    // them.
    if (!transitions_.empty())
        emit transitions(std::exchange(transitions_, {}));
    if (!changed.empty())
        emit counts_changed();
}

/// Leads views from what is shown to `order`: rows leave, the rest is put in order, rows come.
void JobsModel::show(std::vector<Slot> order) {
    if (order == shown_)
        return;
    std::vector<int> place(rows_.end(), -1); // by slot
    for (std::size_t i = 0; i < order.size(); ++i)
        place[order[i]] = static_cast<int>(i);
    remove_from_view(place);
    std::vector<Slot> kept;
    kept.reserve(shown_.size());
    std::copy_if(order.begin(), order.end(), std::back_inserter(kept),
                 [this](Slot slot) { return position_[slot] >= 0; });
    permute(std::move(kept));
    insert_into_view(order);
}

void JobsModel::remove_from_view(const std::vector<int>& place) {
    std::vector<int> leaving;
    for (std::size_t i = 0; i < shown_.size(); ++i)
        if (place[shown_[i]] < 0)
            leaving.push_back(static_cast<int>(i));
    auto runs = runs_of(leaving);
    if (runs.size() > max_runs) {
        auto order = shown_;
        std::stable_partition(order.begin(), order.end(),
                              [&](Slot slot) { return place[slot] >= 0; });
        permute(std::move(order));
        const int size = static_cast<int>(shown_.size());
        runs = {{size - static_cast<int>(leaving.size()), size}};
    }
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
        beginRemoveRows({}, run->first, run->second - 1);
        const auto begin = shown_.begin() + run->first;
        const auto end = shown_.begin() + run->second;
        std::for_each(begin, end, [this](Slot slot) { position_[slot] = -1; });
        shown_.erase(begin, end);
        number_from(run->first);
        endRemoveRows();
    }
}

void JobsModel::number_from(int row) {
    for (std::size_t i = static_cast<std::size_t>(row); i < shown_.size(); ++i)
        position_[shown_[i]] = static_cast<int>(i);
}

/// Puts the rows that are shown in another order.
void JobsModel::permute(std::vector<Slot> order) {
    if (order == shown_)
        return;
    emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList from = persistentIndexList();
    std::vector<Slot> moved;
    moved.reserve(static_cast<std::size_t>(from.size()));
    for (const QModelIndex& index : from)
        moved.push_back(shown_[static_cast<std::size_t>(index.row())]);
    shown_ = std::move(order);
    number_from(0);
    QModelIndexList to;
    to.reserve(from.size());
    for (qsizetype i = 0; i < from.size(); ++i)
        to.append(index(position_[moved[static_cast<std::size_t>(i)]], from[i].column()));
    changePersistentIndexList(from, to);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

/// Makes `order` of what is shown, which is `order` without the rows that are to come.
void JobsModel::insert_into_view(const std::vector<Slot>& order) {
    std::vector<int> coming;
    for (std::size_t i = 0; i < order.size(); ++i)
        if (position_[order[i]] < 0)
            coming.push_back(static_cast<int>(i));
    const auto runs = runs_of(coming);
    if (runs.size() > max_runs) {
        const int size = static_cast<int>(shown_.size());
        beginInsertRows({}, size, size + static_cast<int>(coming.size()) - 1);
        for (const int place : coming)
            shown_.push_back(order[static_cast<std::size_t>(place)]);
        number_from(size);
        endInsertRows();
        return permute(order);
    }
    for (const auto& [begin, end] : runs) {
        beginInsertRows({}, begin, end - 1);
        shown_.insert(shown_.begin() + begin, order.begin() + begin, order.begin() + end);
        number_from(begin);
        endInsertRows();
    }
}

void JobsModel::tell_changed(const std::vector<Slot>& changed) {
    std::vector<int> places;
    places.reserve(changed.size());
    for (const Slot slot : changed)
        if (position_[slot] >= 0)
            places.push_back(position_[slot]);
    std::sort(places.begin(), places.end());
    for (const auto& [begin, end] : runs_of(places))
        emit dataChanged(index(begin, 0), index(end - 1, column_count - 1));
}

void JobsModel::sort(int column, Qt::SortOrder order) {
    SortKey key = SortKey::submitted;
    switch (column) {
    case name_column:
        key = SortKey::name;
        break;
    case state_column:
        key = SortKey::state;
        break;
    case progress_column:
        key = SortKey::progress;
        break;
    case before_column:
        key = SortKey::bytes_before;
        break;
    case after_column:
        key = SortKey::bytes_after;
        break;
    case duration_column:
        key = SortKey::duration;
        break;
    default:
        break;
    }
    order_.set_sort(key, order == Qt::DescendingOrder);
    remake_ = true;
    flush();
}

// --- What the rows say

int JobsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(shown_.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int{column_count};
}

QImage JobsModel::preview(Slot slot) const {
    const Row& row = rows_[slot];
    if (row.state != RowState::succeeded)
        return {};
    return previews_->get(rows_.key(slot), row.id, rows_.preview_name(slot));
}

QVariant JobsModel::text(Slot slot, int column) const {
    const Row& row = rows_[slot];
    const QLocale locale;
    switch (column) {
    case name_column:
        return QString::fromStdString(std::string(row.name()));
    case state_column:
        return state_text(row.state);
    case progress_column:
        if (row.state != RowState::processing)
            return {};
        return tr("%1 %").arg(row.progress / 100);
    case before_column:
        return row.bytes_before > 0 ? locale.formattedDataSize(row.bytes_before) : QString();
    case after_column:
        return row.bytes_after >= 0 ? locale.formattedDataSize(row.bytes_after) : QString();
    case duration_column:
        return row.duration >= 0 ? duration_text(row.duration) : QString();
    case submitted_column:
        return locale.toString(QDateTime::fromMSecsSinceEpoch(row.submitted), QLocale::ShortFormat);
    default:
        return {};
    }
}

QVariant JobsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Slot slot = shown_[static_cast<std::size_t>(index.row())];
    const Row& row = rows_[slot];
    switch (role) {
    case Qt::DisplayRole:
        return text(slot, index.column());
    case Qt::DecorationRole:
        return index.column() == preview_column ? QVariant(preview(slot)) : QVariant();
    case Qt::TextAlignmentRole:
        if (index.column() >= progress_column && index.column() <= duration_column)
            return QVariant(Qt::AlignRight | Qt::AlignVCenter);
        return {};
    case Qt::ToolTipRole:
        return row.has_message ? rows_.message(slot) : text(slot, index.column());
    case Qt::AccessibleTextRole:
        if (index.column() == preview_column)
            return tr("Preview of %1").arg(text(slot, name_column).toString());
        if (index.column() == state_column && row.has_message)
            return tr("%1: %2").arg(state_text(row.state), rows_.message(slot));
        return text(slot, index.column());
    case key_role:
        return rows_.key(slot);
    case job_id_role:
        return row.id.is_nil() ? QString() : QString::fromStdString(row.id.to_string());
    case state_role:
        return static_cast<int>(row.state);
    case error_code_role:
        return row.has_message ? QString::fromStdString(std::string(to_string(row.error)))
                               : QString();
    case message_role:
        return rows_.message(slot);
    case progress_role:
        return row.progress / 10'000.0;
    case preview_role:
        return preview(slot);
    case original_size_role:
        return QSize(row.width, row.height);
    case bytes_before_role:
        return row.bytes_before;
    case bytes_after_role:
        return row.bytes_after;
    case duration_role:
        return row.duration;
    case submitted_role:
        return QDateTime::fromMSecsSinceEpoch(row.submitted);
    case name_role:
        return text(slot, name_column);
    case source_role:
        return rows_.source(slot).path;
    default:
        return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case preview_column:
        return tr("Preview");
    case name_column:
        return tr("Name");
    case state_column:
        return tr("State");
    case progress_column:
        return tr("Progress");
    case before_column:
        return tr("Size before");
    case after_column:
        return tr("Size after");
    case duration_column:
        return tr("Time");
    case submitted_column:
        return tr("Submitted");
    default:
        return {};
    }
}

Qt::ItemFlags JobsModel::flags(const QModelIndex& index) const {
    if (!index.isValid())
        return Qt::NoItemFlags;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    const Slot slot = shown_[static_cast<std::size_t>(index.row())];
    if (rows_[slot].state == RowState::succeeded)
        flags |= Qt::ItemIsDragEnabled;
    return flags;
}

QStringList JobsModel::mimeTypes() const {
    return {QStringLiteral("text/uri-list"), QStringLiteral("application/x-qt-image")};
}

QMimeData* JobsModel::mimeData(const QModelIndexList& indexes) const {
    return mime_provider_ ? mime_provider_(keys_of(indexes)) : nullptr;
}

QHash<int, QByteArray> JobsModel::roleNames() const {
    auto names = QAbstractTableModel::roleNames();
    names.insert({{key_role, "key"},
                  {job_id_role, "jobId"},
                  {state_role, "state"},
                  {error_code_role, "errorCode"},
                  {message_role, "message"},
                  {progress_role, "progress"},
                  {preview_role, "preview"},
                  {original_size_role, "originalSize"},
                  {bytes_before_role, "bytesBefore"},
                  {bytes_after_role, "bytesAfter"},
                  {duration_role, "duration"},
                  {submitted_role, "submitted"},
                  {name_role, "name"},
                  {source_role, "source"}});
    return names;
}

} // namespace desktop
