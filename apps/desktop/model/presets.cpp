#include "model/presets.h"

#include <thumbjobs/error.h>
#include <thumbjobs/json.h>

#include <QUuid>

#include <algorithm>
#include <utility>

namespace desktop {

namespace {

thumbjobs::RenditionSpec spec(const char* name, int width, int height, thumbjobs::Fit fit,
                              thumbjobs::OutputFormat format = thumbjobs::OutputFormat::automatic) {
    thumbjobs::RenditionSpec result;
    result.name = name;
    result.width = width;
    result.height = height;
    result.fit = fit;
    result.format = format;
    return result;
}

QString text(std::string_view name) {
    return QString::fromStdString(std::string(name));
}

} // namespace

Presets::Presets(std::unique_ptr<QSettings> settings, QObject* parent)
    : QAbstractListModel(parent), settings_(std::move(settings)) {
    load();
}

Presets::~Presets() = default;

std::vector<Preset> Presets::built_in() {
    using thumbjobs::Fit;
    using thumbjobs::Gravity;
    using thumbjobs::OutputFormat;
    auto square = spec("square", 256, 256, Fit::cover);
    square.gravity = Gravity::attention;
    auto avatar = spec("avatar", 128, 128, Fit::cover, OutputFormat::webp);
    avatar.gravity = Gravity::attention;
    auto avatar_2x = avatar;
    avatar_2x.name = "avatar-2x";
    avatar_2x.width = avatar_2x.height = 256;
    auto web = spec("web", 1200, 10'000, Fit::contain, OutputFormat::webp);
    web.quality = 80;
    return {
        {"thumbnail", tr("Thumbnail, 100 x 100"), {spec("thumbnail", 100, 100, Fit::contain)}},
        {"square", tr("Square, 256 x 256"), {square}},
        {"web", tr("Web, 1200 wide"), {web}},
        {"avatar", tr("Avatar, 128 and 256"), {avatar, avatar_2x}},
        {"gallery",
         tr("Gallery, small and large"),
         {spec("small", 320, 320, Fit::contain), spec("large", 1600, 1600, Fit::contain)}},
    };
}

QString Presets::describe(const thumbjobs::RenditionSpec& spec) {
    QString result = QStringLiteral("%1 x %2 %3, %4")
                         .arg(spec.width)
                         .arg(spec.height)
                         .arg(text(to_string(spec.fit)), text(to_string(spec.format)));
    if (spec.quality > 0)
        result += QStringLiteral(" %1").arg(spec.quality);
    return result;
}

QString Presets::fault(const Preset& preset, int row) const {
    const QString name = preset.name.trimmed();
    if (name.isEmpty())
        return tr("The name is empty.");
    if (name.size() > max_name)
        return tr("The name has %1 characters; at most %2 are taken.")
            .arg(name.size())
            .arg(max_name);
    for (int i = 0; i < count(); ++i)
        if (i != row && at(i).name.compare(name, Qt::CaseInsensitive) == 0)
            return tr("There is a preset named \"%1\" already.").arg(name);
    if (row < 0 && count() >= max_presets)
        return tr("There are %1 presets; more are not kept.").arg(max_presets);
    try {
        thumbjobs::validate(preset.renditions);
    } catch (const thumbjobs::Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

bool Presets::add(Preset preset) {
    if (!fault(preset).isEmpty())
        return false;
    preset.name = preset.name.trimmed();
    preset.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    beginInsertRows({}, count(), count());
    presets_.push_back(std::move(preset));
    endInsertRows();
    save();
    return true;
}

bool Presets::replace(int row, Preset preset) {
    if (row < 0 || row >= count() || !fault(preset, row).isEmpty())
        return false;
    preset.name = preset.name.trimmed();
    preset.id = at(row).id;
    presets_[static_cast<std::size_t>(row)] = std::move(preset);
    emit dataChanged(index(row), index(row));
    save();
    if (row == current_)
        emit current_changed(current_);
    return true;
}

bool Presets::remove(int row) {
    if (row < 0 || row >= count() || count() == 1)
        return false;
    beginRemoveRows({}, row, row);
    presets_.erase(presets_.begin() + row);
    const int before = std::exchange(
        current_, std::clamp(current_ > row ? current_ - 1 : current_, 0, count() - 1));
    endRemoveRows();
    save();
    if (before == row || before != current_)
        emit current_changed(current_);
    return true;
}

void Presets::move(int from, int to) {
    if (from == to || from < 0 || to < 0 || from >= count() || to >= count())
        return;
    const QString chosen = at(current_).id;
    beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
    const auto begin = presets_.begin();
    if (from < to)
        std::rotate(begin + from, begin + from + 1, begin + to + 1);
    else
        std::rotate(begin + to, begin + from, begin + from + 1);
    for (int i = 0; i < count(); ++i)
        if (at(i).id == chosen)
            current_ = i;
    endMoveRows();
    save();
}

void Presets::reset() {
    beginResetModel();
    presets_ = built_in();
    current_ = 0;
    endResetModel();
    save();
    emit current_changed(current_);
}

void Presets::set_current(int row) {
    if (row < 0 || row >= count() || row == current_)
        return;
    current_ = row;
    save();
    emit current_changed(row);
}

int Presets::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant Presets::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= count())
        return {};
    const Preset& preset = at(index.row());
    if (role == Qt::DisplayRole || role == Qt::EditRole)
        return preset.name;
    if (role != Qt::ToolTipRole && role != Qt::AccessibleDescriptionRole)
        return {};
    QStringList lines;
    for (const auto& rendition : preset.renditions)
        lines.append(describe(rendition));
    return lines.join(QLatin1Char('\n'));
}

void Presets::load() {
    const int size = std::min(settings_->beginReadArray(QStringLiteral("presets")), max_presets);
    for (int i = 0; i < size; ++i) {
        settings_->setArrayIndex(i);
        Preset preset;
        preset.id = settings_->value(QStringLiteral("id")).toString();
        preset.name = settings_->value(QStringLiteral("name")).toString();
        try {
            preset.renditions = thumbjobs::parse_rendition_specs(
                settings_->value(QStringLiteral("renditions")).toString().toStdString());
        } catch (const thumbjobs::Error&) {
            continue; // edited by hand, or by a newer version
        }
        if (!preset.id.isEmpty() && fault(preset).isEmpty())
            presets_.push_back(std::move(preset));
    }
    settings_->endArray();
    if (presets_.empty())
        presets_ = built_in();
    const QString chosen = settings_->value(QStringLiteral("preset")).toString();
    for (int i = 0; i < count(); ++i)
        if (at(i).id == chosen)
            current_ = i;
}

void Presets::save() {
    settings_->remove(QStringLiteral("presets"));
    settings_->beginWriteArray(QStringLiteral("presets"), count());
    for (int i = 0; i < count(); ++i) {
        settings_->setArrayIndex(i);
        settings_->setValue(QStringLiteral("id"), at(i).id);
        settings_->setValue(QStringLiteral("name"), at(i).name);
        settings_->setValue(QStringLiteral("renditions"),
                            QString::fromStdString(thumbjobs::to_json(at(i).renditions)));
    }
    settings_->endArray();
    settings_->setValue(QStringLiteral("preset"), at(current_).id);
}

} // namespace desktop
