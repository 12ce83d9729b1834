#include "model/pending.h"

#include <thumbjobs/error.h>
#include <thumbjobs/json.h>

#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <unordered_map>

namespace desktop {

namespace {

Renditions parse(const QString& text) {
    try {
        auto specs = thumbjobs::parse_rendition_specs(text.toStdString());
        thumbjobs::validate(specs);
        return std::make_shared<const std::vector<thumbjobs::RenditionSpec>>(std::move(specs));
    } catch (const thumbjobs::Error&) {
        return nullptr; // of another version, or edited
    }
}

/// Renditions as text, and back: most images share theirs.
class Texts {
public:
    QString of(const Renditions& renditions) {
        QString& text = texts_[renditions.get()];
        if (text.isEmpty())
            text = QString::fromStdString(thumbjobs::to_json(*renditions));
        return text;
    }

    Renditions from(const QString& text) {
        if (!known_.contains(text))
            known_[text] = parse(text);
        return known_[text];
    }

private:
    std::unordered_map<const void*, QString> texts_;
    QHash<QString, Renditions> known_;
};

} // namespace

QByteArray write_pending(const Pending& pending) {
    if (pending.empty())
        return {};
    Texts texts;
    QJsonArray files;
    for (const PendingFile& file : pending.files) {
        QJsonObject object{{"path", file.path},
                           {"key", QString::fromStdString(file.key)},
                           {"renditions", texts.of(file.renditions)}};
        if (!file.pasted_name.isEmpty())
            object["pasted_name"] = file.pasted_name;
        files.append(object);
    }
    QJsonArray scans;
    for (const PendingScan& scan : pending.scans)
        scans.append(QJsonObject{{"paths", QJsonArray::fromStringList(scan.paths)},
                                 {"after", scan.after},
                                 {"renditions", texts.of(scan.renditions)}});
    return QJsonDocument(QJsonObject{{"files", files}, {"scans", scans}})
        .toJson(QJsonDocument::Compact);
}

Pending read_pending(const QByteArray& bytes) {
    const QJsonObject document = QJsonDocument::fromJson(bytes).object();
    Texts texts;
    Pending pending;
    for (const auto& value : document["files"].toArray()) {
        const QJsonObject object = value.toObject();
        PendingFile file{object["path"].toString(), object["key"].toString().toStdString(),
                         texts.from(object["renditions"].toString()),
                         object["pasted_name"].toString()};
        if (!file.path.isEmpty() && !file.key.empty() && file.key.size() <= 255 && file.renditions)
            pending.files.push_back(std::move(file));
    }
    for (const auto& value : document["scans"].toArray()) {
        const QJsonObject object = value.toObject();
        PendingScan scan;
        for (const auto& path : object["paths"].toArray())
            if (!path.toString().isEmpty())
                scan.paths.append(path.toString());
        scan.after = object["after"].toString();
        scan.renditions = texts.from(object["renditions"].toString());
        if (!scan.paths.isEmpty() && scan.renditions)
            pending.scans.push_back(std::move(scan));
    }
    return pending;
}

} // namespace desktop
