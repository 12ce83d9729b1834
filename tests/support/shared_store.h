#pragma once

#include "support/forwarding_store.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace thumbjobs::test {

class SharedStore;

/// Lets several engines of one process listen to one store, as if each were a process of its own.
/// Thread-safe.
class ListenerHub {
public:
    explicit ListenerHub(std::shared_ptr<JobStore> store) : store_(std::move(store)) {
        store_->set_listener([this](JobStore::Change change) {
            const std::lock_guard lock(mutex_);
            for (const auto& [owner, listener] : listeners_)
                listener(change);
        });
    }
    ~ListenerHub() { store_->set_listener({}); }

    const std::shared_ptr<JobStore>& store() const { return store_; }

    void set(const SharedStore* owner, JobStore::Listener listener) {
        const std::lock_guard lock(mutex_);
        std::erase_if(listeners_, [&](const auto& one) { return one.first == owner; });
        if (listener)
            listeners_.emplace_back(owner, std::move(listener));
    }

private:
    const std::shared_ptr<JobStore> store_;
    std::mutex mutex_;
    std::vector<std::pair<const SharedStore*, JobStore::Listener>> listeners_;
};

/// One engine's view of a shared store.
class SharedStore final : public ForwardingStore {
public:
    explicit SharedStore(std::shared_ptr<ListenerHub> hub)
        : ForwardingStore(hub->store()), hub_(std::move(hub)) {}

    void set_listener(Listener listener) override { hub_->set(this, std::move(listener)); }

private:
    const std::shared_ptr<ListenerHub> hub_;
};

} // namespace thumbjobs::test
