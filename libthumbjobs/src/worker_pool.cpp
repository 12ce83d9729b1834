#include "src/worker_pool.h"

#include "src/random.h"

#include <algorithm>
#include <utility>

namespace thumbjobs {
namespace {

WorkerPool::SteadyTime now() {
    return std::chrono::steady_clock::now();
}

WorkerPool::SteadyTime deadline(Milliseconds patience) {
    constexpr Milliseconds for_ever = std::chrono::hours{24 * 365};
    return now() + std::min(patience, for_ever);
}

} // namespace

WorkerPool::WorkerPool(const Core& core)
    : core_(core),
      gate_(core.options.workers, core.watch),
      outage_(
          core, [this] { keeper_.renew(); }, [this] { look_for_work(); }),
      keeper_(
          core, [this] { gate_.wake(); },
          [this](const std::exception& error) { outage_.begin(error); }),
      runner_(core, gate_, outage_, [this] { return claim_with_completion(); }) {}

WorkerPool::~WorkerPool() {
    stop(Milliseconds{0});
}

bool WorkerPool::may_claim() const {
    return !draining_ && !paused_ && !outage_.active() && room() > 0;
}

/// How many more jobs keep the CPUs fed. Where the storage is quick, jobs soon wait for a CPU, and
/// a few are enough: more would only lie here while another process has nothing to do. Where it is
/// slow, few get that far, and all slots are used, as long as the originals do not take too much
/// memory; more may wait for a CPU then, since who finds too many of them waiting claims nothing,
/// and that is missing a whole fetch later. (A claim that goes with a completion counts the
/// original that is about to be freed.)
int WorkerPool::room() const {
    const int places = 2 * core_.options.workers;
    if (held_bytes_ >= places * core_.options.limits.max_bytes)
        return 0;
    const int lead = std::min(runner_.pace().lead(core_.options.workers), core_.options.io_slots);
    return places + lead - gate_.load();
}

/// Sees to it that there is a slot for each ready job, and one more if somebody should claim.
/// `taken` of the ready jobs are about to be taken by the caller's slot.
void WorkerPool::wake_slots(int taken) {
    int wanted = static_cast<int>(ready_.size()) - taken - woken_slots_ - starting_slots_;
    if (hint_ && !claiming_ && may_claim())
        ++wanted;
    for (; wanted > 0 && idle_slots_ > 0; --wanted) {
        --idle_slots_;
        ++woken_slots_;
        idle_.notify_one();
    }
    try {
        for (; wanted > 0 && live_slots_ < most_slots_; --wanted)
            add_slot();
    } catch (const std::exception&) {
        // There is no memory for a thread: the slots that are there do the work.
    }
}

/// How many jobs could be begun at once.
int WorkerPool::free_slots() const {
    return idle_slots_ + most_slots_ - live_slots_;
}

void WorkerPool::add_slot() {
    slots_.emplace_back([this] { run_slot(); });
    ++live_slots_;
    ++starting_slots_;
}

void WorkerPool::work_arrived() noexcept {
    if (hint_.exchange(true))
        return; // whoever set it also wakes a slot, and a slot that goes to rest looks at it
    const std::lock_guard lock(mutex_);
    wake_slots();
}

void WorkerPool::look_for_work() {
    const std::lock_guard lock(mutex_);
    hint_ = true;
    wake_slots();
}

void WorkerPool::poll_within(Milliseconds delay) {
    const SteadyTime time = now() + delay;
    if (time >= next_poll_)
        return;
    next_poll_ = time;
    poller_.notify_one();
}

void WorkerPool::run_slot() noexcept {
    std::unique_lock lock(mutex_);
    --starting_slots_;
    while (true) {
        if (!ready_.empty()) {
            AttemptPtr attempt = std::move(ready_.front());
            ready_.pop_front();
            lock.unlock();
            run_chain(std::move(attempt));
            lock.lock();
        } else if (draining_) {
            break;
        } else if (hint_ && !claiming_ && may_claim()) {
            claim(lock);
        } else {
            if (++idle_slots_ == live_slots_)
                runner_.rest();
            idle_.wait(lock, [this] { return woken_slots_ > 0 || draining_; });
            if (woken_slots_ > 0)
                --woken_slots_;
        }
    }
    if (--live_slots_ == 0)
        drained_.notify_all();
}

void WorkerPool::run_chain(AttemptPtr attempt) {
    while (attempt) {
        if (draining_) {
            give_back({std::move(attempt)});
            return;
        }
        const std::int64_t bytes = attempt->record.job.original.bytes;
        RunOutcome outcome = runner_.run(*attempt);
        keeper_.remove(attempt);
        attempt.reset();

        std::unique_lock lock(mutex_);
        held_bytes_ -= bytes;
        if (outcome.retry_in)
            poll_within(*outcome.retry_in + Milliseconds{1});
        if (!outcome.next) {
            hint_ = true;
            return;
        }
        take(*outcome.next, 1, lock);
        if (!ready_.empty()) {
            attempt = std::move(ready_.front());
            ready_.pop_front();
        }
    }
}

/// Asks the store for as many jobs as there are free slots, this one included.
void WorkerPool::claim(std::unique_lock<std::mutex>& lock) {
    claiming_ = true;
    hint_ = false;
    if (nonce_.empty())
        nonce_ = random_hex(12);
    const ClaimRequest request{.worker = core_.options.worker_name,
                               .nonce = nonce_,
                               .max_jobs = std::clamp(room(), 1, std::min(free_slots() + 1, 100)),
                               .lease = core_.options.lease};
    lock.unlock();
    ClaimResult result;
    bool answered = false;
    try {
        result = core_.store.claim(request);
        answered = true;
    } catch (const std::exception& error) {
        outage_.begin(error);
    } catch (...) {
        outage_.begin(Error(ErrorCode::internal, "The job store threw something unknown."));
    }
    lock.lock();
    claiming_ = false;
    if (!answered) {
        hint_ = true;
        return;
    }
    nonce_.clear();
    take(result, request.max_jobs, lock);
}

/// Makes claimed jobs ready to run, or gives them back if the pool drains.
void WorkerPool::take(ClaimResult& result, int asked, std::unique_lock<std::mutex>& lock) {
    std::deque<AttemptPtr> claimed;
    for (ClaimedJob& job : result.jobs) {
        claimed.push_back(std::make_shared<Attempt>(std::move(job)));
        keeper_.add(claimed.back());
    }
    if (draining_ && !claimed.empty()) {
        lock.unlock();
        give_back(std::move(claimed));
        lock.lock();
        return;
    }
    if (claimed.size() == static_cast<std::size_t>(asked))
        hint_ = true; // there may be more
    else
        poll_within(
            std::min(result.next_due.value_or(poll_interval) + Milliseconds{1}, poll_interval));
    const int taken = claimed.empty() ? 0 : 1;
    for (AttemptPtr& attempt : claimed) {
        held_bytes_ += attempt->record.job.original.bytes;
        ready_.push_back(std::move(attempt));
    }
    wake_slots(taken);
}

std::optional<ClaimRequest> WorkerPool::claim_with_completion() {
    const std::lock_guard lock(mutex_);
    if (!may_claim())
        return std::nullopt;
    hint_ = false;
    return ClaimRequest{.worker = core_.options.worker_name,
                        .nonce = random_hex(12),
                        .max_jobs = 1,
                        .lease = core_.options.lease};
}

/// Asks for work on behalf of idle slots when a back-off ends, and once a second.
void WorkerPool::run_poller() {
    std::unique_lock lock(mutex_);
    while (!draining_) {
        if (now() < next_poll_) {
            poller_.wait_until(lock, next_poll_);
            continue;
        }
        next_poll_ = now() + poll_interval;
        hint_ = true;
        wake_slots();
    }
}

void WorkerPool::give_back(std::deque<AttemptPtr> attempts) {
    for (const AttemptPtr& attempt : attempts) {
        runner_.give_back_unbegun(*attempt);
        keeper_.remove(attempt);
    }
}

void WorkerPool::start() {
    if (running_ || core_.options.workers == 0)
        return;
    {
        const std::lock_guard lock(mutex_);
        draining_ = false;
        hint_ = true;
        held_bytes_ = 0;
        idle_slots_ = woken_slots_ = starting_slots_ = 0;
        next_poll_ = now() + poll_interval;
        drain_deadline_ = SteadyTime::max();
    }
    try {
        start_threads();
    } catch (const std::exception& error) {
        running_ = true;
        stop(Milliseconds{0});
        throw Error(ErrorCode::internal, "The worker threads could not be started.", error.what());
    }
    running_ = true;
}

void WorkerPool::start_threads() {
    outage_.start();
    keeper_.start();
    poller_thread_ = std::thread([this] { run_poller(); });
    const std::lock_guard lock(mutex_);
    most_slots_ = core_.options.io_slots;
    for (int i = 0; i < std::min(core_.options.workers, most_slots_); ++i)
        add_slot();
}

void WorkerPool::stop(Milliseconds patience) {
    if (!running_)
        return;
    std::deque<AttemptPtr> unbegun;
    {
        const std::lock_guard lock(mutex_);
        draining_ = true;
        most_slots_ = 0;
        drain_deadline_ = std::min(drain_deadline_, deadline(patience));
        unbegun.swap(ready_);
        idle_.notify_all();
        poller_.notify_all();
    }
    give_back(std::move(unbegun));
    wait_for_slots();
    join_threads();
    running_ = false;
    draining_ = false;
}

void WorkerPool::wait_for_slots() {
    std::unique_lock lock(mutex_);
    while (live_slots_ > 0 && now() < drain_deadline_)
        drained_.wait_until(lock, drain_deadline_);
    if (live_slots_ == 0)
        return;
    lock.unlock();
    outage_.give_up();
    keeper_.stop_all(StopReason::drained);
    lock.lock();
    drained_.wait(lock, [this] { return live_slots_ == 0; });
}

void WorkerPool::join_threads() {
    for (std::thread& slot : slots_) // none is added any more
        slot.join();
    slots_.clear();
    if (poller_thread_.joinable())
        poller_thread_.join();
    keeper_.stop();
    outage_.stop();
}

void WorkerPool::hurry(Milliseconds patience) {
    const std::lock_guard lock(mutex_);
    if (!draining_)
        return;
    drain_deadline_ = std::min(drain_deadline_, deadline(patience));
    drained_.notify_all();
}

void WorkerPool::pause() {
    const std::lock_guard lock(mutex_);
    paused_ = true;
}

void WorkerPool::resume() {
    {
        const std::lock_guard lock(mutex_);
        if (!paused_)
            return;
        paused_ = false;
    }
    look_for_work();
}

} // namespace thumbjobs
