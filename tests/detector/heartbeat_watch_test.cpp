// SPDX-License-Identifier: MIT
#include "core/detector/heartbeat_watch.hpp"

#include "core/base/check.hpp"
#include "tests/catch.hpp"
#include "tests/detector/group.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {

Group group_of(std::uint32_t size, HeartbeatWatchOptions options = {}) {
    return Group(
        size, 1,
        [options](NodeId self, std::uint64_t life, std::vector<NodeId> peers, Random, Instant now) {
            return std::make_unique<HeartbeatWatch>(self, life, std::move(peers), options, now);
        });
}
Message heartbeat(std::uint32_t from, std::uint64_t sequence) {
    Message message;
    message.from = NodeId{from};
    message.to = NodeId{0};
    message.incarnation = 1;
    message.sequence = sequence;
    return message;
}
Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

}  // namespace

TEST_CASE("watch: nobody is suspected while all is well, and one heartbeat goes to each peer") {
    Group group = group_of(5);
    group.run(seconds(60));
    CHECK(group.changes.empty());
    CHECK(group.sent == 5U * 4U * 1200U);
}

TEST_CASE("watch: all suspect, then fail a crashed member, and trust it when it is back") {
    Group group = group_of(5);
    group.run(seconds(10));
    group.crash(NodeId{3});
    group.run(seconds(5));
    CHECK(group.changes.size() == 8);
    for (const std::uint32_t i : {0U, 1U, 2U, 4U}) {
        CHECK(group[i].status(NodeId{3}) == Status::failed);
        CHECK(group[i].suspicion(NodeId{3}, group.now) > 1);
    }
    for (const auto& [who, change] : group.changes) {
        const Duration after = change.at - (Instant{} + seconds(10));
        CHECK(after > milliseconds(100 - 50 - 3));
        CHECK(after < milliseconds(190));
    }
    group.start(NodeId{3});
    group.run(seconds(1));
    for (const std::uint32_t i : {0U, 1U, 2U, 4U}) {
        CHECK(group[i].status(NodeId{3}) == Status::trusted);
    }
    CHECK(group.changes.size() == 12);
}

TEST_CASE("watch: a monitor that was paused convicts nobody, and heartbeats go on (FD-5)") {
    Group group = group_of(4);
    group.run(seconds(10));
    group.pause(NodeId{0}, seconds(7));
    group.run(seconds(20));
    for (const auto& [who, change] : group.changes) {
        INFO("member " << who.value << " on " << change.peer.value);
        CHECK(who != NodeId{0});
        CHECK(change.peer == NodeId{0});
    }
    CHECK(group.changes.size() == 9);  // suspected, failed and trusted again by three
}

TEST_CASE("watch: after a pause of its own a monitor still detects who is dead") {
    HeartbeatWatch watch(NodeId{0}, 1, {NodeId{1}, NodeId{2}}, {}, at_ms(0));
    for (std::int64_t ms = 0; ms <= 1000; ms += 50) {
        watch.on_time(at_ms(ms));
        watch.on_message(at_ms(ms), heartbeat(1, static_cast<std::uint64_t>(ms) + 1));
        watch.on_message(at_ms(ms), heartbeat(2, static_cast<std::uint64_t>(ms) + 1));
    }
    watch.outputs().clear();
    watch.on_time(at_ms(5000));
    CHECK(watch.outputs().changes.empty());
    watch.on_message(at_ms(5001), heartbeat(1, 5000));
    CHECK(watch.next_deadline() <= at_ms(5050) + nanoseconds(1));
    watch.on_time(at_ms(5050));
    CHECK(watch.outputs().changes.empty());
    watch.on_time(at_ms(5050) + nanoseconds(1));
    REQUIRE(watch.outputs().changes.size() == 1);
    CHECK(watch.outputs().changes[0].peer == NodeId{2});
}

TEST_CASE("watch: timers that are late by no more than the bound convict as they should") {
    HeartbeatWatch watch(NodeId{0}, 1, {NodeId{1}}, {}, at_ms(0));
    watch.on_message(at_ms(0), heartbeat(1, 1));
    watch.on_time(at_ms(0));
    watch.on_time(at_ms(50));
    watch.on_time(at_ms(100));
    const Instant due = watch.next_deadline();
    CHECK(due > at_ms(134));
    watch.on_time(due + milliseconds(50));
    CHECK(watch.status(NodeId{1}) == Status::failed);
}

TEST_CASE("watch: sequence numbers count intervals, also those in which the sender could not run") {
    HeartbeatWatch watch(NodeId{0}, 1, {NodeId{1}}, {}, at_ms(0));
    watch.on_time(at_ms(0));
    watch.on_time(at_ms(50));
    watch.on_time(at_ms(510));
    REQUIRE(watch.outputs().messages.size() == 3);
    CHECK(watch.outputs().messages[1].sequence == 2);
    CHECK(watch.outputs().messages[2].sequence == 11);
    CHECK(watch.next_deadline() == at_ms(550));
}

TEST_CASE("watch: a clock that goes back stops neither heartbeats nor detection") {
    HeartbeatWatch watch(NodeId{0}, 1, {NodeId{1}, NodeId{2}}, {}, at_ms(100'000));
    for (std::int64_t ms = 100'000; ms <= 101'000; ms += 50) {
        watch.on_time(at_ms(ms));
        watch.on_message(at_ms(ms), heartbeat(1, static_cast<std::uint64_t>(ms)));
        watch.on_message(at_ms(ms), heartbeat(2, static_cast<std::uint64_t>(ms)));
    }
    watch.outputs().clear();
    for (std::int64_t ms = 20'000; ms <= 20'500; ms += 10) {
        watch.on_time(at_ms(ms));
        watch.on_message(at_ms(ms), heartbeat(1, static_cast<std::uint64_t>(ms) + 200'000));
    }
    CHECK(watch.outputs().messages.size() == 2 * 10);
    CHECK(watch.status(NodeId{1}) == Status::trusted);
    CHECK(watch.status(NodeId{2}) == Status::failed);
}

TEST_CASE("watch: whom it does not watch it doesn't heed, and has no opinion of") {
    HeartbeatWatch watch(NodeId{0}, 1, {NodeId{1}}, {}, at_ms(0));
    watch.on_message(at_ms(0), heartbeat(9, 1));
    CHECK(watch.outputs().changes.empty());
    CHECK_THROWS_AS(watch.status(NodeId{9}), BugError);
    CHECK_THROWS_AS(HeartbeatWatch(NodeId{0}, 1, {NodeId{0}}, {}, at_ms(0)), BugError);
    CHECK_THROWS_AS(HeartbeatWatch(NodeId{0}, 1, {NodeId{1}, NodeId{1}}, {}, at_ms(0)), BugError);
}
