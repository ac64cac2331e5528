// SPDX-License-Identifier: MIT
//
// How much a node takes on, and how much it applies at a time. A command has 32 bytes.
#include "core/node/node.hpp"
#include "tests/catch.hpp"
#include "tests/node/desk.hpp"

using namespace novacron;
using raft::MessageType;

namespace {

using Told = std::vector<std::string>;

raft::Options pages_of(std::uint64_t commands) {
    raft::Options options;
    options.max_apply_bytes = commands * kv::kCommandSize;
    return options;
}
// A leader with so many writes in its log, none of them committed.
void take_on(Desk& desk, std::uint64_t writes) {
    desk.lead();
    for (std::uint64_t i = 1; i <= writes; ++i) desk.request(1, i, 7, 10 * i);
    desk.complete_all_syncs();
    desk.told.clear();
}
std::vector<Entry> writes_of_term(std::uint64_t term, std::uint64_t count) {
    std::vector<Entry> entries;
    for (std::uint64_t i = 1; i <= count; ++i) {
        const kv::Command command{ClientId{1}, i, 7, 10 * i};
        entries.push_back(
            {Term{term}, LogIndex{i}, EntryKind::command, Bytes(kv::encode(command))});
    }
    return entries;
}

}  // namespace

// ---- taking on

TEST_CASE(
    "node: a leader that has taken on enough says so, and takes more when that is committed") {
    raft::Options options;
    options.max_uncommitted_bytes = 2 * kv::kCommandSize;
    Desk desk(3, options);
    take_on(desk, 3);
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::overloaded);
    CHECK(desk.responses[0].sequence == 3);
    CHECK(desk.responses[0].by == NodeId{0});
    CHECK(desk.node().raft().log().last_index() == LogIndex{3});
    desk.acknowledge(1);
    desk.request(1, 3, 7, 30);
    CHECK(desk.node().raft().log().last_index() == LogIndex{4});
}

TEST_CASE("node: an overloaded leader serves reads") {
    raft::Options options;
    options.max_uncommitted_bytes = kv::kCommandSize;
    Desk desk(3, options);
    take_on(desk, 1);
    desk.ask(2, 1, 7);
    desk.confirm(1);
    REQUIRE(desk.responses.size() == 1);
    CHECK(desk.responses[0].status == Response::Status::ok);
}

// ---- pages

TEST_CASE("node: without a bound, all that is committed is applied at once") {
    Desk desk;
    take_on(desk, 5);
    desk.acknowledge(1);
    CHECK(desk.node().applied() == LogIndex{6});
    CHECK(desk.node().next_deadline() > desk.now);
}

TEST_CASE("node: a page is applied after each input, and the deadline is at once until all is") {
    Desk desk(3, pages_of(2));
    take_on(desk, 5);
    desk.acknowledge(1);
    CHECK(desk.told == Told{"committed 6", "applied 2", "respond", "applied 3", "respond"});
    CHECK(desk.node().next_deadline() == desk.now);
    desk.told.clear();
    desk.time_out();
    CHECK(desk.told == Told{"applied 4", "respond", "applied 5", "respond"});
    CHECK(desk.node().next_deadline() == desk.now);
    desk.time_out();
    CHECK(desk.node().applied() == LogIndex{6});
    CHECK(desk.node().next_deadline() > desk.now);
    CHECK(desk.responses.size() == 5);
}

TEST_CASE("node: a page holds an entry, however large") {
    raft::Options options;
    options.max_apply_bytes = 1;
    Desk desk(3, options);
    take_on(desk, 2);
    desk.acknowledge(1);
    CHECK(desk.node().applied() == LogIndex{2});
    desk.time_out();
    CHECK(desk.node().applied() == LogIndex{3});
}

TEST_CASE("node: who has a long way to catch up answers its leader in between") {
    Desk desk(3, pages_of(1));
    desk.complete_all_syncs();
    desk.receive(raft::append_of(1, 0, 1, {}, writes_of_term(1, 50), 50));
    desk.complete_all_syncs();
    const LogIndex before = desk.node().applied();
    CHECK(before < LogIndex{10});
    desk.sent.clear();
    desk.receive(raft::message_of(MessageType::heartbeat, 1, 0, 1));
    CHECK(desk.count_sent(MessageType::heartbeat_reply) == 1);
    CHECK(desk.node().applied() == before + 1);
    // The consensus server's own deadlines are met in between as well.
    desk.now = desk.now + seconds(1);
    desk.time_out();
    CHECK(desk.node().raft().role() == raft::Role::pre_candidate);
    for (int i = 0; i < 60; ++i) desk.time_out();
    CHECK(desk.node().applied() == LogIndex{50});
    CHECK(desk.node().store().read(7) == kv::Value{500});
}

TEST_CASE("node: a read that is granted before its entries are applied is answered after them") {
    Desk desk(3, pages_of(1));
    take_on(desk, 6);
    desk.acknowledge(1);
    desk.responses.clear();
    desk.ask(2, 1, 7);
    desk.confirm(1);
    const auto answered = [&desk] {
        return std::any_of(desk.responses.begin(), desk.responses.end(),
                           [](const Response& response) { return response.client == ClientId{2}; });
    };
    while (desk.node().applied() < LogIndex{7}) {
        CHECK_FALSE(answered());
        desk.time_out();
    }
    REQUIRE(answered());
    CHECK(desk.responses.back().value == kv::Value{60});
    CHECK(desk.responses.back().index == LogIndex{7});
}

TEST_CASE("node: a read that was granted is answered though its leader is deposed") {
    Desk desk(3, pages_of(1));
    take_on(desk, 6);
    desk.acknowledge(1);
    desk.ask(2, 1, 7);
    desk.confirm(1);
    desk.responses.clear();
    desk.receive(raft::message_of(MessageType::heartbeat, 2, 0, 5));
    while (desk.node().applied() < LogIndex{7}) desk.time_out();
    CHECK(desk.responses.back().client == ClientId{2});
    CHECK(desk.responses.back().status == Response::Status::ok);
    CHECK(desk.responses.back().value == kv::Value{60});
}

TEST_CASE("node: a snapshot is of what is applied, though more is committed") {
    raft::Options options = pages_of(1);
    options.snapshot_threshold = 3;
    options.trailing_entries = 0;
    Desk desk(1, options);
    take_on(desk, 0);
    for (std::uint64_t i = 1; i <= 6; ++i) desk.request(1, i, 7, 10 * i);
    desk.complete_sync();  // the first; the others share the next
    desk.complete_sync();
    CHECK(desk.node().raft().commit() == LogIndex{7});
    CHECK(desk.node().applied() == LogIndex{3});
    REQUIRE(desk.disk.syncs.size() == 1);
    desk.complete_sync();
    CHECK(desk.node().raft().log().begin().index == LogIndex{3});
    while (desk.node().applied() < LogIndex{7}) desk.time_out();
    desk.complete_all_syncs();
    desk.crash();
    desk.start();
    CHECK(desk.node().store().read(7) >= kv::Value{20});
}
