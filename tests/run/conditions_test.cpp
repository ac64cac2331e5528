// SPDX-License-Identifier: MIT
//
// Checks that look at a stretch of a run, and the steady state before the first fault.
#include <algorithm>
#include <string>

#include "sim/run/drill.hpp"
#include "sim/scenario/loader.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

Scenario load(const std::string& more) {
    LoadResult loaded = load_scenario_text(
        "version: 1\nname: conditions\ntime: {warmup: 1s, duration: 12s}\n"
        "cluster:\n  sites: {east: {nodes: [node-1, node-2, node-3]}}\n  boot_time: 300ms\n"
        "workload: [{id: writes, rate: 100/s}, {id: reads, operation: read, rate: 50/s}]\n"
        "service_level: {hold: 1s}\n" +
            more,
        "conditions.yaml");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return *loaded.scenario;
}

constexpr const char* kCut =
    "faults:\n  - {id: cut, at: 4s, inject: network.partition,"
    " target: {split: [[node-1], [node-2], [node-3]]}, for: 3s}\n";
constexpr const char* kCrash =
    "faults:\n  - {id: crash, at: 4s, inject: node.crash, target: {role: leader}, for: 2s}\n";
constexpr const char* kPause =
    "faults:\n  - {id: pause, at: 4s, inject: node.pause,"
    " target: {pick: 1, of: {role: follower}}, for: 2s}\n";

CheckRow judged(const std::string& faults, const std::string& check, std::uint64_t seed = 1) {
    const Result result = run(load(faults + "checks: [{id: c, " + check + "}]\n"), seed);
    return result.checks.at(0);
}

}  // namespace

TEST_CASE("checks: always holds without an outage, and names the first one") {
    const CheckRow held = judged(kPause, "always: service.writable, during: pause");
    CHECK(held.verdict == Verdict::pass);
    const CheckRow broken = judged(kCut, "always: service.writable");
    CHECK(broken.verdict == Verdict::fail);
    INFO(broken.detail);
    CHECK(broken.detail.rfind("out of service from 4", 0) == 0);
    CHECK(judged(kCut, "always: service.readable, during: cut").verdict == Verdict::fail);
}

TEST_CASE("checks: always led is broken by the time between two leaders") {
    CHECK(judged(kPause, "always: cluster.has_leader").verdict == Verdict::pass);
    const CheckRow broken = judged(kCrash, "always: cluster.has_leader");
    CHECK(broken.verdict == Verdict::fail);
    INFO(broken.detail);
    CHECK(broken.detail.rfind("nobody led from 4s to 4.", 0) == 0);
}

TEST_CASE("checks: sometime looks no further than the fault acts") {
    CHECK(judged(kCrash, "sometime: service.writable, during: crash").verdict == Verdict::pass);
    CHECK(judged(kCut, "sometime: service.writable, during: cut").verdict == Verdict::fail);
    CHECK(judged(kCut, "sometime: service.writable").verdict == Verdict::pass);
    CHECK(judged(kCrash, "sometime: cluster.healthy, during: crash").verdict == Verdict::fail);
    CHECK(judged(kCrash, "sometime: cluster.healthy").verdict == Verdict::pass);
}

TEST_CASE("checks: without an operation in its time a check is open") {
    const std::string late =
        "faults:\n  - {id: f, at: 11s, inject: node.crash, target: node-1, for: 1us}\n";
    CHECK(judged(late, "always: service.writable, during: f").verdict == Verdict::inconclusive);
    CHECK(judged(late, "sometime: service.writable, during: f").verdict == Verdict::inconclusive);
}

TEST_CASE("checks: eventually counts from what it names") {
    const std::string two =
        "faults:\n  - {id: a, at: 3s, inject: node.pause, target: node-1, for: 1s}\n"
        "  - {id: b, at: 6s, inject: node.crash, target: {role: leader}, for: 1s}\n";
    const CheckRow early =
        judged(two, "eventually: cluster.healthy, within: 1500ms, after: a.end");
    CHECK(early.verdict == Verdict::pass);
    CHECK(judged(two, "eventually: cluster.healthy, within: 1ms, after: b.start").verdict ==
          Verdict::fail);
    CHECK(judged(two, "eventually: cluster.has_leader, within: 1ms, after: warmup.end").verdict ==
          Verdict::pass);
    CHECK(judged(two, "eventually: service.readable, within: 2s, after: b.start").verdict ==
          Verdict::pass);
    CHECK(judged(two, "at_end: cluster.has_leader").verdict == Verdict::pass);
}

TEST_CASE("checks: a drill that heals a fault moves the clock of the check after it") {
    const Scenario scenario = load(
        std::string(kCut) +
        "checks: [{id: c, eventually: cluster.healthy, within: 4s, after: cut.end}]\n");
    Drill drill(scenario, 1);
    drill.advance(Instant{} + seconds(5));
    drill.heal("cut");
    drill.finish();
    const Result result = drill.result();
    CHECK(result.checks.at(0).verdict == Verdict::pass);
    LoadResult again = load_scenario_text(drill.scenario().resolved, "again.yaml");
    REQUIRE(again.ok());
    CHECK(run(*again.scenario, 1).checks.at(0).detail == result.checks.at(0).detail);
}

TEST_CASE("steady state: a cluster that does not serve before the fault proves nothing") {
    const Result steady = run(load(kCrash), 1);
    CHECK(steady.verdict == Verdict::pass);
    CHECK(steady.doubts.empty());
    Scenario slow = load(kCrash);
    slow.disk.sync_latency = Constant{milliseconds(80)};
    slow.service_level.latency_p95 = milliseconds(40);
    const Result result = run(slow, 1);
    CHECK(result.verdict == Verdict::inconclusive);
    REQUIRE(result.doubts.size() == 1);
    INFO(result.doubts[0]);
    CHECK(result.doubts[0].rfind("no steady state: ", 0) == 0);
    CHECK(result.doubts[0].find("writes took longer than service_level.latency_p95") !=
          std::string::npos);
}

TEST_CASE("steady state: a fault before anything is served leaves the run open") {
    const Result result = run(
        load("faults:\n  - {id: f, at: 1ms, inject: node.crash, target: all, for: 2s}\n"), 1);
    CHECK(result.verdict == Verdict::inconclusive);
    CHECK(std::find(result.doubts.begin(), result.doubts.end(),
                    "no steady state: no operation was acknowledged before f, at 1ms") !=
          result.doubts.end());
}
