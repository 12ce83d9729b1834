#include "metrics/metrics.h"

#include "metrics/process_stats.h"

#include <thumbjobs/version.h>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

namespace thumbd {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using thumbjobs::JobState;

constexpr std::array table{
    MetricInfo{"thumbjobs_build_info", "gauge", "version", "Always 1."},
    MetricInfo{"thumbjobs_jobs", "gauge", "state", "Jobs in the store, by state."},
    MetricInfo{"thumbjobs_jobs_delayed", "gauge", "",
               "Queued jobs that wait for the back-off of a retry."},
    MetricInfo{"thumbjobs_queue_oldest_age_seconds", "gauge", "",
               "Age of the oldest job that is ready to run; 0 when none is."},
    MetricInfo{"thumbjobs_jobs_finished_last_minute", "gauge", "",
               "Jobs of all processes that reached a terminal state in the last minute."},
    MetricInfo{"thumbjobs_backlog_jobs", "gauge", "",
               "Jobs of all processes that are ready, overdue or running: what to scale on."},
    MetricInfo{"thumbjobs_backlog_seconds", "gauge", "",
               "Time that the backlog takes at the pace of the last minute."},
    MetricInfo{"thumbjobs_store_up", "gauge", "",
               "Whether the job store answered at the latest scrape."},
    MetricInfo{"thumbjobs_sandboxed", "gauge", "",
               "1 while images are decoded in locked-down helper processes."},
    MetricInfo{"thumbjobs_outage", "gauge", "",
               "Whether the workers wait for the store or storage to come back."},
    MetricInfo{"thumbjobs_workers", "gauge", "", "Workers of this process."},
    MetricInfo{"thumbjobs_workers_busy", "gauge", "", "Workers that are resizing."},
    MetricInfo{"thumbjobs_job_submits_total", "counter", "result",
               "Submits: created, or replayed by idempotency key."},
    MetricInfo{"thumbjobs_job_transitions_total", "counter", "from,to",
               "Changes of state made by this process."},
    MetricInfo{"thumbjobs_jobs_removed_total", "counter", "",
               "Jobs removed by this process, on request or by retention."},
    MetricInfo{"thumbjobs_stage_duration_seconds", "histogram", "stage",
               "Time spent in each part of a job's life."},
    MetricInfo{"thumbjobs_image_bytes_total", "counter", "direction",
               "Bytes of finished jobs: originals in, renditions out."},
    MetricInfo{"thumbjobs_job_failures_total", "counter", "code",
               "Jobs that have failed for good, by error code."},
    MetricInfo{"thumbjobs_job_retries_total", "counter", "code",
               "Attempts that failed and are tried again, by error code."},
    MetricInfo{"thumbjobs_decoder_crashes_total", "counter", "code",
               "Attempts that took their decoder down, by error code."},
    MetricInfo{"thumbjobs_leases_lost_total", "counter", "",
               "Attempts given up because another worker held the job or it was cancelled."},
    MetricInfo{"thumbjobs_swept_total", "counter", "kind",
               "What housekeeping did: leases requeued, jobs expired, orphan blobs removed."},
    MetricInfo{"thumbd_http_request_duration_seconds", "histogram", "route,method,code",
               "From a request's first byte to the end of its answer."},
    MetricInfo{"thumbd_http_request_bytes_total", "counter", "", "Bytes of request bodies."},
    MetricInfo{"thumbd_http_response_bytes_total", "counter", "", "Bytes of answers, with heads."},
    MetricInfo{"thumbd_http_clients_gone_total", "counter", "",
               "Requests whose client left before the answer was complete."},
    MetricInfo{"thumbd_http_requests_refused_total", "counter", "",
               "Requests answered by the gate: malformed, too large, not allowed."},
    MetricInfo{"thumbd_http_connections", "gauge", "", "Open connections."},
    MetricInfo{"thumbd_http_connections_accepted_total", "counter", "", "Connections accepted."},
    MetricInfo{"thumbd_http_connections_refused_total", "counter", "",
               "Connections refused by a limit."},
    MetricInfo{"thumbd_http_requests_active", "gauge", "",
               "Requests that are being received or answered."},
    MetricInfo{"thumbd_http_requests_waiting", "gauge", "",
               "Requests that wait for a thread to call the store."},
    MetricInfo{"thumbd_event_streams", "gauge", "", "Open event streams."},
    MetricInfo{"thumbd_body_memory_bytes", "gauge", "", "Request bodies held in memory."},
    MetricInfo{"thumbd_body_spooled_bytes", "gauge", "", "Request bodies held in files."},
    MetricInfo{"thumbd_log_lines_dropped_total", "counter", "",
               "Log lines dropped because standard error was not read."},
    MetricInfo{"process_cpu_seconds_total", "counter", "", "CPU time of the process."},
    MetricInfo{"process_resident_memory_bytes", "gauge", "", "Resident memory."},
    MetricInfo{"process_virtual_memory_bytes", "gauge", "", "Virtual memory."},
    MetricInfo{"process_start_time_seconds", "gauge", "", "Start of the process since 1970."},
    MetricInfo{"process_open_fds", "gauge", "", "Open file descriptors."},
    MetricInfo{"process_max_fds", "gauge", "", "The most that may be open."},
    MetricInfo{"process_threads", "gauge", "", "Threads."},
};

const Histogram::BucketBoundaries duration_buckets{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600};

std::string help_of(std::string_view name) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [name](const MetricInfo& info) { return info.name == name; });
    return found == table.end() ? std::string() : std::string(found->help);
}

