// SPDX-License-Identifier: MIT
//
// When faults strike: anchors, draws, order.
#include "sim/fault/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::milliseconds;
using novacron::Random;
using novacron::seconds;
using Anchor = When::Anchor;

FaultSpec crash(const std::string& id, When start, std::optional<When> end = std::nullopt) {
    return {id, "node.crash", NodeCrash{}, {}, start, end};
}
When after_start(Duration offset, Duration spread = {}) {
    return {Anchor::run_start, 0, offset, spread};
}
When after_fault(Anchor anchor, std::uint32_t fault, Duration offset) {
    return {anchor, fault, offset, {}};
}
Instant at_s(std::int64_t n) { return Instant{} + seconds(n); }

// A run of 100 s, 10 of them warm-up.
Schedule plan(const std::vector<FaultSpec>& faults, std::uint64_t seed = 1) {
    return plan_faults({faults, seconds(10), seconds(100), 5}, Random(seed));
}
const PlannedFault& find(const Schedule& schedule, std::string_view id) {
    return *std::find_if(schedule.faults.begin(), schedule.faults.end(),
                         [&](const PlannedFault& fault) { return fault.id == id; });
}

}  // namespace

TEST_CASE("schedule: a fault starts at its anchor plus its offset") {
    const Schedule schedule = plan({
        crash("run", after_start(seconds(3)), after_start(seconds(5))),
        crash("warm", {Anchor::warmup_end, 0, seconds(3), {}},
              When{Anchor::warmup_end, 0, seconds(4), {}}),
        crash("start", after_fault(Anchor::fault_start, 0, seconds(20))),
        crash("end", after_fault(Anchor::fault_end, 0, seconds(20))),
        crash("before", after_fault(Anchor::fault_end, 0, seconds(-1))),
    });
    REQUIRE(find(schedule, "run").start == at_s(3));
    REQUIRE(find(schedule, "run").end == at_s(5));
    REQUIRE(find(schedule, "warm").start == at_s(13));
    REQUIRE(find(schedule, "warm").end == at_s(14));
    REQUIRE(find(schedule, "start").start == at_s(23));
    REQUIRE(find(schedule, "end").start == at_s(25));
    REQUIRE(find(schedule, "before").start == at_s(4));
}

TEST_CASE("schedule: anchors may lead to faults that come later in the file, over several steps") {
    const Schedule schedule = plan({
        crash("c", after_fault(Anchor::fault_start, 1, seconds(1))),
        crash("b", after_fault(Anchor::fault_end, 2, seconds(1))),
        crash("a", after_start(seconds(5)), after_fault(Anchor::fault_start, 2, seconds(2))),
    });
    REQUIRE(find(schedule, "a").end == at_s(7));
    REQUIRE(find(schedule, "b").start == at_s(8));
    REQUIRE(find(schedule, "c").start == at_s(9));
}

TEST_CASE("schedule: anchors that lead nowhere are a bug, not an endless search") {
    REQUIRE_THROWS_AS(plan({crash("a", after_fault(Anchor::fault_start, 1, seconds(1))),
                            crash("b", after_fault(Anchor::fault_start, 0, seconds(1)))}),
                      BugError);
    REQUIRE_THROWS_AS(
        plan({crash("a", after_start(seconds(1)), after_fault(Anchor::fault_end, 0, seconds(1)))}),
        BugError);
}

TEST_CASE("schedule: a fault never ends before it starts, nor as it does") {
    const Schedule schedule = plan({crash("a", after_start(seconds(5)), after_start(seconds(2)))});
    REQUIRE(schedule.faults[0].end == at_s(5) + Duration{1});
}

TEST_CASE("schedule: a permanent fault has no end; for others it ends with the run") {
    const Schedule schedule = plan({
        crash("forever", after_start(seconds(5))),
        crash("before-the-end", after_fault(Anchor::fault_end, 0, seconds(-1))),
        crash("at-the-end", after_fault(Anchor::fault_end, 0, seconds(0))),
    });
    REQUIRE_FALSE(find(schedule, "forever").end.has_value());
    REQUIRE(find(schedule, "before-the-end").start == at_s(99));
    REQUIRE(schedule.faults.size() == 2);
}

