#pragma once

#include "place/place.h"

#include <QTest>

#include <memory>
#include <optional>
#include <utility>

namespace desktop::test {

inline constexpr int patience_ms = 60'000;

/// Makes a call of a place and waits for its answer: `ask<Job>([&](auto... to) { place.get(id,
/// to...); })`. Without one in time, a failure of the code `no_answer`.
template <class T, class Call>
Result<T> ask(Call call) {
    const auto slot = std::make_shared<std::optional<Result<T>>>();
    QObject context;
    call(&context, Answer<T>([slot](Result<T> result) { slot->emplace(std::move(result)); }));
    if (!QTest::qWaitFor([&slot] { return slot->has_value(); }, patience_ms))
        return Failure{"no_answer", "No answer came."};
    return *std::move(*slot);
}

inline Result<thumbjobs::Job> submit(Place& place, Submission submission) {
    return ask<thumbjobs::Job>([&](auto... to) { place.submit(std::move(submission), to...); });
}

inline Result<thumbjobs::Job> get(Place& place, const thumbjobs::JobId& id) {
    return ask<thumbjobs::Job>([&](auto... to) { place.get(id, to...); });
}

inline Result<thumbjobs::JobPage> list(Place& place, thumbjobs::ListQuery query = {}) {
    return ask<thumbjobs::JobPage>([&](auto... to) { place.list(std::move(query), to...); });
}

/// Waits until the place is in a state.
inline bool becomes(const Place& place, Connection::State state) {
    return QTest::qWaitFor([&] { return place.connection().state == state; }, patience_ms);
}

} // namespace desktop::test
