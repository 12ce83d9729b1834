// The desktop's list at a hundred thousand rows: what each step keeps the GUI thread from doing.
#include "measure.h"
#include "model/jobs_model.h"

#include <QApplication>
#include <QHeaderView>
#include <QTableView>

#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using namespace desktop;
using thumbjobs::Job;
using thumbjobs::JobState;

namespace {

/// A place where nothing happens: the benchmark itself brings the jobs.
class QuietPlace final : public Place {
public:
    Description description() const override { return {}; }
    void open() override {}
    void close() override {}
    void submit(Submission, QObject*, Answer<Job>) override {}
    void list(thumbjobs::ListQuery, QObject*, Answer<thumbjobs::JobPage>) override {}
    void get(thumbjobs::JobId, QObject*, Answer<Job>) override {}
    void cancel(thumbjobs::JobId, QObject*, Answer<Job>) override {}
    void retry(thumbjobs::JobId, QObject*, Answer<Job>) override {}
    void remove(thumbjobs::JobId, QObject*, Answer<Done>) override {}
    void rendition(thumbjobs::JobId, std::string, QObject*, Answer<QByteArray>) override {}
    void original(thumbjobs::JobId, QObject*, Answer<QByteArray>) override {}
    void logs(thumbjobs::JobId, QObject*, Answer<std::vector<thumbjobs::LogLine>>) override {}
    void stats(QObject*, Answer<thumbjobs::EngineStats>) override {}
};

unsigned scattered(unsigned number) {
    return number * 2'654'435'761U;
}

Job make_job(unsigned number, JobState state) {
    using namespace std::chrono_literals;
    const unsigned mixed = scattered(number);
    Job job;
    thumbjobs::JobId::Bytes bytes{};
    for (unsigned i = 0; i < 4; ++i) {
        bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
        bytes[8 + i] = static_cast<std::uint8_t>(mixed >> (8 * i));
    }
    job.id = thumbjobs::JobId(bytes);
    job.state = state;
    job.original.filename = "Holiday pictures IMG_" + std::to_string(mixed % 1'000'000) + ".jpeg";
    job.original.bytes = 100'000 + mixed % 5'000'000;
    job.original.width = 4'000;
    job.original.height = 3'000;
    job.created_at = thumbjobs::WallTime(1'750'000'000'000ms + std::chrono::milliseconds(number));
    job.updated_at = job.created_at;
    if (is_terminal(state)) {
        job.finished_at = job.created_at + std::chrono::milliseconds(20 + mixed % 3'000);
        job.updated_at = *job.finished_at;
    }
    if (state == JobState::succeeded)
        job.renditions.push_back({"thumbnail", "image/jpeg", 100, 75, 2'000 + mixed % 4'000, {}});
    return job;
}

JobState state_of(unsigned number) {
    return thumbjobs::all_job_states[scattered(number) / 7 % 5];
}

/// CPU time of this thread, which other programs on the machine do not change much.
double milliseconds(const std::function<void()>& work) {
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    };
    const double start = now();
    work();
    return now() - start;
}

struct Spread {
    double median = 0;
    double worst = 0;
};

Spread spread(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times.back()};
}

void print(const char* what, const Spread& time) {
    std::printf("| %s | %.1f | %.1f |\n", what, time.median, time.worst);
}

Spread repeat(int times, const std::function<void(int)>& work) {
    std::vector<double> all;
    for (int i = 0; i < times; ++i)
        all.push_back(milliseconds([&] { work(i); }));
    return spread(std::move(all));
}

/// A thousand jobs, scattered over the list, change; the list then shows it.
Spread storm(JobsModel& model, unsigned rows, unsigned& tick) {
    std::vector<double> flushes;
    for (unsigned batch = 0; batch < 50; ++batch) {
        for (unsigned i = 0; i < 1'000; ++i) {
            ++tick;
            const unsigned number = scattered(tick) % rows;
            Job job = make_job(number, state_of(tick));
            job.updated_at += std::chrono::hours(1) + std::chrono::milliseconds(tick);
            model.apply(job);
        }
        flushes.push_back(milliseconds([&] {
            model.flush();
            QCoreApplication::processEvents();
        }));
    }
    return spread(std::move(flushes));
}

} // namespace

int main(int argument_count, char** arguments) {
    ::setenv("QT_QPA_PLATFORM", "offscreen", 0);
    const QApplication application(argument_count, arguments);
    const unsigned rows = argument_count > 1
                              ? static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10))
                              : 100'000U;
    QuietPlace place;
    ::malloc_trim(0);
    const double before = bench::resident_megabytes(::getpid());
    JobsModel model(place);

    std::vector<double> pages;
    model.begin_listing();
    const double listing = milliseconds([&] {
        for (unsigned number = rows; number > 0;) {
            std::vector<Job> page;
            for (int i = 0; i < 500 && number > 0; ++i, --number)
                page.push_back(make_job(number - 1, state_of(number - 1)));
            pages.push_back(milliseconds([&] {
                for (const Job& job : page)
                    model.apply(job, true);
                model.flush();
            }));
        }
        model.end_listing();
    });
    ::malloc_trim(0);
    const double after = bench::resident_megabytes(::getpid());

    QTableView view;
    view.setModel(&model);
    view.setSelectionBehavior(QAbstractItemView::SelectRows);
    view.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view.resize(1'200, 900);
    view.show();
    QCoreApplication::processEvents();

    std::printf("%d rows, %.0f MB: %.0f bytes each; listed in %.0f ms\n\n", model.rowCount(),
                after - before, (after - before) * 1'048'576 / rows, listing);
    std::printf("| step, with a table view on it | median, ms of CPU | worst |\n|---|---|---|\n");
    print("a page of 500 jobs comes", spread(pages));
    const std::pair<const char*, int> columns[]{
        {"sort by name", JobsModel::name_column},
        {"sort by state", JobsModel::state_column},
        {"sort by size before", JobsModel::before_column},
        {"sort by size after", JobsModel::after_column},
        {"sort by time", JobsModel::duration_column},
        {"sort by submission", JobsModel::submitted_column}};
    for (const auto& [name, column] : columns)
        print(name, repeat(4, [&, at = column](int i) {
                  model.sort(at, i % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
                  QCoreApplication::processEvents();
              }));
    print("filter by a state", repeat(10, [&](int i) {
              model.set_state_filter(i % 2 == 0 ? in_set(RowState::failed) : every_row_state);
              QCoreApplication::processEvents();
          }));
    const QString word = "img_12345.";
    print("search, a key pressed", repeat(20, [&](int i) {
              const int length = i < 10 ? i + 1 : 19 - i;
              model.set_search(word.left(length));
              QCoreApplication::processEvents();
          }));
    unsigned tick = 0;
    print("1,000 rows change", storm(model, rows, tick));
    model.sort(JobsModel::state_column, Qt::AscendingOrder);
    print("1,000 rows change, sorted by state", storm(model, rows, tick));
    view.selectAll();
    print("the same, all rows selected", storm(model, rows, tick));
    view.clearSelection();
    model.set_state_filter(in_set(RowState::failed));
    print("the same, failed ones shown only", storm(model, rows, tick));
    model.set_state_filter(every_row_state);
    print("scroll by a page, painted", repeat(50, [&](int i) {
              view.scrollTo(model.index(static_cast<int>(scattered(static_cast<unsigned>(i)) %
                                                         static_cast<unsigned>(model.rowCount())),
                                        0));
              view.viewport()->repaint();
              QCoreApplication::processEvents();
          }));
    return 0;
}
