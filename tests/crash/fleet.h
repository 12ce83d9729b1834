#pragma once

#include "crash/client.h"
#include "support/thumbd_process.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace thumbjobs::test {

/// Several thumbd processes on one store and storage. Each has a number; any of them may be dead.
/// Not thread-safe but for api_ports().
class Fleet {
public:
    struct Options {
        std::string folder{}; ///< For the processes' own folders and logs.
        std::string store{};
        std::string storage{};
        std::vector<std::string> environment{};
        std::vector<std::string> arguments{}; ///< Of all processes, beside those of the fleet.
        int apis = 2;
        int workers = 2;
    };

    explicit Fleet(Options options);

    std::size_t size() const noexcept { return processes_.size(); }
    bool is_worker(std::size_t number) const noexcept {
        return number >= static_cast<std::size_t>(options_.apis);
    }
    ThumbdProcess& process(std::size_t number) { return *processes_[number]; }

    /// An API replica.
    Client client(std::size_t number = 0) const { return Client(processes_[number]->port()); }

    /// SIGKILL, and another one in its place. The place is empty in between.
    void kill_and_replace(std::size_t number);

    /// The ports of the API replicas that live.
    std::vector<std::uint16_t> api_ports() const;

    /// A value that a process exports; -1 if it exports none of that name.
    double metric(std::size_t number, const std::string& name) const;

    /// SIGTERM to all; what is wrong, or nothing.
    std::string terminate();

private:
    std::unique_ptr<ThumbdProcess> start(std::size_t number);

    const Options options_;
    int started_ = 0;
    std::vector<std::unique_ptr<ThumbdProcess>> processes_;
    mutable std::mutex mutex_;
    std::vector<std::uint16_t> ports_; // guarded by mutex_; 0: dead
};

/// Clients that submit all the time, each image under a key of its own, to any of the replicas;
/// what was not acknowledged is submitted again under the same key.
class FleetLoad {
public:
    FleetLoad(const Fleet& fleet, ByteView image, int clients, std::string name);
    ~FleetLoad() { finish(); }
    FleetLoad(const FleetLoad&) = delete;
    FleetLoad& operator=(const FleetLoad&) = delete;

    /// Acknowledged so far.
    int count() const;

    /// Waits until `more` jobs beyond those of now are acknowledged; false after `patience`.
    bool wait_for(int more, std::chrono::seconds patience) const;

    /// Ends the load and returns the ids of all acknowledged jobs.
    std::set<std::string> finish();

    /// An answer that no client should get; empty if there was none.
    std::string failure() const;

private:
    void run(int client);

    const Fleet& fleet_;
    const ByteView image_;
    const std::string name_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    bool stop_ = false; // guarded by mutex_, as all below but the threads
    std::set<std::string> acknowledged_;
    std::string failure_;
    std::vector<std::thread> threads_;
};

} // namespace thumbjobs::test
