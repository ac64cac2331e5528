// SPDX-License-Identifier: MIT
//
// A storm of random faults, spelled out for a seed.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/fault/schedule.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::Random;
using novacron::seconds;

const std::vector<std::string> kKinds = {"node.crash",        "node.power_loss",   "node.pause",
                                         "network.partition", "network.delay",     "network.loss",
                                         "network.reorder",   "network.duplicate", "disk.slow",
                                         "disk.sync_ignored", "disk.stall",
                                         "disk.sync_error",   "disk.read_error",
                                         "disk.full",         "disk.bit_rot",
                                         "raft.transfer_leadership", "clock.drift"};

// A storm from second 10 to second 1010.
FaultSpec storm(const std::vector<std::string>& kinds) {
    return {"storm",
            "random",
            RandomFaults{seconds(1), seconds(2), seconds(5), kinds},
            {},
            {When::Anchor::run_start, 0, seconds(10), {}},
            When{When::Anchor::run_start, 0, seconds(1010), {}}};
}
std::vector<PlannedFault> plan(const std::vector<FaultSpec>& faults, std::uint64_t seed) {
    return plan_faults({faults, seconds(5), seconds(2000), 5}, Random(seed)).faults;
}

bool is_same(const PlannedFault& a, const PlannedFault& b) {
    Random draws_a = a.random;
    Random draws_b = b.random;
    return a.id == b.id && a.inject == b.inject && a.kind == b.kind && a.target == b.target &&
           a.start == b.start && a.end == b.end && draws_a.bits() == draws_b.bits();
}
bool are_same(const std::vector<PlannedFault>& a, const std::vector<PlannedFault>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same);
}

}  // namespace

TEST_CASE("random faults: the same seed spells out the same storm, another seed another") {
    REQUIRE(are_same(plan({storm(kKinds)}, 1), plan({storm(kKinds)}, 1)));
    REQUIRE_FALSE(are_same(plan({storm(kKinds)}, 1), plan({storm(kKinds)}, 2)));
}

TEST_CASE("random faults: other faults of the scenario leave the storm as it is") {
    FaultSpec other = storm({"node.crash"});
    other.id = "other";
    std::vector<PlannedFault> both = plan({other, storm(kKinds)}, 1);
    std::erase_if(both, [](const PlannedFault& fault) { return fault.origin == 0; });
    REQUIRE(are_same(both, plan({storm(kKinds)}, 1)));
}

TEST_CASE("random faults: they strike within the storm and act as long as it says") {
    bool cut_short = false;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        for (const PlannedFault& fault : plan({storm(kKinds)}, seed)) {
            REQUIRE(fault.start >= Instant{} + seconds(10));
            REQUIRE(fault.start < Instant{} + seconds(1010));
            REQUIRE(fault.end.has_value());
            REQUIRE(*fault.end <= Instant{} + seconds(1010));
            REQUIRE(*fault.end - fault.start <= seconds(5));
            if (fault.inject == "disk.bit_rot" || fault.inject == "raft.transfer_leadership") {
                // Done at once, as in a scenario file.
                REQUIRE(*fault.end == fault.start + Duration{1});
            } else if (*fault.end == Instant{} + seconds(1010)) {
                cut_short = true;
            } else {
                REQUIRE(*fault.end - fault.start >= seconds(2));
            }
            REQUIRE(fault.drawn);
        }
    }
    REQUIRE(cut_short);
}

TEST_CASE("random faults: they are numbered in the order in which they strike") {
    const std::vector<PlannedFault> faults = plan({storm(kKinds)}, 1);
    for (std::size_t i = 0; i < faults.size(); ++i) {
        REQUIRE(faults[i].id == "storm-" + std::to_string(i + 1));
    }
}

TEST_CASE("random faults: they strike as a Poisson process, each kind equally often") {
    std::size_t total = 0;
    std::map<std::string, std::size_t> kinds;
    constexpr std::size_t kSeeds = 20;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        for (const PlannedFault& fault : plan({storm(kKinds)}, seed)) {
            ++total;
            ++kinds[fault.inject];
        }
    }
    const double expected = 1000.0 * kSeeds;
    REQUIRE(std::abs(static_cast<double>(total) - expected) <= 4 * std::sqrt(expected));
    REQUIRE(kinds.size() == kKinds.size());
    const double share = expected / static_cast<double>(kKinds.size());
    for (const auto& [kind, count] : kinds) {
        INFO(kind << ": " << count << ", expected " << share);
        REQUIRE(std::abs(static_cast<double>(count) - share) <= 4 * std::sqrt(share));
    }
}

