// SPDX-License-Identifier: MIT
#include "sim/engine/wall_clock.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

Instant at(std::int64_t second) { return Instant{} + seconds(second); }

}  // namespace

TEST_CASE("wall clock: it is the own clock until somebody moves it") {
    const WallClock clock;
    REQUIRE(clock.at(at(7)) == at(7));
}

TEST_CASE("wall clock: a step moves it at once, forwards or backwards, and can be taken back") {
    WallClock clock;
    clock.shift(1, at(10), seconds(3600), Duration{});
    REQUIRE(clock.at(at(10)) == at(3610));
    clock.shift(2, at(11), seconds(-7200), Duration{});
    REQUIRE(clock.at(at(12)) == at(12 - 3600));
    clock.take_back(1);
    REQUIRE(clock.at(at(12)) == at(12 - 7200));
    clock.take_back(2);
    REQUIRE(clock.at(at(13)) == at(13));
}

TEST_CASE("wall clock: a smear moves it in a straight line, and then no further") {
    WallClock clock;
    clock.shift(1, at(10), seconds(-1), seconds(20));
    REQUIRE(clock.at(at(10)) == at(10));
    REQUIRE(clock.at(at(15)) == at(15) - milliseconds(250));
    REQUIRE(clock.at(at(20)) == at(20) - milliseconds(500));
    REQUIRE(clock.at(at(30)) == at(29));
    REQUIRE(clock.at(at(100)) == at(99));
}
