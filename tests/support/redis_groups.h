#pragma once

#include "support/redis_server.h"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::test {

/// A master, a replica of it and three Sentinels that know the master as `main` and replace it
/// half a second after it fell silent. Not thread-safe.
class RedisSentinels {
public:
    /// `config`: further lines for master and replica. Returns when the Sentinels agree and the
    /// replica is in step.
    explicit RedisSentinels(const std::vector<std::string>& config = {});

    /// `redis+sentinel://127.0.0.1:P1,...?master=main`, and `&query` unless that is empty.
    std::string url(std::string_view query = {}) const;

    /// The one that is the master now, by the Sentinels' word, and the other.
    RedisServer& master();
    RedisServer& replica();

    /// Kills the master, and waits until the Sentinels have made the other one the master.
    void fail_over();

private:
    std::array<std::unique_ptr<RedisServer>, 2> servers_;
    std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

/// A cluster of three masters without replicas. Not thread-safe.
class RedisCluster {
public:
    /// Returns when every node finds the cluster whole.
    explicit RedisCluster(const std::vector<std::string>& config = {});

    /// `redis+cluster://127.0.0.1:P1,...`, and `?query` unless that is empty.
    std::string url(std::string_view query = {}) const;

    static constexpr std::size_t size = 3;
    RedisServer& node(std::size_t index) { return *nodes_[index]; }

    /// The number of the node that has `slot` by the map at the start.
    static std::size_t first_owner(unsigned slot) noexcept;

    /// The name of a node among the others.
    std::string id(std::size_t index);

private:
    std::vector<std::unique_ptr<RedisServer>> nodes_;
};

} // namespace thumbjobs::test
