#pragma once

#include <thumbjobs/registry.h>

#include <QObject>
#include <QTest>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace thumbjobs::test {

/// One empty store of the backend under test, and its time.
class StoreFixture {
public:
    virtual ~StoreFixture() = default;

    /// Opens the store. `context.clock` is ignored: the fixture's own time is used. Where
    /// shares_content() holds, a further call gives a further process's view of the same store.
    virtual std::shared_ptr<JobStore> open(BackendContext context) = 0;

    /// Whether a second open() sees the first one's jobs.
    virtual bool shares_content() const = 0;

    /// Lets time pass for every store of this fixture, without waiting.
    virtual void advance(Milliseconds time) = 0;

    /// The store's reading of the clocks, for expectations.
    virtual const Clock& clock() const = 0;
};

using StoreFixtureFactory = std::function<std::unique_ptr<StoreFixture>()>;

/// What every JobStore promises in job_store.h. A backend runs it by
/// `JobStoreConformance suite(factory); return QTest::qExec(&suite, argc, argv);`.
class JobStoreConformance : public QObject {
    Q_OBJECT

public:
    explicit JobStoreConformance(StoreFixtureFactory factory) : factory_(std::move(factory)) {}

private slots:
    void init();
    void cleanup();

    // conformance_submit.cpp
    void names_itself();
    void keeps_everything_it_is_given();
    void create_repeats_by_id();
    void create_or_return_by_idempotency_key();
    void refuses_another_request_of_the_same_key();
    void refuses_after_the_deadline();
    void refuses_beyond_max_queued();
    void finds_in_the_order_asked_for();

    // conformance_work.cpp
    void claims_by_priority_then_age();
    void claims_batches();
    void claim_counts_the_attempt();
    void claim_repeats_by_nonce();
    void claim_says_when_the_next_is_due();
    void claim_ids_are_never_the_same();
    void refuses_bad_claims();
    void renews_what_is_held();
    void renews_an_expired_lease_that_nobody_took();
    void a_lost_lease_can_do_nothing();
    void reports_progress();
    void completes();
    void complete_repeats();
    void complete_claims_the_next();
    void complete_drops_the_original();
    void fails_for_good();
    void fails_and_tries_again();
    void crashes_are_counted_apart();
    void fail_repeats();
    void gives_back_free_of_charge();

    // conformance_kept.cpp
    void keeps_renditions();
    void keeps_what_took_effect();
    void what_it_keeps_goes_with_the_job();
    void refuses_what_it_cannot_keep();

    // conformance_control.cpp
    void cancels_a_queued_job();
    void cancels_a_running_job();
    void cancel_repeats_and_conflicts();
    void retries_from_scratch();
    void retry_conflicts();
    void removes_from_every_state();
    void a_tombstone_is_no_job();
    void tombstones_wait_for_their_delay();
    void sweeps_expired_leases();
    void sweep_counts_crashes();
    void sweeps_by_retention();
    void sweeps_in_bounded_steps();
    void leases_of_the_store();

    // conformance_read.cpp
    void lists_in_both_orders();
    void lists_by_state();
    void pages_are_stable_while_jobs_change();
    void refuses_bad_pages();
    void counts_jobs();
    void tells_events_in_order();
    void events_resume_from_any_cursor();
    void events_of_a_strange_cursor_reset();
    void events_of_an_old_cursor_reset();
    void a_page_and_its_events_fit_together();
    void logs_what_transitions_say();
    void filters_logs();
    void tells_its_listener();
    void an_ended_listener_is_not_called();

    // conformance_threads.cpp
    void many_threads_lose_nothing();
    void two_processes_share_a_store();

private:
    using Edit = std::function<void(NewJob&)>;

    /// A job with every field set; its original is 1 kB of JPEG.
    NewJob new_job(const Edit& edit = {}) const;
    Job submit(const Edit& edit = {});
    ClaimRequest request(int max_jobs = 1, Milliseconds lease = Milliseconds{10'000});
    ClaimedJob claim_one(); ///< The test fails if there is none.
    std::optional<JobRecord> find(const JobId& id);
    Job get(const JobId& id);
    std::vector<Event> all_events(const EventCursor& from = {});

    /// Compares the listings and counts of each state with what find() says of `ids`.
    void check_indices(const std::vector<JobId>& ids);

    StoreFixtureFactory factory_;
    std::unique_ptr<StoreFixture> fixture_;
    std::shared_ptr<JobStore> store_;
    int nonces_ = 0;
};

inline constexpr Milliseconds second{1'000};

Completion completion(int width = 640, int height = 480);
Failure failure(ErrorCode code, bool retryable);
LogNote note(const std::string& message, LogLevel level = LogLevel::info);
std::vector<JobId> ids_of(const std::vector<Job>& jobs);

/// The name of the code of the Error that `call` throws, or `none`.
QString error_of(const std::function<void()>& call);

/// Fails the test unless the expression throws an Error of this code.
#define EXPECT_ERROR(code, ...)                                                                    \
    QCOMPARE(thumbjobs::test::error_of([&] { static_cast<void>(__VA_ARGS__); }),                   \
             QStringLiteral(#code))

} // namespace thumbjobs::test
