// SPDX-License-Identifier: MIT
#include "core/detector/swim.hpp"

#include "core/base/check.hpp"
#include "tests/catch.hpp"
#include "tests/detector/group.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {

Group group_of(std::uint32_t size, SwimOptions options = {}, std::uint64_t seed = 1) {
    return Group(size, seed,
                 [options](NodeId self, std::uint64_t life, std::vector<NodeId> peers,
                           Random random, Instant now) {
                     return std::make_unique<Swim>(self, life, std::move(peers), options, random,
                                                   now);
                 });
}
Swim& swim(Group& group, std::uint32_t i) { return static_cast<Swim&>(group[i]); }
double in_seconds(Duration d) { return static_cast<double>(d.ns) / 1e9; }

std::size_t failures(const Group& group) {
    return static_cast<std::size_t>(
        std::count_if(group.changes.begin(), group.changes.end(),
                      [](const auto& each) { return each.second.after == Status::failed; }));
}
Message message_of(MessageType type, std::uint32_t from, std::vector<Rumour> rumours = {}) {
    Message message;
    message.type = type;
    message.from = NodeId{from};
    message.to = NodeId{0};
    message.rumours = std::move(rumours);
    return message;
}
std::vector<NodeId> peers_of_0(std::uint32_t size) {
    std::vector<NodeId> peers;
    for (std::uint32_t i = 1; i < size; ++i) peers.push_back(NodeId{i});
    return peers;
}

}  // namespace

TEST_CASE(
    "swim: while all is well nobody is suspected, and two messages a member go each interval") {
    Group group = group_of(50);
    group.run(seconds(60));
    CHECK(group.changes.empty());
    CHECK(static_cast<double>(group.sent) == Approx(50 * 60 * 2).epsilon(0.02));
}

TEST_CASE("swim: all learn of a crash, by gossip, within the suspicion's bounds") {
    Group group = group_of(30);
    group.run(seconds(10));
    group.crash(NodeId{7});
    group.run(seconds(60));
    for (std::uint32_t i = 0; i < 30; ++i) {
        if (i == 7) continue;
        CHECK(group[i].status(NodeId{7}) == Status::failed);
        CHECK(group[i].suspicion(NodeId{7}, group.now) == 2);
    }
    CHECK(failures(group) == 29);
    // Nobody fails it before the shortest suspicion has passed.
    for (const auto& [who, change] : group.changes) {
        if (change.after != Status::failed) continue;
        CHECK(change.peer == NodeId{7});
        CHECK(in_seconds(change.at - Instant{}) > 10 + 4 * 1.47);
    }
}

TEST_CASE("swim: a member that starts again is trusted by all, though it was failed") {
    Group group = group_of(20);
    group.run(seconds(5));
    group.crash(NodeId{7});
    group.run(seconds(60));
    REQUIRE(group[0].status(NodeId{7}) == Status::failed);
    group.start(NodeId{7});
    group.run(seconds(60));
    for (std::uint32_t i = 0; i < 20; ++i) {
        if (i != 7) CHECK(group[i].status(NodeId{7}) == Status::trusted);
    }
}

TEST_CASE("swim: a way that is broken between two members fails neither: others ask for them") {
    Group group = group_of(10);
    group.loss = [](NodeId from, NodeId to) {
        const bool between =
            (from.value == 1 && to.value == 2) || (from.value == 2 && to.value == 1);
        return between ? 100U : 0U;
    };
    group.run(seconds(300));
    CHECK(group.changes.empty());
}

TEST_CASE("swim: who is suspected and lives refutes, under loss of a tenth of all messages") {
    Group group = group_of(20);
    group.loss = [](NodeId, NodeId) { return 10U; };
    group.run(seconds(120));
    CHECK(group.changes.size() > 100);  // suspicions there are
    CHECK(failures(group) == 0);
    bool refuted = false;
    for (std::uint32_t i = 0; i < 20; ++i) {
        refuted = refuted || (swim(group, i).incarnation() & 0xffffffffU) > 0;
    }
    CHECK(refuted);
}

TEST_CASE("swim: halves of a healed partition find each other again") {
    Group group = group_of(10);
    group.run(seconds(5));
    group.loss = [](NodeId from, NodeId to) {
        return (from.value < 5) != (to.value < 5) ? 100U : 0U;
    };
    group.run(seconds(120));
    CHECK(group[0].status(NodeId{9}) == Status::failed);
    CHECK(group[9].status(NodeId{0}) == Status::failed);
    CHECK(group[0].status(NodeId{4}) == Status::trusted);
    group.loss = [](NodeId, NodeId) { return 0U; };
    group.run(seconds(180));
    for (std::uint32_t i = 0; i < 10; ++i) {
        for (std::uint32_t j = 0; j < 10; ++j) {
            if (i != j) CHECK(group[i].status(NodeId{j}) == Status::trusted);
        }
    }
}