TEST_CASE("random faults: a change of the membership is drawn when it strikes, among all") {
    for (const PlannedFault& fault : plan({storm({"raft.change_membership"})}, 1)) {
        REQUIRE(fault.kind == FaultKind{MembershipChange{MembershipChange::Wish::draw}});
        REQUIRE(fault.target.among.size() == 5);
        REQUIRE(fault.target.role == Selector::Role::any);
        REQUIRE_FALSE(fault.target.pick);
    }
}

TEST_CASE("random faults: each does what its word says, to somebody") {
    const std::map<std::string, std::size_t> alternatives = {
        {"node.crash", FaultKind(NodeCrash{}).index()},
        {"node.power_loss", FaultKind(PowerLoss{}).index()},
        {"node.pause", FaultKind(NodePause{}).index()},
        {"network.partition", FaultKind(Partition{}).index()},
        {"network.delay", FaultKind(NetworkDelay{}).index()},
        {"network.loss", FaultKind(NetworkLoss{}).index()},
        {"network.duplicate", FaultKind(NetworkDuplicate{}).index()},
        {"network.reorder", FaultKind(NetworkReorder{}).index()},
        {"disk.slow", FaultKind(DiskSlow{}).index()},
        {"disk.stall", FaultKind(DiskStall{}).index()},
        {"disk.sync_ignored", FaultKind(DiskSyncIgnored{}).index()},
        {"disk.sync_error", FaultKind(DiskSyncError{}).index()},
        {"disk.read_error", FaultKind(DiskReadError{}).index()},
        {"disk.full", FaultKind(DiskFull{}).index()},
        {"disk.bit_rot", FaultKind(DiskBitRot{}).index()},
        {"raft.transfer_leadership", FaultKind(LeadershipTransfer{}).index()},
        {"clock.drift", FaultKind(ClockDrift{}).index()}};
    for (const PlannedFault& fault : plan({storm(kKinds)}, 1)) {
        REQUIRE(fault.kind.index() == alternatives.at(fault.inject));
        REQUIRE(fault.target.among.size() == 5);
        const bool leader = fault.target.role == Selector::Role::leader;
        REQUIRE(leader != fault.target.pick.has_value());
        if (fault.target.pick) {
            REQUIRE(*fault.target.pick >= 1);
            REQUIRE(*fault.target.pick <= 5);
        }
        if (const auto* partition = std::get_if<Partition>(&fault.kind)) {
            REQUIRE(partition->groups.size() == 2);
            REQUIRE(partition->groups[0] == fault.target);
            REQUIRE(partition->groups[1].others);
        }
        if (const auto* clock = std::get_if<ClockDrift>(&fault.kind)) {
            REQUIRE(clock->drift_ppb != 0);
            REQUIRE(std::abs(clock->drift_ppb) <= 1'000'000);
        }
        if (const auto* loss = std::get_if<NetworkLoss>(&fault.kind)) {
            REQUIRE(loss->probability > 0);
            REQUIRE(loss->probability <= 0.3);
        }
    }
}

TEST_CASE("random faults: now and then everybody is hit, mostly a minority") {
    std::size_t all = 0;
    std::size_t minority = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        for (const PlannedFault& fault : plan({storm({"node.crash"})}, seed)) {
            if (!fault.target.pick) continue;
            ++(*fault.target.pick <= 2 ? minority : all);
        }
    }
    REQUIRE(all > 0);
    REQUIRE(minority > 5 * all);
    REQUIRE(minority < 9 * all);
}

