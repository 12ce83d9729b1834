#include "src/decimal.h"

#include <thumbjobs/time.h>

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace thumbjobs {
namespace {

using namespace std::chrono;

class SystemClock final : public Clock {
public:
    WallTime wall() const override { return floor<Milliseconds>(system_clock::now()); }

    BootTime boot() const override {
        timespec now{};
        ::clock_gettime(CLOCK_BOOTTIME, &now);
        return duration_cast<BootTime>(seconds(now.tv_sec) + nanoseconds(now.tv_nsec));
    }
};

// RFC 3339 knows years of four digits only.
constexpr WallTime first_time = sys_days(year(0) / January / 1);
constexpr WallTime last_time = WallTime(sys_days(year(10'000) / January / 1)) - Milliseconds(1);

/// Walks through a text of fixed fields.
class Fields {
public:
    explicit Fields(std::string_view text) : rest_(text) {}

    /// Exactly `digits` digits; -1 when there is anything else.
    int number(std::size_t digits) {
        if (rest_.size() < digits)
            return -1;
        int value = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (!is_digit(c))
                return -1;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    /// Whether one of `accepted` comes next; takes it, if so.
    bool take(std::string_view accepted) {
        if (rest_.empty() || accepted.find(rest_.front()) == std::string_view::npos)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    char front() const { return rest_.empty() ? '\0' : rest_.front(); }
    bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

/// `.123456789`, cut to milliseconds; zero where there is no point, nothing when malformed.
std::optional<Milliseconds> parse_decimals(Fields& fields) {
    if (!fields.take("."))
        return Milliseconds(0);
    int digits = 0;
    int value = 0;
    for (int digit = 0; (digit = fields.number(1)) >= 0; ++digits)
        if (digits < 3)
            value = value * 10 + digit;
    if (digits == 0 || digits > 9)
        return std::nullopt;
    for (; digits < 3; ++digits)
        value *= 10;
    return Milliseconds(value);
}

/// `Z`, `+hh:mm` or `-hh:mm`.
std::optional<minutes> parse_offset(Fields& fields) {
    if (fields.take("Zz"))
        return minutes(0);
    const bool west = fields.front() == '-';
    if (!fields.take("+-"))
        return std::nullopt;
    const int hour = fields.number(2);
    const bool colon = fields.take(":");
    const int minute = fields.number(2);
    if (hour < 0 || hour > 23 || !colon || minute < 0 || minute > 59)
        return std::nullopt;
    const minutes offset = hours(hour) + minutes(minute);
    return west ? -offset : offset;
}

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

// From the largest to the smallest.
constexpr std::array<Unit, 5> units{{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};

} // namespace

Clock::~Clock() = default;

const Clock& Clock::system() {
    static const SystemClock clock;
    return clock;
}

std::string format_time(WallTime time) {
    time = std::clamp(time, first_time, last_time);
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<WallTime> parse_time(std::string_view text) {
    Fields fields(text);
    const int y = fields.number(4);
    const bool dash1 = fields.take("-");
    const int m = fields.number(2);
    const bool dash2 = fields.take("-");
    const int d = fields.number(2);
    if (y < 0 || m < 0 || d < 0 || !dash1 || !dash2 || !fields.take("Tt"))
        return std::nullopt;
    const year_month_day date(year(y), month(static_cast<unsigned>(m)),
                              day(static_cast<unsigned>(d)));
    if (!date.ok())
        return std::nullopt;

    const int hour = fields.number(2);
    const bool colon1 = fields.take(":");
    const int minute = fields.number(2);
    const bool colon2 = fields.take(":");
    const int second = fields.number(2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
        !colon1 || !colon2)
        return std::nullopt;
    const auto decimals = parse_decimals(fields);
    if (!decimals)
        return std::nullopt;
    const auto offset = parse_offset(fields);
    if (!offset || !fields.done())
        return std::nullopt;

    const sys_seconds whole =
        sys_days(date) + hours(hour) + minutes(minute) + seconds(second) - *offset;
    // A leap second is the last one of a day in UTC; system time has none and shows the next.
    if (second == 60 && whole != floor<days>(whole))
        return std::nullopt;
    const WallTime time = whole + *decimals;
    if (time < first_time || time > last_time)
        return std::nullopt;
    return time;
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
    const auto digits = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    const auto count = parse_decimal<std::int64_t>(text.substr(0, digits));
    if (!count)
        return std::nullopt;
    for (const Unit& unit : units) {
        if (text.substr(digits) != unit.name)
            continue;
        std::int64_t value = 0;
        if (__builtin_mul_overflow(*count, unit.milliseconds, &value))
            return std::nullopt;
        return Milliseconds(value);
    }
    return std::nullopt;
}

std::string format_duration(Milliseconds duration) {
    const std::int64_t count = duration.count();
    if (count == 0)
        return "0ms";
    const auto unit = std::find_if(units.begin(), units.end(), [count](const Unit& candidate) {
        return count % candidate.milliseconds == 0;
    });
    return std::to_string(count / unit->milliseconds) + std::string(unit->name);
}

} // namespace thumbjobs
