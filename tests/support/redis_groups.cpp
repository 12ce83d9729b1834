#include "support/redis_groups.h"

#include "backends/redis/client/client.h"
#include "backends/redis/client/slots.h"

#include <algorithm>
#include <stdexcept>

namespace thumbjobs::test {
namespace {

using redis::Client;
using redis::Reply;

/// One command to one server, by a connection of its own.
Reply ask(const std::string& url, std::initializer_list<std::string_view> words) {
    BackendUrl parsed = BackendUrl::parse(url);
    Client client(redis::ClientOptions::parse(parsed));
    return client.command(words);
}

std::string list_servers(const std::vector<std::unique_ptr<RedisServer>>& servers) {
    std::string list;
    for (const auto& server : servers)
        list += (list.empty() ? "" : ",") + ("127.0.0.1:" + std::to_string(server->port()));
    return list;
}

/// The slots that a node has at first: from its own to the next one's.
unsigned first_slot(std::size_t node) {
    return static_cast<unsigned>(redis::slot_count * node / RedisCluster::size);
}

} // namespace

RedisSentinels::RedisSentinels(const std::vector<std::string>& config) {
    RedisServer::Options options{.config = config};
    options.config.emplace_back("repl-diskless-sync-delay 0");
    servers_[0] = std::make_unique<RedisServer>(options);
    const std::string port = std::to_string(servers_[0]->port());
    options.config.push_back("replicaof 127.0.0.1 " + port);
    servers_[1] = std::make_unique<RedisServer>(options);
    servers_[0]->wait_until([&] {
        return ask(servers_[0]->url(), {"INFO", "replication"}).text().find("state=online") !=
               std::string::npos;
    });
    for (int i = 0; i < 3; ++i)
        sentinels_.push_back(std::make_unique<RedisServer>(
            RedisServer::Options{.config = {"sentinel monitor main 127.0.0.1 " + port + " 2",
                                            "sentinel down-after-milliseconds main 500",
                                            "sentinel failover-timeout main 3000"},
                                 .sentinel = true}));
    for (const auto& sentinel : sentinels_)
        sentinel->wait_until([&] {
            const Reply state = ask(sentinel->url(), {"SENTINEL", "MASTER", "main"});
            const auto& fields = state.array();
            const auto value = [&](std::string_view name) {
                for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
                    if (fields[i].text() == name)
                        return fields[i + 1].text();
                return std::string();
            };
            return value("num-other-sentinels") == "2" && value("num-slaves") == "1";
        });
}

std::string RedisSentinels::url(std::string_view query) const {
    std::string text = "redis+sentinel://" + list_servers(sentinels_) + "?master=main";
    return query.empty() ? text : text + '&' + std::string(query);
}

RedisServer& RedisSentinels::master() {
    const Reply answer = ask(sentinels_[0]->url(), {"SENTINEL", "get-master-addr-by-name", "main"});
    return answer.at(1).number() == servers_[0]->port() ? *servers_[0] : *servers_[1];
}

RedisServer& RedisSentinels::replica() {
    return &master() == servers_[0].get() ? *servers_[1] : *servers_[0];
}

void RedisSentinels::fail_over() {
    RedisServer& old_master = master();
    RedisServer& next = replica();
    old_master.kill();
    next.wait_until(
        [&] { return &master() == &next && ask(next.url(), {"ROLE"}).at(0).text() == "master"; });
}

RedisCluster::RedisCluster(const std::vector<std::string>& config) {
    for (std::size_t i = 0; i < size; ++i) {
        nodes_.push_back(
            std::make_unique<RedisServer>(RedisServer::Options{.config = config, .cluster = true}));
        std::vector<std::string> slots;
        for (unsigned slot = first_slot(i); slot < first_slot(i + 1); ++slot)
            slots.push_back(std::to_string(slot));
        std::vector<std::string_view> words{"CLUSTER", "ADDSLOTS"};
        words.insert(words.end(), slots.begin(), slots.end());
        BackendUrl url = BackendUrl::parse(nodes_[i]->url());
        Client client(redis::ClientOptions::parse(url));
        client.command(words).require();
        client.command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)}).require();
        if (i > 0)
            client.command({"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes_[0]->port())})
                .require();
    }
    for (const auto& node : nodes_)
        node->wait_until([&] {
            const std::string info = ask(node->url(), {"CLUSTER", "INFO"}).text();
            return info.find("cluster_state:ok") != std::string::npos &&
                   info.find("cluster_known_nodes:3") != std::string::npos;
        });
}

std::string RedisCluster::url(std::string_view query) const {
    std::string text = "redis+cluster://" + list_servers(nodes_);
    return query.empty() ? text : text + '?' + std::string(query);
}

std::size_t RedisCluster::first_owner(unsigned slot) noexcept {
    std::size_t node = size - 1;
    while (first_slot(node) > slot)
        --node;
    return node;
}

std::string RedisCluster::id(std::size_t index) {
    return ask(nodes_[index]->url(), {"CLUSTER", "MYID"}).text();
}

} // namespace thumbjobs::test
