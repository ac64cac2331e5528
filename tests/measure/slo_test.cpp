// SPDX-License-Identifier: MIT
#include "sim/measure/slo.hpp"

#include "tests/catch.hpp"

namespace shaketable {
namespace {

using novacron::milliseconds;
using novacron::seconds;

constexpr std::uint32_t kThreeNines = 999'000;

// One outcome each millisecond, bad from `from` on and before `until`.
std::vector<SloOutcome> outcomes(Duration length, Duration from, Duration until) {
    std::vector<SloOutcome> all;
    for (Duration at{}; at < length; at = at + milliseconds(1)) {
        all.push_back({Instant{at.ns}, at < from || at >= until});
    }
    return all;
}

TEST_CASE("slo: over the whole run each failure counts once", "[measure]") {
    const auto exact = weigh_slo(outcomes(seconds(10), seconds(5), milliseconds(5010)), kThreeNines,
                                 {}, seconds(10));
    REQUIRE(exact);
    CHECK(exact->good == 9990);
    CHECK(exact->all == 10'000);
    CHECK(exact->holds);  // 10 of 10,000 is all that may fail
    CHECK(exact->budget_left == Approx(0).margin(1e-9));
    const auto more = weigh_slo(outcomes(seconds(10), seconds(5), milliseconds(5011)), kThreeNines,
                                {}, seconds(10));
    CHECK_FALSE(more->holds);
    CHECK(more->budget_left == Approx(-0.1));
    CHECK_FALSE(weigh_slo({}, kThreeNines, {}, seconds(10)));
}

TEST_CASE("slo: every window of the objective's length counts, and the worst is told",
          "[measure]") {
    // 50 failures among 10,000 are a share of 99.5 %; in the second that has them all it is 95 %.
    const auto run = outcomes(seconds(10), milliseconds(5000), milliseconds(5050));
    const auto worst = weigh_slo(run, 990'000, {}, seconds(1));
    REQUIRE(worst);
    CHECK(worst->all == 1000);
    CHECK(worst->good == 950);
    CHECK_FALSE(worst->holds);
    CHECK(worst->end == Instant{milliseconds(5049).ns});
    CHECK(weigh_slo(run, 990'000, {}, seconds(10))->holds);
    // No window is judged that began before the start; the first that is has all but one of them.
    const auto early =
        weigh_slo(outcomes(seconds(10), {}, milliseconds(50)), 940'000, {}, seconds(1));
    CHECK(early->good == 951);
    CHECK(early->holds);
}

TEST_CASE("slo: a total outage calls somebody when the closed form says", "[measure]") {
    // After B * (1 - objective) * long, 14.4 * 0.001 * 1 h if the window has 30 d, once there was
    // traffic for the longest window of a page.
    const Duration window = seconds(36'000);
    const auto measured =
        weigh_slo(outcomes(seconds(311), seconds(310), seconds(311)), kThreeNines, {}, window);
    REQUIRE(measured->paged);
    const Duration hour{window.ns / 720};
    const Duration due{static_cast<std::int64_t>(14.4 * 0.001 * static_cast<double>(hour.ns))};
    CHECK(*measured->paged - Instant{seconds(310).ns} >= due - milliseconds(1));
    CHECK(*measured->paged - Instant{seconds(310).ns} <= due + milliseconds(100));
    CHECK_FALSE(weigh_slo(outcomes(seconds(62), {}, {}), kThreeNines, {}, window)->paged);
}

}  // namespace
}  // namespace shaketable
