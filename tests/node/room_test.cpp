// SPDX-License-Identifier: MIT
#include "core/node/room.hpp"

#include "core/node/node.hpp"
#include "core/wal/snapshots.hpp"
#include "tests/catch.hpp"
#include "tests/node/desk.hpp"

using namespace novacron;
using raft::MessageType;

namespace {

// So that a node in this state has so much more than it keeps back.
void leave(Desk& desk, std::uint64_t more) {
    desk.disk.capacity = kNoLimit;
    std::uint64_t used = 0;
    for (const auto& file : desk.disk.files) used += file.content.size();
    const std::uint64_t snapshot = wal::kSnapshotHeadSize + desk.node().store().encoded_size();
    desk.disk.capacity = used + kKeptBack + snapshot + more;
}
void wait_for_the_end_of_the_transfer(Desk& desk) {
    while (!desk.node().raft().transferee().is_none()) {
        desk.time_out();
        desk.confirm(1);
    }
}
constexpr std::uint64_t kWriteSize = wal::entry_size(sizeof(kv::EncodedCommand));

}  // namespace

TEST_CASE("node: a leader without room refuses a write before it is in the log; reads go on") {
    Desk desk;
    desk.lead();
    leave(desk, kWriteSize);
    desk.request(1, 1, 7, 40);
    CHECK(desk.responses.empty());
    CHECK(desk.node().raft().log().last_index() == LogIndex{2});
    desk.told.clear();
    desk.request(2, 1, 7, 50);
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::overloaded);
    CHECK(desk.responses[0].client == ClientId{2});
    CHECK(desk.told[0] == "room missed");
    CHECK(desk.node().raft().log().last_index() == LogIndex{2});
    desk.complete_all_syncs();
    desk.acknowledge(1);
    CHECK(desk.responses.back().client == ClientId{1});
    CHECK(desk.responses.back().status == Response::Status::ok);
    desk.ask(3, 1, 7);
    desk.time_out();
    desk.confirm(1);
    CHECK(desk.responses.back().client == ClientId{3});
    CHECK(desk.responses.back().value == 40);
}

TEST_CASE("node: a leader without room takes writes as soon as there is room again") {
    Desk desk;
    desk.lead();
    leave(desk, 0);
    desk.request(1, 1, 7, 40);
    wait_for_the_end_of_the_transfer(desk);
    desk.responses.clear();
    desk.disk.capacity = kNoLimit;
    desk.request(1, 1, 7, 40);
    desk.complete_all_syncs();
    desk.acknowledge(1);
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::ok);
}

TEST_CASE("node: a leader without room hands over to the others in turn, one at a time") {
    Desk desk;
    desk.lead();
    desk.acknowledge(2);
    leave(desk, 0);
    std::vector<NodeId> heirs;
    for (int i = 0; i < 4; ++i) {
        desk.request(1, 1, 7, 40);
        desk.request(2, 1, 7, 40);
        heirs.push_back(desk.node().raft().transferee());
        wait_for_the_end_of_the_transfer(desk);
    }
    CHECK(heirs == std::vector{NodeId{1}, NodeId{2}, NodeId{1}, NodeId{2}});
}

TEST_CASE("node: a follower without room does not acknowledge entries, and does once it has room") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.complete_all_syncs();
    leave(desk, kWriteSize - 1);
    desk.sent.clear();
    desk.told.clear();
    const raft::Message next =
        raft::append_of(1, 0, 1, raft::position_of(1, 1), {write_entry(1, 2, kTwo)});
    desk.receive(next);
    desk.complete_all_syncs();
    CHECK(desk.sent.empty());
    CHECK(desk.told == Told{"room missed"});
    CHECK_FALSE(desk.node().faulted());
    desk.disk.capacity = kNoLimit;
    desk.receive(next);
    desk.complete_all_syncs();
    REQUIRE(desk.sent.size() == 1);
    CHECK(desk.sent[0].position == raft::position_of(1, 2));
}

