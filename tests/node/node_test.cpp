// SPDX-License-Identifier: MIT
#include "core/node/node.hpp"

#include "core/base/crc32c.hpp"
#include "core/wal/snapshots.hpp"
#include "tests/catch.hpp"
#include "tests/node/desk.hpp"

using namespace novacron;
using raft::MessageType;

// ---- the disk

TEST_CASE("node: a vote leaves after the sync, and not before") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::vote_request(1, 0, 1, {}));
    CHECK(desk.sent.empty());
    REQUIRE(desk.disk.syncs.size() == 1);
    desk.complete_sync();
    REQUIRE(desk.sent.size() == 1);
    CHECK(desk.sent[0].type == MessageType::vote_reply);
    CHECK_FALSE(desk.sent[0].reject);
}

TEST_CASE("node: an append is acknowledged after the sync, and what was persisted is told first") {
    Desk desk;
    desk.complete_all_syncs();
    desk.told.clear();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    CHECK(desk.sent.empty());
    desk.complete_sync();
    CHECK(desk.told == Told{"follower of 1", "appended 1", "persisted term 1 log 1", "send 1"});
}

TEST_CASE("node: appends leave before the sync") {
    Desk desk;
    desk.lead();
    desk.request(1, 1, 7, 40);
    CHECK_FALSE(desk.disk.syncs.empty());
    CHECK(desk.count_sent(MessageType::append) == 1);  // server 2 has not answered the probe yet
}

TEST_CASE("node: one sync is outstanding, and the next covers all that was written meanwhile") {
    Desk desk;
    desk.lead();
    for (std::uint64_t client = 1; client <= 5; ++client) {
        desk.request(client, 1, client, 40);
        CHECK(desk.disk.syncs.size() == 1);
    }
    desk.complete_sync();
    CHECK(desk.node().raft().durable().last() == LogIndex{2});
    REQUIRE(desk.disk.syncs.size() == 1);
    desk.complete_sync();
    CHECK(desk.node().raft().durable().last() == LogIndex{6});
    CHECK(desk.disk.syncs.empty());
}

TEST_CASE("node: a completed sync vouches for nothing that was written after it was asked for") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 1), {write_entry(1, 2, kTwo)}));
    REQUIRE(desk.disk.syncs.size() == 1);
    desk.complete_sync();
    REQUIRE(desk.sent.size() == 1);
    CHECK(desk.sent[0].position == raft::position_of(1, 1));
    desk.complete_sync();
    REQUIRE(desk.sent.size() == 2);
    CHECK(desk.sent[1].position == raft::position_of(1, 2));
}

TEST_CASE("node: after a sync that failed it says nothing, whatever waited for it") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 1), {write_entry(1, 2, kTwo)}));
    CHECK_FALSE(desk.node().faulted());
    desk.told.clear();
    desk.complete_sync(DiskStatus::failed);
    CHECK(desk.node().faulted());
    CHECK(desk.told.empty());
    CHECK(desk.disk.syncs.empty());
    CHECK(desk.node().next_deadline() == Instant::never());
}

TEST_CASE("node: a faulted leader takes nothing any more, and answers nobody") {
    Desk desk;
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.complete_sync(DiskStatus::failed);
    desk.sent.clear();
    desk.told.clear();
    desk.acknowledge(1);
    desk.acknowledge(2);
    desk.request(2, 1, 7, 50);
    desk.ask(3, 1, 7);
    desk.now = desk.now + seconds(10);
    desk.receive(raft::vote_request(1, 0, 9, raft::position_of(9, 9)));
    CHECK_FALSE(desk.transfer(1));
    CHECK(desk.told.empty());
    CHECK(desk.sent.empty());
    CHECK(desk.responses.empty());
    CHECK(desk.disk.syncs.empty());
}

TEST_CASE("node: a sync that failed is made good by starting again from the disk") {
    for (const bool kept : {false, true}) {
        Desk desk;
        desk.complete_all_syncs();
        desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
        desk.complete_sync(DiskStatus::failed);
        if (kept) desk.crash();
        if (!kept) desk.lose_power();
        desk.start();
        CHECK(desk.node().raft().log().last_index() == LogIndex{kept ? 1U : 0U});
        desk.complete_all_syncs();
        desk.sent.clear();
        desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
        desk.complete_all_syncs();
        REQUIRE(desk.sent.size() == 1);
        CHECK(desk.sent[0].position == raft::position_of(1, 1));
        CHECK_FALSE(desk.sent[0].reject);
    }
}

