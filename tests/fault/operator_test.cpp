// SPDX-License-Identifier: MIT
//
// What an operator asks for, in which order, what becomes of it, and what chance may ask for.
#include "sim/fault/operator.hpp"

#include <set>
#include <string>

#include "tests/catch.hpp"
#include "tests/fleet/small_fleet.hpp"

using namespace shaketable;
using novacron::seconds;
using novacron::raft::Configuration;
using novacron::raft::JointPhase;
using test::SmallFleet;

namespace {

using Nodes = std::vector<NodeId>;
using Wish = MembershipChange::Wish;

Nodes nodes(std::initializer_list<std::uint32_t> values) {
    Nodes list;
    for (const std::uint32_t value : values) list.push_back(NodeId{value});
    return list;
}

// Three voters and two spares that serve, and somebody who changes that.
struct Operated {
    Operated() : small(1, 5, 2), operators(small.queue, small.receipts, small.fleet) {
        leader = small.start_and_lead();
    }
    void begin(const MembershipChange& change, const Nodes& whom) {
        operators.begin(FaultId{0}, change, whom, Random(1));
    }
    // What the leader goes by in the end.
    const Configuration& in(Duration time) {
        small.run_for(time);
        const NodeId now = small.fleet.leader().value();
        return small.fleet.node(now).node()->raft().membership().active();
    }
    std::vector<std::size_t> voters_over_time() const {
        std::vector<std::size_t> counts;
        LogIndex newest;
        for (const auto& [at, fact] : small.all<ConfigurationActivated>()) {
            if (fact.index <= newest) continue;
            newest = fact.index;
            counts.push_back(fact.members.voters.size());
        }
        return counts;
    }

    SmallFleet small;
    Operator operators;
    NodeId leader;
};

}  // namespace

TEST_CASE("operator: who is added learns first, and votes once it has caught up") {
    Operated group;
    group.begin({Wish::add}, nodes({3}));
    CHECK(group.in(seconds(5)) == Configuration{nodes({0, 1, 2, 3}), {}, {}, {}, false});
    CHECK(group.voters_over_time() == std::vector<std::size_t>{3, 4});
    CHECK(group.small.all<FaultObserved>().size() == 1);
    CHECK(group.small.fleet.node(NodeId{3}).node()->applied().value > 300);
}

TEST_CASE("operator: who is replaced leaves jointly with the others' coming") {
    Operated group;
    group.begin({Wish::replace, nodes({3, 4})}, nodes({1, 2}));
    CHECK(group.in(seconds(5)) == Configuration{nodes({0, 3, 4}), {}, {}, {}, false});
    const auto facts = group.small.all<ConfigurationActivated>();
    CHECK(std::any_of(facts.begin(), facts.end(),
                      [](const auto& one) { return one.second.members.is_joint(); }));
}

TEST_CASE("operator: a leader that is removed steps down, and clients find the next") {
    Operated group;
    group.begin({Wish::remove}, {group.leader});
    CHECK(group.in(seconds(3)).voters.size() == 2);
    CHECK(group.small.fleet.leader() != group.leader);
    const std::size_t before = group.small.acknowledged();
    group.small.run_for(seconds(5));
    CHECK(group.small.acknowledged() - before > 900);
}

TEST_CASE("operator: who is demoted stays as a learner") {
    Operated group;
    group.begin({Wish::demote}, nodes({2}));
    CHECK(group.in(seconds(3)) == Configuration{nodes({0, 1}), {}, nodes({2}), {}, false});
    group.operators.begin(FaultId{1}, {Wish::learn}, nodes({4}), Random(1));
    CHECK(group.in(seconds(3)) == Configuration{nodes({0, 1}), {}, nodes({2, 4}), {}, false});
}

TEST_CASE("operator: what is asked for is asked again when a leader can do it, until the end") {
    Operated group;
    for (std::uint32_t i = 0; i < 3; ++i) group.small.fleet.hold_paused(NodeId{i});
    group.begin({Wish::remove}, nodes({2}));
    group.small.run_for(seconds(1));
    CHECK(group.small.all<FaultObserved>().empty());
    for (std::uint32_t i = 0; i < 3; ++i) group.small.fleet.let_go_on(NodeId{i});
    CHECK(group.in(seconds(3)).voters == nodes({0, 1}));

    Operated late;
    for (std::uint32_t i = 0; i < 3; ++i) late.small.fleet.hold_paused(NodeId{i});
    late.begin({Wish::remove}, nodes({2}));
    late.small.run_for(seconds(1));
    late.operators.end(FaultId{0});
    for (std::uint32_t i = 0; i < 3; ++i) late.small.fleet.let_go_on(NodeId{i});
    CHECK(late.in(seconds(3)).voters == nodes({0, 1, 2}));
}

TEST_CASE("operator: a joint phase that waits to be told so is ended") {
    Operated group;
    REQUIRE(group.small.fleet.node(group.leader)
                .change({{{novacron::raft::MemberChange::Kind::add_voter, NodeId{3}}},
                         JointPhase::until_left}));
    REQUIRE(group.in(seconds(1)).is_joint());
    group.begin({Wish::add}, nodes({4}));
    CHECK(group.in(seconds(5)) == Configuration{nodes({0, 1, 2, 3, 4}), {}, {}, {}, false});
}

TEST_CASE("operator: chance draws every legal change, and never leaves fewer than three voters") {
    const Configuration three{nodes({0, 1, 2}), {}, {}, {}, false};
    const Configuration five{nodes({0, 1, 2, 3, 5}), {}, nodes({4}), {}, false};
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        const auto of_three = draw_wish(three, nodes({0, 1, 2, 3, 4}), random);
        REQUIRE(of_three.has_value());
        CHECK(of_three->gone.size() <= of_three->voters.size());
        const auto of_five = draw_wish(five, nodes({0, 1, 2, 3, 4, 5, 6}), random);
        REQUIRE(of_five.has_value());
        seen.insert(std::to_string(of_five->voters.size()) + " vote, " +
                    std::to_string(of_five->learners.size()) + " learn, " +
                    std::to_string(of_five->gone.size()) + " go");
    }
    CHECK(seen == std::set<std::string>{"1 vote, 0 learn, 0 go", "0 vote, 1 learn, 0 go",
                                        "0 vote, 0 learn, 1 go", "1 vote, 0 learn, 1 go",
                                        "2 vote, 0 learn, 2 go"});
    Random random(1);
    CHECK_FALSE(draw_wish(three, nodes({0, 1, 2}), random).has_value());
}
