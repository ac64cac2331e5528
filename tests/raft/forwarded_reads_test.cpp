// SPDX-License-Identifier: MIT
//
// Reads that a follower takes and its leader confirms: Ongaro's thesis, section 6.4.
#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

Group with_leader(std::uint32_t size, const Options& options = {}) {
    Group group(size, options);
    group.elect(0);
    group.heartbeat(0);
    return group;
}
// What is on the wire of this type, which is taken off it.
std::deque<Message> take(Group& group, MessageType type) {
    std::deque<Message> taken;
    std::erase_if(group.wire, [&](const Message& message) {
        if (message.type != type) return false;
        taken.push_back(message);
        return true;
    });
    return taken;
}
std::vector<ReadToken> granted(const Group& group, std::uint32_t id) {
    std::vector<ReadToken> tokens;
    for (const ReadGrant& grant : group.hosts[id].granted) tokens.push_back(grant.token);
    return tokens;
}
using Tokens = std::vector<ReadToken>;

}  // namespace

TEST_CASE("forwarded reads: a follower grants what its leader has confirmed and it has applied") {
    Group group = with_leader(3);
    group.propose(0, "x");
    group.deliver_all();
    REQUIRE(group[0].commit() == LogIndex{2});
    REQUIRE(group[1].commit() == LogIndex{1});
    CHECK(group.read(1, 7));
    const Message request = group.take_only();
    CHECK(request.type == MessageType::read_request);
    group.step(request);
    // The round tells the follower what is committed; here it is lost on the way to it.
    group.deliver([](const Message& message) { return message.to == NodeId{2}; });
    group.deliver([](const Message& message) {
        return message.type == MessageType::heartbeat_reply;
    });
    const Message reply = take(group, MessageType::read_reply).at(0);
    CHECK(reply.commit == LogIndex{2});
    group.step(reply);
    CHECK(granted(group, 1).empty());
    group.deliver_all();
    CHECK(granted(group, 1) == Tokens{7});
    CHECK(group.hosts[1].granted[0].index == LogIndex{2});
    CHECK(granted(group, 0).empty());
}

TEST_CASE("forwarded reads: with a lease the leader answers by itself") {
    Options options;
    options.reads = ReadMode::lease;
    Group group = with_leader(3, options);
    group.read(1, 7);
    group.step(group.take_only());
    const Message reply = group.take_only();
    CHECK(reply.type == MessageType::read_reply);
    group.step(reply);
    CHECK(granted(group, 1) == Tokens{7});
}

TEST_CASE("forwarded reads: a learner's are served as well") {
    Group group(std::vector<Recovered>(4), {}, 1, 1);
    group.elect(0);
    REQUIRE(group.change(0, {{{MemberChange::Kind::add_learner, NodeId{3}}},
                             JointPhase::if_needed}) == std::nullopt);
    group.deliver_all();
    group.heartbeat(0);
    REQUIRE(group[3].leader() == NodeId{0});
    group.read(3, 7);
    group.deliver_all();
    CHECK(granted(group, 3) == Tokens{7});
}

TEST_CASE("forwarded reads: those that come while a request is under way share the next one") {
    Group group = with_leader(3);
    group.read(1, 1);
    group.read(1, 2);
    group.read(1, 3);
    const auto first = take(group, MessageType::read_request);
    REQUIRE(first.size() == 1);
    group.step(first[0]);
    group.deliver([](const Message& message) { return message.type == MessageType::heartbeat; });
    group.deliver([](const Message& message) {
        return message.type == MessageType::heartbeat_reply;
    });
    group.deliver([](const Message& message) { return message.type == MessageType::read_reply; });
    CHECK(granted(group, 1) == Tokens{1});
    const auto second = take(group, MessageType::read_request);
    REQUIRE(second.size() == 1);
    CHECK(second[0].round == first[0].round + 1);
    group.step(second[0]);
    group.deliver_all();
    CHECK(granted(group, 1) == Tokens{1, 2, 3});
}

TEST_CASE("forwarded reads: a lost request is sent again by the second heartbeat, as it was") {
    Group group = with_leader(3);
    group.read(1, 1);
    const Message lost = group.take_only();
    group.read(1, 2);
    group.time_out(0);
    group.deliver([](const Message& message) { return message.type == MessageType::heartbeat; });
    CHECK(take(group, MessageType::read_request).empty());
    group.time_out(0);
    group.deliver([](const Message& message) { return message.type == MessageType::heartbeat; });
    const auto again = take(group, MessageType::read_request);
    REQUIRE(again.size() == 1);
    CHECK(again[0].round == lost.round);
    group.step(again[0]);
    group.step(again[0]);
    group.deliver_all();
    CHECK(granted(group, 1) == Tokens{1, 2});
}

// The answer's index may be older than what was committed when later reads were asked for.
TEST_CASE("forwarded reads: a late answer confirms nothing that was asked for after its request") {
    Group group = with_leader(3);
    group.read(1, 1);
    group.step(group.take_only());
    group.deliver([](const Message& message) { return message.type != MessageType::read_reply; });
    group.deliver([](const Message& message) { return message.type != MessageType::read_reply; });
    const Message answer = take(group, MessageType::read_reply).at(0);
    group.step(answer);
    REQUIRE(granted(group, 1) == Tokens{1});
    group.wire.clear();
    group.read(1, 2);
    group.wire.clear();
    group.step(answer);
    CHECK(granted(group, 1) == Tokens{1});
}

