// SPDX-License-Identifier: MIT
//
// What changes of the membership ask of Raft's invariants (S1, S7, S8 and S13), of progress (L6 and
// who owes it), of health and of what survives: each rule with a legal tale and the nearest one
// that is not.
#include "sim/check/health.hpp"
#include "sim/check/liveness.hpp"
#include "sim/check/raft_invariants.hpp"

#include "tests/catch.hpp"
#include "tests/check/tale.hpp"

using namespace shaketable;
using novacron::seconds;

namespace {

using Rules = std::set<std::string>;

constexpr NodeId kA{0};
const MemberSets kThree = Tale::group({0, 1, 2});
const MemberSets kFour = Tale::group({0, 1, 2, 3});
const MemberSets kTwo = Tale::group({1, 2});
const MemberSets kJoint = Tale::group({0, 3, 4}, {0, 1, 2}, {}, true);

// Node 0 leads the first three of five nodes. All five have its first entry, which is committed.
struct Led : Tale {
    Led() : Tale(5) {
        elect(0, 1, 1);
        replicate(0, 1, 1, 1, 10);
        for (std::uint32_t node = 2; node < 5; ++node) {
            role(node, Role::follower, 1);
            append(node, 1, 1, 10);
            persist(node, 1, NodeId::none(), 1);
        }
    }
    // The leader's change reaches these disks.
    void spread(std::uint64_t index, const MemberSets& members,
                std::initializer_list<std::uint32_t> nodes) {
        for (const std::uint32_t node : nodes) {
            propose(node, index, 1, members);
            keep(node, index);
        }
    }
    void write(std::uint64_t index, std::initializer_list<std::uint32_t> nodes) {
        for (const std::uint32_t node : nodes) {
            append(node, index, 1, 10 * index);
            keep(node, index);
        }
    }
    void keep(std::uint32_t node, std::uint64_t index) {
        persist(node, 1, node < 2 ? kA : NodeId::none(), index);
    }
    // ... and is committed.
    void change(std::uint64_t index, const MemberSets& members,
                std::initializer_list<std::uint32_t> nodes) {
        spread(index, members, nodes);
        commit(0, index);
        for (const std::uint32_t node : nodes) go_by(node, index, members);
    }
};

}  // namespace

TEST_CASE("S13: a group that grows and shrinks one vote at a time breaks no rule") {
    Led tale;
    tale.change(2, kFour, {0, 1, 3});
    CHECK(tale.logs().members() == kFour);
    tale.write(3, {0, 1, 3});
    tale.commit(0, 3);
    tale.change(4, kThree, {0, 1, 3});
    CHECK(tale.logs().members() == kThree);
    tale.write(5, {0, 1});
    tale.commit(0, 5);
    CHECK(tale.broken() == Rules{});
}

TEST_CASE("S7: a new voter counts from the commit of its change on, and not before") {
    Led tale;
    tale.change(2, kFour, {0, 1, 2});
    tale.write(3, {0, 1, 2});
    tale.commit(0, 3);
    CHECK(tale.broken() == Rules{});

    Led two_of_four;
    two_of_four.change(2, kFour, {0, 1});
    two_of_four.write(3, {0, 1});
    two_of_four.commit(0, 3);
    CHECK(two_of_four.broken() == Rules{"S7"});
}

TEST_CASE("S7: what follows a change may be committed with it, by the quorum before") {
    Led tale;
    tale.spread(2, kFour, {0, 1});
    tale.write(3, {0, 1});
    tale.commit(0, 3);
    tale.go_by(0, 2, kFour);
    CHECK(tale.broken() == Rules{});
}

TEST_CASE("S7: a joint configuration commits by both of its parts") {
    Led tale;
    tale.change(2, kJoint, {0, 1});
    tale.write(3, {0, 1});
    tale.commit(0, 3);
    CHECK(tale.broken() == Rules{"S7"});
}

