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

} // namespace

QByteArray write_pending(const std::vector<PendingFile>& files) {
    if (files.empty())
        return {};
    std::unordered_map<const void*, QString> texts; // most share theirs
    QJsonArray array;
    for (const PendingFile& file : files) {
        QString& renditions = texts[file.renditions.get()];
        if (renditions.isEmpty())
            renditions = QString::fromStdString(thumbjobs::to_json(*file.renditions));
        array.append(QJsonObject{{"path", file.path},
                                 {"key", QString::fromStdString(file.key)},
                                 {"renditions", renditions}});
    }
    return QJsonDocument(array).toJson(QJsonDocument::Compact);
}

std::vector<PendingFile> read_pending(const QByteArray& bytes) {
    const QJsonArray array = QJsonDocument::fromJson(bytes).array();
    QHash<QString, Renditions> known;
    std::vector<PendingFile> files;
    for (const auto& value : array) {
        const QJsonObject object = value.toObject();
        const QString renditions = object["renditions"].toString();
        if (!known.contains(renditions))
            known[renditions] = parse(renditions);
        PendingFile file{object["path"].toString(), object["key"].toString().toStdString(),
                         known[renditions]};
        if (!file.path.isEmpty() && !file.key.empty() && file.key.size() <= 255 && file.renditions)
            files.push_back(std::move(file));
    }
    return files;
}

} // namespace desktop
