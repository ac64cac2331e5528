// SPDX-License-Identifier: MIT
//
// Points in time and spans of time, in whole nanoseconds.
//
// Intuition: a `Duration` is how long, an `Instant` is when. Two instants subtract to a duration,
// an instant and a duration add to an instant, and nothing else compiles. Neither type can read a
// clock: the caller says what time it is, so the same code runs on virtual and on real time.
//
// Units: nanoseconds, signed 64 bits, so about 292 years either side of the origin. What the origin
// of an Instant is (start of the run, boot of the host) is the business of whoever hands it out.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace novacron {

struct Duration {
    std::int64_t ns = 0;

    friend constexpr auto operator<=>(Duration, Duration) = default;
    friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
    friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
    friend constexpr Duration operator*(Duration a, std::int64_t k) { return {a.ns * k}; }
    friend constexpr Duration operator/(Duration a, std::int64_t k) { return {a.ns / k}; }
};

struct Instant {
    std::int64_t ns = 0;

    // Later than every instant that can happen: the deadline of something that is not armed.
    static constexpr Instant never() { return {std::numeric_limits<std::int64_t>::max()}; }

    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant t, Duration d) { return {t.ns + d.ns}; }
    friend constexpr Instant operator-(Instant t, Duration d) { return {t.ns - d.ns}; }
    friend constexpr Duration operator-(Instant a, Instant b) { return {a.ns - b.ns}; }
};

constexpr Duration nanoseconds(std::int64_t n) { return {n}; }
constexpr Duration microseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000'000}; }

}  // namespace novacron
