#include "test_gate.h"

#include <QTest>

#include <future>
#include <thread>

using namespace thumbd::http;
using namespace thumbd::test;
using std::chrono::milliseconds;

/// Answers that come later, in pieces, or for nobody.
class AnswersTest : public QObject {
    Q_OBJECT

private slots:
    void takes_answers_from_other_threads();
    void keeps_the_order_of_pipelined_requests();
    void counts_the_first_answer_only();
    void tells_a_handler_that_its_client_has_gone();
    void forgets_a_client_that_leaves_before_its_handler_answers();
    void gives_up_on_a_handler_that_never_answers();
    void streams_what_a_producer_gives();
    void streams_what_a_producer_gives_later();
    void asks_a_producer_only_while_the_client_reads();
    void goes_on_when_a_slow_reader_has_caught_up();
    void cuts_a_stream_that_cannot_go_on();
    void lets_go_of_a_producer_whose_client_left();
    void sends_events();
    void ends_events();
    void cuts_a_slow_reader_of_events();
    void closes_events_when_the_client_leaves();
    void answers_head_for_events();
    void ignores_control_characters_in_headers();
};

void AnswersTest::takes_answers_from_other_threads() {
    TestGate gate;
    RawClient client = gate.client();
    for (int i = 0; i < 20; ++i) {
        QVERIFY(client.send(request("GET", "/held")));
        const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
        QVERIFY(exchange);
        std::thread([exchange] { exchange->respond(200, {}, "from afar"); }).join();
        QCOMPARE(client.response().body, "from afar");
    }
    QVERIFY(client.send(request("GET", "/held")));
    std::promise<QThread*> ran_on;
    {
        const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
        QVERIFY(exchange->post([&ran_on, exchange] {
            ran_on.set_value(QThread::currentThread());
            exchange->respond(200, {}, "posted");
        }));
    }
    QVERIFY(ran_on.get_future().get() != QThread::currentThread());
    QCOMPARE(client.response().body, "posted");
}

void AnswersTest::keeps_the_order_of_pipelined_requests() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held") + request("POST", "/echo", "", "second") +
                        request("GET", "/held") + request("GET", "/hello")));
    std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    QVERIFY(exchange);
    QVERIFY(!gate.held.take(milliseconds(50))); // One request at a time.
    exchange->respond(200, {}, "first");
    QCOMPARE(client.response().body, "first");
    QCOMPARE(client.response().body, "second");
    exchange = gate.held.take().value_or(nullptr);
    QVERIFY(exchange);
    exchange->respond(200, {}, "third");
    QCOMPARE(client.response().body, "third");
    QCOMPARE(client.response().body, "hello");
}

void AnswersTest::counts_the_first_answer_only() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    exchange->respond(200, {}, "one");
    exchange->respond(500, {}, "two");
    exchange->respond_error({});
    QCOMPARE(client.response().body, "one");
    QVERIFY(client.send(request("GET", "/hello")));
    QCOMPARE(client.response().body, "hello");
    exchange->respond(200, {}, "late");
    QVERIFY(exchange->answered());
    QVERIFY(!exchange->client_gone());
}

void AnswersTest::tells_a_handler_that_its_client_has_gone() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    std::promise<void> told;
    std::promise<void> waiting;
    exchange->post([&] {
        exchange->on_client_gone([&told] { told.set_value(); });
        waiting.set_value();
    });
    waiting.get_future().get();
    client.close();
    QCOMPARE(told.get_future().wait_for(std::chrono::seconds(5)), std::future_status::ready);
    QVERIFY(exchange->client_gone());
    const std::optional<AccessRecord> record = gate.records.take();
    QVERIFY(record && record->client_gone);
    QCOMPARE(record->status, 0);
    // Who asks later is told at once.
    std::promise<void> told_again;
    exchange->post([&] { exchange->on_client_gone([&] { told_again.set_value(); }); });
    told_again.get_future().get();
}

void AnswersTest::forgets_a_client_that_leaves_before_its_handler_answers() {
    TestGate gate;
    std::vector<std::shared_ptr<Exchange>> exchanges;
    for (int i = 0; i < 20; ++i) {
        RawClient client = gate.client();
        QVERIFY(client.send(request("GET", "/held")));
        exchanges.push_back(gate.held.take().value_or(nullptr));
        i % 2 == 0 ? client.close() : client.reset();
    }
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
    for (const std::shared_ptr<Exchange>& exchange : exchanges) {
        exchange->respond(200, {}, "for nobody");
    }
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/hello")));
    QCOMPARE(client.response().status, 200);
}

