#include "model/result_export.h"

#include <thumbjobs/time.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <string>

namespace desktop {

namespace {

QString state_code(RowState state) {
    switch (state) {
    case RowState::waiting:
        return QStringLiteral("waiting");
    case RowState::uploading:
        return QStringLiteral("uploading");
    case RowState::queued:
        return QStringLiteral("queued");
    case RowState::processing:
        return QStringLiteral("processing");
    case RowState::succeeded:
        return QStringLiteral("succeeded");
    case RowState::failed:
        return QStringLiteral("failed");
    case RowState::cancelled:
        return QStringLiteral("cancelled");
    case RowState::refused:
        return QStringLiteral("refused");
    }
    Q_UNREACHABLE();
}

QString time_text(qint64 milliseconds) {
    return QString::fromStdString(
        thumbjobs::format_time(thumbjobs::WallTime(thumbjobs::Milliseconds(milliseconds))));
}

/// A cell that holds text, which may come from anybody.
QByteArray text_cell(QString text) {
    // What spreadsheets take for the beginning of a formula.
    if (!text.isEmpty() && QStringLiteral("=+-@\t\r\n").contains(text.front()))
        text.prepend(QLatin1Char('\''));
    QByteArray cell = text.toUtf8();
    if (cell.contains('"') || cell.contains(',') || cell.contains('\n') || cell.contains('\r') ||
        cell.startsWith(' ') || cell.endsWith(' '))
        cell = '"' + cell.replace('"', "\"\"") + '"';
    return cell;
}

QByteArray number_cell(qint64 number, bool known) {
    return known ? QByteArray::number(number) : QByteArray();
}

QByteArray as_csv(const std::vector<ExportedRow>& rows) {
    QByteArray csv = "id,name,state,error,message,bytes_before,bytes_after,width,height,"
                     "duration_ms,submitted\r\n";
    for (const ExportedRow& row : rows) {
        csv += text_cell(row.id) + ',' + text_cell(row.name) + ',' +
               text_cell(state_code(row.state)) + ',' + text_cell(row.error) + ',' +
               text_cell(row.message) + ',' + number_cell(row.bytes_before, row.bytes_before > 0) +
               ',' + number_cell(row.bytes_after, row.bytes_after >= 0) + ',' +
               number_cell(row.width, row.width > 0) + ',' +
               number_cell(row.height, row.height > 0) + ',' +
               number_cell(row.duration, row.duration >= 0) + ',' +
               text_cell(time_text(row.submitted)) + "\r\n";
    }
    return csv;
}

QByteArray as_json(const std::vector<ExportedRow>& rows) {
    const auto number = [](qint64 value, bool known) {
        return known ? QJsonValue(value) : QJsonValue();
    };
    const auto text = [](const QString& value) {
        return value.isEmpty() ? QJsonValue() : QJsonValue(value);
    };
    QJsonArray array;
    for (const ExportedRow& row : rows)
        array.append(QJsonObject{{"id", text(row.id)},
                                 {"name", row.name},
                                 {"state", state_code(row.state)},
                                 {"error", text(row.error)},
                                 {"message", text(row.message)},
                                 {"bytes_before", number(row.bytes_before, row.bytes_before > 0)},
                                 {"bytes_after", number(row.bytes_after, row.bytes_after >= 0)},
                                 {"width", number(row.width, row.width > 0)},
                                 {"height", number(row.height, row.height > 0)},
                                 {"duration_ms", number(row.duration, row.duration >= 0)},
                                 {"submitted", time_text(row.submitted)}});
    return QJsonDocument(array).toJson();
}

} // namespace

ExportedRow exported_row(const RowIndex& rows, Slot slot) {
    const Row& row = rows[slot];
    ExportedRow result;
    if (!row.id.is_nil())
        result.id = QString::fromStdString(row.id.to_string());
    result.name = QString::fromStdString(std::string(row.name()));
    result.state = row.state;
    if (row.has_message)
        result.error = QString::fromStdString(std::string(to_string(row.error)));
    result.message = rows.message(slot);
    result.bytes_before = row.bytes_before;
    result.bytes_after = row.bytes_after;
    result.width = row.width;
    result.height = row.height;
    result.duration = row.duration;
    result.submitted = row.submitted;
    return result;
}

QByteArray export_rows(const std::vector<ExportedRow>& rows, ExportFormat format) {
    return format == ExportFormat::csv ? as_csv(rows) : as_json(rows);
}

} // namespace desktop
