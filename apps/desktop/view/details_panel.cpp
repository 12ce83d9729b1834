#include "view/details_panel.h"

#include "view/facts.h"
#include "view/icons.h"
#include "view/job_look.h"
#include "view/state_bar.h"
#include "view/theme.h"

#include <QDateTime>
#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace desktop {
namespace {

constexpr int picture_height = 176;

QString moment(const thumbjobs::WallTime& time) {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(milliseconds), QLocale::ShortFormat);
}

QString pixels(int width, int height) {
    const QLocale locale;
    return QStringLiteral("%1 \u00d7 %2").arg(locale.toString(width), locale.toString(height));
}

// "JPEG" for image/jpeg: what people call it.
QString format_name(const std::string& media_type) {
    auto name = QString::fromStdString(media_type).section(u'/', -1);
    if (name == QStringLiteral("svg+xml"))
        return QStringLiteral("SVG");
    if (name == QStringLiteral("webp"))
        return QStringLiteral("WebP");
    return name.toUpper();
}

} // namespace

PictureBox::PictureBox(QWidget* parent) : QWidget(parent) {
    setFixedHeight(picture_height);
    setAccessibleName(tr("Preview"));
}

void PictureBox::set_row(RowState state, const QImage& image) {
    state_ = state;
    image_ = image;
    update();
}

void PictureBox::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hairline(palette()), 1));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    JobLook look;
    look.state = state_;
    look.preview = image_;
    draw_preview(painter, QRectF(rect()).adjusted(grid, grid, -grid, -grid), look, palette());
}

DetailsPanel::DetailsPanel(JobsModel& model, QWidget* parent) : QScrollArea(parent), model_(model) {
    build();
    connect(&model_, &JobsModel::details_changed, this, [this](RowKey key) {
        if (keys_.size() == 1 && keys_.front() == key)
            refresh();
    });
    connect(&model_, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex& first, const QModelIndex& last) {
                if (keys_.size() > 1) {
                    refresh();
                } else if (!keys_.empty()) {
                    const auto index = model_.index_of(keys_.front());
                    if (index.row() >= first.row() && index.row() <= last.row())
                        refresh();
                }
            });
    refresh();
}

void DetailsPanel::build() {
    auto* body = new QWidget(this);
    picture_ = new PictureBox(body);
    title_ = new QLabel(body);
    title_->setFont(heading_font(font()));
    state_ = new QLabel(body);
    failure_ = new QLabel(body);
    for (auto* label : {title_, state_, failure_}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setMinimumWidth(grid);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    }
    original_ = new Facts(tr("Original"), body);
    results_ = new Facts(tr("Thumbnails"), body);
    course_ = new Facts(tr("History"), body);
    log_button_ = new QPushButton(icon(Glyph::log), tr("Show log"), body);
    log_button_->setCheckable(true);
    log_ = new QPlainTextEdit(body);
    log_->setReadOnly(true);
    log_->setFont(caption_font(font()));
    log_->setMinimumHeight(grid * 18);
    log_->setAccessibleName(tr("Log of the job"));
    log_->setTabChangesFocus(true);
    log_->hide();
    connect(log_button_, &QPushButton::toggled, this, &DetailsPanel::toggle_log);

    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(grid * 2, grid * 2, grid * 2, grid * 2);
    column->setSpacing(grid);
    column->addWidget(picture_);
    column->addWidget(title_);
    column->addWidget(state_);
    column->addWidget(failure_);
    for (auto* facts : {original_, results_, course_}) {
        column->addSpacing(grid / 2);
        column->addWidget(facts);
    }
    column->addSpacing(grid / 2);
    column->addWidget(log_button_, 0, Qt::AlignLeft);
    column->addWidget(log_, 1);
    column->addStretch();
    setWidget(body);
    setWidgetResizable(true);
    setFrameShape(NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMinimumWidth(grid * 30);
    setAccessibleName(tr("Details"));
}

void DetailsPanel::changeEvent(QEvent* event) {
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && log_)
        refresh();
}

void DetailsPanel::set_selection(const std::vector<RowKey>& keys) {
    const bool other = keys != keys_;
    keys_ = keys;
    if (other) {
        log_->clear();
    }
    refresh();
    if (other && log_button_->isChecked() && keys_.size() == 1)
        emit log_wanted(keys_.front());
}

void DetailsPanel::refresh() {
    if (keys_.empty())
        show_none();
    else if (keys_.size() == 1)
        show_one(keys_.front());
    else
        show_many();
    const bool one =
        keys_.size() == 1 &&
        !model_.index_of(keys_.front()).data(JobsModel::job_id_role).toString().isEmpty();
    log_button_->setVisible(one);
    log_->setVisible(one && log_button_->isChecked());
}

void DetailsPanel::show_none() {
    picture_->hide();
    title_->setText(tr("Nothing selected"));
    state_->setText(tr("Select a job to see all about it here."));
    state_->setForegroundRole(QPalette::PlaceholderText);
    state_->setPalette(palette());
    set_failure({});
    for (auto* facts : {original_, results_, course_})
        facts->set_facts({});
}

