// SPDX-License-Identifier: MIT
//
// What a server keeps and what it forgets when its process ends: figure 2 of the Raft paper says
// what is persistent; what counts as durable after a restart is ours.
#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

TEST_CASE("restart: term, vote and log come back, role and leader don't (figure 2)") {
    Group group(3);
    group.elect(0);
    group.propose(0, "x");
    group.deliver_all();
    group.crash(0);
    group.restart(0);
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].leader().is_none());
    CHECK(group[0].term() == Term{1});
    CHECK(group[0].vote() == NodeId{0});
    CHECK(group[0].log().last() == position_of(1, 2));
}

TEST_CASE("restart: what was not durable is gone, and was not promised to anybody") {
    Group group(3);
    group.persist_at_once = false;
    group.persist(0);
    group.step(append_of(1, 0, 1, {}, log_of({1, 1})));
    group.persist(0, 1);
    group.wire.clear();
    group.step(append_of(1, 0, 1, position_of(1, 2), log_of({1, 1, 1})));
    CHECK(group.wire.empty());
    group.crash(0);
    group.restart(0);
    CHECK(group[0].log().last() == position_of(1, 2));
}

// Bytes that outlived the process may still be in the operating system's memory.
TEST_CASE("restart: nothing counts as durable before the first write completes") {
    Group group({disk_of(2, {1, 2}), {}, {}});
    group.persist_at_once = false;
    group.crash(0);
    group.restart(0);
    REQUIRE(group.hosts[0].pending.size() == 1);
    CHECK(group[0].durable().last() == LogIndex{0});
    CHECK(group[0].durable().hard_state() == HardState{});
    // An append that brings nothing new needs no write, and still has to wait for the first one.
    group.step(append_of(1, 0, 2, position_of(2, 2), {}));
    CHECK(group.wire.empty());
    group.persist(0);
    CHECK(group[0].durable().last() == LogIndex{2});
    CHECK(group.wire.size() == 1);
}

TEST_CASE("restart: a vote of before the restart is repeated only when the disk vouches for it") {
    Options options;
    options.check_quorum = false;
    std::vector<Recovered> disks(3);
    disks[0].hard_state = {Term{4}, NodeId{1}, LogIndex{}};
    Group group(disks, options);
    group.persist_at_once = false;
    group.crash(0);
    group.restart(0);
    group.step(vote_request(1, 0, 4, {}));
    CHECK(group.wire.empty());
    group.persist(0);
    CHECK_FALSE(group.take_only().reject);
}

TEST_CASE("restart: the commit index starts from what was kept, never after the log's end") {
    Recovered disk = disk_of(1, {1, 1});
    disk.hard_state.commit = LogIndex{1};
    CHECK(Group({disk, {}, {}})[0].commit() == LogIndex{1});
    disk.hard_state.commit = LogIndex{9};
    CHECK(Group({disk, {}, {}})[0].commit() == LogIndex{2});
}

TEST_CASE("restart: a disk that holds an entry of a later term than its own is refused") {
    CHECK_THROWS_AS(Group({disk_of(1, {1, 2}), {}, {}}), BugError);
}

TEST_CASE(
    "restart: a former leader's pending reads are forgotten, and it leads no more in its term") {
    Group group(3);
    group.elect(0);
    group.read(0, 7);
    group.wire.clear();
    group.crash(0);
    group.restart(0);
    Message late = message_of(MessageType::vote_reply, 1, 0, 1);
    group.step(late);
    CHECK(group[0].role() == Role::follower);
    late.type = MessageType::heartbeat_reply;
    late.round = 1;
    group.step(late);
    CHECK(group.hosts[0].granted.empty());
}

TEST_CASE("restart: all servers at once lose nothing that was committed") {
    Group group(3);
    group.elect(0);
    for (const char* command : {"a", "b", "c"}) group.propose(0, command);
    group.deliver_all();
    REQUIRE(group[0].commit() == LogIndex{4});
    for (std::uint32_t id = 0; id < 3; ++id) group.crash(id);
    group.wire.clear();
    for (std::uint32_t id = 0; id < 3; ++id) group.restart(id);
    group.elect(1);
    CHECK(group[1].commit() == LogIndex{5});
    CHECK(group[1].log().entry(LogIndex{4}).data == bytes_of("c"));
}

TEST_CASE("restart: a server whose options or group are out of bounds does not start") {
    Options options;
    options.max_append_entries = 0;
    CHECK_THROWS_AS(Group(3, options), BugError);
    options = {};
    options.election_timeout_max = options.election_timeout_min - nanoseconds(1);
    CHECK_THROWS_AS(Group(3, options), BugError);
    CHECK_THROWS_AS(
        Raft(Identity{NodeId{0}, {NodeId{1}, NodeId{0}}}, Options{}, {}, Random(1), Instant{}),
        BugError);
    CHECK_NOTHROW(Group(99));
    CHECK_THROWS_AS(Group(100), BugError);
}
