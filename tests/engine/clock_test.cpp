// SPDX-License-Identifier: MIT
#include "sim/engine/clock.hpp"

#include <cstdint>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::Random;
using novacron::seconds;

constexpr std::int64_t kMostDrift = 100'000'000;
constexpr std::int64_t kYear = 365LL * 24 * 3600 * 1'000'000'000;

std::int64_t symmetric(Random& random, std::int64_t most) {
    return static_cast<std::int64_t>(random.below(2 * static_cast<std::uint64_t>(most) + 1)) - most;
}

}  // namespace

TEST_CASE("clock: the true time of a deadline is the first nanosecond that shows it") {
    Random random(3);
    for (int i = 0; i < 100'000; ++i) {
        const Duration offset{symmetric(random, 10'000'000'000)};
        const std::int64_t drift = symmetric(random, kMostDrift);
        const HostClock clock(offset, drift);
        const auto elapsed =
            1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(kYear)));
        const Instant local = Instant{elapsed} + offset;
        const Instant at = clock.true_at(local);
        INFO("offset " << offset.ns << " drift " << drift << " local " << local.ns);
        REQUIRE(clock.local_at(at) >= local);
        REQUIRE(clock.local_at(at - Duration{1}) < local);
    }
}

TEST_CASE("clock: every nanosecond of a fast and of a slow clock keeps its deadlines") {
    for (const std::int64_t drift : std::vector{-kMostDrift, kMostDrift, std::int64_t{-1},
                                                std::int64_t{0}, std::int64_t{50'000}}) {
        const HostClock clock(Duration{-17}, drift);
        for (std::int64_t elapsed = 1; elapsed < 2000; ++elapsed) {
            const Instant local{elapsed - 17};
            const Instant at = clock.true_at(local);
            INFO("drift " << drift << " local " << local.ns);
            REQUIRE(clock.local_at(at) >= local);
            REQUIRE(clock.local_at(at - Duration{1}) < local);
        }
    }
}

TEST_CASE("clock: it never goes backwards") {
    Random random(4);
    for (int i = 0; i < 1000; ++i) {
        const Duration offset{symmetric(random, 1'000'000'000)};
        const HostClock clock(offset, symmetric(random, kMostDrift));
        Instant before = clock.local_at(Instant{0});
        for (std::int64_t t = 1; t < 50; ++t) {
            const Instant after = clock.local_at(Instant{t});
            REQUIRE(after >= before);
            before = after;
        }
    }
}

TEST_CASE("clock: offset and drift mean what they say") {
    const HostClock clock(seconds(-2), 50'000);  // 50 ppm fast
    REQUIRE(clock.local_at(Instant{0}) == Instant{-2'000'000'000});
    REQUIRE(clock.local_at(Instant{} + seconds(1000)) == Instant{998'050'000'000});
    const HostClock slow(seconds(3), -kMostDrift);
    REQUIRE(slow.local_at(Instant{} + seconds(10)) == Instant{12'000'000'000});
}

TEST_CASE("clock: what it showed before the run began is reached at the start") {
    const HostClock clock(seconds(5), 1000);
    REQUIRE(clock.true_at(Instant{0}) == Instant{0});
    REQUIRE(clock.true_at(Instant{} + seconds(5)) == Instant{0});
    const HostClock behind(seconds(-5), 1000);
    REQUIRE(behind.true_at(Instant{} - seconds(6)) == Instant{0});
    REQUIRE(behind.true_at(Instant{} - seconds(4)) > Instant{0});
}

TEST_CASE("clock: never stays never") {
    REQUIRE(HostClock(seconds(-1), 7).true_at(Instant::never()) == Instant::never());
    REQUIRE(HostClock(seconds(1), 0).true_at(Instant::never()) == Instant::never());
}

TEST_CASE("clock: when its drift changes, it goes on from what it shows") {
    HostClock clock(seconds(-2), 50'000);
    clock.set_drift(Instant{} + seconds(1000), -100'000);
    REQUIRE(clock.local_at(Instant{} + seconds(1000)) == Instant{998'050'000'000});
    REQUIRE(clock.local_at(Instant{} + seconds(2000)) == Instant{1'997'950'000'000});
    REQUIRE(clock.true_at(Instant{1'997'950'000'000}) == Instant{} + seconds(2000));
    REQUIRE(clock.true_at(Instant{900'000'000'000}) == Instant{} + seconds(1000));
    REQUIRE_THROWS_AS(clock.set_drift(Instant{} + seconds(3000), kMostDrift + 1), BugError);
}

TEST_CASE("clock: however often its drift changes, it never goes backwards and keeps deadlines") {
    Random random(5);
    HostClock clock(Duration{symmetric(random, 1'000'000'000)}, 0);
    Instant now{0};
    Instant shown = clock.local_at(now);
    for (int i = 0; i < 10'000; ++i) {
        now = now + Duration{static_cast<std::int64_t>(random.below(1000))};
        REQUIRE(clock.local_at(now) >= shown);
        shown = clock.local_at(now);
        clock.set_drift(now, symmetric(random, kMostDrift));
        REQUIRE(clock.local_at(now) == shown);
        const Instant deadline = shown + Duration{1 + static_cast<std::int64_t>(random.below(999))};
        const Instant at = clock.true_at(deadline);
        REQUIRE(clock.local_at(at) >= deadline);
        REQUIRE(clock.local_at(at - Duration{1}) < deadline);
    }
}

TEST_CASE("clock: a drift beyond ten percent is refused") {
    REQUIRE_THROWS_AS(HostClock(Duration{}, kMostDrift + 1), BugError);
    REQUIRE_THROWS_AS(HostClock(Duration{}, -kMostDrift - 1), BugError);
}

TEST_CASE("clock: one that stands still shows nothing new, and goes on from there") {
    HostClock clock(seconds(2), 50'000);
    const Instant stopped{10'000'000'000};
    const Instant shown = clock.local_at(stopped);
    clock.stop(stopped);
    REQUIRE(clock.local_at(stopped + seconds(100)) == shown);
    REQUIRE(clock.true_at(shown + Duration{1}) == Instant::never());
    REQUIRE(clock.true_at(shown) == stopped);  // it has been
    const Instant again = stopped + seconds(5);
    clock.set_drift(again, 0);
    REQUIRE(clock.local_at(again) == shown);
    REQUIRE(clock.true_at(shown + seconds(1)) == again + seconds(1));
}