TEST_CASE("node: a follower without room takes its leader's first entry, from what it keeps back") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}));
    desk.complete_all_syncs();
    leave(desk, 0);
    desk.sent.clear();
    // Of the term before it lacks an entry, which has found no room here.
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 1), {write_entry(1, 2, kTwo)}));
    desk.complete_all_syncs();
    REQUIRE(desk.sent.empty());
    const Entry first{Term{2}, LogIndex{3}, EntryKind::noop, {}};
    desk.receive(raft::append_of(2, 0, 2, raft::position_of(1, 1),
                                 {write_entry(1, 2, kTwo), first}));
    desk.complete_all_syncs();
    REQUIRE(desk.sent.size() == 1);
    CHECK_FALSE(desk.sent[0].reject);
    CHECK(desk.sent[0].position == raft::position_of(2, 3));
    CHECK(desk.disk.free() > kKeptBack / 2);
    // What clients write finds no room yet; and what is kept back for snapshots is.
    desk.sent.clear();
    desk.receive(raft::append_of(2, 0, 2, raft::position_of(2, 3), {write_entry(2, 4, kOne)}));
    desk.complete_all_syncs();
    CHECK(desk.sent.empty());
    leave(desk, 0);
    desk.disk.capacity -= kKeptBack / 2;
    desk.receive(raft::append_of(3, 0, 3, raft::position_of(2, 3),
                                 {Entry{Term{3}, LogIndex{4}, EntryKind::noop, {}}}));
    desk.complete_all_syncs();
    CHECK(desk.sent.empty());
}

TEST_CASE("node: without room it takes no snapshot from the leader, and is not made to lead") {
    Desk desk;
    desk.complete_all_syncs();
    leave(desk, 10);
    raft::Message snapshot = raft::message_of(MessageType::snapshot, 1, 0, 1);
    snapshot.position = raft::position_of(1, 9);
    snapshot.part.size = 11;
    desk.receive(snapshot);
    CHECK(desk.sent.empty());
    leave(desk, 0);
    desk.disk.capacity -= 1;
    desk.receive(raft::message_of(MessageType::stand_now, 1, 0, 1));
    CHECK(desk.node().raft().role() == raft::Role::follower);
    CHECK(desk.node().raft().term() == Term{0});
}

TEST_CASE("node: without room for entries it votes, stands and leads from what it keeps back") {
    Desk desk;
    desk.complete_all_syncs();
    leave(desk, 0);
    desk.disk.capacity -= 1;
    desk.receive(raft::vote_request(1, 0, 1, {}));
    desk.complete_all_syncs();
    REQUIRE(desk.sent.size() == 1);
    CHECK_FALSE(desk.sent[0].reject);
    for (std::uint64_t term = 2; term <= 300; ++term) {
        desk.time_out();
        desk.reply(MessageType::pre_vote_reply, 1, term);
        desk.complete_all_syncs();
        desk.reply(MessageType::vote_reply, 1, term);
        desk.complete_all_syncs();
        REQUIRE(desk.node().raft().role() == raft::Role::leader);
        desk.receive(raft::vote_request(2, 0, term, raft::position_of(9, 9)));
        desk.now = desk.now + seconds(1);
        desk.time_out();  // hears no majority, and steps down
        REQUIRE(desk.node().raft().role() == raft::Role::follower);
    }
    CHECK(desk.disk.free() > kKeptBack / 4);
}

TEST_CASE("node: when room is short it takes a snapshot, so that the log makes room") {
    raft::Options options;
    options.snapshot_threshold = 1'000'000;
    options.trailing_entries = 10;
    Desk desk(1, options);
    desk.crash();
    desk.disk.files.clear();
    desk.log_options = {4096};
    desk.start();
    desk.complete_all_syncs();
    desk.time_out();
    desk.complete_all_syncs();
    leave(desk, 20'000);
    std::uint64_t acknowledged = 0;
    for (std::uint64_t i = 1; i <= 2000; ++i) {
        desk.responses.clear();
        desk.request(1, i, 7, i);
        desk.complete_all_syncs();
        if (!desk.responses.empty() && desk.responses.back().status == Response::Status::ok) {
            ++acknowledged;
        }
    }
    // 130,000 bytes of entries. Each snapshot comes with a refusal or two.
    CHECK(acknowledged > 1900);
    CHECK(desk.node().raft().snapshot().meta.position.index > LogIndex{1000});
    CHECK_FALSE(desk.node().faulted());
    desk.crash();
    desk.start();
    CHECK(desk.node().raft().log().last_index().value >= acknowledged);
}
