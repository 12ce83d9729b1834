#pragma once

#include "model/row.h"

#include <QImage>
#include <QPalette>
#include <QString>

class QPainter;
class QStyleOptionViewItem;

namespace desktop {

/// A job as the list shows it: what the delegates draw, whatever the roles it came from.
struct JobLook {
    RowState state = RowState::waiting;
    QString name{};
    QString note{};      ///< Second line: facts, or why it failed.
    double progress = 0; ///< 0 to 1, while processing.
    QImage preview{};    ///< Null: not there (yet).
};

/// The state for people: "Queued", "Uploading", ...
QString row_state_name(RowState state);

/// The colour group a row belongs to, one of the five states that chips and bars show.
thumbjobs::JobState group_of(RowState state);

/// The rows that a chip shows.
RowStates rows_of(thumbjobs::JobState group);

/// Whether the row's note says what went wrong.
bool is_failure(RowState state);

// The parts of a row, each drawn into `area`. `selected` as the view says.

/// The preview, as large as fits, or a sign for what is missing.
void draw_preview(QPainter& painter, const QRectF& area, const JobLook& look,
                  const QPalette& palette);

/// Name and note, one above the other.
void draw_name(QPainter& painter, const QRectF& area, const JobLook& look, const QPalette& palette,
               const QFont& font, bool selected);

/// What draw_state() needs for the state with its sign.
qreal state_width(RowState state, const QFont& font);

/// The state's sign and name; a bar while processing.
void draw_state(QPainter& painter, const QRectF& area, const JobLook& look, const QPalette& palette,
                const QFont& font, bool selected);

} // namespace desktop