TEST_CASE("node: it starts again from what its disk holds") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.now = desk.now + seconds(1);
    desk.receive(raft::vote_request(2, 0, 3, raft::position_of(1, 1)));
    desk.complete_all_syncs();
    desk.lose_power();
    desk.start();
    CHECK(desk.node().raft().term() == Term{3});
    CHECK(desk.node().raft().vote() == NodeId{2});
    CHECK(desk.node().raft().log().last() == raft::position_of(1, 1));
    CHECK(desk.node().raft().role() == raft::Role::follower);
    CHECK(desk.node().raft().durable().last() == LogIndex{0});
    desk.complete_all_syncs();
    CHECK(desk.node().raft().durable().last() == LogIndex{1});
}

TEST_CASE("node: what was not synced is lost with the power, and nobody was told otherwise") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    CHECK(desk.sent.empty());
    desk.lose_power();
    desk.start();
    CHECK(desk.node().raft().term() == Term{0});
    CHECK(desk.node().raft().log().last_index() == LogIndex{0});
}

TEST_CASE("node: what the operating system kept from a crash counts after a sync") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.crash();
    desk.start();
    CHECK(desk.node().raft().log().last() == raft::position_of(1, 1));
    desk.sent.clear();
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 1), {}));
    CHECK(desk.sent.empty());
    desk.complete_all_syncs();
    CHECK(desk.sent.size() == 1);
}

TEST_CASE("node: entries that replace others come back as the replacement") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne), write_entry(1, 2, kOne)}));
    desk.receive(raft::append_of(2, 0, 2, {}, {write_entry(2, 1, kTwo)}));
    desk.complete_all_syncs();
    desk.lose_power();
    desk.start();
    CHECK(desk.node().raft().log().last() == raft::position_of(2, 1));
    CHECK(desk.node().raft().log().entry(LogIndex{1}) == write_entry(2, 1, kTwo));
}

TEST_CASE("node: appends that become durable together are acknowledged together") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 1), {write_entry(1, 2, kTwo)}));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 2), {write_entry(1, 3, kOne)}));
    desk.complete_sync();
    REQUIRE(desk.sent.size() == 1);
    CHECK(desk.sent[0].position == raft::position_of(1, 1));
    desk.complete_sync();
    REQUIRE(desk.sent.size() == 2);
    CHECK(desk.sent[1].position == raft::position_of(1, 3));
}

TEST_CASE("node: a repeated append that comes late doesn't take back what is acknowledged") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 1), {write_entry(1, 2, kTwo)}));
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.complete_all_syncs();
    REQUIRE(desk.sent.size() == 2);
    CHECK(desk.sent[1].position == raft::position_of(1, 2));
}

TEST_CASE("node: a refusal is not swallowed by the acknowledgements around it") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 7), {write_entry(1, 8, kTwo)}));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 1), {write_entry(1, 2, kTwo)}));
    desk.complete_all_syncs();
    REQUIRE(desk.sent.size() == 3);
    CHECK(desk.sent[1].reject);
    CHECK_FALSE(desk.sent[2].reject);
}

// The acknowledgement of a write that a later leader has undone would promise what is no longer so.
TEST_CASE("node: an acknowledgement whose entries were replaced while it waited does not leave") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne), write_entry(1, 2, kOne)}));
    desk.receive(raft::append_of(2, 0, 2, {}, {write_entry(2, 1, kTwo)}));
    desk.complete_all_syncs();
    REQUIRE(desk.sent.size() == 1);
    CHECK(desk.sent[0].term == Term{2});
    CHECK(desk.sent[0].position == raft::position_of(2, 1));
}

// ---- clients

TEST_CASE("node: a client is answered when its write is committed and applied") {
    Desk desk;
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.complete_all_syncs();
    CHECK(desk.responses.empty());
    desk.told.clear();
    desk.acknowledge(1);
    CHECK(desk.told == Told{"committed 2", "applied 2", "respond"});
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::ok);
    CHECK(desk.responses[0].client == ClientId{1});
    CHECK(desk.responses[0].sequence == 1);
    CHECK(desk.responses[0].index == LogIndex{2});
    CHECK(desk.responses[0].by == NodeId{0});
    CHECK(desk.node().store().read(7) == kv::Value{40});
}

TEST_CASE("node: a write that was retried is answered twice and applied once") {
    Desk desk;
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.request(2, 1, 7, 50);
    desk.request(1, 1, 7, 40);
    desk.complete_all_syncs();
    desk.acknowledge(1);
    REQUIRE(desk.responses.size() == 3);
    CHECK(desk.responses[2].status == Response::Status::ok);
    CHECK(desk.responses[2].index == desk.responses[0].index);
    CHECK(desk.node().store().read(7) == kv::Value{50});
}

