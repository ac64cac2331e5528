// SPDX-License-Identifier: MIT
#include "sim/check/liveness.hpp"

#include "tests/catch.hpp"
#include "tests/check/tale.hpp"

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

namespace {

constexpr Duration kGrace = seconds(3);
constexpr FaultId kCut{0};
constexpr FaultId kCrash{1};

// Three nodes, of which n1 leads; and what liveness finds in the tale.
struct Watched {
    explicit Watched(bool steady = true) {
        schedule.faults.push_back({"cut", "network.partition", Partition{}, {}, {}, {}, Random(1)});
        schedule.faults.push_back({"crash", "node.crash", NodeCrash{}, {}, {}, {}, Random(1)});
        liveness.emplace(tale.record(), tale.logs(), schedule, findings,
                         LivenessOptions{kGrace, steady},
                         std::vector<std::string>{"n1", "n2", "n3"});
        tale.start(0, 0);
        tale.elect(0, 1, 1);
    }
    // The world has been calm for the grace, and some more.
    Watched& calm() {
        tale.wait(kGrace);
        return *this;
    }
    // Everybody gets and commits the entry.
    void spread(std::uint64_t index) {
        tale.replicate(0, 1, 1, index, index);
        tale.append(2, index, 1, index);
        tale.commit(1, index);
        tale.commit(2, index);
    }
    void end_operation(OperationKind kind, Outcome outcome, Duration lasted) {
        const Instant issued = tale.now();
        tale.wait(lasted);
        tale.add(OperationEnded{OperationId{1}, 0, kind, outcome, issued, 0, 1, LogIndex{},
                                NodeId{0}});
    }
    // What is found if the tale ends here.
    std::set<std::string> broken() {
        liveness->look(tale.now());
        std::set<std::string> rules;
        for (const Finding& finding : findings.kept()) rules.insert(finding.rule);
        return rules;
    }
    std::string words() const { return findings.kept().at(0).message; }

    Tale tale;
    Schedule schedule;
    Findings findings;
    std::optional<Liveness> liveness;
};

using Rules = std::set<std::string>;

}  // namespace

TEST_CASE("liveness: a cluster that serves breaks nothing, however long") {
    Watched watched;
    for (std::uint64_t i = 1; i <= 20; ++i) {
        watched.calm().spread(i);
        watched.end_operation(OperationKind::write, Outcome::acknowledged, kGrace);
    }
    CHECK(watched.broken() == Rules{});
}

TEST_CASE("liveness: L1: a majority that runs in a calm world has a leader") {
    Watched watched;
    watched.tale.role(0, Role::follower, 1, NodeId{0});
    watched.tale.wait(kGrace - milliseconds(10));
    CHECK(watched.broken() == Rules{});
    watched.tale.wait(milliseconds(20));
    CHECK(watched.broken() == Rules{"L1"});
    CHECK(watched.words() ==
          "nobody has led for 3.0 s, though a majority runs and no fault acts; "
          "nobody leads; all that is committed, up to index 0, is in the logs of n1, n2, n3; "
          "n1: follower of term 1, log to 0, committed to 0, "
          "n2: follower of term 1, log to 0, committed to 0, "
          "n3: follower of term 0, log to 0, committed to 0");
}

TEST_CASE("liveness: L1: nobody owes a leader while a fault acts or a majority is down") {
    Watched cut;
    cut.tale.add(FaultStarted{kCut});
    cut.tale.role(0, Role::follower, 1, NodeId{0});
    cut.tale.wait(kGrace * 10);
    CHECK(cut.broken() == Rules{});
    cut.tale.add(FaultEnded{kCut});
    cut.tale.wait(kGrace - milliseconds(1));
    CHECK(cut.broken() == Rules{});
    cut.tale.wait(milliseconds(2));
    CHECK(cut.broken() == Rules{"L1"});

    Watched down;
    down.tale.stop(0);
    down.tale.add(NodePaused{NodeId{1}});
    down.tale.wait(kGrace * 10);
    CHECK(down.broken() == Rules{});
}

TEST_CASE("liveness: L1: a node that is lost for good excuses nobody") {
    Watched watched;
    watched.tale.add(FaultStarted{kCrash});
    watched.tale.stop(0);
    watched.tale.wait(kGrace + milliseconds(10));
    CHECK(watched.broken() == Rules{"L1"});
}

TEST_CASE("liveness: L1: a stall that a fault ends is found all the same") {
    Watched watched;
    watched.tale.role(0, Role::follower, 1, NodeId{0});
    watched.calm().tale.add(FaultStarted{kCut});
    CHECK(watched.broken() == Rules{"L1"});
}

