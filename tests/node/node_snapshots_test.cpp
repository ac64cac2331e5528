// SPDX-License-Identifier: MIT
#include "core/node/node.hpp"

#include "core/base/crc32c.hpp"
#include "core/wal/snapshots.hpp"
#include "tests/catch.hpp"
#include "tests/node/desk.hpp"

using namespace novacron;
using raft::MessageType;

namespace {

raft::Options snapshot_every(std::uint64_t entries) {
    raft::Options options;
    options.snapshot_threshold = entries;
    options.trailing_entries = 0;
    return options;
}
// The leader's snapshot of a store that has applied kOne and kTwo, at 3.
Snapshot leaders_snapshot() {
    kv::Store store;
    store.apply(LogIndex{2}, kOne);
    store.apply(LogIndex{3}, kTwo);
    return {{raft::position_of(1, 3)}, Bytes(store.encode())};
}
raft::Message part_of(const Snapshot& snapshot) {
    raft::Message message = raft::message_of(MessageType::snapshot, 1, 0, 1);
    message.position = snapshot.meta.position;
    message.part = {snapshot.state.size(), crc32c(snapshot.state.view()), snapshot.state};
    return message;
}

}  // namespace

TEST_CASE("node: after so many entries it takes a snapshot, and forgets once that is durable") {
    Desk desk(1, snapshot_every(3));
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.complete_all_syncs();
    CHECK(desk.disk.syncs.empty());
    desk.request(2, 1, 7, 50);
    desk.complete_sync();  // commits the third entry
    REQUIRE(desk.disk.syncs.size() == 1);
    CHECK(desk.node().raft().log().begin().index == LogIndex{0});
    desk.told.clear();
    desk.complete_sync();
    CHECK(desk.told == Told{"snapshot 3"});
    CHECK(desk.node().raft().log().begin().index == LogIndex{3});
}

TEST_CASE("node: without a threshold it takes no snapshot") {
    Desk desk(1, snapshot_every(0));
    desk.lead();
    for (std::uint64_t i = 1; i <= 20; ++i) desk.request(1, i, 7, i);
    desk.complete_all_syncs();
    CHECK(desk.node().raft().snapshot() == Snapshot{});
    CHECK(desk.disk.files.size() == 1);
}

TEST_CASE("node: it starts from its snapshot, knows repeated commands, and goes on") {
    Desk desk(1, snapshot_every(3));
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.request(2, 1, 7, 50);
    desk.complete_all_syncs();
    REQUIRE(desk.node().raft().log().begin().index == LogIndex{3});
    const std::uint64_t digest = desk.node().store().digest();
    desk.lose_power();
    desk.start();
    CHECK(desk.node().applied() == LogIndex{3});
    CHECK(desk.node().store().digest() == digest);
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.complete_all_syncs();
    CHECK(desk.node().store().read(7) == kv::Value{50});
    CHECK(desk.responses.back().index == LogIndex{2});
}

TEST_CASE("node: a snapshot that lost the power is none, and the log is whole") {
    Desk desk(1, snapshot_every(3));
    desk.lead();
    desk.request(1, 1, 7, 40);
    desk.request(2, 1, 7, 50);
    desk.complete_sync();
    desk.complete_sync();
    desk.lose_power();
    desk.start();
    CHECK(desk.node().raft().snapshot() == Snapshot{});
    CHECK(desk.node().raft().log().last_index() == LogIndex{3});
}

TEST_CASE("node: a snapshot from the leader is made durable before the log restarts after it") {
    Desk desk;
    desk.complete_all_syncs();
    desk.told.clear();
    const Snapshot snapshot = leaders_snapshot();
    desk.receive(part_of(snapshot));
    CHECK(desk.told == Told{"follower of 1", "installed 3", "committed 3"});
    CHECK(desk.node().store().read(7) == kv::Value{50});
    REQUIRE(desk.disk.syncs.size() == 1);
    desk.complete_sync();
    CHECK(desk.sent.empty());
    REQUIRE(desk.disk.syncs.size() == 1);
    desk.complete_sync();
    CHECK(desk.told.back() == "send 1");
    CHECK(desk.sent.back().position == raft::position_of(1, 3));
}

