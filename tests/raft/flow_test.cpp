// SPDX-License-Identifier: MIT
//
// Flow control: how much a leader sends ahead, and how much it takes on.
#include <numeric>
#include <string>

#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

std::string word(std::size_t size) { return std::string(size, 'x'); }

std::uint64_t bytes_in(const Message& message) {
    return std::accumulate(message.entries.begin(), message.entries.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Entry& entry) {
                               return sum + entry.data.size();
                           });
}
// Of the appends on the wire to that server that carry something.
std::vector<std::uint64_t> carried_to(const Group& group, std::uint32_t id) {
    std::vector<std::uint64_t> sizes;
    for (const Message& message : group.wire) {
        if (message.to == NodeId{id} && !message.entries.empty()) {
            sizes.push_back(bytes_in(message));
        }
    }
    return sizes;
}
// What a leader's count has to be.
std::uint64_t bytes_after_commit(const Raft& raft) {
    std::uint64_t bytes = 0;
    for (LogIndex i = raft.commit() + 1; i <= raft.log().last_index(); ++i) {
        bytes += raft.log().entry(i).data.size();
    }
    return bytes;
}
// A leader among three whose followers hear nothing of it for now.
Group cut_off(const Options& options) {
    Group group(3, options);
    group.elect(0);
    group.heartbeat(0);
    group.isolated = {1, 2};
    return group;
}
void reach_all(Group& group) {
    group.isolated.clear();
    group.wire.clear();
    for (int i = 0; i < 3; ++i) group.heartbeat(0);
}

}  // namespace

// ---- windows

TEST_CASE("flow: the bytes on their way to a follower are bounded, whatever the messages") {
    Options options;
    options.max_inflight_bytes = 100;
    Group group = cut_off(options);
    for (int i = 0; i < 20; ++i) group.propose(0, word(30));
    CHECK(carried_to(group, 1) == std::vector<std::uint64_t>{30, 30, 30, 30});
    reach_all(group);
    CHECK(group[0].commit() == LogIndex{21});
    CHECK(group[1].log().last_index() == LogIndex{21});
}

TEST_CASE("flow: an acknowledgement makes room for as many bytes as it covers") {
    Options options;
    options.max_inflight_bytes = 100;
    Group group(3, options);
    group.elect(0);
    group.isolated = {2};
    for (int i = 0; i < 20; ++i) group.propose(0, word(50));
    CHECK(carried_to(group, 1) == std::vector<std::uint64_t>{50, 50});
    for (int guard = 0; guard < 10'000 && !group.wire.empty(); ++guard) {
        group.deliver_at(0);
        const auto sizes = carried_to(group, 1);
        const auto under_way = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
        // Caught up on at once, the rest comes in messages of more than one entry.
        if (!sizes.empty()) CHECK(under_way - sizes.back() < options.max_inflight_bytes);
    }
    CHECK(group[0].commit() == LogIndex{21});
}

TEST_CASE("flow: a message carries no more bytes than it may, but one entry at least") {
    Options options;
    options.max_message_bytes = 100;
    Group group = cut_off(options);
    for (const std::size_t size : {60, 40, 1, 99, 1, 250, 100}) group.propose(0, word(size));
    group.isolated.clear();
    group.wire.clear();
    std::vector<std::uint64_t> sizes;
    for (int i = 0; i < 3; ++i) {
        group.time_out(0);
        for (int guard = 0; guard < 1000 && !group.wire.empty(); ++guard) {
            const Message& message = group.wire.front();
            if (message.to == NodeId{1} && !message.entries.empty()) {
                sizes.push_back(bytes_in(message));
            }
            group.deliver_at(0);
        }
    }
    CHECK(sizes == std::vector<std::uint64_t>{100, 100, 1, 250, 100});
    CHECK(group[1].log().last_index() == LogIndex{8});
}

TEST_CASE("flow: a window that is full of bytes, all of them lost, is sent again") {
    Options options;
    options.max_inflight_bytes = 100;
    options.max_message_bytes = 50;
    Group group = cut_off(options);
    for (int i = 0; i < 10; ++i) group.propose(0, word(40));
    reach_all(group);
    CHECK(group[0].commit() == LogIndex{11});
    CHECK(group[2].log().last_index() == LogIndex{11});
}

TEST_CASE("flow: nothing is sent ahead to a server that can't be reached, until it answers") {
    Group group(3);
    group.elect(0);
    group.isolated = {1};
    group.propose(0, "a");
    group.unreachable(0, 1);
    group.deliver_all();
    for (int i = 0; i < 5; ++i) group.propose(0, "b");
    CHECK(carried_to(group, 1).size() == 1);  // the probe
    group.isolated.clear();
    group.wire.clear();
    group.heartbeat(0);
    CHECK(group[1].log().last_index() == LogIndex{7});
    CHECK(group[0].commit() == LogIndex{7});
}

TEST_CASE("flow: that a server can't be reached is no news to who does not lead it") {
    Group group(3);
    group.unreachable(1, 0);
    group.elect(0);
    group.unreachable(0, 7);
    CHECK(group.propose(0, "x"));
    group.deliver_all();
    CHECK(group[0].commit() == LogIndex{2});
}

