#pragma once

#include "model/preview_cache.h"
#include "model/row_order.h"
#include "place/place.h"

#include <QAbstractTableModel>
#include <QCache>
#include <QElapsedTimer>
#include <QTimer>

#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

class QMimeData;

namespace desktop {

/// A row that has come, gone or changed its state while we watched.
struct Transition {
    RowKey key = 0;
    std::optional<RowState> from{}; ///< Unset: it is new.
    std::optional<RowState> to{};   ///< Unset: it is gone.
    qint64 duration = -1;           ///< Milliseconds from submission to the end, if it has one.
};

/// A state's name for people: "Queued", "Working", ...
QString state_text(RowState state);

/// The list: jobs of a place, and images that are not jobs (yet), sorted, searched and filtered by
/// itself (no proxy is needed). Sorting: sort(column, order), as every Qt model. Changes are
/// gathered and shown a few times a second; only changed rows are told of. Selections and
/// persistent indexes follow their rows.
///
/// All of it lives on the GUI thread and does no I/O. Previews and details are fetched for rows
/// that are asked for: tell what is in sight by set_visible_rows().
class JobsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        preview_column, ///< Qt::DecorationRole: the preview, a QImage. No text.
        name_column,
        state_column, ///< Qt::ToolTipRole: the reason, where there is one.
        progress_column,
        before_column,   ///< Bytes of the original.
        after_column,    ///< Bytes of all renditions.
        duration_column, ///< From submission to the end.
        submitted_column,
        column_count,
    };

    /// Each answers the same for all columns of a row.
    enum Role {
        key_role = Qt::UserRole + 1, ///< RowKey (quint64).
        job_id_role,                 ///< QString; empty for rows that are no jobs.
        state_role,                  ///< int: a RowState.
        error_code_role,             ///< QString: the library's name of the code; may be empty.
        message_role,                ///< QString: why it failed or is refused; may be empty.
        progress_role,               ///< double, 0 to 1.
        preview_role,                ///< QImage; null while it is fetched, or for ever.
        original_size_role,          ///< QSize; empty while unknown.
        bytes_before_role,           ///< qint64; 0: unknown.
        bytes_after_role,            ///< qint64; -1: none.
        duration_role,               ///< qint64 milliseconds; -1: not ended.
        submitted_role,              ///< QDateTime, local time.
        name_role,                   ///< QString.
        source_role,                 ///< QString: the file it came from, where known; else empty.
    };

    static constexpr int max_rows = 250'000; ///< Beyond it the oldest jobs that ended are left out.

    explicit JobsModel(Place& place, QObject* parent = nullptr);
    ~JobsModel() override;

    // --- For views

    /// Shows rows of these states only.
    void set_state_filter(RowStates states);

    /// Shows rows whose name contains `text`, whatever its case.
    void set_search(const QString& text);
    QString search() const { return search_; }

    /// Rows of each state, whatever is shown; without removed ones. See counts_changed().
    const RowCounts& counts() const noexcept { return rows_.counts(); }
    int total() const noexcept;

    /// Whether the place is being listed, and rows may be missing.
    bool loading() const noexcept { return loading_; }

    RowKey key_at(int row) const;           ///< 0 if there is no such row.
    QModelIndex index_of(RowKey key) const; ///< Invalid if it is not shown.
    std::vector<RowKey> keys_of(const QModelIndexList& indexes) const; ///< Of each row once.
    std::vector<RowKey> all_keys() const;                ///< Of all rows shown, in their order.
    std::vector<RowKey> keys_in(RowStates states) const; ///< Whether shown or not.

    /// Which rows are in sight: previews of others are not fetched.
    void set_visible_rows(int first, int last);

    /// The job with everything that is known of it, if it is here; otherwise, and unless it is no
    /// job, it is asked for and details_changed() tells. Cheap to call again. Borrowed: good until
    /// the event loop runs again.
    const thumbjobs::Job* details(RowKey key);

    /// What dragged rows carry; owned by the caller. Without a provider nothing can be dragged.
    using MimeProvider = std::function<QMimeData*(const std::vector<RowKey>&)>;
    void set_mime_provider(MimeProvider provider) { mime_provider_ = std::move(provider); }

    // --- For the other models. Rows show up with the next flush.

    RowKey add(RowState state, const QString& name, qint64 bytes, Source source);
    void set_state(RowKey key, RowState state);
    void refuse(RowKey key, RowState state, thumbjobs::ErrorCode code, const QString& sentence);
    void remove(RowKey key);
    void set_hidden(RowKey key, bool hidden);

    /// The image of this row is now a job. A row of that job that came by an event is merged in.
    void become_job(RowKey key, const thumbjobs::Job& job);

    /// News of a job: from an event, an answer, or (`listed`) a page of a listing.
    void apply(const thumbjobs::Job& job, bool listed = false);
    void forget(const thumbjobs::JobId& id);

    /// Between these two, apply(job, true) names each job there is; the others are then gone.
    void begin_listing();
    void end_listing();

    /// Shows all gathered changes now, instead of in a moment.
    void flush();

    const Row* row(RowKey key) const;
    QString message(RowKey key) const;
    Source source(RowKey key) const;
    const RowIndex& rows() const noexcept { return rows_; }

    // --- QAbstractItemModel

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    Qt::DropActions supportedDragActions() const override { return Qt::CopyAction; }
    QHash<int, QByteArray> roleNames() const override;

signals:
    void counts_changed();
    void loading_changed(bool loading);
    void details_changed(desktop::RowKey key);

    /// What happened since the last time, in order; comes before the counts_changed() of the same
    /// changes. Rows that a listing adds are no news; hidden ones count as gone.
    void transitions(const std::vector<desktop::Transition>& happened);

private:
    struct Held {
        thumbjobs::Job job;
        qint64 since = 0;
    };

    QVariant text(Slot slot, int column) const;
    QImage preview(Slot slot) const;
    void touch(Slot slot);
    void tell(Slot slot, std::optional<RowState> from, std::optional<RowState> to);
    void update(Slot slot, const thumbjobs::Job& job);
    void evict();
    void insert(const thumbjobs::Job& job, bool listed);
    void drop(Slot slot);
    void release_held();
    void schedule();
    void show(std::vector<Slot> order);
    void remove_from_view(const std::vector<int>& place);
    void permute(std::vector<Slot> order);
    void insert_into_view(const std::vector<Slot>& order);
    void tell_changed(const std::vector<Slot>& changed);
    void number_from(int row);

    Place& place_;
    RowIndex rows_;
    RowOrder order_{rows_};
    std::vector<Slot> shown_;   ///< The slot of each row of the model.
    std::vector<int> position_; ///< By slot: its row in the model, or -1.

    std::vector<Slot> changed_;
    std::vector<bool> is_changed_; ///< By slot.
    std::vector<Slot> gone_;       ///< To be freed once no view shows them.
    bool flushing_ = false;
    bool remake_ = false; ///< Order or filter are others than before.
    std::vector<Transition> transitions_;
    QTimer flush_timer_;

    std::unordered_map<thumbjobs::JobId, Held> held_; ///< New jobs that may be uploads of ours.
    QElapsedTimer clock_;
    std::unordered_set<thumbjobs::JobId> deleted_; ///< While listing.
    quint32 epoch_ = 0;
    bool loading_ = false;

    RowStates filter_states_ = every_row_state;
    QString search_;
    QCache<RowKey, thumbjobs::Job> details_;
    QSet<RowKey> asked_details_;
    PreviewCache* previews_;
    MimeProvider mime_provider_;
};

} // namespace desktop