TEST_CASE("forwarded reads: an answer to an earlier life confirms nothing in a later one") {
    Group group = with_leader(3);
    group.read(1, 1);
    group.step(group.take_only());
    group.deliver([](const Message& message) { return message.type != MessageType::read_reply; });
    group.deliver([](const Message& message) { return message.type != MessageType::read_reply; });
    const Message answer = take(group, MessageType::read_reply).at(0);
    group.crash(1);
    group.restart(1);
    group.heartbeat(0);
    group.read(1, 2);
    group.wire.clear();
    group.step(answer);
    CHECK(granted(group, 1).empty());
}

TEST_CASE("forwarded reads: a leader that was deposed confirms none by late answers") {
    Group group = with_leader(3);
    group.read(1, 1);
    group.step(group.take_only());
    group.deliver([](const Message& message) { return message.type == MessageType::heartbeat; });
    const auto late = take(group, MessageType::heartbeat_reply);
    group.isolated = {0};
    group.wire.clear();
    group.elect(2);
    CHECK(group.hosts[1].dropped == Tokens{1});
    group.propose(2, "news");
    group.deliver_all();
    group.isolated = {};
    group.read(1, 2);
    for (const Message& reply : late) group.step(reply);
    for (const Message& reply : take(group, MessageType::read_reply)) group.step(reply);
    CHECK(granted(group, 1).empty());
    group.deliver_all();
    REQUIRE(granted(group, 1) == Tokens{2});
    CHECK(group.hosts[1].granted[0].index >= LogIndex{3});
}

TEST_CASE("forwarded reads: who no longer leads the term refuses") {
    Group group = with_leader(3);
    group.read(1, 1);
    const Message request = group.take_only();
    group.depose(0);
    group.isolated = {};
    group.wire.clear();
    group.step(request);
    const Message reply = take(group, MessageType::read_reply).at(0);
    CHECK(reply.reject);
    group.step(reply);
    CHECK(group.hosts[1].dropped == Tokens{1});
}

TEST_CASE("forwarded reads: a request to the leader of an earlier term is not answered") {
    Group group = with_leader(3);
    group.read(1, 1);
    const Message request = group.take_only();
    group.depose(0);
    group.isolated = {1};
    group.elect(2);
    group.step(request);
    CHECK(take(group, MessageType::read_reply).empty());
}

TEST_CASE("forwarded reads: a leader with too many waiting refuses") {
    Options options;
    options.max_pending_reads = 1;
    Group group = with_leader(3, options);
    group.read(0, 1);
    take(group, MessageType::heartbeat);
    group.read(1, 2);
    group.step(group.take_only());
    CHECK(group.take_only().reject);
    CHECK(group.hosts[0].dropped.empty());
}

TEST_CASE("forwarded reads: a follower that changes its leader drops them") {
    Group group = with_leader(3);
    group.read(1, 1);
    group.read(1, 2);
    group.wire.clear();
    group.step(message_of(MessageType::heartbeat, 2, 1, 2));
    CHECK(group.hosts[1].dropped == Tokens{1, 2});
    group.read(1, 3);
    group.campaign(1);
    CHECK(group.hosts[1].dropped == Tokens{1, 2, 3});
}

TEST_CASE("forget leader: a follower that has forgotten votes at once, and for nobody it hears") {
    Group group = with_leader(3);
    const Message ask = [&] {
        Message message = message_of(MessageType::pre_vote, 2, 1, 2);
        message.position = group[1].log().last();
        return message;
    }();
    group.step(ask);
    CHECK(group.wire.empty());
    CHECK(group.forget_leader(1));
    CHECK(group[1].leader().is_none());
    CHECK_FALSE(group.forget_leader(1));
    CHECK_FALSE(group.forget_leader(0));
    group.step(ask);
    CHECK_FALSE(group.take_only().reject);
    group.heartbeat(0);
    CHECK(group[1].leader() == NodeId{0});
    group.step(ask);
    CHECK(group.wire.empty());
}

TEST_CASE("forget leader: reads that waited for it are dropped") {
    Group group = with_leader(3);
    group.read(1, 1);
    group.forget_leader(1);
    CHECK(group.hosts[1].dropped == Tokens{1});
}

TEST_CASE("election delay: the server that has one stands later, but it stands") {
    Options options;
    options.election_delay = milliseconds(400);
    Options plain;
    const Group slow(3, options);
    const Group quick(3, plain);
    for (std::uint32_t id = 0; id < 3; ++id) {
        const auto wait = [&](const Group& group) {
            return group.hosts[id].raft->next_deadline() - group.now;
        };
        CHECK(wait(slow) == wait(quick) + milliseconds(400));
    }
    Options negative;
    negative.election_delay = Duration{-1};
    CHECK_THROWS_AS(Group(3, negative), BugError);
}
