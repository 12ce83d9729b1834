#pragma once

#include <thumbjobs/rendition.h>

#include <QAbstractListModel>
#include <QSettings>
#include <QString>

#include <memory>
#include <vector>

namespace desktop {

/// A named set of renditions that users choose from.
struct Preset {
    QString id{}; ///< Of those that come with the app: stable. Otherwise made.
    QString name{};
    std::vector<thumbjobs::RenditionSpec> renditions{};

    friend bool operator==(const Preset&, const Preset&) = default;
};

/// The presets, kept in the settings. A list model: Qt::DisplayRole is the name, Qt::ToolTipRole
/// what is made.
class Presets : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr int max_presets = 100;
    static constexpr int max_name = 60; ///< Characters.

    /// Reads the settings; what is not valid there is passed over. Takes them over.
    explicit Presets(std::unique_ptr<QSettings> settings, QObject* parent = nullptr);
    ~Presets() override;

    int count() const noexcept { return static_cast<int>(presets_.size()); }
    const Preset& at(int row) const { return presets_.at(static_cast<std::size_t>(row)); }

    /// Why this preset cannot be kept, as a sentence that names the field; empty if it can.
    /// `row`: the one that it replaces, or -1.
    QString fault(const Preset& preset, int row = -1) const;

    /// These return false, and change nothing, where fault() is not empty.
    bool add(Preset preset); ///< At the end; gets an id.
    bool replace(int row, Preset preset);

    /// At least one preset is kept: false for the last.
    bool remove(int row);
    void move(int from, int to);

    /// Back to those that the app comes with.
    void reset();

    /// The chosen one: remembered, and always valid.
    int current() const noexcept { return current_; }
    void set_current(int row);
    const std::vector<thumbjobs::RenditionSpec>& current_renditions() const {
        return at(current_).renditions;
    }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    static std::vector<Preset> built_in();

    /// "256x256 cover, JPEG", for people.
    static QString describe(const thumbjobs::RenditionSpec& spec);

signals:
    void current_changed(int row);

private:
    void load();
    void save();

    std::unique_ptr<QSettings> settings_;
    std::vector<Preset> presets_;
    int current_ = 0;
};

} // namespace desktop
