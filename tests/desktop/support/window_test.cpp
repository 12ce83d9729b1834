#include "desktop/support/window_test.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFile>
#include <QSettings>
#include <QStandardPaths>
#include <QTest>

#include <cstdlib>

namespace desktop::test {

QByteArray png(int width, int height, const QColor& colour) {
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(colour);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    image.save(&buffer, "PNG");
    return bytes;
}

void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

bool shows_colour(const QImage& image, const QColor& colour) {
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const auto pixel = image.pixelColor(x, y);
            count += std::abs(pixel.red() - colour.red()) < 12 &&
                     std::abs(pixel.green() - colour.green()) < 12 &&
                     std::abs(pixel.blue() - colour.blue()) < 12;
        }
    }
    return count > 200;
}

void WindowTest::initMain() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(QStringLiteral("thumbjobs-tests"));
    QCoreApplication::setApplicationName(
        QStringLiteral("window-%1").arg(QCoreApplication::applicationPid()));
}

void WindowTest::init() {
    folder_ = std::make_unique<QTemporaryDir>();
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder_->path());
    place_ = std::make_unique<FakePlace>();
    place_->described.title = QStringLiteral("Fake");
    place_->image = png(100, 75, thumbnail_colour);
    presets_ = std::make_unique<Presets>(std::make_unique<QSettings>());
    workspace_ = std::make_unique<Workspace>(*place_);
    make_window();
}

void WindowTest::make_window() {
    window_ = std::make_unique<MainWindow>(*presets_);
    window_->setPalette(light_palette());
    window_->restore_state();
    window_->show();
    window_->show_place({QStringLiteral("Fake"), false}, *workspace_);
    place_->open();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QTRY_VERIFY(!jobs().loading());
}

void WindowTest::cleanup() {
    window_->leave_place();
    window_.reset();
    workspace_.reset();
    place_.reset();
    presets_.reset();
    folder_.reset();
}

} // namespace desktop::test
