// SPDX-License-Identifier: MIT
//
// Loss as it stands when a run ends at an awkward moment. A node that has just started does not
// know yet how much of its log is committed, and a follower learns it a message late; what was
// acknowledged is in their logs all the same, and must not be called lost.
#include <cstdint>

#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

// Every node goes down at second 3 and begins to start at second 4; it serves at 4.5.
Scenario all_down(const FaultKind& kind, Duration run_end) {
    Scenario scenario = test::quiet_drill(3);
    scenario.faults = {
        test::fault("down", "node.crash", kind, test::everybody(3), seconds(3), seconds(4))};
    scenario.duration = run_end;
    return scenario;
}

void require_nothing_lost(const Scenario& scenario) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        const Result result = run(scenario, seed);
        REQUIRE(result.loss.has_value());
        REQUIRE(result.loss->acknowledged_ops > 100);
        REQUIRE(result.loss->lost_acked_ops == 0);
        REQUIRE(result.loss->lost_after_fault_ops == 0);
        REQUIRE(result.findings.empty());
    }
}

}  // namespace

TEST_CASE("loss: a run that ends while all nodes are down has lost nothing") {
    require_nothing_lost(all_down(NodeCrash{}, milliseconds(3500)));
    require_nothing_lost(all_down(PowerLoss{}, milliseconds(3500)));
}

TEST_CASE("loss: a run that ends before the restarted nodes have a leader has lost nothing") {
    require_nothing_lost(all_down(NodeCrash{}, milliseconds(4510)));
    require_nothing_lost(all_down(PowerLoss{}, milliseconds(4510)));
}

TEST_CASE("loss: a run that ends right after the leader's crash has lost nothing") {
    Scenario scenario = test::quiet_drill(3);
    scenario.workloads[0].rate_per_second = 1000;
    scenario.faults = {
        test::fault("crash", "node.crash", NodeCrash{}, test::leader(3), seconds(3), std::nullopt)};
    for (const std::int64_t after_ms : {1, 10, 100}) {
        scenario.duration = milliseconds(3000 + after_ms);
        require_nothing_lost(scenario);
    }
}