TEST_CASE("random faults: every kind of the catalogue is drawn, with options within its bounds") {
    const std::map<std::string, std::size_t> alternatives = {
        {"network.jitter", FaultKind(NetworkJitter{}).index()},
        {"network.burst_loss", FaultKind(NetworkBurstLoss{}).index()},
        {"network.corrupt", FaultKind(NetworkCorrupt{}).index()},
        {"network.bandwidth", FaultKind(NetworkBandwidth{}).index()},
        {"network.hold", FaultKind(NetworkHold{}).index()},
        {"network.flap", FaultKind(NetworkFlap{}).index()},
        {"network.swizzle", FaultKind(NetworkSwizzle{}).index()},
        {"load.spike", FaultKind(LoadSpike{}).index()},
        {"load.ramp", FaultKind(LoadRamp{}).index()},
        {"load.hot_key", FaultKind(LoadHotKey{}).index()},
        {"load.herd", FaultKind(LoadHerd{}).index()},
        {"clock.step", FaultKind(ClockStep{}).index()},
        {"clock.smear", FaultKind(ClockSmear{}).index()},
        {"clock.freeze", FaultKind(ClockFreeze{}).index()},
        {"operator.restart_wrong_node", FaultKind(WrongRestart{}).index()},
        {"operator.repeat_removal", FaultKind(RepeatedRemoval{}).index()},
        {"operator.push_configuration", FaultKind(PushedConfiguration{}).index()}};
    std::vector<std::string> kinds;
    for (const auto& [word, index] : alternatives) kinds.push_back(word);
    std::map<std::string, std::size_t> drawn;
    for (const PlannedFault& fault : plan({storm(kinds)}, 1)) {
        INFO(fault.inject);
        REQUIRE(fault.kind.index() == alternatives.at(fault.inject));
        ++drawn[fault.inject];
        const bool load = fault.inject.starts_with("load.");
        REQUIRE(fault.target.clients == load);
        REQUIRE(fault.target.among.empty() == load);
        if (const auto* bursts = std::get_if<NetworkBurstLoss>(&fault.kind)) {
            REQUIRE(bursts->options.good >= novacron::milliseconds(1));
            REQUIRE(bursts->options.bad >= novacron::milliseconds(1));
            REQUIRE(bursts->options.loss > 0);
            REQUIRE(bursts->options.loss <= 1);
            REQUIRE(bursts->options.good_loss < 1);
        }
        if (const auto* spike = std::get_if<LoadSpike>(&fault.kind)) REQUIRE(spike->factor > 1);
        if (const auto* removal = std::get_if<RepeatedRemoval>(&fault.kind)) {
            REQUIRE(removal->keep == 3);
            REQUIRE(fault.target.pick.value_or(1) == 1);
        }
        if (const auto* pushed = std::get_if<PushedConfiguration>(&fault.kind)) {
            const auto options = pushed->upon({});
            REQUIRE(options.election_timeout_min >= options.heartbeat_interval * 2);
            REQUIRE(options.election_timeout_max >= options.election_timeout_min);
        }
        if (const auto* step = std::get_if<ClockStep>(&fault.kind)) {
            REQUIRE(step->offset != Duration{});
        }
    }
    REQUIRE(drawn.size() == alternatives.size());
}

TEST_CASE("random faults: of any partitions each shape is drawn, and a ring both ways only") {
    FaultSpec any = storm({"network.partition", "node.crash"});
    std::get<RandomFaults>(any.what).partitions = RandomFaults::Partitions::any;
    const std::vector<PlannedFault> faults = plan({any}, 1);
    std::map<Partition::Shape, std::size_t> shapes;
    for (const PlannedFault& fault : faults) {
        const auto* partition = std::get_if<Partition>(&fault.kind);
        if (partition == nullptr) continue;
        ++shapes[partition->shape];
        REQUIRE((partition->shape == Partition::Shape::split) == (partition->groups.size() == 2));
        if (partition->shape != Partition::Shape::majorities_ring) continue;
        REQUIRE(partition->direction == Partition::Direction::both);
    }
    REQUIRE(shapes.size() == 7);
    // What else is drawn stays as it is.
    const std::vector<PlannedFault> splits = plan({storm({"network.partition", "node.crash"})}, 1);
    REQUIRE(splits.size() == faults.size());
    for (std::size_t i = 0; i < faults.size(); ++i) {
        REQUIRE(faults[i].inject == splits[i].inject);
        REQUIRE(faults[i].start == splits[i].start);
        REQUIRE(faults[i].end == splits[i].end);
        REQUIRE(faults[i].target == splits[i].target);
    }
}
