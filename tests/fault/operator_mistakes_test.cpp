// SPDX-License-Identifier: MIT
//
// What goes wrong when operators do: the wrong node, the same command again, a bad configuration.
#include <algorithm>

#include "tests/catch.hpp"
#include "tests/fault/struck.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using novacron::milliseconds;
using novacron::seconds;

PushedConfiguration hasty() {
    PushedConfiguration pushed;
    pushed.election_timeout_min = milliseconds(6);
    pushed.election_timeout_max = milliseconds(9);
    pushed.heartbeat_interval = milliseconds(3);
    pushed.pre_vote = false;
    pushed.step = seconds(1);
    return pushed;
}

Nodes stopped_nodes(const Struck& struck) {
    Nodes all;
    for (const auto& [at, fact] : struck.small.all<NodeStopped>()) all.push_back(fact.node);
    return all;
}

std::size_t voters(const Struck& struck) {
    const NodeId leader = struck.small.fleet.leader().value();
    return struck.small.fleet.node(leader).node()->raft().membership().active().voters.size();
}

}  // namespace

TEST_CASE("mistakes: another node is restarted than the one that is meant") {
    std::set<NodeId> wrong;
    for (std::uint64_t stream = 1; stream <= 30; ++stream) {
        Struck struck({planned(WrongRestart{}, nodes({NodeId{1}, NodeId{2}}), stream)});
        struck.run_until_s(4);
        const Nodes stopped = stopped_nodes(struck);
        REQUIRE(stopped.size() == 1);
        REQUIRE(stopped[0] != NodeId{1});
        REQUIRE(stopped[0] != NodeId{2});
        REQUIRE(struck.injector.hit(0)[0].nodes == stopped);
        REQUIRE(struck.injector.hit(0)[1].nodes == Nodes{NodeId{1}, NodeId{2}});
        REQUIRE(struck.effects() == std::vector{FaultEffect::node_stopped});
        wrong.insert(stopped[0]);
    }
    REQUIRE(wrong.size() == 3);
}

TEST_CASE("mistakes: the wrong node comes back when the fault ends, and may be named") {
    Struck struck({planned(WrongRestart{{NodeId{4}}}, nodes({NodeId{1}}))});
    struck.run_until_s(5);
    REQUIRE(stopped_nodes(struck) == Nodes{NodeId{4}});
    REQUIRE_FALSE(struck.small.fleet.node(NodeId{4}).running());
    struck.run_until_s(8);
    REQUIRE(struck.small.fleet.node(NodeId{4}).running());
}

TEST_CASE("mistakes: when nobody or everybody is meant, nobody is restarted") {
    PlannedFault early = planned(WrongRestart{}, role(Selector::Role::leader));
    early.start = Instant{} + milliseconds(1);
    early.end = at_s(1);
    Struck struck({early, planned(WrongRestart{}, everybody())});
    struck.run_until_s(8);
    REQUIRE(stopped_nodes(struck).empty());
    REQUIRE(struck.effects().empty());
}

TEST_CASE("mistakes: a removal that is given again removes once") {
    Struck struck({planned(RepeatedRemoval{5, milliseconds(200)}, nodes({NodeId{4}}))});
    struck.run_until_s(10);
    REQUIRE(voters(struck) == 4);
    REQUIRE(struck.effects() == std::vector{FaultEffect::change_accepted});
    // One entry, however often it was asked for.
    std::set<LogIndex> entries;
    for (const auto& [at, fact] : struck.small.all<ConfigurationAppended>()) {
        entries.insert(fact.index);
    }
    REQUIRE(entries.size() == 1);
}

TEST_CASE("mistakes: a removal is not given when it would leave too few voters") {
    Struck struck({planned(RepeatedRemoval{3, milliseconds(200), 4},
                           nodes({NodeId{3}, NodeId{4}}))});
    struck.run_until_s(10);
    REQUIRE(voters(struck) == 5);
    REQUIRE(struck.effects().empty());
}

TEST_CASE("mistakes: a removal goes on being given only as long as the fault acts") {
    PlannedFault early = planned(RepeatedRemoval{1000, milliseconds(1)}, nodes({NodeId{4}}));
    early.start = Instant{} + milliseconds(1);  // nobody leads yet
    early.end = Instant{} + milliseconds(5);
    Struck struck({early});
    struck.run_until_s(5);
    REQUIRE(voters(struck) == 5);
}

TEST_CASE("mistakes: a configuration comes node by node, and all get back what they had") {
    PlannedFault fault = planned(hasty(), nodes({NodeId{0}, NodeId{2}, NodeId{3}}));
    fault.end = at_s(10);
    Struck struck({fault});
    struck.run_until_s(9);
    const auto stopped = struck.small.all<NodeStopped>();
    REQUIRE(stopped.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(stopped[i].first == at_s(3 + static_cast<std::int64_t>(i)));
        REQUIRE(stopped[i].second.cause == StopCause::crash);
    }
    REQUIRE(stopped_nodes(struck) == Nodes{NodeId{0}, NodeId{2}, NodeId{3}});
    REQUIRE(struck.effects() == std::vector{FaultEffect::configuration_pushed});
    struck.run_until_s(12);
    REQUIRE(stopped_nodes(struck) ==
            Nodes{NodeId{0}, NodeId{2}, NodeId{3}, NodeId{0}, NodeId{2}, NodeId{3}});
    // Terms rose while nodes were impatient, and do no more.
    struck.run_until_s(15);
    const Term then = struck.latest_term();
    REQUIRE(then > Term{20});
    struck.run_until_s(30);
    REQUIRE(struck.latest_term() == then);
}

TEST_CASE("mistakes: a push that ends early reaches no more nodes") {
    PlannedFault fault = planned(hasty(), everybody());
    fault.end = at_s(3) + milliseconds(1500);
    Struck struck({fault});
    struck.run_until_s(10);
    REQUIRE(stopped_nodes(struck) == Nodes{NodeId{0}, NodeId{1}, NodeId{0}, NodeId{1}});
}

TEST_CASE("mistakes: of two pushes the later one counts, and then the earlier one again") {
    PushedConfiguration calm;
    calm.election_timeout_min = seconds(1);
    calm.election_timeout_max = seconds(2);
    calm.step = milliseconds(1);
    PlannedFault first = planned(calm, everybody());
    first.end = at_s(30);
    PlannedFault second = planned(hasty(), nodes({NodeId{1}, NodeId{2}}));
    second.start = at_s(5);
    second.end = at_s(12);
    Struck struck({first, second});
    struck.run_until_s(12);
    const Term hasty_term = struck.latest_term();
    REQUIRE(hasty_term > Term{20});
    struck.run_until_s(20);
    REQUIRE(struck.latest_term() - hasty_term < 10);
    REQUIRE(struck.small.fleet.leader().has_value());
}
