// SPDX-License-Identifier: MIT
//
// Preliminary votes: Ongaro's thesis, section 9.6.
#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

Options plain() {
    Options options;
    options.pre_vote = false;
    options.check_quorum = false;
    return options;
}
Message answer(MessageType type, std::uint32_t from, std::uint64_t term) {
    return message_of(type, from, 0, term);
}

}  // namespace

TEST_CASE("pre-vote: asking around changes no term and no vote (thesis 9.6)") {
    Group group(3);
    group.time_out(0);
    CHECK(group[0].role() == Role::pre_candidate);
    CHECK(group[0].term() == Term{0});
    CHECK(group[0].vote().is_none());
    REQUIRE(group.wire.size() == 2);
    CHECK(group.wire[0].type == MessageType::pre_vote);
    CHECK(group.wire[0].term == Term{1});
    group.deliver_all();
    CHECK(group[0].role() == Role::leader);
    CHECK(group[0].term() == Term{1});
    CHECK(group[1].vote() == NodeId{0});
}

TEST_CASE("pre-vote: a server may promise it to several (thesis 9.6)") {
    Group group(3);
    for (std::uint32_t from = 1; from <= 2; ++from) {
        group.step(message_of(MessageType::pre_vote, from, 0, 1));
        const Message reply = group.take_only();
        CHECK_FALSE(reply.reject);
        CHECK(reply.term == Term{1});
    }
    CHECK(group[0].vote().is_none());
    CHECK(group[0].term() == Term{0});
}

TEST_CASE("pre-vote: without a majority of promises nobody stands (thesis 9.6)") {
    Group group(5);
    group.time_out(0);
    group.step(answer(MessageType::pre_vote_reply, 1, 1));
    CHECK(group[0].role() == Role::pre_candidate);
    group.step(answer(MessageType::pre_vote_reply, 1, 1));
    CHECK(group[0].role() == Role::pre_candidate);
    group.step(answer(MessageType::pre_vote_reply, 2, 1));
    CHECK(group[0].role() == Role::candidate);
}

TEST_CASE("pre-vote: a promise for another term does not count") {
    Group group({disk_of(3, {}), {}, {}});
    group.time_out(0);
    group.step(answer(MessageType::pre_vote_reply, 1, 3));
    group.step(answer(MessageType::pre_vote_reply, 1, 5));
    CHECK(group[0].role() == Role::pre_candidate);
    CHECK(group[0].term() == Term{3});
    group.step(answer(MessageType::pre_vote_reply, 1, 4));
    CHECK(group[0].role() == Role::candidate);
}

TEST_CASE("pre-vote: the term of a server behind a partition does not grow (thesis 9.6)") {
    Group group(3);
    group.elect(0);
    group.isolated = {2};
    for (int i = 0; i < 20; ++i) {
        group.time_out(2);
        group.deliver_all();
    }
    CHECK(group[2].term() == Term{1});
}

TEST_CASE(
    "pre-vote: who hears a leader promises nothing, so who comes back ends no reign (thesis 9.6)") {
    Group group(3);
    group.elect(0);
    group.isolated = {2};
    for (int i = 0; i < 5; ++i) group.heartbeat(0);
    group.time_out(2);
    group.wire.clear();
    group.isolated = {};
    group.heartbeat(0);
    group.step(message_of(MessageType::pre_vote, 2, 1, 2));
    CHECK(group.wire.empty());
    group.step(message_of(MessageType::pre_vote, 2, 0, 2));
    CHECK(group.wire.empty());
    CHECK(group[0].role() == Role::leader);
    CHECK(group[2].role() == Role::follower);
}

TEST_CASE("pre-vote: a pre-candidate that hears the leader follows it again") {
    Group group(3);
    group.elect(0);
    group.time_out(2);
    REQUIRE(group[2].role() == Role::pre_candidate);
    group.wire.clear();
    group.heartbeat(0);
    CHECK(group[2].role() == Role::follower);
    CHECK(group[2].leader() == NodeId{0});
}

// A longer log in a lower term and a shorter log in a higher term must not block each other.
TEST_CASE("pre-vote: the longer log is elected though its server's term is behind") {
    Group group({disk_of(2, {1, 2}), disk_of(5, {1}), {}});
    group.isolated = {2};
    group.campaign(1);
    group.deliver_all();
    CHECK(group[1].role() != Role::leader);
    group.campaign(0);
    group.deliver_all();
    CHECK(group[0].term() == Term{5});
    group.elect(0);
    CHECK(group[0].term() == Term{6});
}

// Each server in turn is stopped, and started again with preliminary votes. One of them has been
// away, with a term of its own and less of a log.
TEST_CASE("pre-vote: a group that turns it on one server at a time finds a leader") {
    Group group(3, plain());
    group.elect(0);
    group.isolated = {2};
    group.propose(0, "x");
    group.deliver_all();
    for (int i = 0; i < 5; ++i) group.time_out(2);
    REQUIRE(group[2].term() > group[0].term());
    for (std::uint32_t id = 0; id < 3; ++id) {
        group.hosts[id].options.pre_vote = true;
        group.crash(id);
        group.restart(id);
        group.isolated.clear();
        for (int i = 0; i < 10; ++i) {
            group.campaign(static_cast<std::uint32_t>(i) % 3);
            group.deliver_all();
        }
        CHECK(std::any_of(group.hosts.begin(), group.hosts.end(), [](const Group::Host& host) {
            return host.raft->role() == Role::leader;
        }));
    }
    CHECK(group[2].log().last() == group[0].log().last());
}

TEST_CASE("pre-vote: a server of a smaller term learns the term by asking, and is elected") {
    Group group({disk_of(1, {1, 1}), disk_of(1, {1}), disk_of(5, {1})});
    group.isolated = {1};
    group.campaign(0);
    group.deliver_all();
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].term() == Term{5});
    group.elect(0);
    CHECK(group[0].term() == Term{6});
    CHECK(group[2].leader() == NodeId{0});
}