TEST_CASE("flow: a snapshot travels in parts of the size asked for") {
    Options options;
    options.snapshot_part_bytes = 10'000;
    options.trailing_entries = 0;
    Group group(3, options);
    group.elect(0);
    group.isolated = {1};
    group.propose(0, "x");
    group.deliver_all();
    group.take_snapshot(0);
    group.isolated.clear();
    std::size_t parts = 0;
    for (int i = 0; i < 3; ++i) {
        group.time_out(0);
        for (int guard = 0; guard < 1000 && !group.wire.empty(); ++guard) {
            const Message& message = group.wire.front();
            if (message.type == MessageType::snapshot) {
                ++parts;
                CHECK(message.part.bytes.size() == 10'000);
            }
            group.deliver_at(0);
        }
    }
    CHECK(parts == kSnapshotSize / 10'000);
    CHECK(group[1].snapshot().meta.position == position_of(1, 2));
}

// ---- what waits to be committed

TEST_CASE("flow: a leader takes on no more than may wait to be committed") {
    Options options;
    options.max_uncommitted_bytes = 100;
    Group group = cut_off(options);
    CHECK(group.propose(0, word(60)));
    CHECK(group.propose(0, word(40)));
    CHECK_FALSE(group.propose(0, word(1)));
    CHECK(group[0].refusal(1) == Refusal::overloaded);
    CHECK(group[0].uncommitted_bytes() == 100);
    CHECK(group[0].log().last_index() == LogIndex{3});
    reach_all(group);
    CHECK(group[0].uncommitted_bytes() == 0);
    CHECK(group.propose(0, word(1)));
}

TEST_CASE("flow: what is added to nothing fits, however large") {
    Options options;
    options.max_uncommitted_bytes = 100;
    Group group = cut_off(options);
    CHECK_FALSE(group[0].refusal(1'000).has_value());
    CHECK(group.propose(0, word(1'000)));
    CHECK_FALSE(group.propose(0, word(1)));
    reach_all(group);
    CHECK(group[0].commit() == LogIndex{2});
    CHECK(group.propose(0, word(1)));
}

TEST_CASE("flow: entries without data, and changes of the group, are never held up") {
    Options options;
    options.max_uncommitted_bytes = 100;
    Group group = cut_off(options);
    CHECK(group.propose(0, word(100)));
    CHECK_FALSE(group[0].refusal(0).has_value());
    CHECK(group.propose(0, ""));
    CHECK_FALSE(group.change(0, {{{MemberChange::Kind::demote, NodeId{2}}}}).has_value());
    CHECK(group[0].uncommitted_bytes() == bytes_after_commit(group[0]));
    reach_all(group);
    CHECK(group[0].commit() == LogIndex{4});
    CHECK(group[0].uncommitted_bytes() == 0);
}

TEST_CASE("flow: a new leader counts what it inherits, and its own first entry goes all the same") {
    Options options;
    options.max_uncommitted_bytes = 100;
    Group group = cut_off(options);
    group.isolated = {2};
    CHECK(group.propose(0, word(60)));
    CHECK(group.propose(0, word(40)));
    // Server 1 gets the entries, nobody gets to know.
    group.deliver([](const Message& message) { return message.to == NodeId{1}; });
    group.wire.clear();
    group.isolated = {0};
    group.campaign(1);
    while (group[1].role() != Role::leader) group.deliver_at(0);
    group.wire.clear();
    CHECK(group[1].log().last_index() == LogIndex{4});
    CHECK(group[1].uncommitted_bytes() == 100);
    CHECK_FALSE(group.propose(1, word(1)));
    for (int i = 0; i < 3; ++i) group.heartbeat(1);
    CHECK(group[1].commit() == LogIndex{4});
    CHECK(group[1].uncommitted_bytes() == 0);
    CHECK(group.propose(1, word(1)));
}

TEST_CASE("flow: a leader that comes back does not count what it has lost") {
    Options options;
    options.max_uncommitted_bytes = 100;
    Group group = cut_off(options);
    CHECK(group.propose(0, word(100)));
    group.isolated = {0};
    group.wire.clear();
    group.elect(1);
    group.isolated = {};
    group.heartbeat(1);
    group.heartbeat(1);
    group.elect(0);
    CHECK(group[0].uncommitted_bytes() == 0);
    CHECK(group.propose(0, word(100)));
}

// ---- what is applied later

TEST_CASE("flow: a snapshot of what was applied before a change of the group has to wait") {
    Group group(3);
    group.elect(0);
    group.propose(0, "x");
    group.deliver_all();
    CHECK_FALSE(group.change(0, {{{MemberChange::Kind::demote, NodeId{2}}}}).has_value());
    group.deliver_all();
    group.propose(0, "y");
    group.deliver_all();
    REQUIRE(group[0].commit() == LogIndex{4});
    CHECK_FALSE(group[0].meta_at(LogIndex{2}).has_value());
    REQUIRE(group[0].meta_at(LogIndex{3}).has_value());
    CHECK(group[0].meta_at(LogIndex{3})->position == position_of(1, 3));
    CHECK(group[0].meta_at(LogIndex{3})->configuration ==
          group[0].meta_at(LogIndex{4})->configuration);
}
