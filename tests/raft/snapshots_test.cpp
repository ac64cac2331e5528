// SPDX-License-Identifier: MIT
//
// Snapshots: Ongaro's thesis, chapter 5; streaming in parts is ours.
#include "core/base/crc32c.hpp"
#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

Options few_trailing() {
    Options options;
    options.trailing_entries = 1;
    return options;
}

constexpr auto kParts = [](const Message& message) {
    return message.type == MessageType::snapshot;
};

// Server 0 leads; 2 was cut off while the others committed entries 2 .. 9, of which the leader has
// forgotten all but the last.
struct Behind {
    explicit Behind(std::vector<Recovered> disks = std::vector<Recovered>(3))
        : group(std::move(disks), few_trailing()) {
        group.isolated = {2};
        group.elect(0);
        for (int i = 0; i < 8; ++i) group.propose(0, std::string(1, static_cast<char>('a' + i)));
        group.deliver_all();
        group.take_snapshot(0);
    }
    // The leader finds that the follower needs what is forgotten; the first part is on the wire.
    void come_back() {
        group.isolated.clear();
        group.time_out(0);
        while (std::none_of(group.wire.begin(), group.wire.end(), kParts)) {
            if (group.wire.empty()) group.time_out(0);
            group.deliver_at(0);
        }
        group.deliver([](const Message& message) { return message.type != MessageType::snapshot; });
    }
    // A heartbeat to the follower and its answer; of what follows, parts stay on the wire.
    void beat() {
        group.time_out(0);
        answer();
    }
    void answer() {
        group.deliver([](const Message& message) { return message.to == NodeId{2}; });
        group.deliver([](const Message& message) { return message.to == NodeId{0}; });
        std::erase_if(group.wire, [](const Message& message) { return !kParts(message); });
    }
    Message only_part() {
        check(group.wire.size() == 1 && kParts(group.wire[0]), "one part is on the wire");
        return group.take_only();
    }
    bool caught_up() {
        return group[2].commit() == group[0].commit() &&
               group[2].log().last() == group[0].log().last() &&
               group.hosts[2].state == group.hosts[0].state;
    }

    Group group;
};

}  // namespace

TEST_CASE("snapshot: the log forgets what comes before it, but for the trailing entries") {
    Behind behind;
    const LogIndex last = behind.group[0].log().last_index();
    CHECK(behind.group[0].log().begin() == position_of(1, last.value - 1));
    CHECK(behind.group[0].snapshot().meta.position == position_of(1, last.value));
    CHECK(terms_of(behind.group[0].log()) == std::vector<std::uint64_t>{1});
}

TEST_CASE("snapshot: an older one than the newest changes nothing") {
    Behind behind;
    const Snapshot newest = behind.group[0].snapshot();
    behind.group[0].compact(snapshot_of(position_of(1, 3), 7));
    CHECK(behind.group[0].snapshot() == newest);
}

