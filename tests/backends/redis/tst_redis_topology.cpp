#include "backends/redis/client/client.h"
#include "backends/redis/client/cluster_router.h"
#include "backends/redis/client/facts.h"
#include "backends/redis/client/slots.h"
#include "support/errors.h"
#include "support/redis_groups.h"

#include <QTest>

#include <array>
#include <optional>
#include <set>

using namespace thumbjobs;
using namespace thumbjobs::redis;
using test::RedisCluster;
using test::RedisSentinels;
using test::RedisServer;

namespace {

ClientOptions options_of(const std::string& text) {
    BackendUrl url = BackendUrl::parse(text);
    return ClientOptions::parse(url);
}

/// A key in the same slot as every other with this tag.
std::string tagged(int number) {
    return "{t" + std::to_string(number) + "}:k";
}

} // namespace

/// The Redis client with several real servers.
class TestRedisTopology : public QObject {
    Q_OBJECT

private slots:
    void reads_slot_maps();
    void sentinel_names_the_master();
    void sentinel_fails_over();
    void sentinel_of_another_name_is_an_error();
    void cluster_serves_every_slot();
    void cluster_is_detected();
    void cluster_follows_a_moving_slot();
    void cluster_survives_a_restart();

private:
    RedisCluster& cluster();
    std::optional<RedisCluster> cluster_;
};

/// One for all tests: to make it takes seconds.
RedisCluster& TestRedisTopology::cluster() {
    if (!cluster_)
        cluster_.emplace();
    return *cluster_;
}

