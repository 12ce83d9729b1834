#include "backends/redis/client/cluster_router.h"

#include "src/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace thumbjobs::redis {

/// Each element: first slot, last slot, [master's host, its port, ...], replicas.
SlotMap SlotMap::parse(const Reply& reply, const Endpoint& asked) {
    SlotMap map;
    for (const Reply& range : reply.array()) {
        const std::int64_t first = range.at(0).number();
        const std::int64_t last = range.at(1).number();
        const Reply& master = range.at(2);
        const std::int64_t port = master.at(1).number();
        if (first < 0 || last >= slot_count || port < 1 || port > 65'535)
            continue;
        std::string host = master.at(0).is_nil() ? std::string() : master.at(0).text();
        if (host.empty() || host == "?")
            host = asked.host;
        const Endpoint server{std::move(host), static_cast<std::uint16_t>(port)};
        for (std::int64_t slot = first; slot <= last; ++slot)
            map.set(static_cast<unsigned>(slot), server);
    }
    return map;
}

const Endpoint* SlotMap::find(unsigned slot) const noexcept {
    const std::uint16_t number = slots_.empty() ? std::uint16_t{0} : slots_[slot];
    return number == 0 ? nullptr : &servers_[number - 1U];
}

void SlotMap::set(unsigned slot, const Endpoint& server) {
    slots_.resize(slot_count);
    slots_[slot] = number_of(server);
}

std::uint16_t SlotMap::number_of(const Endpoint& server) {
    // From the newest on: the slots of a range come in a row.
    const auto known = std::find(servers_.rbegin(), servers_.rend(), server);
    if (known != servers_.rend())
        return static_cast<std::uint16_t>(servers_.rend() - known);
    servers_.push_back(server);
    return static_cast<std::uint16_t>(servers_.size());
}

ClusterRouter::ClusterRouter(const ClientOptions& options, const Connector& connector)
    : seeds_(options.servers),
      connector_(connector),
      clustered_(options.layout == ClientOptions::Layout::cluster) {}

Endpoint ClusterRouter::find(unsigned slot, Deadline deadline) {
    const auto known = [&]() -> std::optional<Endpoint> {
        const std::scoped_lock lock(mutex_);
        if (!clustered_)
            return seeds_.front();
        const Endpoint* const server = map_.find(slot);
        return in_doubt_ || server == nullptr ? std::optional<Endpoint>() : *server;
    };
    if (const auto server = known())
        return *server;
    const Turns::Turn turn = asking_.take(deadline, "no cluster node answered in time");
    if (const auto server = known())
        return *server; // the thread before has asked
    refresh(deadline);
    if (const auto server = known())
        return *server;
    throw TransportError(TransportError::Kind::broken,
                         "no node of the cluster has slot " + std::to_string(slot));
}

/// Asks the nodes known, then the seeds, until one answers; the one that failed last of all.
void ClusterRouter::refresh(Deadline deadline) {
    std::vector<Endpoint> nodes;
    Endpoint suspect;
    {
        const std::scoped_lock lock(mutex_);
        nodes = map_.servers();
        suspect = suspect_;
    }
    for (const Endpoint& seed : seeds_)
        if (std::find(nodes.begin(), nodes.end(), seed) == nodes.end())
            nodes.push_back(seed);
    std::stable_partition(nodes.begin(), nodes.end(),
                          [&](const Endpoint& node) { return node != suspect; });
    std::string reasons;
    for (const Endpoint& node : nodes) {
        try {
            SlotMap map = ask(node, deadline);
            const std::scoped_lock lock(mutex_);
            map_ = std::move(map);
            in_doubt_ = false;
            return;
        } catch (const TransportError& error) {
            reasons += (reasons.empty() ? "" : "; ") + node.to_string() + ": " + error.what();
        }
    }
    throw TransportError(TransportError::Kind::broken, reasons);
}

SlotMap ClusterRouter::ask(const Endpoint& node, Deadline deadline) const {
    const auto link = connector_.open(node, deadline);
    const std::array<std::string_view, 2> question{"CLUSTER", "SLOTS"};
    const Reply reply = link->exchange(question, deadline);
    if (reply.is_error())
        throw TransportError(TransportError::Kind::broken, to_valid_utf8(reply.error_line()));
    SlotMap map = SlotMap::parse(reply, node);
    if (map.servers().empty())
        throw TransportError(TransportError::Kind::broken, "it knows no slots");
    return map;
}

void ClusterRouter::moved(unsigned slot, const Endpoint& server) {
    const std::scoped_lock lock(mutex_);
    clustered_ = true;
    map_.set(slot, server);
    in_doubt_ = false; // of this slot; the next failure asks for the whole map
}

void ClusterRouter::doubt(const Endpoint& server) {
    const std::scoped_lock lock(mutex_);
    in_doubt_ = true;
    suspect_ = server;
}

} // namespace thumbjobs::redis
