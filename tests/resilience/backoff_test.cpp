// SPDX-License-Identifier: MIT
#include "core/resilience/backoff.hpp"

#include <map>

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;

namespace {

RetryOptions with(Jitter jitter) {
    RetryOptions options;
    options.jitter = jitter;
    return options;
}
double in_ms(Duration d) { return static_cast<double>(d.ns) / 1e6; }

}  // namespace

TEST_CASE("backoff: without jitter delays double, from the first to the longest") {
    Random random(1);
    Backoff backoff(with(Jitter::none));
    for (const std::int64_t ms : {100, 200, 400, 800, 1000, 1000}) {
        CHECK(backoff.next(random) == milliseconds(ms));
    }
    backoff.reset();
    CHECK(backoff.next(random) == milliseconds(100));
    CHECK(random.drawn() == 0);
    CHECK(Backoff::base(with(Jitter::none), 1) == milliseconds(100));
    CHECK(Backoff::base(with(Jitter::none), 4) == milliseconds(800));
    CHECK(Backoff::base(with(Jitter::none), 4'000'000'000U) == seconds(1));
}

TEST_CASE("backoff: jitter has the spread of its formula, before each retry") {
    struct Row {
        Jitter jitter;
        double least[3];
        double most[3];
    };
    for (const Row& row : {Row{Jitter::full, {0, 0, 0}, {100, 200, 400}},
                           Row{Jitter::equal, {50, 100, 200}, {100, 200, 400}},
                           Row{Jitter::decorrelated, {100, 100, 100}, {300, 900, 1000}}}) {
        Random random(2);
        double least[3] = {1e9, 1e9, 1e9};
        double most[3] = {0, 0, 0};
        for (int i = 0; i < 20'000; ++i) {
            Backoff backoff(with(row.jitter));
            for (int n = 0; n < 3; ++n) {
                const double ms = in_ms(backoff.next(random));
                least[n] = std::min(least[n], ms);
                most[n] = std::max(most[n], ms);
            }
        }
        for (int n = 0; n < 3; ++n) {
            INFO("jitter " << static_cast<int>(row.jitter) << ", retry " << n + 1);
            CHECK(least[n] >= row.least[n]);
            CHECK(least[n] < row.least[n] + 5);
            CHECK(most[n] <= row.most[n]);
            CHECK(most[n] > row.most[n] * 0.97);
        }
    }
}

TEST_CASE("backoff: at the bound, waits still differ: no herd at max_delay, and none above it") {
    for (const Jitter jitter : {Jitter::full, Jitter::equal, Jitter::decorrelated}) {
        Random random(3);
        std::map<std::int64_t, int> seen;
        Backoff backoff(with(jitter));
        for (int i = 0; i < 10; ++i) (void)backoff.next(random);
        for (int i = 0; i < 10'000; ++i) {
            const Duration wait = backoff.next(random);
            REQUIRE(wait <= seconds(1));
            ++seen[wait.ns];
        }
        CHECK(seen.size() > 9'900);
        CHECK(seen[seconds(1).ns] <= 1);
    }
}

TEST_CASE("backoff: full jitter waits half as long in the mean") {
    Random random(4);
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += in_ms(Backoff(with(Jitter::full)).next(random));
    CHECK(sum / 100'000 == Approx(50).epsilon(0.01));
}

TEST_CASE("backoff: neither a hundred thousand retries nor the steepest multiplier overflow") {
    Random random(5);
    RetryOptions options = with(Jitter::none);
    options.multiplier = 1000;
    options.max_delay = Duration{INT64_MAX};
    Backoff backoff(options);
    Duration before{};
    for (int i = 0; i < 100'000; ++i) {
        const Duration wait = backoff.next(random);
        REQUIRE(wait >= before);
        before = wait;
    }
    CHECK(before == options.max_delay);
    options.jitter = Jitter::decorrelated;
    Backoff decorrelated(options);
    for (int i = 0; i < 1000; ++i) REQUIRE(decorrelated.next(random) >= options.initial_delay);
}

TEST_CASE("backoff: options out of bounds are a bug") {
    RetryOptions options;
    options.max_delay = milliseconds(99);
    CHECK_THROWS_AS(Backoff(options), BugError);
    options = {};
    options.multiplier = 0.5;
    CHECK_THROWS_AS(Backoff(options), BugError);
}