TEST_CASE("schedule: a fault that would start when the run is over is left out") {
    const Schedule schedule = plan({
        crash("late", after_start(seconds(100))),
        crash("last", after_start(seconds(100) - Duration{1})),
    });
    REQUIRE(schedule.faults.size() == 1);
    REQUIRE(schedule.faults[0].id == "last");
    REQUIRE_FALSE(schedule.first_of[0].has_value());
    REQUIRE(schedule.first_of[1] == 0U);
}

TEST_CASE("schedule: faults come in the order of their starts, ties in the scenario's order") {
    const Schedule schedule = plan({
        crash("z", after_start(seconds(7))),
        crash("b", after_start(seconds(5))),
        crash("a", after_start(seconds(5))),
        crash("y", after_start(seconds(1))),
    });
    std::vector<std::string> ids;
    for (const PlannedFault& fault : schedule.faults) ids.push_back(fault.id);
    REQUIRE(ids == std::vector<std::string>{"y", "b", "a", "z"});
    REQUIRE(schedule.first_of == std::vector<std::optional<std::uint32_t>>{3U, 1U, 2U, 0U});
    for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(schedule.faults[*schedule.first_of[i]].origin == i);
        REQUIRE_FALSE(schedule.faults[i].drawn);
    }
}

TEST_CASE("schedule: a start between two instants is drawn for each seed, evenly") {
    double sum = 0;
    Instant least = Instant::never();
    Instant most{};
    constexpr int kSeeds = 2000;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const Instant start =
            plan({crash("a", after_start(seconds(20), seconds(30)))}, seed).faults[0].start;
        REQUIRE(start >= at_s(20));
        REQUIRE(start <= at_s(50));
        least = std::min(least, start);
        most = std::max(most, start);
        sum += static_cast<double>(start.ns) / 1e9;
    }
    REQUIRE(least < at_s(20) + milliseconds(150));
    REQUIRE(most > at_s(50) - milliseconds(150));
    // A uniform draw over 30 s: the mean of the seeds is 35 s, give or take 30 / sqrt(12 n).
    REQUIRE(std::abs(sum / kSeeds - 35) <= 4 * 30 / std::sqrt(12.0 * kSeeds));
}

TEST_CASE("schedule: what is anchored to a drawn instant moves with it") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const Schedule schedule = plan({crash("a", after_start(seconds(20), seconds(30)),
                                              after_fault(Anchor::fault_start, 0, seconds(2))),
                                        crash("b", after_fault(Anchor::fault_end, 0, seconds(1)))},
                                       seed);
        REQUIRE(schedule.faults[0].end == schedule.faults[0].start + seconds(2));
        REQUIRE(schedule.faults[1].start == schedule.faults[0].start + seconds(3));
    }
}

TEST_CASE("schedule: a fault's start and end are drawn apart") {
    std::set<Duration> lengths;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const Schedule schedule = plan({crash("a", after_start(seconds(20), seconds(10)),
                                              after_start(seconds(40), seconds(10)))},
                                       seed);
        lengths.insert(*schedule.faults[0].end - schedule.faults[0].start);
    }
    REQUIRE(lengths.size() == 50);
}

TEST_CASE("schedule: adding a fault moves no other, and changes nobody's draws") {
    const FaultSpec a = crash("a", after_start(seconds(20), seconds(30)));
    const FaultSpec b = crash("b", after_start(seconds(20), seconds(30)));
    FaultSpec storm = crash("storm", after_start(seconds(1)), after_start(seconds(90)));
    storm.what = RandomFaults{seconds(1), seconds(1), seconds(2), {"node.crash"}};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Schedule alone = plan({a}, seed);
        const Schedule together = plan({b, storm, a}, seed);
        const PlannedFault& before = find(alone, "a");
        const PlannedFault& after = find(together, "a");
        REQUIRE(before.start == after.start);
        Random one = before.random;
        Random other = after.random;
        REQUIRE(one.bits() == other.bits());
        REQUIRE(find(together, "b").start != after.start);
    }
}
