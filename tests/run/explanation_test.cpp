// SPDX-License-Identifier: MIT
//
// Where the time of a recovery went.
#include "sim/run/explanation.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

// An outage as short as an election counts.
Scenario crash_drill() {
    Scenario scenario = test::crash_drill();
    scenario.service_level.latency_p95 = milliseconds(50);
    return scenario;
}

Scenario slow_vote_drill() {
    Scenario scenario = test::crash_drill();
    scenario.service_level.latency_p95 = milliseconds(150);
    scenario.disk.sync_latency = Constant{milliseconds(40)};
    return scenario;
}

// A fault of the network, so that recoveries also wait for it.
Scenario cut_drill() {
    Scenario scenario = test::quiet_drill();
    Selector others;
    others.others = true;
    scenario.faults = {test::fault("cut", "network.partition",
                                   Partition{{test::leader(5), others}, Partition::Direction::both},
                                   {}, seconds(2), seconds(4))};
    return scenario;
}

Scenario majority_drill() {
    Scenario scenario = test::quiet_drill();
    Selector three = test::everybody(3);
    scenario.faults = {
        test::fault("dark", "node.crash", NodeCrash{}, three, seconds(2), seconds(3))};
    return scenario;
}

Scenario stall_drill() {
    Scenario scenario = test::quiet_drill();
    scenario.faults = {test::fault("stall", "disk.stall", DiskStall{}, test::everybody(5),
                                   seconds(2), milliseconds(2900))};
    return scenario;
}

Result explained(const Scenario& scenario, std::uint64_t seed) {
    Result result = run(scenario, seed);
    explain(scenario, result);
    return result;
}

Duration on(const RecoveryRow& row, const std::string& account) {
    Duration sum{};
    for (const AccountRow& part : row.accounts) {
        if (part.account == account) sum = sum + part.duration;
    }
    return sum;
}

const RecoveryRow& writes(const Result& result) { return result.recovery.at(0); }

}  // namespace

TEST_CASE("explanation: accounts sum to the phases and these to the RTO, whatever the seed") {
    for (const Scenario& scenario : {crash_drill(), slow_vote_drill(), cut_drill(),
                                     majority_drill(), stall_drill()}) {
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            INFO("seed " << seed);
            const Result result = explained(scenario, seed);
            for (const RecoveryRow& row : result.recovery) {
                if (!row.rto || row.rto->ns == 0) {
                    CHECK(row.accounts.empty());
                    continue;
                }
                Duration total{};
                for (const PhaseRow& phase : row.phases) {
                    Duration sum{};
                    for (const AccountRow& part : row.accounts) {
                        if (part.phase == phase.name) sum = sum + part.duration;
                    }
                    REQUIRE(sum == phase.duration);
                    total = total + sum;
                }
                REQUIRE(total == *row.rto);
            }
        }
    }
}

TEST_CASE("explanation: it changes nothing else of the result") {
    const Scenario scenario = crash_drill();
    Result result = explained(scenario, 3);
    for (RecoveryRow& row : result.recovery) row.accounts.clear();
    CHECK(test::all_of(result) == test::all_of(run(scenario, 3)));
}

TEST_CASE("explanation: after a crash most of the time is an election timeout, and it has a name") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Result result = explained(crash_drill(), seed);
        const RecoveryRow& row = writes(result);
        REQUIRE(row.rto);
        INFO("seed " << seed);
        CHECK(on(row, "timer") * 2 > *row.rto);
        REQUIRE_FALSE(row.accounts.empty());
        CHECK(row.accounts[0].phase == "detect");
        CHECK(row.accounts[0].who.rfind("node-", 0) == 0);
    }
}

TEST_CASE("explanation: slow disks take their share of an election") {
    int judged = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Result result = explained(slow_vote_drill(), seed);
        INFO("seed " << seed);
        if (!writes(result).rto || writes(result).rto->ns == 0) continue;
        ++judged;
        // Two syncs one after the other at least: the candidate's vote, the voters'.
        CHECK(on(writes(result), "disk") >= milliseconds(60));
    }
    CHECK(judged >= 10);
}

TEST_CASE("explanation: without a quorum the time is that of the nodes that are down") {
    const Result result = explained(majority_drill(), 1);
    const RecoveryRow& row = writes(result);
    REQUIRE(row.rto);
    CHECK(on(row, "node") >= milliseconds(900));
    const auto node = std::find_if(row.accounts.begin(), row.accounts.end(),
                                   [](const AccountRow& part) { return part.account == "node"; });
    REQUIRE(node != row.accounts.end());
    CHECK(node->who == "node-1");
    CHECK(node->words == "no quorum runs without it (dark)");
}

TEST_CASE("explanation: disks that stall are named, with the fault that acts on them") {
    const Result result = explained(stall_drill(), 1);
    const RecoveryRow& row = writes(result);
    REQUIRE(row.rto);
    std::string said;
    for (const AccountRow& part : row.accounts) {
        said += part.phase + " " + part.account + " " + part.who + " " +
                std::to_string(part.duration.ns / 1'000'000) + "ms " + part.words + "\n";
    }
    INFO(said);
    CHECK(on(row, "disk") >= milliseconds(300));
    CHECK(said.find("(stall)") != std::string::npos);
}

TEST_CASE("explanation: of a run that does not recover it says what is missing") {
    Scenario scenario = test::quiet_drill();
    scenario.faults = {test::fault("dark", "node.crash", NodeCrash{}, test::everybody(3),
                                   seconds(2), std::nullopt)};
    const Result result = explained(scenario, 1);
    REQUIRE(writes(result).censored);
    CHECK(writes(result).stall.rfind("no quorum runs: 2 of 5; missing are node-1, node-2, node-3",
                                     0) == 0);
}
