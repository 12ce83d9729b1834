#pragma once

#include <thumbjobs/error.h>

#include <QTest>

#include <optional>

namespace thumbjobs::test {

/// The code of the Error that `call` throws; nothing when it returns.
template <typename Call>
std::optional<thumbjobs::ErrorCode> code_of(Call&& call) {
    try {
        call();
    } catch (const thumbjobs::Error& error) {
        return error.code();
    }
    return std::nullopt;
}

/// The message of the Error that `call` throws; empty when it returns.
template <typename Call>
QString message_of(Call&& call) {
    try {
        call();
    } catch (const thumbjobs::Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace thumbjobs::test

namespace QTest {

template <>
inline char* toString(const std::optional<thumbjobs::ErrorCode>& code) {
    return qstrdup(code ? std::string(thumbjobs::to_string(*code)).c_str() : "no error");
}

} // namespace QTest

/// Fails the test unless `call` throws an Error of the code `expected`.
#define EXPECT_ERROR(call, expected)                                                               \
    QCOMPARE(thumbjobs::test::code_of([&] { call; }), std::optional(thumbjobs::ErrorCode::expected))
