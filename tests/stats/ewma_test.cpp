// SPDX-License-Identifier: MIT
#include "core/stats/ewma.hpp"

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using stats::Ewma;
using stats::LevelEwma;

namespace {
Instant at(std::int64_t second) { return Instant{} + seconds(second); }
}  // namespace

TEST_CASE("ewma: a step is half seen after one half-life, three quarters after two") {
    Ewma mean(seconds(10));
    mean.add(at(0), 0);
    mean.add(at(10), 1);
    CHECK(mean.mean() == Approx(0.5).epsilon(1e-15));
    mean.add(at(20), 1);
    CHECK(mean.mean() == Approx(0.75).epsilon(1e-15));
}

TEST_CASE("ewma: how often one looks makes no difference") {
    Ewma often(seconds(10));
    Ewma rarely(seconds(10));
    often.add(at(0), 5);
    rarely.add(at(0), 5);
    for (int i = 1; i <= 40; ++i) often.add(at(i), 9);
    rarely.add(at(40), 9);
    CHECK(often.mean() == Approx(rarely.mean()).epsilon(1e-14));
}

TEST_CASE("ewma: samples of one instant count alike, in any order") {
    Ewma a(seconds(10));
    Ewma b(seconds(10));
    for (Ewma* mean : {&a, &b}) mean->add(at(0), 0);
    for (const double x : {1.0, 2.0, 6.0}) a.add(at(10), x);
    for (const double x : {6.0, 1.0, 2.0}) b.add(at(10), x);
    CHECK(a.mean() == 1.5);
    CHECK(b.mean() == a.mean());
    Ewma first(seconds(10));
    first.add(at(3), 2);
    first.add(at(3), 4);
    CHECK(first.mean() == 3);
}

TEST_CASE(
    "ewma: it stays between the least and the largest sample, also when the clock goes back") {
    Random random(1);
    Ewma mean(milliseconds(100));
    Instant now = at(5);
    for (int i = 0; i < 2000; ++i) {
        now = now + milliseconds(static_cast<std::int64_t>(random.below(200)) - 60);
        mean.add(now, static_cast<double>(random.below(1000)));
        REQUIRE(mean.mean() >= 0);
        REQUIRE(mean.mean() <= 999);
    }
}

TEST_CASE("ewma: a level counts by how long it held, not by how often it changed") {
    LevelEwma busy(seconds(10), 0, at(0));
    busy.set(at(0), 1);
    for (int i = 0; i < 1000; ++i) {  // blips that take no time
        busy.set(at(5), 0);
        busy.set(at(5), 1);
    }
    CHECK(busy.mean(at(10)) == Approx(0.5).epsilon(1e-14));
    busy.set(at(10), 0);
    CHECK(busy.mean(at(20)) == Approx(0.25).epsilon(1e-14));
    CHECK(busy.mean(at(0)) == Approx(0.5).epsilon(1e-14));  // a clock that goes back
}

TEST_CASE("ewma: a half-life is above zero, and a mean is of something") {
    CHECK_THROWS_AS(Ewma(seconds(0)), BugError);
    CHECK_THROWS_AS(LevelEwma(seconds(0), 0, at(0)), BugError);
    CHECK_THROWS_AS(Ewma(seconds(1)).mean(), BugError);
}
