// SPDX-License-Identifier: MIT
//
// Faults that repeat, and the anchor faults.end.
#include "sim/fault/schedule.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::seconds;

Scenario loaded(const std::string& more) {
    const LoadResult result = testing::load(more);
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    return *result.scenario;
}

TEST_CASE("repeat: it is so many faults, each a step after the one before", "[scenario]") {
    const Scenario scenario = loaded(
        "faults:\n  - {id: crash, at: warmup.end + 1s, inject: node.crash, target: node-1, for: 2s,"
        " repeat: {times: 3, every: 10s}}\n"
        "  - {id: after, at: crash.end + 1s, inject: node.pause, target: node-2, for: 1s}\n"
        "  - {id: with, at: crash.start, inject: node.pause, target: node-3, until: crash-2.end}\n"
        "targets: {rto: {from: crash.start, max: \"< 5s\"}}\n");
    REQUIRE(scenario.faults.size() == 5);
    for (std::uint32_t i = 0; i < 3; ++i) {
        CHECK(scenario.faults[i].id == "crash-" + std::to_string(i + 1));
        CHECK(scenario.faults[i].start ==
              When{When::Anchor::warmup_end, 0, seconds(1 + 10 * i), {}});
        CHECK(scenario.faults[i].end == When{When::Anchor::fault_start, i, seconds(2), {}});
    }
    CHECK(scenario.faults[3].start == When{When::Anchor::fault_end, 2, seconds(1), {}});
    CHECK(scenario.faults[4].start == When{When::Anchor::fault_start, 0, {}, {}});
    CHECK(scenario.faults[4].end == When{When::Anchor::fault_end, 1, {}, {}});
    CHECK(scenario.rto->from == 0U);
}

TEST_CASE("repeat: until is a limit that no strike reaches", "[scenario]") {
    const auto strikes = [](const std::string& until) {
        return loaded("faults:\n  - {id: a, at: 10s, inject: node.crash, target: node-1, for: 1s,"
                      " repeat: {every: 10s, until: " + until + "}}\n")
            .faults.size();
    };
    CHECK(strikes("11s") == 1);
    CHECK(strikes("20s") == 1);
    CHECK(strikes("20001ms") == 2);
    CHECK(strikes("50s") == 4);
}

TEST_CASE("repeat: each strike between two times is drawn anew", "[scenario]") {
    const Scenario scenario = loaded(
        "faults:\n  - {id: a, between: [10s, 12s], inject: node.crash, target: node-1, for: 1s..3s,"
        " repeat: {times: 2, every: 20s}}\n");
    CHECK(scenario.faults[1].start == When{When::Anchor::run_start, 0, seconds(30), seconds(2)});
}

TEST_CASE("repeat: what it stands for is the same scenario, written out", "[scenario]") {
    const std::string head = "faults:\n";
    const std::string crash = ", inject: node.crash, target: {role: leader}, for: 1s";
    const Scenario brief =
        loaded(head + "  - {id: a, at: 10s" + crash + ", repeat: {times: 2, every: 15s}}\n");
    const Scenario whole =
        loaded(head + "  - {id: a-1, at: 10s" + crash + "}\n  - {id: a-2, at: 25s" + crash + "}\n");
    CHECK(brief.hash == whole.hash);
    CHECK(brief.resolved.find("repeat") == std::string::npos);
}

TEST_CASE("faults.end: faults and checks may wait for the end of all others", "[scenario]") {
    const Scenario scenario = loaded(
        "faults:\n"
        "  - {id: last, at: faults.end + 2s, inject: node.crash, target: node-1, for: 1s}\n"
        "  - {id: a, at: 10s, inject: node.crash, target: node-2, for: 1s}\n"
        "  - {id: b, at: 12s, inject: node.crash, target: node-3, for: 5s}\n"
        "checks: [{id: healed, eventually: cluster.healthy, within: 10s, after: faults.end}]\n");
    CHECK(scenario.faults[0].start == When{When::Anchor::faults_end, 0, seconds(2), {}});
    const Schedule schedule = plan_faults(
        {scenario.faults, scenario.warmup, scenario.duration, 5}, novacron::Random(1));
    CHECK(schedule.faults_end == Instant{} + seconds(17));
    CHECK(schedule.spans[0].start == Instant{} + seconds(19));
    CHECK_FALSE(scenario.checks[0].after);
}

TEST_CASE("faults.end: what hangs on it, by others too, is not waited for", "[scenario]") {
    const Scenario scenario = loaded(
        "faults:\n"
        "  - {id: a, at: 10s, inject: node.crash, target: node-2, for: 1s}\n"
        "  - {id: b, at: faults.end, inject: node.crash, target: node-1, for: 4s}\n"
        "  - {id: c, at: b.end, inject: node.crash, target: node-3, until: faults.end + 20s}\n");
    const Schedule schedule = plan_faults(
        {scenario.faults, scenario.warmup, scenario.duration, 5}, novacron::Random(1));
    CHECK(schedule.faults_end == Instant{} + seconds(11));
    CHECK(schedule.spans[2].start == Instant{} + seconds(15));
    CHECK(schedule.spans[2].end == Instant{} + seconds(31));
}

TEST_CASE("faults.end: it may be as late as the latest draw", "[scenario]") {
    const auto result = testing::load(
        "faults:\n"
        "  - {id: a, at: 10s, inject: node.crash, target: node-2, for: 1s..30s}\n"
        "  - {id: b, at: faults.end + 25s, inject: node.crash, target: node-1, for: 1s}\n");
    CHECK(testing::messages(result) ==
          "the fault may start after the end of the run: at 1m5s of 1m\n");
}

}  // namespace
}  // namespace shaketable
