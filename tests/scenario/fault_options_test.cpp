// SPDX-License-Identifier: MIT
//
// What a file says about faults of the network, the load, wall clocks and operators, and what is
// said about it when it is wrong.
#include "sim/scenario/schema.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::milliseconds;
using novacron::seconds;
using testing::fault_messages;
using testing::load;
using testing::messages;

// A fault of this text, which is right.
FaultSpec fault(const std::string& text) {
    const LoadResult result = load("faults:\n  - {id: f, at: 9s, " + text + "}\n");
    INFO(text << "\n" << format(result.diagnostics));
    REQUIRE(result.ok());
    return result.scenario->faults.at(0);
}
FaultKind kind(const std::string& text) { return std::get<FaultKind>(fault(text).what); }

std::string with(const std::string& text) {
    return fault_messages("at: 9s, for: 1s, target: all, " + text);
}
std::string load_target(const std::string& target) {
    return fault_messages("at: 9s, for: 1s, inject: load.spike, with: {factor: 2}, target: " +
                          target);
}
std::string cut(const std::string& target) {
    return fault_messages("at: 9s, for: 1s, inject: network.partition, target: {" + target + "}");
}
std::string push(const std::string& knobs) {
    return with("inject: operator.push_configuration, with: {step: 1s, " + knobs + "}");
}

TEST_CASE("fault options: what is written is what is done", "[scenario]") {
    CHECK(kind("for: 1s, inject: network.jitter, target: all, with: {latency: 5ms}") ==
          FaultKind{NetworkJitter{Constant{milliseconds(5)}}});
    CHECK(kind("for: 1s, inject: network.burst_loss, target: all, "
               "with: {good: 2s, bad: 30ms, loss: 80%}") ==
          FaultKind{NetworkBurstLoss{{seconds(2), milliseconds(30), 0.8, 0}}});
    CHECK(kind("for: 1s, inject: network.burst_loss, target: all, "
               "with: {good: 2s, bad: 30ms, loss: 80%, good_loss: 1%}") ==
          FaultKind{NetworkBurstLoss{{seconds(2), milliseconds(30), 0.8, 0.01}}});
    CHECK(kind("for: 1s, inject: network.corrupt, target: all, with: {probability: 5%}") ==
          FaultKind{NetworkCorrupt{0.05}});
    CHECK(kind("for: 1s, inject: network.bandwidth, target: all, "
               "with: {bandwidth: 2MiB, queue: 4KiB}") ==
          FaultKind{NetworkBandwidth{{2 << 20, 4 << 10}}});
    CHECK(kind("for: 1s, inject: network.hold, target: all") == FaultKind{NetworkHold{}});
    CHECK(kind("for: 1s, inject: network.flap, target: all, with: {down: 1s, up: 3s}") ==
          FaultKind{NetworkFlap{seconds(1), seconds(3)}});
    CHECK(kind("for: 1s, inject: network.swizzle, target: all, with: {step: 5ms}") ==
          FaultKind{NetworkSwizzle{milliseconds(5)}});
    CHECK(kind("for: 1s, inject: load.spike, target: clients, with: {factor: 2.5}") ==
          FaultKind{LoadSpike{2.5}});
    CHECK(kind("for: 1s, inject: load.ramp, target: clients, with: {factor: 4, over: 500ms}") ==
          FaultKind{LoadRamp{4, milliseconds(500)}});
    CHECK(kind("for: 1s, inject: load.hot_key, target: clients, with: {share: 60%}") ==
          FaultKind{LoadHotKey{0.6}});
    CHECK(kind("inject: load.herd, target: clients, with: {operations: 70}") ==
          FaultKind{LoadHerd{70}});
    CHECK(kind("for: 1s, inject: clock.step, target: all, with: {offset: -1h}") ==
          FaultKind{ClockStep{seconds(-3600)}});
    CHECK(kind("for: 1s, inject: clock.smear, target: all, with: {offset: 1s, over: 10s}") ==
          FaultKind{ClockSmear{seconds(1), seconds(10)}});
    CHECK(kind("for: 1s, inject: clock.freeze, target: all") == FaultKind{ClockFreeze{}});
    CHECK(kind("for: 1s, inject: operator.restart_wrong_node, target: node-1") ==
          FaultKind{WrongRestart{}});
    CHECK(kind("for: 1s, inject: operator.restart_wrong_node, target: node-1, "
               "with: {instead: [node-3, node-2]}") ==
          FaultKind{WrongRestart{{NodeId{1}, NodeId{2}}}});
    CHECK(kind("for: 1s, inject: operator.repeat_removal, target: node-1, "
               "with: {times: 4, every: 20ms}") ==
          FaultKind{RepeatedRemoval{4, milliseconds(20), 1}});
    PushedConfiguration pushed;
    pushed.election_timeout_max = seconds(1);
    pushed.check_quorum = false;
    pushed.step = seconds(2);
    CHECK(kind("for: 1s, inject: operator.push_configuration, target: node-1, "
               "with: {step: 2s, election_timeout_max: 1s, check_quorum: false}") ==
          FaultKind{pushed});
}

