// SPDX-License-Identifier: MIT
//
// Back-pressure in whole runs: the disks of a leader and of two of its four followers stall, so
// that it stays in office and commits nothing. A command has 32 bytes.
#include <algorithm>
#include <cstdint>
#include <map>

#include "core/kv/command.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

constexpr std::uint64_t kCommands = 64;  // a leader takes on, where it is bounded

// The stall lasts from second 2 to second 4. Whoever is not answered asks again soon.
Scenario stalled_majority() {
    Scenario scenario = test::quiet_drill(5);
    scenario.duration = seconds(8);
    scenario.workloads.resize(1);
    scenario.workloads[0].rate_per_second = 200;
    scenario.workloads[0].attempt_timeout = milliseconds(200);
    Selector followers = test::everybody(5);
    followers.role = Selector::Role::follower;
    followers.pick = 2;
    scenario.faults = {
        test::fault("leader", "disk.stall", DiskStall{}, test::leader(5), seconds(2), seconds(4)),
        test::fault("two", "disk.stall", DiskStall{}, followers, seconds(2), seconds(4))};
    return scenario;
}
Scenario bounded(Scenario scenario) {
    scenario.consensus.max_uncommitted_bytes = kCommands * novacron::kv::kCommandSize;
    return scenario;
}

// How far leaders' logs go beyond what they know to be committed, at most.
class Backlog final : public Subscriber {
public:
    void on_fact(Instant, const Fact& fact) override {
        if (const auto* role = std::get_if<RoleChanged>(&fact)) {
            leads_[role->node] = role->role == novacron::raft::Role::leader;
        } else if (const auto* commit = std::get_if<CommitAdvanced>(&fact)) {
            committed_[commit->node] = commit->index;
        } else if (const auto* entry = std::get_if<EntryAppended>(&fact)) {
            if (leads_[entry->node]) {
                most = std::max<std::uint64_t>(most, entry->index - committed_[entry->node]);
            }
        }
    }
    std::uint64_t most = 0;

private:
    std::map<NodeId, bool> leads_;
    std::map<NodeId, LogIndex> committed_;
};

struct Watched {
    Result result;
    std::uint64_t backlog;
};
Watched watch(const Scenario& scenario, std::uint64_t seed) {
    Simulation simulation(scenario, seed);
    Backlog backlog;
    simulation.record().subscribe_to_all(backlog);
    simulation.advance(Instant::never());
    return {simulation.result(), backlog.most};
}

}  // namespace

TEST_CASE("flow: while disks stall, what waits is bounded, and all is written soon after") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        const Watched run = watch(bounded(stalled_majority()), seed);
        CHECK(run.backlog == kCommands);
        CHECK(run.result.findings.empty());
        CHECK(run.result.elections == 0);
        REQUIRE(run.result.workloads.size() == 1);
        CHECK(run.result.workloads[0].unknown == 0);
    }
}

TEST_CASE("flow: without a bound, retries pile up beyond all that clients ever asked for") {
    const Watched run = watch(stalled_majority(), 1);
    CHECK(run.backlog > 4 * 400);  // those of two seconds, again and again
    CHECK(run.result.findings.empty());
}

TEST_CASE("flow: nodes that apply in pages serve as well") {
    Scenario scenario = bounded(stalled_majority());
    scenario.workloads = test::quiet_drill().workloads;
    scenario.consensus.max_apply_bytes = 2 * novacron::kv::kCommandSize;
    scenario.consensus.snapshot_threshold = 50;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        const Watched run = watch(scenario, seed);
        CHECK(run.result.findings.empty());
        for (const WorkloadRow& row : run.result.workloads) CHECK(row.unknown == 0);
    }
}
