// SPDX-License-Identifier: MIT
#include "core/base/time.hpp"

#include <concepts>

#include "tests/catch.hpp"

namespace {

using namespace novacron;

template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};
template <class A, class B>
concept Subtractable = requires(A a, B b) {
    a - b;
};

}  // namespace

TEST_CASE("time: instants and durations combine only where that means something") {
    STATIC_REQUIRE(Addable<Instant, Duration>);
    STATIC_REQUIRE_FALSE(Addable<Instant, Instant>);
    STATIC_REQUIRE_FALSE(Addable<Duration, Instant>);
    STATIC_REQUIRE_FALSE(Addable<Duration, std::int64_t>);
    STATIC_REQUIRE_FALSE(Subtractable<Duration, Instant>);
    STATIC_REQUIRE(std::same_as<decltype(Instant{} - Instant{}), Duration>);
    STATIC_REQUIRE(std::same_as<decltype(Instant{} - Duration{}), Instant>);
    STATIC_REQUIRE_FALSE(std::convertible_to<Duration, Instant>);
    STATIC_REQUIRE_FALSE(std::convertible_to<std::int64_t, Duration>);
}

TEST_CASE("time: the difference of two instants leads from one to the other") {
    constexpr Instant start{1'000};
    constexpr Instant end{-500};
    CHECK(start + (end - start) == end);
    CHECK(end - (end - start) == start);
    CHECK(end < start);
}

TEST_CASE("time: the units are what their names say") {
    CHECK(nanoseconds(3).ns == 3);
    CHECK(microseconds(3).ns == 3'000);
    CHECK(milliseconds(3).ns == 3'000'000);
    CHECK(seconds(3).ns == 3'000'000'000);
    CHECK(milliseconds(1'500) == seconds(3) / 2);
    CHECK(milliseconds(250) * 4 == seconds(1));
    CHECK(seconds(1) - milliseconds(1) == microseconds(999'000));
}

TEST_CASE("time: never is later than a century from now") {
    CHECK(Instant{} + seconds(100LL * 366 * 86'400) < Instant::never());
}