TEST_CASE("S7: learners count for nothing") {
    Led tale;
    tale.change(2, Tale::group({0, 1, 2}, {}, {3}), {0, 1, 3});
    tale.write(3, {0, 3});
    CHECK(tale.broken() == Rules{});
    tale.commit(0, 3);
    CHECK(tale.broken() == Rules{"S7"});
}

TEST_CASE("S8: what a quorum of the new configuration holds need not be on one of the old") {
    Led tale;
    tale.change(2, kTwo, {0, 1, 2});
    CHECK(tale.broken() == Rules{});
    tale.stop(0, StopCause::power_loss);
    tale.start(0, 1, kA, {{1, 10}});
    // Nodes 1 and 2 have it all; that who was removed forgets is another matter.
    CHECK(tale.broken() == Rules{"S16"});
    tale.stop(1, StopCause::power_loss);
    tale.start(1, 1, kA, {{1, 10}});
    CHECK(tale.broken() == Rules{"S8", "S16"});
}

TEST_CASE("S13: a second change before the first is committed is found") {
    Led tale;
    tale.change(2, kFour, {0, 1});
    tale.propose(0, 3, 1, Tale::group({0, 1, 2, 3, 4}));
    CHECK(tale.broken() == Rules{});

    Led early;
    early.propose(0, 2, 1, kFour);
    early.propose(0, 3, 1, Tale::group({0, 1, 2, 3, 4}));
    CHECK(early.broken() == Rules{"S13"});
}

TEST_CASE("S13: a change before the leader's own term has a committed entry is found") {
    Led tale;
    tale.elect(1, 0, 2, 1);
    tale.propose(1, 2, 2, kFour);
    CHECK(tale.broken() == Rules{"S13"});
}

TEST_CASE("S13: a change whose quorums may miss those before is found") {
    Led tale;
    tale.propose(0, 2, 1, kJoint);
    CHECK(tale.broken() == Rules{});

    Led strangers;
    strangers.propose(0, 2, 1, Tale::group({0, 3, 4}));
    CHECK(strangers.broken() == Rules{"S13"});
}

TEST_CASE("S13: to go by a configuration that is not committed, or by another, is found") {
    Led early;
    early.propose(0, 2, 1, kFour);
    early.go_by(0, 2, kFour);
    CHECK(early.broken() == Rules{"S13"});

    Led other;
    other.spread(2, kFour, {0, 1});
    other.commit(0, 2);
    other.go_by(0, 2, kTwo);
    CHECK(other.broken() == Rules{"S13"});
}

TEST_CASE("S13: a snapshot brings the configuration that counts where it ends") {
    const auto broken = [](const MemberSets& brought) {
        Led tale;
        tale.change(2, kFour, {0, 1, 2});
        tale.write(3, {0, 1, 2});
        tale.commit(0, 3);
        for (std::uint64_t index = 1; index <= 3; ++index) tale.apply(0, index, 100 * index);
        tale.add(SnapshotInstalled{NodeId{4}, LogIndex{3}, Term{1}, 300});
        tale.go_by(4, 3, brought);
        return tale.broken();
    };
    CHECK(broken(kFour) == Rules{});
    CHECK(broken(kThree) == Rules{"S13"});
}

TEST_CASE("S13: who stands without a vote is found") {
    Led tale;
    tale.role(1, Role::pre_candidate, 1, kA);
    CHECK(tale.broken() == Rules{});
    tale.role(3, Role::pre_candidate, 1);
    CHECK(tale.broken() == Rules{"S13"});
}

TEST_CASE("S13: who stands by an older configuration than its log proves is found") {
    const auto broken = [](bool goes_by_it) {
        Led tale;
        tale.change(2, kFour, {0, 1});
        tale.spread(3, kThree, {0, 1});
        tale.stop(1);
        tale.add(NodeStarted{NodeId{1}, Term{1}, kA, LogIndex{3}});
        tale.append(1, 1, 1, 10);
        tale.propose(1, 2, 1, kFour);
        tale.propose(1, 3, 1, kThree);
        if (goes_by_it) tale.commit(1, 2);
        if (goes_by_it) tale.go_by(1, 2, kFour);
        tale.role(1, Role::pre_candidate, 1, kA);
        return tale.broken();
    };
    CHECK(broken(true) == Rules{});
    CHECK(broken(false) == Rules{"S13"});
}

