// SPDX-License-Identifier: MIT
//
// Reads that rest on a lease: core/raft/lease.hpp, Ongaro's thesis, section 6.4.1.
#include "core/raft/lease.hpp"

#include <set>
#include <utility>

#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

constexpr Duration kPromise = milliseconds(150);  // the shortest election timeout
constexpr Duration kInstant = nanoseconds(1);

Options with_leases(std::int64_t drift_ppb = 0) {
    Options options;
    options.reads = ReadMode::lease;
    options.max_clock_drift_ppb = drift_ppb;
    options.snapshot_threshold = 0;
    return options;
}
// A leader whose no-op is committed, and nothing on the wire. No heartbeat was sent yet.
Group with_leader(std::uint32_t size, const Options& options = with_leases()) {
    Group group(size, options);
    group.elect(0);
    check(group[0].commit() == LogIndex{1}, "the leader has committed in its own term");
    return group;
}
// Whether the read is granted by itself, without a round of messages.
bool reads_at_once(Group& group, std::uint32_t id = 0) {
    const std::size_t granted = group.hosts[id].granted.size();
    const std::size_t wire = group.wire.size();
    check(group.read(id, 1000 + granted), "the server takes reads");
    return group.hosts[id].granted.size() == granted + 1 && group.wire.size() == wire;
}
Message answer_to(const Message& heartbeat, Duration promise = kPromise) {
    Message reply = message_of(MessageType::heartbeat_reply, heartbeat.to.value,
                               heartbeat.from.value, heartbeat.term.value);
    reply.round = heartbeat.round;
    reply.sent_at = heartbeat.sent_at;
    reply.promise = promise;
    return reply;
}
bool grants_vote(Group& group, std::uint32_t id, const Message& request) {
    group.wire.clear();
    group.step(request);
    for (const Message& message : group.wire) {
        if (message.from == NodeId{id} && message.type == MessageType::vote_reply) {
            return !message.reject;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("lease: with the promises of a quorum a read is granted at once, without messages") {
    Group group = with_leader(3);
    CHECK_FALSE(reads_at_once(group));
    group.deliver_all();
    group.heartbeat(0);
    group.propose(0, "x");
    group.deliver_all();
    CHECK(reads_at_once(group));
    CHECK(group.hosts[0].granted.back().index == LogIndex{2});
}

TEST_CASE("lease: it counts from the sending of the heartbeat, not from the answer") {
    Group group = with_leader(3);
    group.time_out(0);
    const Instant sent = group.now;
    group.now = sent + milliseconds(100);
    group.deliver_all();
    group.now = sent + kPromise - kInstant - kInstant;
    CHECK(reads_at_once(group));
    group.now = sent + kPromise - kInstant;
    CHECK_FALSE(reads_at_once(group));
}

TEST_CASE("lease: it is shorter than the promise by the bound on the drift of clocks") {
    CHECK(lease_of(milliseconds(150), 0) == milliseconds(150) - kInstant);
    CHECK(lease_of(milliseconds(110), 100'000'000) == milliseconds(100) - kInstant);
    CHECK(lease_of(milliseconds(150), 1'000'000'000) == milliseconds(75) - kInstant);
    CHECK(lease_of(seconds(86'400), 10'000'000).ns == 85'544'554'455'444);
    Group group = with_leader(3, with_leases(500'000'000));
    group.heartbeat(0);
    group.now = group.now + milliseconds(100) - kInstant - kInstant;
    CHECK(reads_at_once(group));
    group.now = group.now + kInstant;
    CHECK_FALSE(reads_at_once(group));
}

// The leader's clock is slow, the others' are fast: what they promised ends early.
TEST_CASE("lease: clocks within the bound leave no moment for a stale read, clocks beyond it do") {
    const auto reads_beside_another_leader = [](std::int64_t drift_ppb) {
        Group group(3, with_leases(drift_ppb));
        group.hosts[0].clock = shaketable::HostClock({}, -100'000'000);
        group.hosts[1].clock = shaketable::HostClock({}, 100'000'000);
        group.hosts[2].clock = shaketable::HostClock({}, 100'000'000);
        for (std::uint32_t id = 0; id < 3; ++id) {
            group.crash(id);
            group.restart(id);
        }
        group.elect(0);
        group.heartbeat(0);
        const Instant heard = group.now;
        group.isolated = {0};
        // As soon as they are free to, the others elect.
        group.now = heard + microseconds(136'364);
        REQUIRE(group.clock(2) - Instant{heard.ns * 11 / 10} >= kPromise);
        CHECK(grants_vote(group, 2, vote_request(1, 2, 2, group[1].log().last())));
        return reads_at_once(group);
    };
    CHECK(reads_beside_another_leader(0));
    CHECK(reads_beside_another_leader(200'000'000));
    CHECK_FALSE(reads_beside_another_leader(222'222'223));  // 1.1 / 0.9
}

TEST_CASE("lease: a read that comes when it is over is confirmed by a round of heartbeats") {
    Group group = with_leader(3);
    group.heartbeat(0);
    group.now = group.now + kPromise;
    CHECK_FALSE(reads_at_once(group));
    CHECK(group.hosts[0].granted.empty());
    group.deliver_all();
    CHECK(group.hosts[0].granted.size() == 1);
    CHECK(reads_at_once(group));  // the round has brought promises, too
}

TEST_CASE("lease: a minority's promises are none") {
    Group group = with_leader(5);
    group.isolated = {2, 3, 4};
    group.heartbeat(0);
    CHECK_FALSE(reads_at_once(group));
    group.isolated = {3, 4};
    group.heartbeat(0);
    CHECK(reads_at_once(group));
}

TEST_CASE("lease: followers without leases promise nothing") {
    Group group = with_leader(3);
    group.time_out(0);
    const Message heartbeat = group.wire.front();
    group.wire.clear();
    group.step(answer_to(heartbeat, Duration{}));
    CHECK_FALSE(reads_at_once(group));
    group.wire.clear();
    group.step(answer_to(heartbeat));
    CHECK(reads_at_once(group));

    Group safe(3);
    safe.elect(0);
    safe.time_out(0);
    safe.deliver([](const Message& message) { return message.type == MessageType::heartbeat; });
    REQUIRE(safe.wire.size() == 2);
    CHECK(safe.wire.front().promise == Duration{});
}

TEST_CASE("lease: there is none before the leader has committed in its own term") {
    Group group({disk_of(2, {1, 2}), disk_of(2, {1, 2}), disk_of(2, {1, 2})}, with_leases());
    group.campaign(0);
    while (group[0].role() != Role::leader && !group.wire.empty()) group.deliver_at(0);
    group.wire.clear();
    group.time_out(0);
    group.deliver([](const Message& message) { return message.type == MessageType::heartbeat; });
    for (const Message& reply : std::deque<Message>(group.wire)) group.step(reply);
    group.wire.clear();
    REQUIRE(group[0].commit() == LogIndex{0});
    CHECK_FALSE(reads_at_once(group));
    CHECK(group.hosts[0].granted.empty());
}

TEST_CASE("lease: promises of an earlier leadership do not count in a later one") {
    Group group = with_leader(3);
    group.heartbeat(0);
    group.now = group.now + milliseconds(1);
    REQUIRE(reads_at_once(group));
    const Instant then = group.now;
    group.step(message_of(MessageType::append_reply, 1, 0, 7));
    REQUIRE(group[0].role() == Role::follower);
    group.elect(0);
    group.now = std::max(group.now, then);
    CHECK_FALSE(reads_at_once(group));
}

TEST_CASE("lease: a clock that shows less than zero gives none for nothing") {
    Group group(3, with_leases());
    for (Group::Host& host : group.hosts) host.clock = shaketable::HostClock(seconds(-900), 0);
    for (std::uint32_t id = 0; id < 3; ++id) {
        group.crash(id);
        group.restart(id);
    }
    group.elect(0);
    REQUIRE(group.clock(0) < Instant{});
    CHECK_FALSE(reads_at_once(group));
    group.deliver_all();
    CHECK(reads_at_once(group));
}

// What a stray message of a later term tells a follower must not free it from its promise.
TEST_CASE("lease: a promise binds until it ends, in every term") {
    Group group = with_leader(3);
    group.heartbeat(0);
    const Instant heard = group.now;
    group.step(message_of(MessageType::append_reply, 2, 1, 5));
    REQUIRE(group[1].term() == Term{5});
    REQUIRE(group[1].leader().is_none());
    const LogPosition last = group[1].log().last();
    group.now = heard + kPromise - kInstant;
    CHECK_FALSE(grants_vote(group, 1, vote_request(2, 1, 5, last)));
    CHECK_FALSE(grants_vote(group, 1, vote_request(2, 1, 6, last)));
    CHECK(group[1].term() == Term{5});
    group.now = heard + kPromise;
    CHECK(grants_vote(group, 1, vote_request(2, 1, 6, last)));
}

TEST_CASE("lease: a server that starts anew gives no vote for as long as it may have promised") {
    Group group = with_leader(3);
    group.heartbeat(0);
    group.crash(1);
    group.restart(1);
    const Instant started = group.now;
    const LogPosition last = group[1].log().last();
    group.now = started + kPromise - kInstant;
    CHECK_FALSE(grants_vote(group, 1, vote_request(2, 1, 2, last)));
    group.now = started + kPromise;
    CHECK(grants_vote(group, 1, vote_request(2, 1, 2, last)));

    Group safe(3);
    CHECK(grants_vote(safe, 1, vote_request(2, 1, 2, {})));
}

TEST_CASE("lease: it is void from the beginning of a hand-over") {
    Group group = with_leader(3);
    group.heartbeat(0);
    group.isolated = {1};
    group.propose(0, "not at 1");
    group.deliver_all();
    REQUIRE(reads_at_once(group));
    group.transfer(0, 1);
    CHECK_FALSE(reads_at_once(group));
}

TEST_CASE("lease: a hand-over that was called off before the order to stand leaves it as it was") {
    Group group = with_leader(3);
    group.heartbeat(0);
    group.isolated = {1};
    group.propose(0, "not at 1");
    group.deliver_all();
    group.transfer(0, 1);
    group.transfer(0, 0);
    CHECK(reads_at_once(group));
}

// The order may come late, and its votes are given in spite of promises.
TEST_CASE("lease: once the order to stand was given, there is none for the rest of the term") {
    Group group = with_leader(3);
    group.heartbeat(0);
    group.transfer(0, 1);
    const Message order = group.take_only();
    REQUIRE(order.type == MessageType::stand_now);
    while (!group[0].transferee().is_none()) {
        group.time_out(0);
        std::erase_if(group.wire, [](const Message& message) {
            return message.type == MessageType::stand_now;
        });
        group.deliver_all();
    }
    for (int i = 0; i < 20; ++i) group.heartbeat(0);
    CHECK_FALSE(reads_at_once(group));
    group.deliver_all();
    CHECK(group.hosts[0].granted.size() == 1);

    group.step(order);
    group.isolated = {0};
    group.deliver_all();
    CHECK(group[1].role() == Role::leader);
}

TEST_CASE("lease: in a joint phase the promises of both quorums are needed") {
    using Kind = MemberChange::Kind;
    Group group(std::vector<Recovered>(5), with_leases(), 1, 2);
    group.elect(0);
    const ConfigurationChange change{{{Kind::add_voter, NodeId{3}},
                                      {Kind::add_voter, NodeId{4}},
                                      {Kind::remove, NodeId{1}},
                                      {Kind::remove, NodeId{2}}},
                                     JointPhase::until_left};
    REQUIRE(group.change(0, change) == std::nullopt);
    group.deliver_all();
    group.heartbeat(0);
    REQUIRE(group[0].membership().active().is_joint());
    REQUIRE(reads_at_once(group));
    for (const auto& [away, holds] : {std::pair{std::set<std::uint32_t>{3, 4}, false},
                                      std::pair{std::set<std::uint32_t>{1, 2}, false},
                                      std::pair{std::set<std::uint32_t>{1, 4}, true}}) {
        group.isolated = away;
        for (int i = 0; i < 4; ++i) group.heartbeat(0);  // what was promised before is over
        REQUIRE(group[0].role() == Role::leader);
        CHECK(reads_at_once(group) == holds);
        group.isolated = {};
        group.heartbeat(0);
    }
}

TEST_CASE("lease: a learner's promise does not count") {
    Group group(std::vector<Recovered>(4), with_leases(), 1, 1);
    group.elect(0);
    REQUIRE(group.change(0, {{{MemberChange::Kind::add_learner, NodeId{3}}},
                             JointPhase::if_needed}) == std::nullopt);
    group.deliver_all();
    group.isolated = {1, 2};
    group.heartbeat(0);
    group.heartbeat(0);
    group.heartbeat(0);
    group.heartbeat(0);
    REQUIRE(group[0].role() == Role::leader);
    CHECK_FALSE(reads_at_once(group));
}

TEST_CASE("lease: the options must allow for it") {
    Options no_check = with_leases();
    no_check.check_quorum = false;
    CHECK_THROWS_AS(Group(3, no_check), BugError);
    CHECK_THROWS_AS(Group(3, with_leases(-1)), BugError);
    CHECK_THROWS_AS(Group(3, with_leases(1'000'000'001)), BugError);
    CHECK_NOTHROW(Group(3, with_leases(1'000'000'000)));
}

TEST_CASE("lease: a follower does not forget the leader that counts on its promise") {
    Group group = with_leader(3);
    CHECK_FALSE(group.forget_leader(1));
    CHECK(group[1].leader() == NodeId{0});
}
