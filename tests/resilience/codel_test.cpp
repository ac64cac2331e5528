// SPDX-License-Identifier: MIT
#include "core/resilience/codel.hpp"

#include <cmath>
#include <deque>
#include <vector>

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

// The milliseconds at which something is dropped, if each takes leave after so long a wait.
std::vector<std::int64_t> drops(Codel& codel, std::int64_t from, std::int64_t to, Duration wait) {
    std::vector<std::int64_t> at;
    for (std::int64_t ms = from; ms < to; ++ms) {
        if (codel.drops(at_ms(ms), {wait, false})) at.push_back(ms);
    }
    return at;
}

}  // namespace

TEST_CASE("codel: nothing is dropped before waits were above the target for an interval") {
    Codel codel(CodelOptions{});
    CHECK(drops(codel, 0, 100, milliseconds(50)).empty());
    CHECK(codel.drops(at_ms(100), {milliseconds(50), false}));
}

TEST_CASE("codel: one short wait begins the interval anew") {
    Codel codel(CodelOptions{});
    CHECK(drops(codel, 0, 99, milliseconds(50)).empty());
    CHECK_FALSE(codel.drops(at_ms(99), {milliseconds(4), false}));
    CHECK(drops(codel, 100, 200, milliseconds(50)).empty());
    CHECK(codel.drops(at_ms(200), {milliseconds(50), false}));
}

TEST_CASE("codel: drops follow at an interval over the root of their number") {
    Codel codel(CodelOptions{});
    const std::vector<std::int64_t> at = drops(codel, 0, 2000, milliseconds(50));
    REQUIRE(at.size() > 10);
    double due = 100;
    for (std::size_t n = 0; n < at.size(); ++n) {
        CHECK(static_cast<double>(at[n]) == Approx(due).margin(1));
        due += 100 / std::sqrt(static_cast<double>(n + 1));
    }
}

TEST_CASE("codel: the target itself is too long; the last in the queue is never dropped") {
    Codel codel(CodelOptions{});
    CHECK_FALSE(drops(codel, 0, 300, milliseconds(5)).empty());
    Codel idle(CodelOptions{});
    for (std::int64_t ms = 0; ms < 1000; ++ms) {
        REQUIRE_FALSE(idle.drops(at_ms(ms), {milliseconds(500), true}));
    }
}

TEST_CASE(
    "codel: trouble that comes back soon is met where it was left, later from the beginning") {
    for (const bool soon : {true, false}) {
        Codel codel(CodelOptions{});
        const std::size_t first = drops(codel, 0, 2000, milliseconds(50)).size();
        REQUIRE(first > 20);
        const std::int64_t begin = soon ? 2010 : 60'000;
        CHECK_FALSE(codel.drops(at_ms(begin - 1), {milliseconds(1), false}));
        const std::vector<std::int64_t> again = drops(codel, begin, begin + 400, milliseconds(50));
        REQUIRE(again.size() >= 3);
        const std::int64_t spacing = again[1] - again[0];
        CHECK((soon ? spacing < 30 : spacing == 100));
    }
}

TEST_CASE("codel: it holds the wait of callers that slow down when dropped near the target") {
    // Each drop makes its source pause for 200 ms, as a congestion window does. 150 sources send a
    // request every 100 ms to a server of 1 ms: half as much again as it can do.
    const auto mean_wait = [](bool with_codel) {
        Codel codel(CodelOptions{});
        struct Waiting {
            std::int64_t since;
            int source;
        };
        std::deque<Waiting> queue;
        std::vector<std::int64_t> next(150);
        for (int i = 0; i < 150; ++i) next[static_cast<std::size_t>(i)] = i % 100;
        double sum = 0;
        double served = 0;
        for (std::int64_t ms = 0; ms < 60'000; ++ms) {
            for (int i = 0; i < 150; ++i) {
                if (next[static_cast<std::size_t>(i)] != ms) continue;
                queue.push_back({ms, i});
                next[static_cast<std::size_t>(i)] = ms + 100;
            }
            while (!queue.empty()) {
                const Waiting taken = queue.front();
                queue.pop_front();
                const Duration wait = milliseconds(ms - taken.since);
                if (with_codel && codel.drops(at_ms(ms), {wait, queue.empty()})) {
                    next[static_cast<std::size_t>(taken.source)] = ms + 1000;
                    continue;
                }
                if (ms > 30'000) {
                    sum += static_cast<double>(ms - taken.since);
                    served += 1;
                }
                break;
            }
        }
        return sum / served;
    };
    CHECK(mean_wait(false) > 10'000);
    CHECK(mean_wait(true) < 100);
}

TEST_CASE("codel: options out of bounds are a bug") {
    CHECK_THROWS_AS(Codel({milliseconds(5), milliseconds(5)}), BugError);
}
