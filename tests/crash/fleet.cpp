#include "crash/fleet.h"

#include "support/http_client.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace thumbjobs::test {

using namespace std::chrono_literals;

Fleet::Fleet(Options options) : options_(std::move(options)) {
    std::filesystem::create_directories(options_.folder);
    const auto count = static_cast<std::size_t>(options_.apis + options_.workers);
    ports_.resize(count);
    for (std::size_t number = 0; number < count; ++number)
        processes_.push_back(start(number));
}

std::unique_ptr<ThumbdProcess> Fleet::start(std::size_t number) {
    ThumbdProcess::Options options{
        .data_dir = options_.folder + "/thumbd-" + std::to_string(++started_),
        .arguments = {"--store", options_.store, "--storage", options_.storage, "--role",
                      is_worker(number) ? "worker" : "api", "--max-crashes", "100"},
        .environment = options_.environment,
        .patience = 60s};
    if (is_worker(number))
        options.arguments.insert(options.arguments.end(), {"--workers", "2"});
    options.arguments.insert(options.arguments.end(), options_.arguments.begin(),
                             options_.arguments.end());
    auto process = std::make_unique<ThumbdProcess>(options);
    const std::lock_guard lock(mutex_);
    ports_[number] = process->port();
    return process;
}

void Fleet::kill_and_replace(std::size_t number) {
    {
        const std::lock_guard lock(mutex_);
        ports_[number] = 0;
    }
    processes_[number]->kill();
    processes_[number] = start(number);
}

std::vector<std::uint16_t> Fleet::api_ports() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint16_t> ports;
    for (std::size_t number = 0; number < ports_.size() && !is_worker(number); ++number)
        if (ports_[number] != 0)
            ports.push_back(ports_[number]);
    return ports;
}

double Fleet::metric(std::size_t number, const std::string& name) const {
    const std::string text = HttpClient(processes_[number]->port()).request("GET", "/metrics").body;
    const std::size_t at = text.find("\n" + name + ' ');
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

std::string Fleet::terminate() {
    for (const auto& process : processes_)
        process->send_signal(SIGTERM);
    for (const auto& process : processes_) {
        const auto end = process->wait(60s);
        if (end && end->code == 0)
            continue;
        const std::string log = process->log();
        return (end ? "a thumbd ended with " + std::to_string(end->code) + ", signal " +
                          std::to_string(end->signal)
                    : std::string("a thumbd still runs after SIGTERM")) +
               ": " + log.substr(log.size() - std::min<std::size_t>(log.size(), 2000));
    }
    return {};
}

FleetLoad::FleetLoad(const Fleet& fleet, ByteView image, int clients, std::string name)
    : fleet_(fleet), image_(image), name_(std::move(name)) {
    for (int i = 0; i < clients; ++i)
        threads_.emplace_back([this, i] { run(i); });
}

int FleetLoad::count() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(acknowledged_.size());
}

bool FleetLoad::wait_for(int more, std::chrono::seconds patience) const {
    std::unique_lock lock(mutex_);
    const std::size_t wanted = acknowledged_.size() + static_cast<std::size_t>(more);
    return changed_.wait_for(lock, patience, [&] { return acknowledged_.size() >= wanted; });
}

std::string FleetLoad::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

std::set<std::string> FleetLoad::finish() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        changed_.notify_all();
    }
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
    return acknowledged_;
}

void FleetLoad::run(int client) {
    int number = 0;
    for (std::size_t turn = static_cast<std::size_t>(client);; ++turn) {
        {
            // A client that is refused does not come back at once.
            std::unique_lock lock(mutex_);
            if (changed_.wait_for(lock, 10ms, [this] { return stop_; }))
                return;
        }
        const auto ports = fleet_.api_ports();
        if (ports.empty())
            continue;
        const std::string key = name_ + '-' + std::to_string(client) + '-' + std::to_string(number);
        try {
            const auto id = Client(ports[turn % ports.size()]).submit(image_, key);
            if (!id)
                continue; // not acknowledged: the same key again
            ++number;
            const std::lock_guard lock(mutex_);
            acknowledged_.insert(*id);
            changed_.notify_all();
        } catch (const std::exception& error) {
            const std::lock_guard lock(mutex_);
            failure_ = error.what();
        }
    }
}

} // namespace thumbjobs::test
