// SPDX-License-Identifier: MIT
//
// Reads that are confirmed by a round of heartbeats: Ongaro's thesis, section 6.4.
#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

Message confirmation(std::uint32_t from, std::uint64_t term, std::uint64_t round) {
    Message reply = message_of(MessageType::heartbeat_reply, from, 0, term);
    reply.round = round;
    return reply;
}
// A leader whose no-op is committed, and nothing on the wire.
Group with_leader(std::uint32_t size) {
    Group group(size);
    group.elect(0);
    check(group[0].commit() == LogIndex{1}, "the leader has committed in its own term");
    return group;
}

}  // namespace

TEST_CASE(
    "reads: a read is granted at the commit index of its beginning, once a majority confirms") {
    Group group = with_leader(5);
    CHECK(group.read(0, 7));
    CHECK(group.hosts[0].granted.empty());
    const std::uint64_t round = group.wire.front().round;
    group.propose(0, "x");
    for (std::uint32_t from = 1; from <= 4; ++from) {
        Message accepted = message_of(MessageType::append_reply, from, 0, 1);
        accepted.position = position_of(1, 2);
        group.step(accepted);
    }
    REQUIRE(group[0].commit() == LogIndex{2});
    group.step(confirmation(1, 1, round));
    group.step(confirmation(1, 1, round));
    CHECK(group.hosts[0].granted.empty());
    group.step(confirmation(2, 1, round));
    REQUIRE(group.hosts[0].granted.size() == 1);
    CHECK(group.hosts[0].granted[0].token == 7);
    CHECK(group.hosts[0].granted[0].index == LogIndex{1});
}

TEST_CASE("reads: a server alone confirms itself") {
    Group group = with_leader(1);
    group.read(0, 7);
    CHECK(group.hosts[0].granted.size() == 1);
}

TEST_CASE("reads: heartbeats of before the read confirm nothing") {
    Group group = with_leader(3);
    group.time_out(0);
    const std::uint64_t before = group.wire.front().round;
    group.wire.clear();
    group.read(0, 7);
    group.step(confirmation(1, 1, before));
    group.step(confirmation(2, 1, before));
    CHECK(group.hosts[0].granted.empty());
    group.deliver_all();
    CHECK(group.hosts[0].granted.size() == 1);
}

TEST_CASE("reads: those that come during a round share the next one") {
    Group group = with_leader(3);
    group.read(0, 1);
    group.read(0, 2);
    group.read(0, 3);
    CHECK(group.wire.size() == 2);  // one round so far
    const std::uint64_t first = group.wire.front().round;
    group.wire.clear();
    group.step(confirmation(1, 1, first));
    CHECK(group.hosts[0].granted.size() == 1);
    REQUIRE(group.wire.size() == 2);
    CHECK(group.wire.front().round == first + 1);
    group.deliver_all();
    CHECK(group.hosts[0].granted.size() == 3);
}

TEST_CASE("reads: a lost round is asked again with the next heartbeat") {
    Group group = with_leader(3);
    group.read(0, 7);
    group.wire.clear();
    group.heartbeat(0);
    CHECK(group.hosts[0].granted.size() == 1);
}

// A new leader holds all that is committed but does not know which of it is.
TEST_CASE("reads: a new leader grants none before it has committed in its own term") {
    Group group({disk_of(2, {1, 2}), disk_of(2, {1, 2}), disk_of(2, {1, 2})});
    group.campaign(0);
    while (group[0].role() != Role::leader && !group.wire.empty()) group.deliver_at(0);
    REQUIRE(group[0].role() == Role::leader);
    group.wire.clear();
    REQUIRE(group[0].commit() == LogIndex{0});
    CHECK(group.read(0, 7));
    CHECK(group.wire.empty());
    for (std::uint64_t round = 0; round <= 2; ++round) group.step(confirmation(1, 3, round));
    CHECK(group.hosts[0].granted.empty());
    group.heartbeat(0);
    REQUIRE(group.hosts[0].granted.size() == 1);
    CHECK(group.hosts[0].granted[0].index == LogIndex{3});
}

TEST_CASE("reads: who does not lead takes none") {
    Group group = with_leader(3);
    CHECK_FALSE(group.read(1, 7));
}

TEST_CASE("reads: a leader that steps down drops what it could not confirm") {
    Group group = with_leader(3);
    group.read(0, 7);
    group.wire.clear();
    group.read(0, 8);
    group.step(message_of(MessageType::heartbeat, 1, 0, 2));
    CHECK(group.hosts[0].granted.empty());
    CHECK(group.hosts[0].dropped == std::vector<ReadToken>{7, 8});
}

TEST_CASE("reads: a confirmation of an earlier leadership does not count in a later one") {
    Group group = with_leader(3);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        group.read(0, i);
        group.deliver_all();
    }
    REQUIRE(group.hosts[0].granted.size() == 5);
    group.elect(1);
    group.elect(0);
    REQUIRE(group[0].term() == Term{3});
    group.read(0, 6);
    group.wire.clear();
    group.step(confirmation(1, 1, 5));
    group.step(confirmation(2, 1, 5));
    CHECK(group.hosts[0].granted.size() == 5);
}

TEST_CASE("reads: a leader behind a partition never grants, and drops when it gives up") {
    Group group = with_leader(3);
    group.isolated = {0};
    group.read(0, 7);
    group.depose(0);
    CHECK(group.hosts[0].granted.empty());
    CHECK(group.hosts[0].dropped == std::vector<ReadToken>{7});
}

TEST_CASE("reads: one token twice is two reads") {
    Group group = with_leader(3);
    CHECK(group.read(0, 7));
    CHECK(group.read(0, 7));
    group.deliver_all();
    REQUIRE(group.hosts[0].granted.size() == 2);
    CHECK(group.hosts[0].granted[0].token == 7);
    CHECK(group.hosts[0].granted[1].token == 7);
}