TEST_CASE("swim: the suspicion lasts from the maximum down to the minimum as others confirm") {
    const SwimOptions options;
    // 1000 members: the minimum is 4 * 3 * 1 s, the maximum six times that; two confirmations.
    CHECK(in_seconds(Swim::suspicion_timeout(options, 1000, 0)) == Approx(72));
    CHECK(in_seconds(Swim::suspicion_timeout(options, 1000, 1)) == Approx(72 - 60 * 0.63092975357));
    CHECK(in_seconds(Swim::suspicion_timeout(options, 1000, 2)) == Approx(12));
    CHECK(in_seconds(Swim::suspicion_timeout(options, 5, 2)) == Approx(4));
    CHECK(in_seconds(Swim::suspicion_timeout(options, 3, 0)) == Approx(4));  // nobody could confirm
}

TEST_CASE("swim: one accuser counts once, however often it says so") {
    Swim member(NodeId{0}, 1, peers_of_0(100), {}, Random(1), Instant{});
    const auto accuse = [&](std::uint32_t from) {
        member.on_message(Instant{} + milliseconds(1),
                          message_of(MessageType::heartbeat, from,
                                     {{Status::suspected, NodeId{50}, NodeId{from}, 0}}));
    };
    const auto limit = [&] {
        return 1 / (member.suspicion(NodeId{50}, Instant{} + seconds(1)) - 1);
    };
    accuse(1);
    const double alone = limit();
    accuse(1);
    CHECK(limit() == alone);
    accuse(2);
    CHECK(limit() < alone);
    const double shared = limit();
    accuse(3);
    CHECK(limit() < shared);
    const double least = limit();
    accuse(4);  // no more than are wanted
    CHECK(limit() == least);
}

TEST_CASE(
    "swim: a suspicion that others confirm ends at the minimum, on the timer that it asks for") {
    Swim member(NodeId{0}, 1, peers_of_0(100), {}, Random(1), Instant{});
    for (const std::uint32_t from : {1U, 2U, 3U}) {
        member.on_message(Instant{},
                          message_of(MessageType::heartbeat, from,
                                     {{Status::suspected, NodeId{50}, NodeId{from}, 0}}));
    }
    const Instant minimum = Instant{} + seconds(8);
    Instant now{};
    while (now < minimum) {
        CHECK(member.status(NodeId{50}) == Status::suspected);
        now = member.next_deadline();
        member.on_time(now);
    }
    CHECK(member.status(NodeId{50}) == Status::failed);
    CHECK(now - minimum < milliseconds(1));
}

TEST_CASE("swim: that members who were never in doubt live is no gossip") {
    Swim member(NodeId{0}, 1, peers_of_0(10), {}, Random(1), Instant{});
    for (std::uint32_t from = 1; from < 10; ++from) {
        Message ping = message_of(MessageType::ping, from);
        ping.incarnation = 7;
        member.on_message(Instant{}, ping);
    }
    for (const Message& answer : member.outputs().messages) CHECK(answer.rumours.empty());
    CHECK(member.outputs().changes.empty());
}

TEST_CASE("swim: suspicion is cleared by a newer incarnation only; older rumours change nothing") {
    Swim member(NodeId{0}, 1, peers_of_0(10), {}, Random(1), Instant{});
    const auto hear = [&](Status status, std::uint64_t incarnation) {
        member.on_message(Instant{}, message_of(MessageType::heartbeat, 1,
                                                {{status, NodeId{5}, NodeId{2}, incarnation}}));
        return member.status(NodeId{5});
    };
    CHECK(hear(Status::trusted, 3) == Status::trusted);
    CHECK(hear(Status::suspected, 2) == Status::trusted);
    CHECK(hear(Status::suspected, 3) == Status::suspected);
    CHECK(hear(Status::trusted, 3) == Status::suspected);
    CHECK(hear(Status::trusted, 4) == Status::trusted);
    CHECK(hear(Status::failed, 3) == Status::trusted);
    CHECK(hear(Status::failed, 4) == Status::failed);
    CHECK(hear(Status::suspected, 5) == Status::failed);
    CHECK(hear(Status::trusted, 5) == Status::trusted);
}

TEST_CASE("swim: a rumour about oneself is refuted by a higher incarnation, in the very answer") {
    Swim member(NodeId{0}, 1, peers_of_0(10), {}, Random(1), Instant{});
    const std::uint64_t before = member.incarnation();
    Message ping =
        message_of(MessageType::ping, 1, {{Status::suspected, NodeId{0}, NodeId{1}, before + 6}});
    member.on_message(Instant{}, ping);
    REQUIRE(member.outputs().messages.size() == 1);
    CHECK(member.outputs().messages[0].type == MessageType::answer);
    CHECK(member.outputs().messages[0].incarnation == before + 7);
    CHECK(member.score() == 1);
    member.on_message(Instant{}, ping);  // it has been answered already
    CHECK(member.incarnation() == before + 7);
    CHECK(member.score() == 1);
}