TEST_CASE("node: who does not lead refuses, and names the leader it knows") {
    Desk desk;
    desk.complete_all_syncs();
    desk.request(1, 1, 7, 40);
    desk.ask(2, 5, 7);
    REQUIRE(desk.responses.size() == 2);
    CHECK(desk.responses[0].status == Response::Status::not_leader);
    CHECK(desk.responses[0].leader.is_none());
    CHECK(desk.responses[1].sequence == 5);
    desk.receive(raft::message_of(MessageType::heartbeat, 2, 0, 1));
    desk.request(1, 1, 7, 40);
    REQUIRE(desk.responses.size() == 3);
    CHECK(desk.responses[2].leader == NodeId{2});
}

TEST_CASE("node: a leader that hands over refuses writes, and serves reads") {
    Desk desk;
    desk.lead();
    CHECK(desk.transfer(1));
    desk.request(1, 1, 7, 40);
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::not_leader);
    CHECK(desk.responses[0].leader.is_none());
    desk.ask(2, 1, 7);
    CHECK(desk.responses.size() == 1);
    CHECK_FALSE(desk.transfer(9));
}

// It would hear of no later leader, and send clients in a circle.
TEST_CASE("node: who was removed names no leader") {
    const auto named_after = [](const raft::ConfigurationChange& change) {
        Desk desk;
        desk.lead();
        REQUIRE(desk.change(change));
        desk.complete_all_syncs();
        desk.acknowledge(1);
        desk.receive(raft::message_of(MessageType::heartbeat, 2, 0, 5));
        desk.request(1, 1, 7, 40);
        REQUIRE(desk.responses.size() == 1);
        return desk.responses[0].leader;
    };
    using Kind = raft::MemberChange::Kind;
    CHECK(named_after({{{Kind::remove, NodeId{1}}}}) == NodeId{2});
    CHECK(named_after({{{Kind::remove, NodeId{0}}}}).is_none());
}

TEST_CASE("node: a leader that is removed tells of the commit before it steps down for it") {
    Desk desk;
    desk.lead();
    REQUIRE(desk.change({{{raft::MemberChange::Kind::remove, NodeId{0}}}}));
    desk.complete_all_syncs();
    desk.told.clear();
    desk.acknowledge(1);
    const auto place = [&](const std::string& what) {
        return std::find(desk.told.begin(), desk.told.end(), what) - desk.told.begin();
    };
    CHECK(desk.node().raft().role() == raft::Role::follower);
    CHECK(place("committed 2") < place("group of 2 since 2"));
    CHECK(place("group of 2 since 2") < place("follower of 1"));
    CHECK(place("follower of 1") < static_cast<std::ptrdiff_t>(desk.told.size()));
}

TEST_CASE("node: who learns of a commit by the vote that makes it leader tells of it first") {
    Desk desk;
    desk.complete_all_syncs();
    raft::Message append = raft::message_of(MessageType::append, 1, 0, 1);
    const raft::Configuration group{
        {NodeId{0}, NodeId{1}, NodeId{2}}, {}, {NodeId{3}}, {}, false};
    append.entries = {{Term{1}, LogIndex{1}, EntryKind::configuration, encode(group)}};
    desk.receive(append);
    desk.complete_all_syncs();
    desk.time_out();
    desk.reply(MessageType::pre_vote_reply, 1, 2);
    desk.complete_all_syncs();
    desk.told.clear();
    raft::Message vote = raft::message_of(MessageType::vote_reply, 1, 0, 2);
    vote.hint = raft::position_of(1, 1);
    desk.receive(vote);
    const auto place = [&](const std::string& what) {
        return std::find(desk.told.begin(), desk.told.end(), what) - desk.told.begin();
    };
    CHECK(place("committed 1") < place("leader of 2"));
    CHECK(place("leader of 2") < static_cast<std::ptrdiff_t>(desk.told.size()));
}

TEST_CASE("node: a deposed leader refuses all that waits, at once") {
    Desk desk;
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.request(2, 1, 7, 50);
    desk.ask(3, 1, 7);
    CHECK(desk.responses.empty());
    desk.receive(raft::message_of(MessageType::heartbeat, 2, 0, 5));
    REQUIRE(desk.responses.size() == 3);
    for (const Response& response : desk.responses) {
        CHECK(response.status == Response::Status::not_leader);
        CHECK(response.leader == NodeId{2});
    }
    CHECK(desk.responses[2].client == ClientId{3});
}

TEST_CASE("node: no answer goes to a client for the entry that took its write's place") {
    Desk desk;
    desk.lead();
    desk.request(1, 1, 7, 40);
    REQUIRE(desk.node().raft().log().last() == raft::position_of(1, 2));
    desk.receive(raft::append_of(2, 0, 5, raft::position_of(1, 1), {write_entry(5, 2, kTwo)}, 2));
    CHECK(desk.node().applied() == LogIndex{2});
    CHECK(desk.node().store().read(7) == kv::Value{50});
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::not_leader);
}