// Each file loses its own part of what is pending.
TEST_CASE("node: a restart of the log never outlives its snapshot, whatever sync is done then") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(raft::append_of(2, 0, 1, {}, {write_entry(1, 1, kOne)}));
    REQUIRE(desk.disk.syncs.size() == 1);
    raft::Message part = part_of(leaders_snapshot());
    part.from = NodeId{2};
    desk.receive(part);
    REQUIRE(desk.disk.syncs.size() == 2);
    desk.complete_sync();  // of the log; the snapshot's is outstanding
    desk.crash();
    for (auto& file : desk.disk.files) {
        const bool is_log = file.name == wal::segment_name(1);
        file.content.resize(is_log ? file.content.size() : file.durable);
    }
    desk.start();
    CHECK(desk.node().raft().log().last() == raft::position_of(1, 1));
}

// The power goes after the first, after the second of its two syncs, or at any byte before.
TEST_CASE("node: whenever the power goes, it comes back before a snapshot or after it") {
    const Snapshot snapshot = leaders_snapshot();
    for (int syncs = 0; syncs <= 2; ++syncs) {
        for (std::size_t kept = 0; kept < 400; kept += 3) {
            Desk desk;
            desk.complete_all_syncs();
            desk.receive(raft::append_of(2, 0, 1, {}, {write_entry(1, 1, kOne)}));
            desk.complete_all_syncs();
            raft::Message part = part_of(snapshot);
            part.from = NodeId{2};
            desk.receive(part);
            for (int i = 0; i < syncs; ++i) desk.complete_sync();
            desk.crash();
            for (auto& file : desk.disk.files) {
                file.content.resize(std::min(file.content.size(), file.durable + kept));
                file.durable = file.content.size();
            }
            desk.start();
            const LogPosition last = desk.node().raft().log().last();
            const bool installed = desk.node().raft().snapshot() == snapshot;
            REQUIRE(last == raft::position_of(1, installed ? 3 : 1));
            if (syncs > 0) REQUIRE(last == raft::position_of(1, 3));
            desk.complete_all_syncs();
            REQUIRE(desk.node().raft().durable().last() == last.index);
        }
    }
}

// It may be in the operating system's memory only.
TEST_CASE("node: a snapshot found at the start is synced before the log restarts after it") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(part_of(leaders_snapshot()));
    desk.crash();  // the file was written, its sync not done
    desk.start();
    REQUIRE(desk.node().applied() == LogIndex{3});
    REQUIRE(desk.disk.syncs.size() == 1);
    const std::size_t log = desk.disk.files[0].content.size();
    CHECK(desk.node().raft().durable().last() == LogIndex{0});
    desk.complete_sync();
    CHECK(desk.disk.files[0].content.size() > log);
    desk.complete_sync();
    CHECK(desk.node().raft().durable().last() == LogIndex{3});
}

TEST_CASE("node: entries that come while a snapshot is made durable wait for it") {
    Desk desk;
    desk.complete_all_syncs();
    desk.receive(part_of(leaders_snapshot()));
    desk.receive(raft::append_of(1, 0, 1, raft::position_of(1, 3), {write_entry(1, 4, kOne)}));
    CHECK(desk.disk.syncs.size() == 1);
    desk.complete_all_syncs();
    CHECK(desk.sent.back().position == raft::position_of(1, 4));
    desk.lose_power();
    desk.start();
    CHECK(desk.node().raft().log().last() == raft::position_of(1, 4));
    CHECK(desk.node().raft().log().begin() == raft::position_of(1, 3));
}

TEST_CASE("node: its own snapshot that is done after a newer one came from the leader is dropped") {
    Desk desk(3, snapshot_every(1));
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, {write_entry(1, 1, kOne)}, 1));  // its own, at 1
    desk.receive(part_of(leaders_snapshot()));
    desk.complete_all_syncs();
    CHECK(desk.node().raft().snapshot() == leaders_snapshot());
    const auto names = desk.disk.list();
    CHECK(std::find(names.begin(), names.end(), wal::snapshot_name({1})) == names.end());
    desk.lose_power();
    desk.start();
    CHECK(desk.node().raft().snapshot() == leaders_snapshot());
}
