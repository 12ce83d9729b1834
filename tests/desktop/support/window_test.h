#pragma once

#include "desktop/support/fake_place.h"
#include "model/presets.h"
#include "model/workspace.h"
#include "view/main_window.h"

#include <QAbstractItemView>
#include <QColor>
#include <QImage>
#include <QObject>
#include <QTemporaryDir>

#include <memory>

namespace desktop::test {

inline const QColor thumbnail_colour(20, 160, 60);

QByteArray png(int width, int height, const QColor& colour);

/// Fails the test if it cannot.
void write(const QString& path, const QByteArray& bytes);

/// Whether more than a few pixels are of about that colour.
bool shows_colour(const QImage& image, const QColor& colour);

/// Each test function has a new window, shown on a scripted place. Its settings are the test's own.
class WindowTest : public QObject {
    Q_OBJECT

public:
    static void initMain();

private slots:
    void init();
    void cleanup();

protected:
    QImage list_picture() const { return list().viewport()->grab().toImage(); }
    QAbstractItemView& list() const { return window_->page()->list(); }
    JobsModel& jobs() const { return workspace_->jobs(); }
    int count(RowState state) const { return jobs().counts()[index_of(state)]; }
    void make_window();

    std::unique_ptr<FakePlace> place_;
    std::unique_ptr<Workspace> workspace_;
    std::unique_ptr<Presets> presets_;
    std::unique_ptr<MainWindow> window_;
    std::unique_ptr<QTemporaryDir> folder_;
};

} // namespace desktop::test