void DetailsPanel::show_many() {
    picture_->hide();
    title_->setText(tr("%n job(s) selected", nullptr, static_cast<int>(keys_.size())));
    std::array<int, thumbjobs::all_job_states.size()> counts{};
    qint64 before = 0;
    qint64 after = 0;
    for (const auto key : keys_) {
        const auto* row = model_.row(key);
        if (!row)
            continue;
        ++counts[static_cast<std::size_t>(group_of(row->state))];
        before += row->bytes_before;
        after += std::max<qint64>(row->bytes_after, 0);
    }
    QStringList parts;
    for (const auto state : thumbjobs::all_job_states) {
        if (const auto count = counts[static_cast<std::size_t>(state)]; count > 0)
            parts << tr("%1: %2").arg(state_name(state), QLocale().toString(count));
    }
    state_->setText(parts.join(QStringLiteral(" \u00b7 ")));
    state_->setForegroundRole(QPalette::PlaceholderText);
    state_->setPalette(palette());
    set_failure({});
    const QLocale locale;
    original_->set_facts({{tr("Together"), locale.formattedDataSize(before)}});
    results_->set_facts({{tr("Together"), locale.formattedDataSize(after)}});
    course_->set_facts({});
}

void DetailsPanel::set_failure(const QString& text) {
    failure_->setText(text);
    failure_->setVisible(!text.isEmpty());
    auto colours = palette();
    colours.setColor(QPalette::WindowText, state_colour(thumbjobs::JobState::failed, colours));
    failure_->setPalette(colours);
}

void DetailsPanel::show_one(RowKey key) {
    const auto index = model_.index_of(key);
    if (!index.isValid())
        return show_none();
    const auto state = static_cast<RowState>(index.data(JobsModel::state_role).toInt());
    if (state != shown_state_ && log_button_->isChecked())
        emit log_wanted(key);
    shown_state_ = state;
    picture_->setVisible(!is_failure(state));
    picture_->set_row(state, index.data(JobsModel::preview_role).value<QImage>());
    title_->setText(index.data(JobsModel::name_role).toString());
    auto text = row_state_name(state);
    if (const auto* row = model_.row(key); row && row->duration >= 0) {
        text = tr("%1 after %2")
                   .arg(text, index.siblingAtColumn(JobsModel::duration_column).data().toString());
    }
    state_->setText(text);
    auto colours = palette();
    colours.setColor(QPalette::WindowText, state_colour(group_of(state), colours));
    state_->setForegroundRole(QPalette::WindowText);
    state_->setPalette(colours);
    set_failure(index.data(JobsModel::message_role).toString());

    Facts::List original;
    const auto size = index.data(JobsModel::original_size_role).toSize();
    if (!size.isEmpty())
        original << std::pair(tr("Pixels"), pixels(size.width(), size.height()));
    if (const auto bytes = index.data(JobsModel::bytes_before_role).toLongLong(); bytes > 0)
        original << std::pair(tr("Size"), QLocale().formattedDataSize(bytes));
    if (const auto path = index.data(JobsModel::source_role).toString(); !path.isEmpty())
        original << std::pair(tr("File"), path);
    const auto* job = model_.details(key);
    if (job && !job->original.media_type.empty())
        original.prepend({tr("Format"), format_name(job->original.media_type)});
    original_->set_facts(original);
    if (job) {
        show_job(*job);
    } else {
        results_->set_facts({});
        course_->set_facts({});
    }
}

void DetailsPanel::show_job(const thumbjobs::Job& job) {
    const QLocale locale;
    Facts::List results;
    for (const auto& one : job.renditions) {
        results << std::pair(QString::fromStdString(one.name),
                             QStringLiteral("%1, %2, %3")
                                 .arg(pixels(one.width, one.height), format_name(one.media_type),
                                      locale.formattedDataSize(one.bytes)));
    }
    if (job.renditions.empty()) {
        for (const auto& one : job.specs) {
            results << std::pair(QString::fromStdString(one.name),
                                 tr("%1 wanted").arg(pixels(one.width, one.height)));
        }
    }
    results_->set_facts(results);

    Facts::List course{{tr("Submitted"), moment(job.created_at)}};
    if (job.started_at)
        course << std::pair(tr("Begun"), moment(*job.started_at));
    if (job.finished_at)
        course << std::pair(tr("Ended"), moment(*job.finished_at));
    if (job.next_attempt_at)
        course << std::pair(tr("Next attempt"), moment(*job.next_attempt_at));
    if (job.attempts > 1) {
        course << std::pair(tr("Attempts"), tr("%1 of %2").arg(job.attempts).arg(job.max_attempts));
    }
    if (job.crashes > 0)
        course << std::pair(tr("Crashes"), locale.toString(job.crashes));
    course << std::pair(tr("Job"), QString::fromStdString(job.id.to_string()));
    course_->set_facts(course);
}

void DetailsPanel::toggle_log(bool open) {
    log_button_->setText(open ? tr("Hide log") : tr("Show log"));
    log_->setVisible(open);
    if (open && keys_.size() == 1)
        emit log_wanted(keys_.front());
}

void DetailsPanel::open_log() {
    if (log_button_->isChecked())
        toggle_log(true);
    log_button_->setChecked(true);
    ensureWidgetVisible(log_);
}

void DetailsPanel::show_log(RowKey key, const QStringList& lines) {
    if (keys_.size() != 1 || keys_.front() != key)
        return;
    log_->setPlainText(lines.isEmpty() ? tr("No lines") : lines.join(u'\n'));
}

} // namespace desktop
