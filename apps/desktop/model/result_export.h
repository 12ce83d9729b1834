#pragma once

#include "model/row_index.h"

#include <QByteArray>
#include <QString>

#include <vector>

namespace desktop {

/// A row of the list as it is exported.
struct ExportedRow {
    QString id{}; ///< Of the job; empty if it is none.
    QString name{};
    RowState state = RowState::waiting;
    QString error{}; ///< The library's name of the code.
    QString message{};
    qint64 bytes_before = 0;
    qint64 bytes_after = -1;
    int width = 0;
    int height = 0;
    qint64 duration = -1;
    qint64 submitted = 0;
};

enum class ExportFormat { csv, json };

ExportedRow exported_row(const RowIndex& rows, Slot slot);

/// CSV: RFC 4180, UTF-8, a line of headings; text that a spreadsheet would take for a formula gets
/// an apostrophe before it. JSON: an array of objects. What is not known is empty, or null.
QByteArray export_rows(const std::vector<ExportedRow>& rows, ExportFormat format);

} // namespace desktop