TEST_CASE("node: a read is answered after a majority confirms, from all that is applied by then") {
    Desk desk;
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.complete_all_syncs();
    desk.acknowledge(1);
    desk.responses.clear();
    desk.ask(2, 9, 7);
    desk.ask(3, 1, 8);
    CHECK(desk.responses.empty());
    desk.confirm(1);
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::ok);
    CHECK(desk.responses[0].value == kv::Value{40});
    CHECK(desk.responses[0].sequence == 9);
    CHECK(desk.responses[0].index == LogIndex{2});
    desk.confirm(1);
    REQUIRE(desk.responses.size() == 2);
    CHECK(desk.responses[1].client == ClientId{3});
    CHECK(desk.responses[1].value == kv::Value{0});
}

TEST_CASE("node: a follower answers a read that its leader has confirmed, if it is to") {
    for (const bool follower_reads : {true, false}) {
        raft::Options options;
        options.follower_reads = follower_reads;
        Desk desk(3, options);
        desk.complete_all_syncs();
        desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
        desk.complete_all_syncs();
        desk.sent.clear();
        desk.ask(2, 9, 7);
        if (!follower_reads) {
            REQUIRE(desk.responses.size() == 1);
            CHECK(desk.responses[0].status == Response::Status::not_leader);
            CHECK(desk.responses[0].leader == NodeId{1});
            continue;
        }
        REQUIRE(desk.sent.size() == 1);
        CHECK(desk.sent[0].type == MessageType::read_request);
        raft::Message answer = raft::message_of(MessageType::read_reply, 1, 0, 1);
        answer.round = desk.sent[0].round;
        answer.commit = LogIndex{1};
        desk.receive(answer);
        CHECK(desk.responses.empty());
        raft::Message heartbeat = raft::message_of(MessageType::heartbeat, 1, 0, 1);
        heartbeat.commit = LogIndex{1};
        desk.receive(heartbeat);
        REQUIRE(desk.responses.size() == 1);
        CHECK(desk.responses[0].status == Response::Status::ok);
        CHECK(desk.responses[0].value == kv::Value{40});
        CHECK(desk.responses[0].index == LogIndex{1});
        // A write is the leader's business all the same.
        desk.request(1, 2, 7, 41);
        CHECK(desk.responses.back().status == Response::Status::not_leader);
    }
}

TEST_CASE("node: reads that a follower can't have confirmed are refused") {
    raft::Options options;
    options.follower_reads = true;
    Desk desk(3, options);
    desk.complete_all_syncs();
    desk.ask(1, 1, 7);
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::not_leader);
    desk.receive(raft::message_of(MessageType::heartbeat, 1, 0, 1));
    desk.ask(1, 2, 7);
    CHECK(desk.responses.size() == 1);
    desk.time_out();
    REQUIRE(desk.responses.size() == 2);
    CHECK(desk.responses[1].sequence == 2);
    CHECK(desk.responses[1].status == Response::Status::not_leader);
}

TEST_CASE("node: a group of one serves by itself") {
    Desk desk(1);
    desk.lead();
    desk.request(1, 1, 7, 40);
    CHECK(desk.responses.empty());
    desk.complete_all_syncs();
    CHECK(desk.responses.size() == 1);
    desk.ask(2, 1, 7);
    REQUIRE(desk.responses.size() == 2);
    CHECK(desk.responses[1].value == kv::Value{40});
}

// ---- what is told

TEST_CASE("node: roles are told when they change, and only then") {
    Desk desk;
    desk.complete_all_syncs();
    desk.told.clear();
    desk.receive(raft::message_of(MessageType::heartbeat, 1, 0, 1));
    CHECK(desk.told == Told{"follower of 1"});
    desk.told.clear();
    desk.receive(raft::message_of(MessageType::heartbeat, 1, 0, 1));
    CHECK(desk.told.empty());
}

TEST_CASE("node: it comes up with what was committed applied again") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}, 1));
    CHECK(desk.node().applied() == LogIndex{1});
    // The commit index goes to the disk with the next vote or term.
    desk.now = desk.now + seconds(1);
    desk.receive(raft::vote_request(2, 0, 9, raft::position_of(9, 9)));
    desk.complete_all_syncs();
    desk.lose_power();
    desk.told.clear();
    desk.start();
    CHECK(desk.told == Told{"committed 1", "applied 1"});
    CHECK(desk.node().store().read(7) == kv::Value{40});
}
