#include "event_feed.h"

#include "casters.h"
#include "errors.h"
#include "in_flight.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace py = pybind11;

namespace thumbjobs::python {

bool EventFilter::passes(const Event& event) const {
    if (event.kind == Event::Kind::reset)
        return true;
    if (job && event.id != *job)
        return false;
    return states.empty() || !event.job ||
           std::find(states.begin(), states.end(), event.job->state) != states.end();
}

struct EventFeed::Inbox {
    std::mutex taking; ///< Held by whoever takes, which may subscribe anew; before `mutex`.
    std::optional<EventCursor> last; ///< Of the newest event that was taken; guarded by `taking`.

    std::mutex mutex; ///< Guards all below; held for moments only.
    std::condition_variable filled;
    std::deque<Event> events;
    bool overflowed = false; ///< Later events were left out.
    bool closed = false;
    int descriptor = -1;

    ~Inbox() {
        if (descriptor >= 0)
            ::close(descriptor);
    }

    void put(const Event& event) {
        {
            const std::lock_guard lock(mutex);
            if (overflowed || closed)
                return;
            if (events.size() >= capacity) {
                overflowed = true;
                return;
            }
            events.push_back(event);
            signal();
        }
        filled.notify_all();
    }

    void signal() const {
        if (descriptor >= 0)
            ::eventfd_write(descriptor, 1);
    }
};

EventFeed::EventFeed(const std::shared_ptr<Engine>& engine, EventFilter filter,
                     std::optional<EventCursor> from)
    : engine_(engine), filter_(std::move(filter)), inbox_(std::make_shared<Inbox>()) {
    inbox_->last = from;
    subscribe(*engine, std::move(from));
}

EventFeed::~EventFeed() {
    close();
    const std::lock_guard taking(inbox_->taking);
    subscription_.reset();
}

void EventFeed::subscribe(Engine& engine, std::optional<EventCursor> from) {
    subscription_ = engine.subscribe(
        [inbox = inbox_, filter = filter_](const Event& event) {
            if (filter.passes(event))
                inbox->put(event);
        },
        std::move(from));
}

std::optional<Event> EventFeed::take() {
    const std::lock_guard taking(inbox_->taking);
    std::optional<Event> event;
    bool again = false;
    {
        const std::lock_guard lock(inbox_->mutex);
        if (!inbox_->events.empty()) {
            event = std::move(inbox_->events.front());
            inbox_->events.pop_front();
        }
        if (inbox_->events.empty()) {
            again = inbox_->overflowed && !inbox_->closed;
            if (inbox_->descriptor >= 0 && !inbox_->closed) {
                eventfd_t count = 0;
                ::eventfd_read(inbox_->descriptor, &count);
            }
        }
    }
    if (event)
        inbox_->last = event->cursor;
    if (again) {
        subscription_.reset(); // its handler does not run any more
        {
            const std::lock_guard lock(inbox_->mutex);
            inbox_->overflowed = false;
        }
        if (const auto engine = engine_.lock())
            subscribe(*engine, inbox_->last);
    }
    return event;
}

bool EventFeed::wait(Milliseconds time) {
    std::unique_lock lock(inbox_->mutex);
    return inbox_->filled.wait_for(lock, time,
                                   [this] { return !inbox_->events.empty() || inbox_->closed; });
}

int EventFeed::descriptor() {
    const std::lock_guard lock(inbox_->mutex);
    if (inbox_->descriptor < 0) {
        inbox_->descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (inbox_->descriptor < 0)
            throw Error(ErrorCode::internal, "No event descriptor can be made.");
        if (!inbox_->events.empty() || inbox_->closed)
            inbox_->signal();
    }
    return inbox_->descriptor;
}

void EventFeed::close() {
    {
        const std::lock_guard lock(inbox_->mutex);
        inbox_->closed = true;
        inbox_->signal();
    }
    inbox_->filled.notify_all();
}

bool EventFeed::closed() const {
    const std::lock_guard lock(inbox_->mutex);
    return inbox_->closed;
}

namespace {

/// Waits without the GIL, in slices, so that Ctrl-C is noticed. Nothing when the time is over or
/// the feed was closed.
std::optional<Event> next_event(EventFeed& feed, std::optional<Milliseconds> timeout) {
    using Clock = std::chrono::steady_clock;
    constexpr Milliseconds slice{50};
    constexpr Milliseconds longest = std::chrono::hours{24 * 365};
    const auto deadline = Clock::now() + std::clamp(timeout.value_or(longest), {}, longest);
    const InFlight call;
    const py::gil_scoped_release released;
    while (true) {
        if (auto event = feed.take())
            return event;
        if (feed.closed())
            return std::nullopt;
        check_signals();
        const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
        if (left <= Milliseconds::zero())
            return std::nullopt;
        feed.wait(std::min(left, slice));
    }
}

} // namespace

void bind_event_feed(py::module_& module) {
    py::class_<EventFeed, std::shared_ptr<EventFeed>>(
        module, "EventFeed", "Events on their way to an iterator; see Engine.events().")
        .def("next", &next_event, py::arg("timeout"),
             "Waits for the next event; None when the time is over or the feed was closed.")
        .def("take", &EventFeed::take, py::call_guard<py::gil_scoped_release>(),
             "The next event, if it has arrived.")
        .def("fileno", &EventFeed::descriptor,
             "A descriptor that is readable while there is an event, or when the feed was closed.")
        .def("close", &EventFeed::close, "Ends the feed.")
        .def_property_readonly("closed", &EventFeed::closed, "Whether the feed was closed.");
}

} // namespace thumbjobs::python