TEST_CASE("liveness: L2: what a leader appends it commits in time") {
    Watched watched;
    watched.calm().tale.append(0, 1, 1, 10);
    watched.tale.wait(kGrace - milliseconds(10));
    CHECK(watched.broken() == Rules{});
    watched.tale.wait(milliseconds(20));
    CHECK(watched.broken() == Rules{"L2"});

    Watched late;
    late.calm().tale.append(0, 1, 1, 10);
    late.tale.wait(kGrace);
    late.tale.commit(0, 1);
    late.tale.commit(1, 1);
    late.tale.commit(2, 1);
    CHECK(late.broken() == Rules{"L2"});
}

TEST_CASE("liveness: L2: who loses the office owes no commitment") {
    Watched watched;
    watched.calm().tale.append(0, 1, 1, 10);
    watched.tale.role(0, Role::follower, 2);
    watched.tale.role(1, Role::candidate, 2, NodeId{1});
    watched.tale.role(1, Role::leader, 2, NodeId{1});
    watched.tale.wait(kGrace);
    CHECK(watched.broken() == Rules{});
}

TEST_CASE("liveness: L3: every node that runs learns what is committed") {
    Watched watched;
    watched.calm().tale.replicate(0, 1, 1, 1, 10);
    watched.tale.commit(1, 1);
    watched.tale.wait(kGrace - milliseconds(10));
    CHECK(watched.broken() == Rules{});
    watched.tale.wait(milliseconds(20));
    CHECK(watched.broken() == Rules{"L3"});
    CHECK(watched.words().rfind("n3 has not learned in 3.0 s that index 1 is committed", 0) == 0);

    Watched down;
    down.tale.stop(2);
    down.calm().tale.replicate(0, 1, 1, 1, 10);
    down.tale.commit(1, 1);
    down.tale.wait(kGrace * 2);
    CHECK(down.broken() == Rules{});
}

TEST_CASE("liveness: L3: a node that is catching up is given time") {
    Watched watched;
    watched.calm();
    for (std::uint64_t i = 1; i <= 5; ++i) watched.tale.replicate(0, 1, 1, i, i);
    watched.tale.commit(1, 5);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        watched.tale.wait(kGrace - milliseconds(10));
        watched.tale.append(2, i, 1, i);
    }
    watched.tale.commit(2, 5);
    CHECK(watched.broken() == Rules{});
}

TEST_CASE("liveness: L4: appends without entries are a storm") {
    const auto appends = [](Watched& watched, int number) {
        for (int i = 0; i < number; ++i) watched.tale.packet(PacketKind::append, 0, 1, 1, 0);
    };
    Watched busy;
    busy.calm();
    for (std::uint64_t i = 1; i <= 500; ++i) {
        busy.spread(i);
        appends(busy, 6);
    }
    CHECK(busy.broken() == Rules{});

    Watched storm;
    storm.calm();
    appends(storm, 1801);
    CHECK(storm.broken() == Rules{"L4"});
}

TEST_CASE("liveness: L5, L8: operations with patience get their answer") {
    const auto given_up = [](OperationKind kind, Duration calm, Duration lasted) {
        Watched watched;
        watched.tale.wait(calm);
        watched.end_operation(kind, Outcome::unknown, lasted);
        return watched.broken();
    };
    CHECK(given_up(OperationKind::read, kGrace, kGrace) == Rules{"L5"});
    CHECK(given_up(OperationKind::write, kGrace, kGrace) == Rules{"L8"});
    CHECK(given_up(OperationKind::write, kGrace, kGrace - milliseconds(10)) == Rules{});
    CHECK(given_up(OperationKind::write, kGrace - milliseconds(10), kGrace) == Rules{});
}

TEST_CASE("liveness: L7: nobody stands against a leader, where the links are steady") {
    Watched steady;
    steady.calm().tale.role(1, Role::pre_candidate, 1, NodeId{0});
    CHECK(steady.broken() == Rules{"L7"});
    CHECK(steady.words().rfind("n2 stands for election though n1 leads", 0) == 0);

    Watched unsteady(false);
    unsteady.calm().tale.role(1, Role::pre_candidate, 1, NodeId{0});
    CHECK(unsteady.broken() == Rules{});

    Watched resumed;
    resumed.calm().tale.add(NodePaused{NodeId{1}});
    resumed.tale.add(NodeResumed{NodeId{1}});
    resumed.tale.role(1, Role::pre_candidate, 1, NodeId{0});
    CHECK(resumed.broken() == Rules{});
}