TEST_CASE("fault options: a workload is hit by its name, all of them as clients", "[scenario]") {
    const std::string spike = "for: 1s, inject: load.spike, with: {factor: 2}, target: ";
    CHECK(fault(spike + "reads").target.workloads == std::vector<std::uint32_t>{1});
    CHECK(fault(spike + "[reads, writes, reads]").target.workloads ==
          std::vector<std::uint32_t>{0, 1});
    CHECK(fault(spike + "clients").target.clients);
    CHECK(fault(spike + "[clients, reads]").target.workloads.empty());
    CHECK(load_target("node-1") == "unknown workload 'node-1'\n");
    CHECK(load_target("[read, writes, wrote]") ==
          "unknown workload 'read'\nunknown workload 'wrote'\n");
    CHECK(load_target("{role: leader}") == "this is about workloads, and not about nodes\n");
    CHECK(load_target("[]") == "nobody is meant here\n");
    CHECK(messages(load("workload: []\nfaults:\n  - {id: f, at: 9s, for: 1s, inject: load.spike,"
                        " target: clients, with: {factor: 2}}\n")) ==
          "there is no workload, so nobody asks for anything\n");
    const auto wrong = load("faults:\n  - {id: f, at: 9s, for: 1s, inject: load.spike,"
                            " target: red, with: {factor: 2}}\n");
    CHECK(wrong.diagnostics.at(0).hint == "did you mean reads?");
    CHECK(wrong.diagnostics.at(0).at.line == 11);
}

TEST_CASE("fault options: each key that is needed is asked for, others are refused",
          "[scenario]") {
    CHECK(with("inject: network.burst_loss") ==
          "network.burst_loss needs 'good'\nnetwork.burst_loss needs 'bad'\n"
          "network.burst_loss needs 'loss'\n");
    CHECK(with("inject: network.flap, with: {up: 1s}") == "network.flap needs 'down'\n");
    CHECK(with("inject: network.hold, with: {up: 1s}") == "network.hold has no 'up'\n");
    CHECK(with("inject: network.bandwidth, with: {bandwidth: 1KiB, queue: 1KiB, over: 1s}") ==
          "network.bandwidth has no 'over'\n");
    CHECK(with("inject: network.bandwidth, with: {bandwidth: 1B, queue: 1KiB}") ==
          "at least 1KiB is possible here, not 1B\n");
    CHECK(with("inject: clock.step, with: {offset: 3651d}") ==
          "at most 3650d is possible here, not 3651d\n");
    CHECK(with("inject: network.swizzle, with: {step: 0s}") ==
          "at least 1ms is possible here, not 0s\n");
    const auto spike = [](const std::string& factor) {
        return fault_messages("at: 9s, for: 1s, inject: load.spike, target: clients, with: "
                              "{factor: " + factor + "}");
    };
    CHECK(spike("1") == "at least 1.01 is possible here, not 1\n");
    CHECK(fault_messages("at: 9s, for: 1s, inject: load.herd, target: clients, "
                         "with: {operations: 5}") == "load.herd is done at once\n");
    const auto missing = load("faults:\n  - {id: f, at: 9s, for: 1s, target: all,"
                              " inject: network.flap}\n");
    CHECK(missing.diagnostics.at(0).hint == "write with: {down: 200ms, up: 800ms}");
}

TEST_CASE("fault options: the wrong node is not the right one", "[scenario]") {
    CHECK(fault_messages("at: 9s, for: 1s, inject: operator.restart_wrong_node, "
                         "target: [node-1, node-2], with: {instead: node-2}") ==
          "'node-2' is the right node and the wrong one\n");
    CHECK(with("inject: operator.restart_wrong_node, with: {instead: nod-1}") ==
          "unknown node 'nod-1'\n");
}

