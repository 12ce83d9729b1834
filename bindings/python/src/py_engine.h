#pragma once

#include "event_feed.h"
#include "fields.h"

#include <thumbjobs/engine.h>

#include <pybind11/pybind11.h>

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace thumbjobs::python {

/// An engine as Python holds it: it can be closed while calls are under way, and refuses to be used
/// in a child of fork(), which has none of its threads. Thread-safe.
class PyEngine {
public:
    explicit PyEngine(EngineOptions options);

    /// Closes it, with the GIL released. In a child of fork() it does nothing, and leaks.
    ~PyEngine();
    PyEngine(const PyEngine&) = delete;
    PyEngine& operator=(const PyEngine&) = delete;

    /// The engine, for one call. Throws Error(closed).
    std::shared_ptr<Engine> get() const;

    /// Ends all waits and feeds, drains the workers for up to `patience`, closes the engine.
    /// Repeats do nothing. Ctrl-C cuts the patience short. Needs the GIL.
    void close(Milliseconds patience);
    bool closed() const;

    std::shared_ptr<EventFeed> open_feed(EventFilter filter, std::optional<EventCursor> from);

    /// As Engine::wait(), but notices Ctrl-C and close(). Nothing when the time is over. Needs the
    /// GIL.
    std::optional<Job> wait(const JobId& id, std::optional<Milliseconds> timeout);

    std::string describe() const; ///< Its store, storage and workers.

private:
    bool is_ours() const noexcept;

    const pid_t process_;
    std::string description_;
    mutable std::mutex mutex_; ///< Guards what follows.
    std::shared_ptr<Engine> engine_;
    std::vector<std::weak_ptr<EventFeed>> feeds_;
};

void bind_engine(pybind11::module_& module);

} // namespace thumbjobs::python