void TestRedisTopology::reads_slot_maps() {
    const auto node = [](const Reply& host, int port) {
        return Reply::of_array({host, Reply::of_integer(port), Reply::of_string("id")});
    };
    const auto range = [](int first, int last, const Reply& master) {
        return Reply::of_array({Reply::of_integer(first), Reply::of_integer(last), master});
    };
    const SlotMap map =
        SlotMap::parse(Reply::of_array({range(0, 99, node(Reply::of_string("one"), 1)),
                                        range(100, 199, node(Reply::of_string(""), 2)),
                                        range(200, 299, node(Reply(), 3)),
                                        range(300, 301, node(Reply::of_string("one"), 1)),
                                        range(400, 500, node(Reply::of_string("bad"), 0)),
                                        range(16'000, 20'000, node(Reply::of_string("bad"), 1))}),
                       {"asked", 9});
    QCOMPARE(map.find(0)->to_string(), std::string("one:1"));
    QCOMPARE(map.find(199)->to_string(), std::string("asked:2"));
    QCOMPARE(map.find(200)->to_string(), std::string("asked:3"));
    QCOMPARE(map.find(301)->to_string(), std::string("one:1"));
    QVERIFY(map.find(302) == nullptr && map.find(400) == nullptr && map.find(16'383) == nullptr);
    QCOMPARE(map.servers().size(), std::size_t{3});
    QVERIFY(SlotMap().find(7) == nullptr);
    EXPECT_ERROR(SlotMap::parse(Reply::of_string("x"), {}), internal);
}

void TestRedisTopology::sentinel_names_the_master() {
    RedisSentinels group;
    Client client(options_of(group.url()));
    QCOMPARE(client.command({"ROLE"}).at(0).text(), std::string("master"));
    client.command({"SET", "k", "1"}).require();
    QCOMPARE(read_facts(client).replicas, 1);

    // A replica refuses what it is asked to write, also when it is asked directly.
    Client replica(options_of(group.replica().url("command_timeout=200ms")));
    EXPECT_ERROR((void)replica.command({"SET", "k", "2"}), store_unavailable);
}

void TestRedisTopology::sentinel_fails_over() {
    RedisSentinels group;
    Client client(options_of(group.url("command_timeout=30s")));
    const auto waiting = client.dedicated();
    client.command({"SET", "k", "1"}).require();
    client.command({"WAIT", "1", "5000"}).require();
    waiting->command({"PING"}, Milliseconds(0)).require();
    const std::uint16_t old_port = group.master().port();

    group.fail_over();
    QCOMPARE(client.command({"GET", "k"}).text(), std::string("1"));
    client.command({"SET", "k", "2"}).require();
    QVERIFY(group.master().port() != old_port);
    QTRY_VERIFY(!test::code_of([&] { waiting->command({"PING"}, Milliseconds(0)); }));

    // The old master comes back as one for a moment; nobody must write to it.
    group.replica().start();
    for (int i = 0; i < 50; ++i)
        client.command({"INCR", "count"}).require();
    QCOMPARE(client.command({"GET", "count"}).text(), std::string("50"));
}

void TestRedisTopology::sentinel_of_another_name_is_an_error() {
    RedisServer lone({.config = {"sentinel monitor main 127.0.0.1 1 1"}, .sentinel = true});
    Client client(options_of("redis+sentinel://127.0.0.1:" + std::to_string(lone.port()) +
                             "?master=other&command_timeout=500ms"));
    const auto detail = [&] {
        try {
            (void)client.command({"PING"});
        } catch (const Unavailable& error) {
            return error.detail();
        }
        return std::string("there is no such master");
    };
    // On a busy machine, the last of its tries may end by the time-out instead.
    QTRY_VERIFY(detail().find("knows no master \"other\"") != std::string::npos);
}

void TestRedisTopology::cluster_serves_every_slot() {
    Client client(options_of(cluster().url()));
    std::set<std::size_t> owners;
    for (int i = 0; i < 60; ++i) {
        client.command({"SET", tagged(i), std::to_string(i)}).require();
        owners.insert(RedisCluster::first_owner(slot_of(tagged(i))));
    }
    QCOMPARE(owners.size(), RedisCluster::size);
    const Script script("get", "return redis.call('GET', KEYS[1])");
    for (int i = 0; i < 60; ++i) {
        const std::string key = tagged(i);
        const std::array<std::string_view, 1> keys{key};
        QCOMPARE(client.eval(script, keys, {}).text(), std::to_string(i));
        const std::array<std::string_view, 2> get{"GET", key};
        const std::array<Words, 2> commands{get, get};
        QCOMPARE(client.pipeline(commands).at(1).text(), std::to_string(i));
    }
    QVERIFY(read_facts(client).cluster);
}

void TestRedisTopology::cluster_is_detected() {
    // A plain URL of one node: the first key of another node tells.
    Client client(options_of(cluster().node(0).url("namespace=detected")));
    for (int i = 0; i < 60; ++i) {
        client.command({"SET", tagged(i), std::to_string(i)}).require();
        QCOMPARE(client.command({"GET", tagged(i)}).text(), std::to_string(i));
    }
    const auto waiting = client.dedicated();
    const std::string list = client.options().tag() + ":list";
    const auto pop = [&] { return waiting->command({"LPOP", list}, Milliseconds(0)); };
    QTRY_VERIFY(!test::code_of(pop));
    EXPECT_ERROR((void)Client(options_of(cluster().node(0).url() + "/2")).command({"PING"}),
                 store_unavailable);
}

void TestRedisTopology::cluster_follows_a_moving_slot() {
    const std::string key = "{moving}:k";
    const std::string other = "{moving}:other";
    const std::string slot = std::to_string(slot_of(key));
    const std::size_t from = RedisCluster::first_owner(slot_of(key));
    const std::size_t to = (from + 1) % RedisCluster::size;
    Client client(options_of(cluster().url()));
    Client source(options_of(cluster().node(from).url()));
    Client target(options_of(cluster().node(to).url()));
    const std::string from_id = cluster().id(from);
    const std::string to_id = cluster().id(to);
    const auto get = [&](const std::string& name) { return client.command({"GET", name}).text(); };
    client.command({"SET", key, "1"}).require();

    target.command({"CLUSTER", "SETSLOT", slot, "IMPORTING", from_id}).require();
    source.command({"CLUSTER", "SETSLOT", slot, "MIGRATING", to_id}).require();
    QCOMPARE(get(key), std::string("1"));
    client.command({"SET", other, "2"}).require(); // ASK: it is not at the source
    QCOMPARE(get(other), std::string("2"));
    source
        .command(
            {"MIGRATE", "127.0.0.1", std::to_string(cluster().node(to).port()), key, "0", "5000"})
        .require();
    QCOMPARE(get(key), std::string("1"));
    const Script script("get", "return redis.call('GET', KEYS[1])");
    const std::array<std::string_view, 1> keys{key};
    QCOMPARE(client.eval(script, keys, {}).text(), std::string("1"));

    target.command({"CLUSTER", "SETSLOT", slot, "NODE", to_id}).require();
    source.command({"CLUSTER", "SETSLOT", slot, "NODE", to_id}).require();
    QCOMPARE(get(key), std::string("1")); // MOVED
    QCOMPARE(get(other), std::string("2"));
}

void TestRedisTopology::cluster_survives_a_restart() {
    Client client(options_of(cluster().url("command_timeout=30s")));
    const int number = [] {
        for (int i = 0;; ++i)
            if (RedisCluster::first_owner(slot_of(tagged(i))) == 1)
                return i;
    }();
    client.command({"SET", tagged(number), "1"}).require();
    cluster().node(1).kill();
    cluster().node(1).start();
    // Without persistence the value is gone; what counts is that it is served again.
    client.command({"SET", tagged(number), "2"}).require();
    QCOMPARE(client.command({"GET", tagged(number)}).text(), std::string("2"));
}

QTEST_GUILESS_MAIN(TestRedisTopology)

#include "tst_redis_topology.moc"