TEST_CASE("fault options: knobs that are pushed go with those that stay", "[scenario]") {
    CHECK(push("election_timeout_min: 100ms").empty());
    CHECK(push("election_timeout_min: 400ms") ==
          "with this, election_timeout_max, 300ms, is below election_timeout_min, 400ms\n");
    CHECK(push("election_timeout_min: 10ms") ==
          "with this, election_timeout_min, 10ms, is less than twice the heartbeat_interval, "
          "50ms\n");
    CHECK(push("election_timeout_min: 10ms, heartbeat_interval: 5ms").empty());
    CHECK(push("pre_vote: true") == "nothing is pushed that is not there already\n");
    CHECK(push("pre_vote: false").empty());
    CHECK(messages(load("cluster: {sites: {a: {nodes: [n]}}, consensus: {reads: lease}}\n"
                        "faults:\n  - {id: f, at: 9s, for: 1s, target: all,"
                        " inject: operator.push_configuration,"
                        " with: {step: 1s, check_quorum: false}}\n")) ==
          "reads by lease need check_quorum\n");
}

TEST_CASE("cut targets: shapes and links are read, with their direction", "[scenario]") {
    const auto partition = [](const std::string& target) {
        return std::get<Partition>(
            kind("for: 1s, inject: network.partition, target: {" + target + "}"));
    };
    using Shape = Partition::Shape;
    CHECK(partition("shape: halves").shape == Shape::halves);
    CHECK(partition("shape: isolate").shape == Shape::isolate);
    CHECK(partition("shape: minority").shape == Shape::minority);
    CHECK(partition("shape: majorities_ring").shape == Shape::majorities_ring);
    CHECK(partition("shape: bridge, direction: inward").direction == Partition::Direction::inward);
    CHECK_FALSE(partition("shape: partial_mesh").share.has_value());
    CHECK(partition("shape: partial_mesh, share: 30%").share == 0.3);
    const Partition links = partition(
        "links: [{from: node-1, to: [node-2, clients]},"
        " {from: leader, to: {pick: 1, of: {role: follower}}}], direction: outward");
    REQUIRE(links.shape == Shape::links);
    REQUIRE(links.links.size() == 2);
    CHECK(links.direction == Partition::Direction::outward);
    CHECK(links.links[0].from.among == std::vector{NodeId{0}});
    CHECK(links.links[0].to.clients);
    CHECK(links.links[1].from.role == Selector::Role::leader);
    CHECK(links.links[1].to.pick == 1U);
}

TEST_CASE("cut targets: what does not go together is refused, with what would", "[scenario]") {
    CHECK(cut("shape: halfs") == "no such choice: 'halfs'\n");
    CHECK(cut("shape: halves, split: [[leader], [others]]") ==
          "'shape' does not go with 'split'\n");
    CHECK(cut("shape: halves, links: []") == "'links' does not go with 'shape'\n");
    CHECK(cut("shape: halves, share: 5%") == "share is for shape: partial_mesh only\n");
    CHECK(cut("split: [[leader], [others]], share: 5%") == "'share' does not go with split\n");
    CHECK(cut("shape: halves, role: leader") == "'role' does not go with shape\n");
    CHECK(cut("shape: majorities_ring, direction: inward") ==
          "in a ring of majorities nobody is first, so it is cut in both directions\n");
    CHECK(cut("links: []") == "no link is cut here\n");
    CHECK(cut("links: [{from: node-1}]") == "the key 'to' is missing\n");
    CHECK(cut("links: [{from: node-1, to: node-1}]") ==
          "both ends of the link are the same\n");
    CHECK(cut("links: [{from: nod-1, to: others}]") ==
          "unknown node 'nod-1'\n'others' is for the groups of a split only\n");
    CHECK(fault_messages("at: 9s, for: 1s, inject: network.loss, with: {probability: 5%},"
                         " target: {shape: halves}") ==
          "'shape' is for network.partition only\n");
    CHECK(messages(load("cluster: {sites: {a: {nodes: [n, m]}}}\nfaults:\n"
                        "  - {id: f, at: 9s, for: 1s, inject: network.partition,"
                        " target: {shape: bridge}}\n")) ==
          "the shape bridge takes 3 nodes or more, and there are 2\n");
}

TEST_CASE("fault options: a storm says which partitions it means", "[scenario]") {
    const auto storm = [](const std::string& more) {
        return std::get<RandomFaults>(
            fault("until: 20s, random: {rate: 1/s, for: 1s, pick: [network.partition]" + more + "}")
                .what);
    };
    CHECK(storm("").partitions == RandomFaults::Partitions::splits);
    CHECK(storm(", partitions: any").partitions == RandomFaults::Partitions::any);
}

TEST_CASE("fault options: explain says which keys may be left out", "[scenario]") {
    const std::string text = explain("network.burst_loss").value();
    CHECK(text.find("good, bad, loss, good_loss (may be left out)") != std::string::npos);
    CHECK(explain("load.herd")->find("workloads") != std::string::npos);
    CHECK(explain("target.shape").has_value());
    CHECK(explain("faults[].target.links[].from").has_value());
}

}  // namespace
}  // namespace shaketable
