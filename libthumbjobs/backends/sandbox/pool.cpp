#include "backends/sandbox/pool.h"

#include "backends/sandbox/channel.h"
#include "backends/sandbox/verdict.h"

#include <thumbjobs/error.h>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace thumbjobs::sandbox {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto start_timeout = 60s; // warm-up takes 0.2 s of processor time
constexpr auto cancel_interval = 50ms;
constexpr auto longest_backoff = 5s;
constexpr int tolerated_failures = 3;
constexpr int look_at_memory_every = 8; // images

Setup make_setup(const Options& options) {
    return {.resizer = options.inner,
            .memory = options.memory,
            .output = options.output(),
            .cpu_seconds = options.cpu_seconds(),
            .shared_input = shared_input_size,
            .network_namespace = true};
}

/// What the helper answered to its set-up. Throws what stands in the way of using it.
Ready check_ready(Helper& helper) {
    const auto packet = receive_packet(helper.socket());
    const auto answer = packet ? decode_answer(packet->bytes) : std::nullopt;
    if (const Failed* failed = answer ? std::get_if<Failed>(&*answer) : nullptr)
        throw Error(failed->code, failed->message, failed->detail);
    const Ready* ready = answer ? std::get_if<Ready>(&*answer) : nullptr;
    if (!ready)
        throw Error(ErrorCode::internal,
                    "A decoder process ended before it was ready, or is of another version.",
                    verdict(helper.wait(200ms), {}).what());
    if (ready->socket_refused.empty() || ready->open_refused.empty())
        throw Error(ErrorCode::incompatible,
                    std::string("The sandbox does not hold on this system: a locked decoder "
                                "process could still ") +
                        (ready->socket_refused.empty() ? "make a socket." : "open a file."));
    return *ready;
}

} // namespace

void add_event(int events, int descriptor, std::uint32_t kind) {
    epoll_event event{};
    event.events = kind;
    if (::epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw Error(ErrorCode::internal, "A decoder process could not be watched.",
                    std::string("epoll_ctl: ") + std::strerror(errno));
}

bool readable(int descriptor) noexcept {
    pollfd entry{descriptor, POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0;
}

Pool::Pool(const Options& options, std::string program)
    : options_(options),
      program_(std::move(program)),
      setup_(make_setup(options)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      events_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!wake_ || !events_)
        throw Error(ErrorCode::internal, "The sandbox could not be set up.",
                    std::string("eventfd or epoll: ") + std::strerror(errno));
    add_event(events_.get(), wake_.get(), EPOLLIN);
    keeper_ = std::thread([this] { keep(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !idle_.empty() || failure_; });
    if (!idle_.empty()) {
        ready_ = idle_.front()->ready;
        return;
    }
    const std::exception_ptr failure = failure_;
    stop_ = true;
    lock.unlock();
    wake_keeper();
    keeper_.join();
    std::rethrow_exception(failure);
}

Pool::~Pool() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_keeper();
    keeper_.join();
    for (auto& helper : idle_)
        helper->kill(); // all at once; their destructors wait
    for (auto& helper : retired_)
        helper->kill();
}

std::unique_ptr<Helper> Pool::acquire(const CancelToken* cancel) {
    std::unique_lock lock(mutex_);
    for (;;) {
        while (idle_.empty() || busy_ >= options_.helpers) {
            if (cancel && cancel->cancelled())
                throw Error(ErrorCode::cancelled, "The resize was cancelled.");
            // As long as one works, it is waited for.
            if (busy_ == 0 && failures_ >= tolerated_failures)
                std::rethrow_exception(failure_);
            changed_.wait_for(lock, cancel_interval);
        }
        std::unique_ptr<Helper> helper = std::move(idle_.back()); // the one whose memory is warmest
        idle_.pop_back();
        if (!readable(helper->socket()) && !old(*helper)) {
            ++busy_;
            if (helper->images == 0)
                helper->first_used = steady_clock::now();
            return helper;
        }
        // It has ended or speaks out of turn, and no image shall pay for that; or it was idle past
        // its time.
        helper->kill();
        retired_.push_back(std::move(helper));
        wake_keeper();
    }
}

bool Pool::old(const Helper& helper) const noexcept {
    return helper.images > 0 && steady_clock::now() - helper.first_used >= options_.recycle_older;
}

bool Pool::worn(const Helper& helper) const noexcept {
    if (!helper.usable || options_.per_image || helper.images >= options_.recycle_after ||
        old(helper))
        return true;
    if (helper.cpu_ms / 1000 > static_cast<std::uint64_t>(setup_.cpu_seconds) / 2)
        return true;
    return helper.images % look_at_memory_every == 0 &&
           helper.resident().value_or(0) > options_.recycle_above;
}

void Pool::give_back(std::unique_ptr<Helper> helper) noexcept {
    const bool replace = worn(*helper);
    if (replace)
        helper->kill();
    else
        helper->trim_output();
    {
        const std::lock_guard lock(mutex_);
        --busy_;
        if (replace)
            retired_.push_back(std::move(helper));
        else
            idle_.push_back(std::move(helper));
    }
    changed_.notify_one();
    if (replace)
        wake_keeper();
}

Pool::Counts Pool::counts() const {
    const std::lock_guard lock(mutex_);
    const int idle = static_cast<int>(idle_.size());
    return {started_, idle + busy_ + starting_, idle, busy_};
}

void Pool::wake_keeper() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake_.get(), &one, sizeof one));
}

