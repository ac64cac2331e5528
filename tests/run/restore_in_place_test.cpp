// SPDX-License-Identifier: MIT
//
// A group that is made anew from a restore, as the whole of a run sees it: the rules of Raft hold
// before and after, what was given up is no broken promise, and the recovery has the restore's
// phases.
#include <string>

#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

// Three nodes, backed up all the time; at second 8 they go back to second 6.
Scenario back_to_six() {
    Scenario scenario = test::quiet_drill(3);
    BackupOptions backup;
    backup.full_every = seconds(60);
    backup.full_at = Duration{};
    backup.archive_timeout = milliseconds(200);
    backup.store.latency = Constant{milliseconds(5)};
    backup.restore.locate = milliseconds(100);
    backup.restore.provision = Constant{milliseconds(500)};
    scenario.backup = backup;
    BackupRestore order;
    order.to_time = seconds(6);
    order.in_place = true;
    scenario.faults = {
        test::fault("copy", "backup.create", BackupCreate{}, {}, seconds(3), milliseconds(3001)),
        test::fault("restore", "backup.restore", order, {}, seconds(8), milliseconds(8001))};
    scenario.rpo = RpoTarget{1, seconds(3), std::nullopt};
    scenario.rto = RtoTarget{};
    scenario.rto->from = 1;
    scenario.service_level.hold = seconds(3);
    scenario.duration = seconds(16);
    return scenario;
}

}  // namespace

TEST_CASE("restore in place: a run loses what came after the state, and breaks no promise") {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        INFO("seed " << seed);
        const Result result = run(back_to_six(), seed);
        CHECK(result.findings.empty());
        REQUIRE(result.restores.size() == 1);
        CHECK(result.restores[0].outcome == "reached");
        CHECK(result.restores[0].in_place == result.restores[0].ended);
        REQUIRE(result.loss.has_value());
        CHECK(result.loss->lost_acked_ops > 50);
        CHECK(result.loss->lost_after_fault_ops <= 5);  // answers that were on their way
        CHECK(result.loss->rpo_time > milliseconds(1900));
        CHECK(result.loss->rpo_time <= seconds(2));
        REQUIRE_FALSE(result.recovery.empty());
        const RecoveryRow& writes = result.recovery.front();
        REQUIRE(writes.rto.has_value());
        REQUIRE(writes.phases.size() == 7);
        CHECK(writes.phases[2].name == "provision");
        CHECK(writes.phases[2].duration == milliseconds(500));
        Duration sum{};
        for (const PhaseRow& phase : writes.phases) sum = sum + phase.duration;
        CHECK(sum == *writes.rto);
    }
}