std::string text_of(auto value) {
    return std::string(to_string(value));
}

/// Methods are few; anything else a client may invent.
std::string method_label(const std::string& method) {
    for (const auto known : {"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
        if (method == known)
            return method;
    return "other";
}

} // namespace

std::span<const MetricInfo> metric_table() {
    return table;
}

struct Metrics::Families {
    prometheus::Registry registry;

    prometheus::Family<Gauge>& gauge(const std::string& name) {
        return prometheus::BuildGauge().Name(name).Help(help_of(name)).Register(registry);
    }
    prometheus::Family<Counter>& counter(const std::string& name) {
        return prometheus::BuildCounter().Name(name).Help(help_of(name)).Register(registry);
    }
    prometheus::Family<Histogram>& histogram(const std::string& name) {
        return prometheus::BuildHistogram().Name(name).Help(help_of(name)).Register(registry);
    }

    /// A counter whose value is kept elsewhere: moved up to it at each scrape.
    void raise(Counter& counter_to_raise, double value) {
        const std::lock_guard lock(raise_mutex);
        if (value > counter_to_raise.Value())
            counter_to_raise.Increment(value - counter_to_raise.Value());
    }
    std::mutex raise_mutex;

    prometheus::Family<Gauge>& build = gauge("thumbjobs_build_info");
    prometheus::Family<Gauge>& jobs = gauge("thumbjobs_jobs");
    Gauge& delayed = gauge("thumbjobs_jobs_delayed").Add({});
    Gauge& oldest = gauge("thumbjobs_queue_oldest_age_seconds").Add({});
    Gauge& finished = gauge("thumbjobs_jobs_finished_last_minute").Add({});
    Gauge& backlog = gauge("thumbjobs_backlog_jobs").Add({});
    Gauge& backlog_seconds = gauge("thumbjobs_backlog_seconds").Add({});
    Gauge& store_up = gauge("thumbjobs_store_up").Add({});
    Gauge& outage = gauge("thumbjobs_outage").Add({});
    Gauge& sandboxed = gauge("thumbjobs_sandboxed").Add({});
    Gauge& workers = gauge("thumbjobs_workers").Add({});
    Gauge& busy = gauge("thumbjobs_workers_busy").Add({});
    prometheus::Family<Counter>& submits = counter("thumbjobs_job_submits_total");
    Counter& created = submits.Add({{"result", "created"}});
    Counter& replayed = submits.Add({{"result", "replayed"}});
    prometheus::Family<Counter>& transitions = counter("thumbjobs_job_transitions_total");
    Counter& removed = counter("thumbjobs_jobs_removed_total").Add({});
    prometheus::Family<Histogram>& stages = histogram("thumbjobs_stage_duration_seconds");
    prometheus::Family<Counter>& image_bytes = counter("thumbjobs_image_bytes_total");
    Counter& bytes_in = image_bytes.Add({{"direction", "in"}});
    Counter& bytes_out = image_bytes.Add({{"direction", "out"}});
    prometheus::Family<Counter>& failures = counter("thumbjobs_job_failures_total");
    prometheus::Family<Counter>& retries = counter("thumbjobs_job_retries_total");
    prometheus::Family<Counter>& crashes = counter("thumbjobs_decoder_crashes_total");
    Counter& leases_lost = counter("thumbjobs_leases_lost_total").Add({});
    prometheus::Family<Counter>& swept = counter("thumbjobs_swept_total");

    prometheus::Family<Histogram>& requests = histogram("thumbd_http_request_duration_seconds");
    Counter& request_bytes = counter("thumbd_http_request_bytes_total").Add({});
    Counter& response_bytes = counter("thumbd_http_response_bytes_total").Add({});
    Counter& clients_gone = counter("thumbd_http_clients_gone_total").Add({});
    Counter& requests_refused = counter("thumbd_http_requests_refused_total").Add({});
    Gauge& connections = gauge("thumbd_http_connections").Add({});
    Counter& accepted = counter("thumbd_http_connections_accepted_total").Add({});
    Counter& refused = counter("thumbd_http_connections_refused_total").Add({});
    Gauge& active = gauge("thumbd_http_requests_active").Add({});
    Gauge& waiting = gauge("thumbd_http_requests_waiting").Add({});
    Gauge& streams = gauge("thumbd_event_streams").Add({});
    Gauge& body_memory = gauge("thumbd_body_memory_bytes").Add({});
    Gauge& body_spooled = gauge("thumbd_body_spooled_bytes").Add({});
    Counter& log_dropped = counter("thumbd_log_lines_dropped_total").Add({});

    Counter& cpu = counter("process_cpu_seconds_total").Add({});
    Gauge& resident = gauge("process_resident_memory_bytes").Add({});
    Gauge& virtual_memory = gauge("process_virtual_memory_bytes").Add({});
    Gauge& start_time = gauge("process_start_time_seconds").Add({});
    Gauge& open_fds = gauge("process_open_fds").Add({});
    Gauge& max_fds = gauge("process_max_fds").Add({});
    Gauge& threads = gauge("process_threads").Add({});

    // Found by a short key: Family::Add hashes the labels and makes a whole new metric before it
    // finds that there is one.
    std::mutex found_mutex; ///< Guards the rest.
    std::map<std::tuple<std::string, std::string, int>, Histogram*> request_durations;
    std::map<std::string, Histogram*, std::less<>> stage_durations;
    std::map<std::pair<JobState, JobState>, Counter*> state_changes;
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
    auto& f = *families_;
    f.build.Add({{"version", std::string(thumbjobs::version())}}).Set(1);
    // Series that exist from the start, so that rates and alerts see their first increment.
    for (const auto state : thumbjobs::all_job_states)
        f.jobs.Add({{"state", text_of(state)}});
    for (const auto end : {JobState::succeeded, JobState::failed, JobState::cancelled})
        f.transitions.Add({{"from", text_of(JobState::processing)}, {"to", text_of(end)}});
    f.transitions.Add({{"from", text_of(JobState::queued)}, {"to", text_of(JobState::processing)}});
    using thumbjobs::ErrorCode;
    for (const auto code : {ErrorCode::decoder_crashed, ErrorCode::decoder_timeout,
                            ErrorCode::decoder_out_of_memory, ErrorCode::decoder_forbidden})
        f.crashes.Add({{"code", text_of(code)}});
    for (const auto code : {ErrorCode::store_unavailable, ErrorCode::storage_unavailable})
        f.retries.Add({{"code", text_of(code)}});
    for (const auto code : {ErrorCode::image_corrupt, ErrorCode::image_truncated,
                            ErrorCode::image_too_large, ErrorCode::storage_unavailable})
        f.failures.Add({{"code", text_of(code)}});
    for (const auto kind : {"requeued", "expired", "orphan"})
        f.swept.Add({{"kind", kind}});
}

Metrics::~Metrics() = default;

void Metrics::count_transition(JobState from, JobState to) {
    auto& f = *families_;
    Counter* counter = nullptr;
    {
        const std::lock_guard lock(f.found_mutex);
        auto& entry = f.state_changes[{from, to}];
        if (entry == nullptr)
            entry = &f.transitions.Add({{"from", text_of(from)}, {"to", text_of(to)}});
        counter = entry;
    }
    counter->Increment();
}

void Metrics::count_submitted(bool created) {
    (created ? families_->created : families_->replayed).Increment();
}

void Metrics::count_removed() {
    families_->removed.Increment();
}

void Metrics::observe_stage(std::string_view stage, std::chrono::nanoseconds duration) {
    auto& f = *families_;
    Histogram* histogram = nullptr;
    {
        const std::lock_guard lock(f.found_mutex);
        auto entry = f.stage_durations.find(stage);
        if (entry == f.stage_durations.end())
            entry = f.stage_durations
                        .emplace(stage,
                                 &f.stages.Add({{"stage", std::string(stage)}}, duration_buckets))
                        .first;
        histogram = entry->second;
    }
    histogram->Observe(std::chrono::duration<double>(duration).count());
}

void Metrics::count_image_bytes(std::int64_t in, std::int64_t out) {
    families_->bytes_in.Increment(static_cast<double>(in));
    families_->bytes_out.Increment(static_cast<double>(out));
}

void Metrics::count_failure(thumbjobs::ErrorCode code) {
    families_->failures.Add({{"code", text_of(code)}}).Increment();
}

void Metrics::count_retry(thumbjobs::ErrorCode code) {
    families_->retries.Add({{"code", text_of(code)}}).Increment();
}

void Metrics::count_crash(thumbjobs::ErrorCode code) {
    families_->crashes.Add({{"code", text_of(code)}}).Increment();
}

void Metrics::count_lease_lost() {
    families_->leases_lost.Increment();
}

void Metrics::set_workers_busy(int busy) {
    families_->busy.Set(busy);
}

void Metrics::count_sweep(int requeued, int expired, int orphans) {
    families_->swept.Add({{"kind", "requeued"}}).Increment(requeued);
    families_->swept.Add({{"kind", "expired"}}).Increment(expired);
    families_->swept.Add({{"kind", "orphan"}}).Increment(orphans);
}

void Metrics::set_sandboxed(bool sandboxed) {
    families_->sandboxed.Set(sandboxed ? 1 : 0);
}

void Metrics::set_outage(bool down) {
    families_->outage.Set(down ? 1 : 0);
}

void Metrics::count_request(const http::AccessRecord& record) {
    auto& f = *families_;
    Histogram* histogram = nullptr;
    {
        const std::lock_guard lock(f.found_mutex);
        const auto route = record.route.empty() ? std::string("(none)") : record.route;
        auto& entry = f.request_durations[{route, method_label(record.method), record.status}];
        if (entry == nullptr)
            entry = &f.requests.Add({{"route", route},
                                     {"method", method_label(record.method)},
                                     {"code", std::to_string(record.status)}},
                                    duration_buckets);
        histogram = entry;
    }
    histogram->Observe(std::chrono::duration<double>(record.total).count());
    f.request_bytes.Increment(static_cast<double>(record.bytes_in));
    f.response_bytes.Increment(static_cast<double>(record.bytes_out));
    if (record.client_gone)
        f.clients_gone.Increment();
    if (record.refused)
        f.requests_refused.Increment();
}

void Metrics::set_engine(const thumbjobs::EngineStats& stats) {
    auto& f = *families_;
    for (const auto state : thumbjobs::all_job_states)
        f.jobs.Add({{"state", text_of(state)}}).Set(static_cast<double>(stats.store.count(state)));
    f.delayed.Set(static_cast<double>(stats.store.delayed));
    f.oldest.Set(std::chrono::duration<double>(
                     stats.store.oldest_ready_age.value_or(thumbjobs::Milliseconds{0}))
                     .count());
    f.finished.Set(static_cast<double>(stats.store.finished_last_minute));
    const std::int64_t backlog = stats.store.queued - stats.store.delayed + stats.store.processing;
    f.backlog.Set(static_cast<double>(backlog));
    // Of the store's figures only, so that every process tells the same. Where nothing ended, a
    // pace of one job a minute is assumed.
    f.backlog_seconds.Set(
        60 * static_cast<double>(backlog) /
        static_cast<double>(std::max<std::int64_t>(stats.store.finished_last_minute, 1)));
    f.workers.Set(stats.workers);
    f.busy.Set(stats.workers_busy);
    f.outage.Set(stats.outage ? 1 : 0);
}

void Metrics::set_store_reachable(bool reachable) {
    families_->store_up.Set(reachable ? 1 : 0);
}

void Metrics::set_snapshot(const MetricsSnapshot& snapshot) {
    auto& f = *families_;
    const auto& gate = snapshot.gate;
    f.connections.Set(static_cast<double>(gate.connections));
    f.active.Set(static_cast<double>(gate.active_exchanges));
    f.streams.Set(static_cast<double>(gate.event_streams));
    f.body_memory.Set(static_cast<double>(gate.body_memory_bytes));
    f.body_spooled.Set(static_cast<double>(gate.spooled_bytes));
    f.raise(f.accepted, static_cast<double>(gate.accepted_connections));
    f.raise(f.refused, static_cast<double>(gate.refused_connections));
    f.waiting.Set(static_cast<double>(snapshot.requests_waiting));
    f.raise(f.log_dropped, static_cast<double>(snapshot.log_lines_dropped));
}

void Metrics::set_process() {
    auto& f = *families_;
    const auto process = read_process_stats();
    if (!process)
        return;
    f.raise(f.cpu, process->cpu_seconds);
    f.resident.Set(process->resident_bytes);
    f.virtual_memory.Set(process->virtual_bytes);
    f.start_time.Set(process->start_time_seconds);
    f.open_fds.Set(process->open_fds);
    f.max_fds.Set(process->max_fds);
    f.threads.Set(process->threads);
}

std::string Metrics::text() {
    set_process();
    return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

} // namespace thumbd