TEST_CASE("swim: whoever can reach nobody doubts itself: it is slower to accuse") {
    SwimOptions aware;
    SwimOptions unaware;
    unaware.awareness_max = 1;
    std::size_t accusations[2] = {};
    for (int i = 0; i < 2; ++i) {
        Group group = group_of(20, i == 0 ? aware : unaware);
        group.run(seconds(5));
        group.loss = [](NodeId from, NodeId to) {
            return from.value == 3 || to.value == 3 ? 100U : 0U;
        };
        group.run(seconds(30));
        for (const auto& [who, change] : group.changes) {
            accusations[i] += who == NodeId{3} && change.after == Status::suspected ? 1U : 0U;
        }
        CHECK(swim(group, 3).score() == (i == 0 ? 7U : 0U));
        CHECK(swim(group, 4).score() == 0);
    }
    CHECK(accusations[1] >= 14);
    CHECK(accusations[0] * 2 < accusations[1]);
}

TEST_CASE("swim: third parties say when they have no answer yet, and pass on one that comes") {
    Swim member(NodeId{0}, 1, peers_of_0(10), {}, Random(1), Instant{});
    Message request = message_of(MessageType::ping_request, 1);
    request.about = NodeId{2};
    request.sequence = 77;
    member.on_message(Instant{}, request);
    REQUIRE(member.outputs().messages.size() == 1);
    const Message ping = member.outputs().messages[0];
    CHECK(ping.type == MessageType::ping);
    CHECK(ping.to == NodeId{2});
    member.outputs().clear();
    Instant now{};
    while (now < Instant{} + milliseconds(400)) {
        now = member.next_deadline();
        member.on_time(now);
    }
    const auto to_asker = [&](MessageType type) {
        return std::count_if(member.outputs().messages.begin(), member.outputs().messages.end(),
                             [&](const Message& each) {
                                 return each.type == type && each.to == NodeId{1} &&
                                        each.about == NodeId{2} && each.sequence == 77;
                             });
    };
    CHECK(now == Instant{} + milliseconds(400));
    CHECK(to_asker(MessageType::no_answer) == 1);
    Message answer = message_of(MessageType::answer, 2);
    answer.about = NodeId{2};
    answer.sequence = ping.sequence;
    member.on_message(now, answer);
    member.on_message(now, answer);
    CHECK(to_asker(MessageType::answer) == 1);
}

TEST_CASE(
    "swim: an excuse counts once, and only from who was asked: silence of the others is one's "
    "own") {
    for (const bool all_excuse : {true, false}) {
        Swim member(NodeId{0}, 1, peers_of_0(10), {}, Random(1), Instant{});
        Instant now = member.next_deadline();
        member.on_time(now);
        REQUIRE(member.outputs().messages.size() == 1);
        const Message ping = member.outputs().messages[0];
        member.outputs().clear();
        now = member.next_deadline();
        member.on_time(now);
        const std::vector<Message> requests = member.outputs().messages;
        REQUIRE(requests.size() == 3);
        for (const Message& request : requests) {
            for (int twice = 0; twice < 2; ++twice) {
                Message excuse = message_of(MessageType::no_answer,
                                            all_excuse ? request.to.value : requests[0].to.value);
                excuse.about = ping.to;
                excuse.sequence = ping.sequence;
                member.on_message(now, excuse);
            }
        }
        now = member.next_deadline();
        member.on_time(now);
        CHECK(member.status(ping.to) == Status::suspected);
        CHECK(member.score() == (all_excuse ? 0U : 2U));
    }
}

TEST_CASE("swim: a member that stood still accuses nobody when it wakes up, and doubts itself") {
    Group group = group_of(10);
    group.run(seconds(5));
    group.pause(NodeId{0}, seconds(3));
    group.run(seconds(4));
    for (const auto& [who, change] : group.changes) CHECK(who != NodeId{0});
    group.run(seconds(60));
    CHECK(failures(group) == 0);
    for (std::uint32_t i = 1; i < 10; ++i) CHECK(group[i].status(NodeId{0}) == Status::trusted);
}

TEST_CASE("swim: a clock that goes back takes the timers along") {
    Swim member(NodeId{0}, 1, peers_of_0(3), {}, Random(1), Instant{} + seconds(1000));
    Instant now = member.next_deadline();
    member.on_time(now);
    const Duration ahead = member.next_deadline() - now;
    member.on_message(now - seconds(900), message_of(MessageType::heartbeat, 1));
    CHECK(member.next_deadline() == now - seconds(900) + ahead);
}

TEST_CASE("swim: two groups with one seed are the same group") {
    Group a = group_of(12, {}, 5);
    Group b = group_of(12, {}, 5);
    for (Group* group : {&a, &b}) {
        group->loss = [](NodeId, NodeId) { return 20U; };
        group->run(seconds(60));
    }
    CHECK(a.sent == b.sent);
    REQUIRE(a.changes.size() == b.changes.size());
    CHECK_FALSE(a.changes.empty());
    for (std::size_t i = 0; i < a.changes.size(); ++i) {
        REQUIRE(a.changes[i].second.at == b.changes[i].second.at);
    }
}

TEST_CASE("swim: options out of bounds are a bug") {
    SwimOptions options;
    options.probe_timeout = options.probe_interval;
    CHECK_THROWS_AS(Swim(NodeId{0}, 1, peers_of_0(3), options, Random(1), Instant{}), BugError);
}