void AnswersTest::gives_up_on_a_handler_that_never_answers() {
    Limits limits;
    limits.timeouts.handler = milliseconds(100);
    TestGate gate(limits);
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    const RawResponse response = client.response();
    QCOMPARE(response.status, 503);
    QVERIFY(response.body.find("handler_timeout") != std::string::npos);
    QVERIFY(client.is_closed());
    QVERIFY(exchange->client_gone());
    exchange->respond(200, {}, "too late");
}

void AnswersTest::streams_what_a_producer_gives() {
    TestGate gate;
    RawClient client = gate.client();
    for (const std::size_t size : {0u, 1u, 1'000'000u, 5'000'001u}) {
        QVERIFY(client.send(request("GET", "/stream/" + std::to_string(size))));
        const RawResponse response = client.response();
        QCOMPARE(response.status, 200);
        QCOMPARE(response.header("content-length"), std::to_string(size));
        QVERIFY(response.body == std::string(size, 's'));
        QCOMPARE(gate.records.take()->bytes_out, response.head.size() + size);
    }
}

void AnswersTest::streams_what_a_producer_gives_later() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held") + request("GET", "/hello")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    struct Demand {
        std::size_t most;
        ChunkSink deliver;
    };
    auto demands = std::make_shared<Mailbox<Demand>>();
    exchange->respond_stream(200, {}, 500'000, [demands](std::size_t most, ChunkSink deliver) {
        demands->put({most, std::move(deliver)});
    });
    std::size_t left = 500'000;
    while (left > 0) {
        const std::optional<Demand> demand = demands->take();
        QVERIFY(demand);
        QCOMPARE(demands->size(), std::size_t(0));
        // Fewer bytes than asked for are fine; the surplus beyond the length is cut off.
        const std::size_t size = left > 40'000 ? 40'000 : demand->most + 10;
        demand->deliver(QByteArray(static_cast<qsizetype>(size), 'a'));
        demand->deliver("twice is ignored");
        left -= std::min(left, size);
    }
    QVERIFY(client.response().body == std::string(500'000, 'a'));
    QCOMPARE(client.response().body, "hello");
}

void AnswersTest::asks_a_producer_only_while_the_client_reads() {
    constexpr std::uint64_t size = 40'000'000;
    TestGate gate;
    RawClient client = gate.client(64 * 1024);
    QVERIFY(client.send(request("GET", "/stream/" + std::to_string(size))));
    const std::string head_and_some = client.receive(1000);
    QCOMPARE(head_and_some.size(), std::size_t(1000));
    // The kernel takes a few megabytes at most; the rest has not even been asked for.
    const std::uint64_t produced = gate.produced;
    QVERIFY2(produced < 10'000'000, std::to_string(produced).c_str());
    std::uint64_t received = 1000;
    while (received < size) {
        const std::size_t count =
            client.receive(std::min<std::size_t>(1'000'000, size - received)).size();
        QVERIFY(count > 0);
        received += count;
    }
    QCOMPARE(gate.produced.load(), size);
}

void AnswersTest::goes_on_when_a_slow_reader_has_caught_up() {
    // A last chunk of full size leaves more unsent than the low-water mark.
    const std::size_t size = 64 * Limits().stream_chunk;
    TestGate gate;
    RawClient client = gate.client(4096);
    QVERIFY(client.send(request("GET", "/stream/" + std::to_string(size))));
    std::size_t received = 0;
    while (!gate.records.take(milliseconds(0))) {
        received += client.receive(10'000).size();
        QVERIFY(received < size);
    }
    // The answer has ended for the server, yet much of it has not gone out: the next one waits.
    QVERIFY(client.send(request("GET", "/held")));
    std::optional<std::shared_ptr<Exchange>> exchange = gate.held.take(milliseconds(100));
    client.receive(size - received);
    if (!exchange) {
        exchange = gate.held.take();
    }
    QVERIFY(exchange);
    (*exchange)->respond(200, {}, "next");
    client.patience = milliseconds(300);
    const std::string rest = client.receive(1000);
    QVERIFY(rest.ends_with("next"));
}

void AnswersTest::cuts_a_stream_that_cannot_go_on() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    exchange->respond_stream(
        200, {}, 1000, [first = true](std::size_t, const ChunkSink& deliver) mutable {
            deliver(std::exchange(first, false) ? QByteArray(100, 'x') : QByteArray());
        });
    QVERIFY(client.response().body.size() < 1000);
    QVERIFY(client.is_closed());
    QVERIFY(gate.records.take()->client_gone);
}

void AnswersTest::lets_go_of_a_producer_whose_client_left() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held")));
    auto token = std::make_shared<int>(0);
    const std::weak_ptr<int> watch = token;
    {
        const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
        exchange->respond_stream(200, {}, 1000, [token](std::size_t, const ChunkSink&) {});
    }
    token.reset();
    client.close();
    QTRY_VERIFY(watch.expired());
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
}