TEST_CASE("snapshot: a follower that needs what is forgotten gets it in parts, then appends") {
    Behind behind;
    behind.come_back();
    std::uint64_t offset = 0;
    for (int part = 0; part < 3; ++part) {
        const Message message = behind.only_part();
        CHECK(message.offset == offset);
        CHECK(message.part.size == kSnapshotSize);
        CHECK(message.part.bytes.size() == std::min<std::size_t>(65'536, kSnapshotSize - offset));
        offset += message.part.bytes.size();
        behind.group.step(message);
        behind.group.deliver([](const Message& m) { return m.type != MessageType::snapshot; });
    }
    CHECK(offset == kSnapshotSize);
    behind.group.propose(0, "z");
    behind.group.deliver_all();
    behind.group.heartbeat(0);
    CHECK(behind.caught_up());
    CHECK(behind.group[2].log().begin() == behind.group[0].snapshot().meta.position);
}

TEST_CASE("snapshot: one part is under way at a time, and goes again when it is overdue") {
    Behind behind;
    behind.come_back();
    const Message first = behind.only_part();
    behind.beat();
    CHECK(behind.group.wire.empty());
    behind.beat();
    const Message again = behind.only_part();
    CHECK(again.offset == first.offset);
    behind.group.step(again);
    behind.group.deliver_all();
    behind.group.heartbeat(0);
    CHECK(behind.caught_up());
}

TEST_CASE("snapshot: after a loss it goes on where it left off") {
    Behind behind;
    behind.come_back();
    behind.group.step(behind.only_part());
    behind.group.deliver([](const Message& m) { return m.to == NodeId{0}; });
    CHECK(behind.only_part().offset == 65'536);  // lost
    for (int i = 0; i < 2; ++i) behind.beat();
    CHECK(behind.only_part().offset == 65'536);
}

TEST_CASE("snapshot: a repeated, misplaced or damaged part is refused, and the right one named") {
    Behind behind;
    behind.come_back();
    const Message first = behind.only_part();
    behind.group.step(first);
    behind.group.deliver([](const Message& m) { return m.to == NodeId{0}; });
    const Message second = behind.only_part();
    const auto refused_at = [&](const Message& message) {
        behind.group.step(message);
        const Message reply = behind.group.take_only();
        CHECK(reply.type == MessageType::snapshot_reply);
        CHECK(reply.reject);
        return reply.offset;
    };
    CHECK(refused_at(first) == 65'536);
    Message later = second;
    later.offset += 1;
    CHECK(refused_at(later) == 65'536);
    Message damaged = second;
    std::vector<std::byte> bytes(second.part.bytes.view().begin(), second.part.bytes.view().end());
    bytes[7] ^= std::byte{1};
    damaged.part.bytes = Bytes(bytes);
    CHECK(refused_at(damaged) == 65'536);
    behind.group.step(second);
    CHECK_FALSE(behind.group.wire.front().reject);
    behind.group.deliver_all();
    behind.group.heartbeat(0);
    CHECK(behind.caught_up());
}

TEST_CASE("snapshot: a follower that restarts on the way gets it from the start") {
    Behind behind;
    behind.come_back();
    behind.group.step(behind.only_part());
    behind.group.deliver([](const Message& m) { return m.to == NodeId{0}; });
    behind.group.crash(2);
    behind.group.restart(2);
    behind.group.step(behind.only_part());
    behind.group.deliver([](const Message& m) { return m.to == NodeId{0}; });
    CHECK(behind.only_part().offset == 0);
}

TEST_CASE("snapshot: a newer one replaces one of which nothing has arrived, and no other") {
    Behind behind;
    behind.come_back();
    const auto newer = [&] {
        behind.group.isolated = {2};
        behind.group.propose(0, "z");
        behind.group.deliver_all();
        behind.group.take_snapshot(0);
        behind.group.isolated.clear();
    };
    const Message first = behind.only_part();
    newer();
    for (int i = 0; i < 2; ++i) behind.beat();
    const Message instead = behind.only_part();
    CHECK(instead.position.index == first.position.index + 1);
    behind.group.step(instead);
    behind.answer();
    (void)behind.only_part();
    newer();
    for (int i = 0; i < 2; ++i) behind.beat();
    const Message second = behind.only_part();
    CHECK(second.position == instead.position);
    CHECK(second.offset == 65'536);
    behind.group.step(second);
    behind.group.deliver_all();
    behind.group.heartbeat(0);
    behind.group.heartbeat(0);
    CHECK(behind.caught_up());
}

// Found in several implementations: a follower with another entry where the snapshot ends kept it,
// refused the appends that follow, and got the snapshot again for ever.
TEST_CASE("snapshot: a log with another entry at its index, and a tail, is replaced") {
    std::vector<Recovered> disks(3);
    disks[0] = disk_of(2, {2});
    disks[1] = disk_of(2, {2});
    disks[2] = disk_of(1, std::vector<std::uint64_t>(20, 1));
    Behind behind(disks);
    REQUIRE(behind.group[2].log().last_index() > behind.group[0].log().last_index());
    behind.come_back();
    behind.group.deliver_all();
    behind.group.heartbeat(0);
    CHECK(behind.caught_up());
    behind.group.crash(2);
    behind.group.restart(2);
    CHECK(behind.group[2].log().begin() == behind.group[0].snapshot().meta.position);
}

// Thesis, chapter 5: if the log holds the snapshot's last entry, what follows on it stays.
TEST_CASE("snapshot: a log that holds its last entry keeps its tail, and knows it committed") {
    Group group({disk_of(1, {1, 1, 1, 1}), {}, {}});
    Message part = message_of(MessageType::snapshot, 1, 0, 1);
    part.position = position_of(1, 3);
    const Snapshot snapshot = snapshot_of(part.position, 7);
    part.part = {snapshot.state.size(), 0, {}};
    group.step(part);
    CHECK(group[0].log().last() == position_of(1, 4));
    CHECK(group[0].log().begin() == LogPosition{});
    CHECK(group[0].commit() == LogIndex{3});
    const Message reply = group.take_only();
    CHECK(reply.type == MessageType::append_reply);
    CHECK_FALSE(reply.reject);
    CHECK(reply.position == position_of(1, 3));
}

TEST_CASE("snapshot: one that is older than what is committed changes nothing") {
    Group group({disk_of(1, {1, 1, 1, 1}), {}, {}});
    group.step(append_of(1, 0, 1, position_of(1, 4), {}, 4));
    group.wire.clear();
    Message part = message_of(MessageType::snapshot, 1, 0, 1);
    const Snapshot snapshot = snapshot_of(position_of(1, 3), 7);
    part.position = position_of(1, 3);
    const auto bytes = snapshot.state.view().first(10);
    part.part = {10, crc32c(bytes), Bytes(bytes)};
    group.step(part);
    CHECK(group[0].commit() == LogIndex{4});
    CHECK(group[0].log().last() == position_of(1, 4));
    CHECK(group.take_only().position == position_of(1, 4));
}

TEST_CASE("snapshot: it is acknowledged when it is durable, and not before") {
    Behind behind;
    behind.come_back();
    behind.group.persist_at_once = false;
    for (int part = 0; part < 2; ++part) {
        behind.group.step(behind.only_part());
        behind.group.deliver([](const Message& m) { return m.to == NodeId{0}; });
    }
    behind.group.step(behind.only_part());
    const LogIndex index = behind.group[0].snapshot().meta.position.index;
    CHECK(behind.group.wire.empty());
    CHECK(behind.group[2].durable().last() < index);
    behind.group.persist(2);
    CHECK(behind.group[2].durable().last() == index);
    const Message reply = behind.group.take_only();
    CHECK(reply.type == MessageType::append_reply);
    CHECK(reply.position.index == index);
}

// etcd once left a follower probing when its snapshot ended where the leader's log does.
TEST_CASE("snapshot: one that ends where the leader's log does is followed by what comes next") {
    Behind behind;
    behind.come_back();
    behind.group.deliver_all();
    REQUIRE(behind.group[2].log().last() == behind.group[0].log().last());
    behind.group.propose(0, "z");
    CHECK(std::any_of(behind.group.wire.begin(), behind.group.wire.end(), [](const Message& m) {
        return m.type == MessageType::append && m.to == NodeId{2} && m.entries.size() == 1;
    }));
}

// The acknowledgement of the snapshot was lost; that of any append which reaches into the leader's
// log will do.
TEST_CASE("snapshot: any acknowledgement that reconnects with the leader's log ends it") {
    Behind behind;
    behind.come_back();
    (void)behind.only_part();
    Message reply = message_of(MessageType::append_reply, 2, 0, 1);
    reply.position = position_of(1, 2);
    behind.group.step(reply);
    CHECK(behind.group.wire.empty());  // reaches not far enough
    reply.position = behind.group[0].log().begin();
    behind.group.step(reply);
    const Message append = behind.group.take_only();
    CHECK(append.type == MessageType::append);
    CHECK(append.position == behind.group[0].log().begin());
}

TEST_CASE("snapshot: a lost acknowledgement is asked for again") {
    Behind behind;
    behind.come_back();
    for (int part = 0; part < 2; ++part) {
        behind.group.step(behind.only_part());
        behind.group.deliver([](const Message& m) { return m.to == NodeId{0}; });
    }
    behind.group.step(behind.only_part());
    behind.group.wire.clear();
    for (int beat = 0; beat < 3; ++beat) behind.group.heartbeat(0);
    behind.group.propose(0, "z");
    behind.group.deliver_all();
    behind.group.heartbeat(0);
    CHECK(behind.caught_up());
}

// An append that reaches back before the beginning of the follower's log doubled entries elsewhere.
TEST_CASE("snapshot: an append from before a log's beginning changes nothing") {
    Behind behind;
    behind.come_back();
    behind.group.deliver_all();
    const LogPosition last = behind.group[2].log().last();
    behind.group.step(append_of(0, 2, 1, {}, log_of({1, 1, 1})));
    CHECK(behind.group[2].log().last() == last);
    CHECK(behind.group.take_only().position == last);
}

TEST_CASE("snapshot: one of a deposed leader is refused, and the next leader starts from its own") {
    Behind behind;
    behind.come_back();
    Message part = behind.only_part();
    behind.group.step(part);
    behind.group.wire.clear();
    behind.group.isolated = {0};
    behind.group.campaign(1);
    behind.group.deliver_all();
    behind.group.step(part);
    const Message reply = behind.group.take_only();
    CHECK(reply.reject);
    CHECK(reply.term > part.term);
}

// Each copy of a part is answered; were each answer heeded, copies of copies would flood the wire.
TEST_CASE("snapshot: a network that doubles each message does not multiply the parts") {
    Behind behind;
    behind.come_back();
    std::uint32_t parts = 0;
    while (!behind.group.wire.empty()) {
        const Message message = behind.group.wire.front();
        parts += kParts(message) ? 1U : 0U;
        if (message.to != NodeId{1} && message.from != NodeId{1}) behind.group.step(message);
        behind.group.deliver_at(0);
    }
    CHECK(parts == 3);
    behind.group.heartbeat(0);
    CHECK(behind.caught_up());
}
