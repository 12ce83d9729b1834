// Previews and details of the list's rows: fetched when they are looked at, decoded without trust.
#include "desktop/support/fake_place.h"
#include "model/image_decoder.h"
#include "model/job_feed.h"
#include "model/jobs_model.h"

#include <thumbjobs/registry.h>

#include <QBuffer>
#include <QColor>
#include <QImage>
#include <QSignalSpy>
#include <QTest>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::JobState;

namespace {

using Call = FakePlace::Call;

QByteArray png(int width, int height) {
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(Qt::red);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "png");
    return bytes;
}

/// A PNG whose header promises many pixels, in a few bytes.
QByteArray bomb() {
    QByteArray bytes = png(1, 1);
    const QByteArray size = QByteArray::fromHex("0000ea60") + QByteArray::fromHex("0000ea60");
    bytes.replace(16, 8, size);
    return bytes;
}

class PreviewsTest : public QObject {
    Q_OBJECT

private slots:
    void previews_are_fetched_for_what_is_in_sight();
    void hostile_previews_stay_out();
    void previews_may_be_of_any_format_that_is_made();
    void a_helper_decodes_what_qt_cannot();
    void details_come_when_asked_for();
};

void PreviewsTest::previews_are_fetched_for_what_is_in_sight() {
    FakePlace place;
    place.image = png(1'000, 500);
    place.add_silently(300, JobState::succeeded);
    JobsModel model(place);
    const JobFeed feed(place, model);
    place.open();
    QTRY_COMPARE(model.rowCount(), 300);
    QCOMPARE(place.calls(Call::rendition), 0);
    QSignalSpy changed(&model, &JobsModel::dataChanged);
    QVERIFY(model.index(0, 0).data(JobsModel::preview_role).value<QImage>().isNull());
    QTRY_VERIFY(!model.index(0, 0).data(JobsModel::preview_role).value<QImage>().isNull());
    QTRY_COMPARE(changed.size(), 1);
    QCOMPARE(model.index(0, 0).data(Qt::DecorationRole).value<QImage>().size(), QSize(256, 128));
    QCOMPARE(place.calls(Call::rendition), 1);
    // What was scrolled past before its turn is not fetched.
    place.stall(Call::rendition);
    for (int row = 100; row < 200; ++row)
        model.index(row, 0).data(Qt::DecorationRole);
    model.set_visible_rows(198, 220);
    place.release(Call::rendition);
    QTRY_VERIFY(!model.index(199, 0).data(JobsModel::preview_role).value<QImage>().isNull());
    QVERIFY(place.calls(Call::rendition) < 10);
}

void PreviewsTest::hostile_previews_stay_out() {
    FakePlace place;
    JobsModel model(place);
    const JobFeed feed(place, model);
    place.open();
    place.image = bomb();
    const auto ids = place.add_jobs(1, JobState::succeeded);
    QTRY_COMPARE(model.rowCount(), 1);
    QVERIFY(model.index(0, 0).data(JobsModel::preview_role).value<QImage>().isNull());
    QTRY_COMPARE(place.calls(Call::rendition), 1);
    // It is refused for good, not asked for again and again: the next one is, after it.
    place.image = "<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>";
    place.add_jobs(1, JobState::succeeded);
    QTRY_COMPARE(model.rowCount(), 2);
    const auto ask = [&] {
        for (int row = 0; row < 2; ++row)
            QVERIFY(model.index(row, 0).data(JobsModel::preview_role).value<QImage>().isNull());
    };
    ask();
    QTRY_COMPARE(place.calls(Call::rendition), 2);
    bool answered = false; // this one, so that one before it as well
    place.stats(this, [&](const auto&) { answered = true; });
    QTRY_VERIFY(answered);
    place.image = png(10, 10);
    place.add_jobs(1, JobState::succeeded);
    QTRY_COMPARE(model.rowCount(), 3);
    QTRY_VERIFY(!model.index(0, 0).data(JobsModel::preview_role).value<QImage>().isNull());
    QVERIFY(model.index(1, 0).data(JobsModel::preview_role).value<QImage>().isNull());
    QCOMPARE(place.calls(Call::rendition), 3);
}

void PreviewsTest::previews_may_be_of_any_format_that_is_made() {
    ImageDecoder decoder;
    QImage image(400, 200, QImage::Format_RGB32);
    image.fill(Qt::red);
    for (const char* format : {"png", "jpeg", "webp"}) {
        QByteArray bytes;
        QBuffer buffer(&bytes);
        buffer.open(QIODevice::WriteOnly);
        QVERIFY2(image.save(&buffer, format), format);
        QCOMPARE(decoder.decode(bytes).size(), QSize(400, 200));
        QCOMPARE(decoder.decode(bytes, {100, 100}).size(), QSize(100, 50));
        QVERIFY(decoder.decode(bytes, {}, 400 * 200 - 1).isNull());
    }
    for (const char* format : {"bmp", "xpm"}) {
        QByteArray bytes;
        QBuffer buffer(&bytes);
        buffer.open(QIODevice::WriteOnly);
        QVERIFY2(image.save(&buffer, format), format);
        QVERIFY2(decoder.decode(bytes).isNull(), format);
    }
}

void PreviewsTest::a_helper_decodes_what_qt_cannot() {
    thumbjobs::RenditionSpec spec;
    spec.width = 400;
    spec.height = 400;
    const std::vector specs{spec};
    ImageDecoder decoder({"jpeg", "png"}); // a Qt without plugins
    for (const auto format : {thumbjobs::OutputFormat::avif, thumbjobs::OutputFormat::webp}) {
        auto wanted = specs;
        wanted.front().format = format;
        const auto source = png(400, 200);
        const thumbjobs::ImageLimits limits;
        const auto result =
            thumbjobs::Registry::builtin()
                .open_resizer("vips:", {})
                ->resize({.input = thumbjobs::as_bytes(
                              {source.constData(), static_cast<std::size_t>(source.size())}),
                          .specs = wanted,
                          .limits = limits});
        const auto& data = result.images.front().data;
        const QByteArray bytes(reinterpret_cast<const char*>(data.data()),
                               static_cast<qsizetype>(data.size()));
        const QImage preview = decoder.decode(bytes, {100, 100});
        QCOMPARE(preview.size(), QSize(100, 50));
        const QColor middle = preview.pixelColor(50, 25);
        QVERIFY2(middle.red() > 230 && middle.green() < 30, qPrintable(middle.name()));
        QCOMPARE(decoder.decode(bytes).size(), QSize(400, 200));
        QVERIFY(decoder.decode(bytes, {}, 400 * 200 - 1).isNull());
        QVERIFY(decoder.decode(bytes.left(bytes.size() / 2)).isNull());
    }
    decoder.stop();
    QVERIFY(decoder.decode(QByteArray("RIFF\x10\0\0\0WEBPVP8 ", 16)).isNull());
}

void PreviewsTest::details_come_when_asked_for() {
    FakePlace place;
    place.add_silently(1, JobState::succeeded);
    JobsModel model(place);
    const JobFeed feed(place, model);
    place.open();
    QTRY_COMPARE(model.rowCount(), 1);
    const RowKey key = model.key_at(0);
    QSignalSpy changed(&model, &JobsModel::details_changed);
    QVERIFY(!model.details(key));
    QVERIFY(!model.details(key));
    QTRY_COMPARE(changed.size(), 1);
    QVERIFY(model.details(key));
    QCOMPARE(place.calls(Call::get), 1);
}

} // namespace

QTEST_MAIN(PreviewsTest)
#include "tst_previews.moc"