TEST_CASE("S13: a leader without a vote that goes on is found") {
    Led tale;
    tale.change(2, kTwo, {0, 1, 2});
    tale.role(0, Role::follower, 1, kA);
    CHECK(tale.broken() == Rules{});

    Led goes_on;
    goes_on.change(2, kTwo, {0, 1, 2});
    goes_on.write(3, {0});
    CHECK(goes_on.broken() == Rules{"S13"});
}

TEST_CASE("S1: votes of those who have none in the new configuration elect nobody") {
    Led tale;
    tale.change(2, kTwo, {0, 1, 2});
    tale.role(0, Role::follower, 1, kA);
    tale.elect(1, 2, 2, 2);
    CHECK(tale.broken() == Rules{});

    Led alone;
    alone.change(2, kTwo, {0, 1, 2});
    alone.role(0, Role::follower, 1, kA);
    alone.elect(1, 0, 2, 2);
    CHECK(alone.broken() == Rules{"S1"});
}

// ---- progress, health, survival

TEST_CASE("liveness: L6: a joint phase that is to end by itself does") {
    const auto broken = [](const MemberSets& joint) {
        Led tale;
        Findings findings;
        const Schedule schedule;
        Liveness liveness(tale.record(), tale.logs(), schedule, findings, {seconds(3), false},
                          {"n1", "n2", "n3", "n4", "n5"});
        tale.change(2, joint, {0, 1});
        tale.wait(seconds(10));
        liveness.look(tale.now());
        Rules rules;
        for (const Finding& finding : findings.kept()) rules.insert(finding.rule);
        return rules;
    };
    CHECK(broken(kJoint).contains("L6"));
    CHECK_FALSE(broken(Tale::group({0, 3, 4}, {0, 1, 2})).contains("L6"));
    CHECK_FALSE(broken(kFour).contains("L6"));
}

TEST_CASE("liveness: a quorum of the configuration that counts owes progress, no other majority") {
    const auto owes_a_leader = [](std::initializer_list<std::uint32_t> down) {
        Led tale;
        Findings findings;
        const Schedule schedule;
        Liveness liveness(tale.record(), tale.logs(), schedule, findings, {seconds(3), false},
                          {"n1", "n2", "n3", "n4", "n5"});
        tale.add(NodePaused{NodeId{4}});
        tale.add(NodeResumed{NodeId{4}});
        for (const std::uint32_t node : down) tale.stop(node);
        tale.role(0, Role::follower, 2);
        tale.wait(seconds(10));
        liveness.look(tale.now());
        return findings.total() > 0;
    };
    CHECK(owes_a_leader({}));
    CHECK(owes_a_leader({3, 4}));
    CHECK_FALSE(owes_a_leader({1, 2}));  // three of five run, but one of three voters
}

TEST_CASE("health: nodes that don't belong to the group may be as they like") {
    const auto healthy = [](std::initializer_list<std::uint32_t> down) {
        Led tale;
        for (const std::uint32_t node : down) tale.stop(node);
        HealthWatch watch(tale.record(), tale.logs(), tale.now());
        return watch.healthy();
    };
    CHECK(healthy({}));
    CHECK(healthy({3, 4}));
    CHECK_FALSE(healthy({2}));
}

TEST_CASE("health: a leader that went down and was removed is no leader") {
    Led tale;
    tale.change(2, kTwo, {0, 1, 2});
    tale.stop(0);
    tale.elect(1, 2, 2, 2);
    tale.go_by(1, 2, kTwo);
    HealthWatch watch(tale.record(), tale.logs(), tale.now());
    CHECK(watch.healthy());
}

TEST_CASE("logs: what only a removed node holds has not survived") {
    Led tale;
    tale.change(2, kTwo, {0, 1, 2});
    tale.write(3, {0});
    tale.commit(0, 3);
    CHECK(tale.logs().survivor().upto == LogIndex{2});
}
