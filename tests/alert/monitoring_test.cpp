// SPDX-License-Identifier: MIT
//
// Whole runs that are watched from outside.
#include "sim/run/drill.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/loader.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

// A follower is down from 5.2 s on; everything is looked at every half second.
constexpr std::string_view kScenario = R"(version: 1
name: watched
time: {warmup: 2s, duration: 14s}
cluster: {sites: {home: {nodes: [n1, n2, n3]}}}
workload: [{id: writes, operation: write, rate: 50/s}]
service_level: {hold: 2s}
)";
constexpr std::string_view kAlerts = R"(alerts:
  scrape_interval: 500ms
  evaluation_interval: 500ms
  grace: 1s
  groups:
    - name: nodes
      rules:
        - {alert: NodeDown, expr: up == 0, for: 1s, labels: {severity: page}}
        - {alert: ManyDown, expr: count(up == 0) >= 2, labels: {severity: ticket}}
        - {alert: Never, expr: sum(up) > 3, labels: {severity: page}}
)";
constexpr std::string_view kCrash =
    "  - {id: crash, at: 5200ms, inject: node.crash, target: {pick: 1, of: {role: follower}},"
    " for: 4s}\n";

Scenario load(const std::string& text) {
    const LoadResult loaded = load_scenario_text(text, "watched.yaml");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return *loaded.scenario;
}
Scenario watched(const std::string& faults) {
    return load(std::string(kScenario) + std::string(kAlerts) + "faults:\n" + faults);
}

const AlertRow& first(const Result& result, const std::string& alert) {
    const auto& rows = result.alerting.value().alerts;
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const AlertRow& row) { return row.alert == alert; });
    REQUIRE(found != rows.end());
    return *found;
}

const std::string kPaged =
    std::string(kCrash) +
    "  - {id: pause, at: \"alert:NodeDown.firing + 700ms\", inject: node.pause, target: {role: "
    "leader}, for: 2s}\n"
    "  - {id: cut, at: pause.start, inject: network.loss, target: all, with: {probability: 1%},"
    " until: alert:ManyDown.resolved}\n";

TEST_CASE("monitoring: what waits for an alert begins so long after it has fired") {
    const Scenario scenario = watched(kPaged);
    const Result result = run(scenario, 3);
    const AlertRow& page = first(result, "NodeDown");
    // Seen at 5.5 s, and one second later it has held for long enough.
    CHECK(page.pending == Instant{} + milliseconds(5500));
    CHECK(page.firing == Instant{} + milliseconds(6500));
    CHECK(page.fault == "crash");
    REQUIRE(result.faults.size() == 3);
    CHECK(result.faults[1].id == "pause");
    CHECK(result.faults[1].start == Instant{} + milliseconds(7200));
    CHECK(result.faults[1].end == Instant{} + milliseconds(9200));
    CHECK(result.faults[1].effect == "node paused");
    // Two nodes are silent from 7.5 s on, until both are back.
    const AlertRow& many = first(result, "ManyDown");
    CHECK(many.firing == Instant{} + milliseconds(7500));
    CHECK(result.faults[2].end == many.resolved);
    CHECK(result.alerting->pages >= 1);
    CHECK(result.alerting->false_pages == 0);
    REQUIRE(result.alerting->faults.size() == 1);  // what hangs on alerts is no cause
    CHECK(result.alerting->faults[0].time_to_page == milliseconds(1300));
    CHECK(result.doubts.empty());

    // The same run in steps, by hand, and from the scenario's own text.
    Drill drill(scenario, 3);
    drill.advance(Instant{} + milliseconds(6400));
    CHECK_THROWS_AS(drill.instant_of("alert:NodeDown.firing"), DrillError);
    drill.advance(Instant{} + milliseconds(6600));
    CHECK(drill.instant_of("alert:NodeDown.firing + 1s") == Instant{} + milliseconds(7500));
    drill.finish();
    CHECK(drill.result().fingerprint == result.fingerprint);
    Simulation simulation(scenario, 3);
    while (simulation.step()) {}
    CHECK(simulation.result().fingerprint == result.fingerprint);
    const Scenario again = load(scenario.resolved);
    CHECK(again.hash == scenario.hash);
    CHECK(test::all_of(run(again, 3)) == test::all_of(result));
}

TEST_CASE("monitoring: what waits for an alert that never comes makes the run inconclusive") {
    const Result result = run(
        watched(std::string(kCrash) +
                "  - {id: pause, at: alert:Never.firing, inject: node.pause, target: all, for: 1s}"
                "\n"),
        1);
    CHECK(result.faults.size() == 1);
    CHECK(result.verdict == Verdict::inconclusive);
    REQUIRE(result.doubts.size() == 1);
    CHECK(result.doubts[0] == "pause never began: Never never fired");
}

TEST_CASE("monitoring: it disturbs nobody, and a run without it has none of its facts") {
    const std::string faults = "faults:\n" + std::string(kCrash);
    const Result without = run(load(std::string(kScenario) + faults), 5);
    Result with = run(load(std::string(kScenario) + std::string(kAlerts) + faults), 5);
    CHECK_FALSE(without.alerting);
    CHECK(with.facts == without.facts + 3);  // pending, firing, resolved
    CHECK(with.messages == without.messages);
    CHECK(with.workloads[0].latency_max == without.workloads[0].latency_max);
}

TEST_CASE("monitoring: pages without a fault are false, and faults without a page are missed") {
    const std::string text =
        std::string(kScenario) + std::string(kAlerts) +
        "        - {alert: Always, expr: sum(up) == 3, labels: {severity: critical}}\n"
        "faults:\n"
        "  - {id: slow, at: 6s, inject: network.delay, target: all, with: {latency: 1ms}, for: 1s}"
        "\n  - {id: late, at: 10s, inject: node.crash, target: n1, for: 500ms}\n";
    const Result result = run(load(text), 1);
    const AlertingRow& row = result.alerting.value();
    // Always fires from the first look on, and again when n1 is back, which is due to its crash.
    CHECK(row.pages == 2);
    CHECK(row.false_pages == 1);
    CHECK(first(result, "Always").fault.empty());
    CHECK(row.faults[0].time_to_page == Duration{});  // somebody had been called before
    CHECK(row.missed == 0);

    const Result quiet = run(watched("  - {id: slow, at: 6s, inject: network.delay, target: all,"
                                     " with: {latency: 1ms}, for: 1s}\n"), 1);
    CHECK(quiet.alerting->missed == 1);
    CHECK(quiet.alerting->faults[0].alert.empty());
}

}  // namespace
