// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include "sim/record/record.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;

struct Notebook final : Subscriber {
    std::vector<std::string> heard;
    void on_fact(Instant, const Fact& fact) override { heard.push_back(text_of(fact)); }
};

struct Stops final : ListensTo<NodeStopped> {
    std::vector<NodeId> nodes;
    void on(Instant, const NodeStopped& fact) override { nodes.push_back(fact.node); }
};

NodeSet nodes(const std::vector<NodeId>& of) { return NodeSet::of(of); }

TEST_CASE("branch: tells of its nodes, and of what is about no node") {
    Record record;
    Notebook notebook;
    Stops stops;
    Record& branch = record.branch(nodes({NodeId{1}, NodeId{2}}));
    branch.subscribe_to_all(notebook);
    branch.listen(stops);
    record.add(Instant{1}, NodePaused{NodeId{0}});
    record.add(Instant{2}, NodePaused{NodeId{2}});
    record.add(Instant{3}, FaultStarted{FaultId{7}});
    record.add(Instant{4}, NodeStopped{NodeId{0}, StopCause::crash});
    record.add(Instant{5}, NodeStopped{NodeId{1}, StopCause::crash});
    REQUIRE(notebook.heard ==
            std::vector<std::string>{"node-paused node=2", "fault-started fault=7",
                                     "node-stopped node=1 cause=crash"});
    REQUIRE(stops.nodes == std::vector<NodeId>{NodeId{1}});
}

TEST_CASE("branch: a message is about its sender, an operation about who answered it") {
    Record record;
    Notebook notebook;
    record.branch(nodes({NodeId{1}})).subscribe_to_all(notebook);
    record.add(Instant{1}, PacketDelivered{HostId{0}, HostId{1}, PacketKind::vote, Term{3}});
    record.add(Instant{2}, PacketDelivered{HostId{1}, HostId{0}, PacketKind::vote, Term{4}});
    OperationEnded ended{};
    ended.by = NodeId{0};
    record.add(Instant{3}, ended);
    ended.by = NodeId{};
    record.add(Instant{4}, ended);
    ended.by = NodeId{1};
    ended.operation = OperationId{9};
    record.add(Instant{5}, ended);
    REQUIRE(notebook.heard.size() == 2);
    REQUIRE(notebook.heard[0] == "packet-delivered from=1 to=0 kind=vote term=4");
    REQUIRE(notebook.heard[1].starts_with("operation-ended operation=9 "));
}

TEST_CASE("branch: an ended one is silent, and another may follow on it") {
    Record record;
    Stops before;
    Stops after;
    Record& first = record.branch(nodes({NodeId{0}}));
    first.listen(before);
    record.add(Instant{1}, NodeStopped{NodeId{0}, StopCause::crash});
    record.end_branch(first);
    record.branch(nodes({NodeId{0}})).listen(after);
    record.add(Instant{2}, NodeStopped{NodeId{0}, StopCause::restart});
    REQUIRE(before.nodes.size() == 1);
    REQUIRE(after.nodes.size() == 1);
    REQUIRE_THROWS_AS(Record{}.end_branch(first), novacron::BugError);
}

TEST_CASE("branch: the fingerprint is the same with branches and without") {
    Record plain;
    Record branched;
    Stops stops;
    branched.branch(nodes({NodeId{0}})).listen(stops);
    for (Record* record : {&plain, &branched}) {
        record->add(Instant{1}, NodePaused{NodeId{0}});
        record->add(Instant{1}, NodeStopped{NodeId{1}, StopCause::crash});
    }
    REQUIRE(plain.fingerprint() == branched.fingerprint());
    REQUIRE(plain.count() == branched.count());
}

}  // namespace