// --- the keeper's thread ---------------------------------------------------

void Pool::keep() noexcept {
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (stop_)
                break;
        }
        try {
            start_missing();
            wait_for_news();
            welcome_ready();
            bury_dead();
        } catch (...) {
            start_failed(std::current_exception());
        }
    }
    for (const Young& young : young_)
        young.helper->kill();
    young_.clear();
}

void Pool::start_missing() {
    while (steady_clock::now() >= next_start_) {
        {
            const std::lock_guard lock(mutex_);
            const int up = static_cast<int>(idle_.size()) + busy_;
            // Two come up at once only where two images would wait for them: meanwhile, each takes
            // twice the memory of one that works.
            const int at_once = std::max(1, options_.helpers - up);
            // One alone until the first is up: if none can be, one is enough to say so.
            if (up + starting_ > options_.helpers || starting_ >= (came_up_ ? at_once : 1))
                return;
        }
        start_one();
    }
}

void Pool::start_one() {
    auto helper = std::make_unique<Helper>(program_, setup_);
    add_event(events_.get(), helper->socket(), EPOLLIN);
    add_event(events_.get(), helper->pidfd(), EPOLLIN | EPOLLET);
    young_.push_back({std::move(helper), steady_clock::now() + start_timeout});
    const std::lock_guard lock(mutex_);
    ++starting_;
    ++started_;
}

void Pool::start_failed(std::exception_ptr error) noexcept {
    {
        const std::lock_guard lock(mutex_);
        ++failures_;
        failure_ = std::move(error);
        const auto pause = 100ms * (1 << std::min(failures_, 10));
        next_start_ =
            steady_clock::now() + std::min<steady_clock::duration>(pause, longest_backoff);
    }
    changed_.notify_all();
}

Pool::Time Pool::next_deadline() const noexcept {
    Time next = Time::max();
    for (const Young& young : young_)
        next = std::min(next, young.deadline);
    if (next_start_ > steady_clock::now())
        next = std::min(next, next_start_);
    return next;
}

void Pool::wait_for_news() noexcept {
    const Time next = next_deadline();
    int timeout = -1;
    if (next != Time::max()) {
        const auto left = std::chrono::ceil<Milliseconds>(next - steady_clock::now());
        timeout = static_cast<int>(std::max(left, Milliseconds{0}).count());
    }
    // Which event it was does not matter: there are so few helpers that all are looked at.
    std::array<epoll_event, 16> events{};
    ::epoll_wait(events_.get(), events.data(), static_cast<int>(events.size()), timeout);
    std::uint64_t wakes = 0;
    static_cast<void>(::read(wake_.get(), &wakes, sizeof wakes));
}

void Pool::welcome_ready() {
    for (std::size_t i = 0; i < young_.size();) {
        const bool late = steady_clock::now() >= young_[i].deadline;
        if (!late && !readable(young_[i].helper->socket())) {
            ++i;
            continue;
        }
        std::unique_ptr<Helper> owner = std::move(young_[i].helper);
        young_.erase(young_.begin() + static_cast<std::ptrdiff_t>(i));
        std::unique_lock lock(mutex_);
        --starting_;
        lock.unlock();
        ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, owner->socket(), nullptr);
        if (late)
            throw Error(ErrorCode::internal, "A decoder process did not become ready in time.");
        owner->ready = check_ready(*owner);
        came_up_ = true;
        lock.lock();
        failures_ = 0;
        failure_ = nullptr;
        idle_.push_back(std::move(owner));
        changed_.notify_all();
    }
}

void Pool::bury_dead() {
    const std::lock_guard lock(mutex_);
    const auto ended = [](const std::unique_ptr<Helper>& helper) {
        return readable(helper->pidfd());
    };
    std::erase_if(idle_, ended);
    std::erase_if(retired_, ended);
}

} // namespace thumbjobs::sandbox
