// SPDX-License-Identifier: MIT
//
// Quantities as people write them: durations, rates, probabilities, sizes, dates. Strict on the way
// in (a unit always, no overflow, nothing rounded away), canonical on the way out.
//
// A duration is a sum of parts, the largest unit first: `1h30m`, `2.5s`, `150ms`. Units are
// ns us ms s m h d (a day is 24 hours; `m` is minutes). A fraction must come out as whole
// nanoseconds.
//
// Invariants: (1) parse(format(x)) == x for every value the format is defined for.
//             (2) a parser accepts no text whose value it can't hold exactly; numbers and
//                 probabilities are rounded once, to the nearest double.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;

// A value, or why the text has none. `error` is a sentence part such as "a duration needs a unit".
template <class T>
struct Parsed {
    std::optional<T> value;
    std::string error;
    std::string hint;

    explicit operator bool() const { return value.has_value(); }
    const T& operator*() const { return *value; }
    const T* operator->() const { return &*value; }
};

enum class Sign : std::uint8_t { not_negative, any };

Parsed<Duration> parse_duration(std::string_view text, Sign sign = Sign::not_negative);
// Exact and canonical: 0s, 213.4ms, 24.1s, 1m30s, 1h30m, 2d.
std::string format_duration(Duration duration);
// For people: rounded to four significant digits (213.4ms, 24.13s, 1m30.4s, 2h5m4s).
std::string format_duration_brief(Duration duration);

struct DurationRange {
    Duration low, high;  // low <= high
    friend bool operator==(const DurationRange&, const DurationRange&) = default;
};
// `a..b`; both ends with units.
Parsed<DurationRange> parse_duration_range(std::string_view text);

Parsed<std::int64_t> parse_integer(std::string_view text);
Parsed<std::uint64_t> parse_unsigned(std::string_view text);
// Decimal, finite.
Parsed<double> parse_number(std::string_view text);
// The shortest text that gives the same double.
std::string format_number(double value);

// `0.1%` or `0.001`, within 0 .. 1.
Parsed<double> parse_probability(std::string_view text);
// As a percentage, exactly: 0.1%, 99%.
std::string format_probability(double value);

// How often: `count` times in `per`.
struct Rate {
    double count;  // above 0
    Duration per;  // one second, minute, hour or day
    double per_second() const;
    // The mean time between two, in whole nanoseconds.
    Duration gap() const;
    friend bool operator==(const Rate&, const Rate&) = default;
};
// `500/s`, `6/min`, `2/h`, `1/d`.
Parsed<Rate> parse_rate(std::string_view text);
std::string format_rate(Rate rate);

// `16GiB`, `16Gi`, `500MB`, `512B`: bytes.
Parsed<std::uint64_t> parse_size(std::string_view text);
// In the largest unit that it is a whole number of, powers of two first.
std::string format_size(std::uint64_t bytes);

// `50ppm`, `-0.5ppm`: parts per 10^9.
Parsed<std::int64_t> parse_drift(std::string_view text);
std::string format_drift(std::int64_t ppb);

// `1..100` or `7`: first and last, both included.
Parsed<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(std::string_view text);
std::string format_seeds(std::pair<std::uint64_t, std::uint64_t> seeds);

// `2024-11-05T02:00:00Z`: seconds since 1970-01-01T00:00:00Z, for the years 1970 to 9999.
Parsed<std::int64_t> parse_epoch(std::string_view text);
std::string format_epoch(std::int64_t unix_seconds);

}  // namespace shaketable