void AnswersTest::sends_events() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/events")));
    const RawResponse response = client.response(true);
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("content-type"), "text/event-stream");
    QCOMPARE(response.header("cache-control"), "no-store");
    const std::shared_ptr<EventStream> stream = gate.streams.take().value_or(nullptr);
    QVERIFY(stream);
    QCOMPARE(gate.pool->statistics().event_streams, 1u);
    std::promise<bool> sent;
    stream->post(
        [&] { sent.set_value(stream->send("data: 1\n\n") && stream->send("data: 2\n\n")); });
    QVERIFY(sent.get_future().get());
    QCOMPARE(client.receive(18), "data: 1\n\ndata: 2\n\n");
}

void AnswersTest::ends_events() {
    TestGate gate;
    for (const bool by_dropping : {false, true}) {
        RawClient client = gate.client();
        QVERIFY(client.send(request("GET", "/events")));
        QCOMPARE(client.response(true).status, 200);
        std::shared_ptr<EventStream> stream = gate.streams.take().value_or(nullptr);
        if (by_dropping) {
            stream.reset();
        } else {
            stream->post([stream] {
                stream->send("data: last\n\n");
                stream->end();
                stream->send("data: ignored\n\n");
            });
            QCOMPARE(client.receive(12), "data: last\n\n");
        }
        QVERIFY(client.is_closed());
        QVERIFY(!gate.records.take()->client_gone);
    }
    QTRY_COMPARE(gate.pool->statistics().event_streams, 0u);
}

void AnswersTest::cuts_a_slow_reader_of_events() {
    TestGate gate;
    RawClient client = gate.client(4096);
    QVERIFY(client.send(request("GET", "/events")));
    QCOMPARE(client.response(true).status, 200);
    const std::shared_ptr<EventStream> stream = gate.streams.take().value_or(nullptr);
    std::promise<std::size_t> sent;
    std::promise<void> closed;
    stream->post([&] {
        stream->on_closed([&closed] { closed.set_value(); });
        const QByteArray event(10'000, 'e');
        std::size_t total = 0;
        while (total < 50'000'000 && stream->send(event)) {
            total += 10'000;
        }
        sent.set_value(total);
    });
    const std::size_t total = sent.get_future().get();
    QVERIFY2(total <= Limits().event_backlog, std::to_string(total).c_str());
    closed.get_future().get();
    QVERIFY(client.drain_until_closed());
    QVERIFY(gate.records.take()->client_gone);
}

void AnswersTest::closes_events_when_the_client_leaves() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/events")));
    QCOMPARE(client.response(true).status, 200);
    const std::shared_ptr<EventStream> stream = gate.streams.take().value_or(nullptr);
    std::promise<void> closed;
    stream->post([&] { stream->on_closed([&closed] { closed.set_value(); }); });
    client.close();
    QCOMPARE(closed.get_future().wait_for(std::chrono::seconds(5)), std::future_status::ready);
    std::promise<bool> sent;
    stream->post([&] { sent.set_value(stream->send("x") || stream->is_open()); });
    QVERIFY(!sent.get_future().get());
}

void AnswersTest::answers_head_for_events() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("HEAD", "/events")));
    QCOMPARE(client.response(true).status, 200);
    QVERIFY(client.is_closed());
    QCOMPARE(gate.streams.take().value_or(nullptr), nullptr);
}

void AnswersTest::ignores_control_characters_in_headers() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/held")));
    gate.held.take().value_or(nullptr)->respond(
        200, {{"X-A", "1\r\nX-Evil: 2"}, {"X Bad", "3"}, {"Content-Length", "999"}}, "ok");
    const RawResponse response = client.response();
    QCOMPARE(response.body, "ok");
    QCOMPARE(response.header("x-evil"), "");
    QCOMPARE(response.header("x bad"), "");
}

QTEST_GUILESS_MAIN(AnswersTest)
#include "answers_test.moc"
