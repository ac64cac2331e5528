// SPDX-License-Identifier: MIT
//
// Elections: sections of the Raft paper (extended version) and of Ongaro's thesis are named where a
// test shows what they ask for.
#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

Options without_pre_vote() {
    Options options;
    options.pre_vote = false;
    return options;
}
Options plain() {
    Options options = without_pre_vote();
    options.check_quorum = false;
    return options;
}
Message answer(MessageType type, std::uint32_t from, std::uint64_t term) {
    return message_of(type, from, 0, term);
}
std::size_t count_of(const Group& group, MessageType type) {
    return static_cast<std::size_t>(
        std::count_if(group.wire.begin(), group.wire.end(),
                      [type](const Message& message) { return message.type == type; }));
}

}  // namespace

// ---- roles and terms

TEST_CASE("elections: a server starts as a follower without a leader, silent (section 5.2)") {
    Group group(3);
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].leader().is_none());
    CHECK(group[0].term() == Term{0});
    CHECK(group.wire.empty());
}

TEST_CASE(
    "elections: timeouts lie between the bounds, and reach both halves of them (section 5.2)") {
    const Options options;
    std::int64_t least = options.election_timeout_max.ns;
    std::int64_t most = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Group group(3, options, seed);
        const Duration timeout = group[0].next_deadline() - group.now;
        REQUIRE(timeout >= options.election_timeout_min);
        REQUIRE(timeout <= options.election_timeout_max);
        least = std::min(least, timeout.ns);
        most = std::max(most, timeout.ns);
    }
    CHECK(Duration{least} < milliseconds(155));
    CHECK(Duration{most} > milliseconds(295));
}

TEST_CASE("elections: a new timeout is drawn for each election (section 5.2)") {
    Group group(3, plain());
    std::set<std::int64_t> timeouts;
    for (int i = 0; i < 10; ++i) {
        group.time_out(0);
        timeouts.insert((group[0].next_deadline() - group.now).ns);
    }
    CHECK(timeouts.size() == 10);
}

TEST_CASE(
    "elections: who stands enters a new term, votes for itself and asks all others (section 5.2)") {
    Group group({disk_of(4, {1, 4}), {}, {}}, plain());
    group.wire.clear();
    group.time_out(0);
    CHECK(group[0].role() == Role::candidate);
    CHECK(group[0].term() == Term{5});
    CHECK(group[0].vote() == NodeId{0});
    REQUIRE(group.wire.size() == 2);
    for (std::uint32_t to = 1; to <= 2; ++to) {
        const Message& request = group.wire[to - 1];
        CHECK(request.type == MessageType::vote);
        CHECK(request.to == NodeId{to});
        CHECK(request.term == Term{5});
        CHECK(request.position == position_of(4, 2));
    }
}

TEST_CASE("elections: a majority of votes elects, fewer don't (section 5.2)") {
    struct Row {
        std::uint32_t size, granted, refused;
        Role role;
    };
    const std::vector<Row> table = {
        {1, 0, 0, Role::leader},    {2, 0, 0, Role::candidate}, {2, 1, 0, Role::leader},
        {3, 0, 2, Role::candidate}, {3, 1, 0, Role::leader},    {3, 1, 1, Role::leader},
        {4, 1, 2, Role::candidate}, {4, 2, 1, Role::leader},    {5, 1, 3, Role::candidate},
        {5, 2, 0, Role::leader},    {5, 2, 2, Role::leader},    {7, 2, 4, Role::candidate},
        {7, 3, 0, Role::leader}};
    for (const Row& row : table) {
        CAPTURE(row.size, row.granted, row.refused);
        Group group(row.size, plain());
        group.time_out(0);
        for (std::uint32_t from = 1; from <= row.granted + row.refused; ++from) {
            Message reply = answer(MessageType::vote_reply, from, 1);
            reply.reject = from > row.granted;
            group.step(reply);
        }
        CHECK(group[0].role() == row.role);
    }
}

TEST_CASE("elections: the same vote twice is one vote") {
    Group group(5, plain());
    group.time_out(0);
    group.step(answer(MessageType::vote_reply, 1, 1));
    group.step(answer(MessageType::vote_reply, 1, 1));
    CHECK(group[0].role() == Role::candidate);
    group.step(answer(MessageType::vote_reply, 2, 1));
    CHECK(group[0].role() == Role::leader);
}

TEST_CASE("elections: a vote of an earlier election does not count") {
    Group group(3, plain());
    group.time_out(0);
    group.time_out(0);
    REQUIRE(group[0].term() == Term{2});
    group.step(answer(MessageType::vote_reply, 1, 1));
    CHECK(group[0].role() == Role::candidate);
}

TEST_CASE("elections: an election that nobody wins is followed by another (section 5.2)") {
    Group group(4, plain());
    group.campaign(0);
    group.campaign(1);
    group.deliver_all();
    CHECK(group[0].term() == group[1].term());
    group.elect(0);
    CHECK(group[1].leader() == NodeId{0});
}

TEST_CASE("elections: any role follows the leader of a higher term (section 5.1)") {
    for (const MessageType type : {MessageType::append, MessageType::heartbeat}) {
        for (const Role role :
             {Role::follower, Role::pre_candidate, Role::candidate, Role::leader}) {
            Group group(3, role == Role::candidate ? without_pre_vote() : Options{});
            if (role == Role::leader) {
                group.elect(0);
            } else if (role != Role::follower) {
                group.time_out(0);
            }
            REQUIRE(group[0].role() == role);
            group.step(message_of(type, 1, 0, 7));
            CHECK(group[0].role() == Role::follower);
            CHECK(group[0].term() == Term{7});
            CHECK(group[0].leader() == NodeId{1});
            CHECK(group[0].vote().is_none());
        }
    }
}

TEST_CASE("elections: a leader steps down when a reply shows a higher term (section 5.1)") {
    Group group(3);
    group.elect(0);
    Message reply = answer(MessageType::append_reply, 1, 9);
    reply.reject = true;
    group.step(reply);
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].term() == Term{9});
    CHECK(group[0].leader().is_none());
}

TEST_CASE("elections: a candidate yields to the leader of its own term (section 5.2)") {
    Group group(3, without_pre_vote());
    group.time_out(0);
    REQUIRE(group[0].role() == Role::candidate);
    group.step(message_of(MessageType::heartbeat, 2, 0, 1));
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].leader() == NodeId{2});
    CHECK(group[0].vote() == NodeId{0});
}

TEST_CASE(
    "elections: a request of an earlier term changes nothing, and its sender learns the term") {
    Group group({disk_of(5, {5}), {}, {}});
    const Instant deadline = group[0].next_deadline();
    for (const MessageType type :
         {MessageType::append, MessageType::heartbeat, MessageType::vote, MessageType::pre_vote}) {
        Message request = message_of(type, 1, 0, 4);
        request.position = position_of(4, 9);
        group.now = group.now + milliseconds(1);
        group.step(request);
        const Message reply = group.take_only();
        CHECK(reply.reject);
        CHECK(reply.term == Term{5});
    }
    CHECK(group[0].leader().is_none());
    CHECK(group[0].next_deadline() == deadline);
    CHECK(group[0].log().last() == position_of(5, 1));
}

TEST_CASE("elections: two leaders of one term are never tolerated") {
    Group group(3);
    group.elect(0);
    CHECK_THROWS_AS(group.step(message_of(MessageType::heartbeat, 1, 0, 1)), BugError);
    CHECK_THROWS_AS(group.step(message_of(MessageType::heartbeat, 2, 1, 1)), BugError);
}

TEST_CASE("elections: a message from the server itself is our own bug") {
    Group group(3);
    CHECK_THROWS_AS(group.step(message_of(MessageType::heartbeat, 0, 0, 1)), BugError);
}

// ---- votes

TEST_CASE("elections: one vote a term, first come first served (section 5.2)") {
    Group group(3, plain());
    group.step(vote_request(1, 0, 1, {}));
    CHECK_FALSE(group.take_only().reject);
    group.step(vote_request(2, 0, 1, {}));
    CHECK(group.take_only().reject);
    group.step(vote_request(1, 0, 1, {}));
    CHECK_FALSE(group.take_only().reject);
    CHECK(group[0].vote() == NodeId{1});
    group.step(vote_request(2, 0, 2, {}));
    CHECK_FALSE(group.take_only().reject);
}

TEST_CASE("elections: a vote outlives a restart (section 5.2, persistent state in figure 2)") {
    Group group(3, plain());
    group.step(vote_request(1, 0, 1, {}));
    group.wire.clear();
    group.crash(0);
    group.restart(0);
    CHECK(group[0].vote() == NodeId{1});
    group.step(vote_request(2, 0, 1, {}));
    CHECK(group.take_only().reject);
}

// A vote that is forgotten on the way down the ladder could be given again.
TEST_CASE("elections: a vote outlives stepping down within the term") {
    Group group(3, without_pre_vote());
    group.elect(0);
    group.depose(0);
    REQUIRE(group[0].term() == Term{1});
    CHECK(group[0].vote() == NodeId{0});
    group.wire.clear();
    group.step(vote_request(1, 0, 1, position_of(9, 9)));
    CHECK(group.take_only().reject);
}

TEST_CASE("elections: no vote for who is less up to date (section 5.4.1)") {
    struct Row {
        LogPosition own, candidate;
        bool granted;
    };
    const std::vector<Row> table = {
        {position_of(0, 0), position_of(0, 0), true},   // both empty
        {position_of(2, 2), position_of(2, 2), true},   // the same
        {position_of(2, 2), position_of(2, 3), true},   // longer
        {position_of(2, 3), position_of(2, 2), false},  // shorter
        {position_of(2, 3), position_of(3, 1), true},   // a later term counts more than length
        {position_of(3, 1), position_of(2, 3), false},
        {position_of(3, 1), position_of(0, 0), false}};
    for (const Row& row : table) {
        CAPTURE(row.own.term.value, row.own.index.value, row.candidate.term.value,
                row.candidate.index.value);
        for (const MessageType type : {MessageType::vote, MessageType::pre_vote}) {
            Recovered disk;
            disk.hard_state.term = Term{3};
            for (std::uint64_t i = 1; i <= row.own.index.value; ++i) {
                disk.entries.push_back({row.own.term, LogIndex{i}, EntryKind::command, Bytes()});
            }
            Group group({disk, {}, {}});
            Message request = vote_request(1, 0, 4, row.candidate);
            request.type = type;
            group.step(request);
            CHECK(group.take_only().reject == !row.granted);
        }
    }
}

TEST_CASE("elections: the deadline moves for a vote that is granted, not for one that is refused") {
    Group group({disk_of(1, {1}), {}, {}}, plain());
    group.step(vote_request(1, 0, 2, position_of(1, 1)));
    const Instant granted = group[0].next_deadline();
    CHECK(granted >= group.now + milliseconds(150));
    group.now = group.now + milliseconds(100);
    group.step(vote_request(2, 0, 2, position_of(1, 1)));
    CHECK(group[0].next_deadline() == granted);
}

TEST_CASE("elections: a vote leaves only when it is durable (section 5.2, figure 2)") {
    Group group(3, plain());
    group.persist_at_once = false;
    group.step(vote_request(1, 0, 1, {}));
    CHECK(group.wire.empty());
    group.persist(0);
    CHECK(group.take_only().type == MessageType::vote_reply);
}

// Were the request to leave early, the candidate could crash, lose the end of its log, stand again
// in the same term, and be elected by the old replies, which had compared the longer log.
TEST_CASE("elections: a request for votes waits for the candidate's own write") {
    Group group(3, plain());
    group.persist_at_once = false;
    group.time_out(0);
    CHECK(group[0].role() == Role::candidate);
    CHECK(group.wire.empty());
    group.persist(0);
    CHECK(count_of(group, MessageType::vote) == 2);
}

TEST_CASE("elections: a candidate's own vote counts when it is durable") {
    Group alone(1, plain());
    alone.persist_at_once = false;
    alone.time_out(0);
    CHECK(alone[0].role() == Role::candidate);
    alone.persist(0);
    CHECK(alone[0].role() == Role::leader);

    Group group(3, plain());
    group.persist(0);
    group.persist_at_once = false;
    group.time_out(0);
    group.step(answer(MessageType::vote_reply, 1, 1));
    CHECK(group[0].role() == Role::candidate);
    group.persist(0);
    CHECK(group[0].role() == Role::leader);
}

TEST_CASE("elections: the write of a lost election elects nobody in the next") {
    Group group(1, plain());
    group.persist_at_once = false;
    group.time_out(0);
    group.time_out(0);
    REQUIRE(group[0].term() == Term{2});
    group.persist(0, 1);  // of term 1
    CHECK(group[0].role() == Role::candidate);
    group.persist(0);
    CHECK(group[0].role() == Role::leader);
}

TEST_CASE("elections: a candidate's own write that comes late makes no leader of a follower") {
    Group group(3, plain());
    group.persist_at_once = false;
    group.time_out(0);
    group.step(append_of(1, 0, 1, {}, log_of({1})));
    REQUIRE(group[0].leader() == NodeId{1});
    group.step(answer(MessageType::vote_reply, 2, 1));
    group.persist(0);
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].vote() == NodeId{0});
}

TEST_CASE("elections: any role votes in a higher term for who is up to date (section 5.2)") {
    for (const Role role : {Role::follower, Role::pre_candidate, Role::candidate, Role::leader}) {
        CAPTURE(static_cast<int>(role));
        Options options = plain();
        options.pre_vote = role == Role::pre_candidate;
        Group group(3, options);
        if (role != Role::follower) group.time_out(0);
        if (role == Role::leader) group.deliver_all();
        REQUIRE(group[0].role() == role);
        group.wire.clear();
        const Term term = group[0].term() + 1;
        Message promise = message_of(MessageType::pre_vote, 1, 0, term.value);
        promise.position = position_of(term.value, 9);
        group.step(promise);
        // Only a leader keeps its office by not answering.
        CHECK(group[0].role() == role);
        if (role != Role::leader) CHECK_FALSE(group.take_only().reject);
        group.wire.clear();
        group.step(vote_request(1, 0, term.value, position_of(term.value, 9)));
        CHECK(group[0].role() == Role::follower);
        CHECK(group[0].term() == term);
        CHECK(group[0].vote() == NodeId{1});
        CHECK_FALSE(group.take_only().reject);
    }
}

TEST_CASE("elections: each server leads in turn, with preliminary votes and without") {
    for (const bool pre_vote : {true, false}) {
        Options options;
        options.pre_vote = pre_vote;
        Group group(3, options);
        for (const std::uint32_t id : {0U, 1U, 2U, 0U}) {
            group.elect(id);
            for (std::uint32_t other = 0; other < 3; ++other) {
                CHECK((group[other].role() == Role::leader) == (other == id));
                CHECK(group[other].leader() == NodeId{id});
            }
        }
        CHECK(group[0].term() == Term{4});
    }
}

// ---- leaders that lose their quorum (thesis, section 6.2)

TEST_CASE(
    "check-quorum: a leader that hears no majority steps down, in the same term (thesis 6.2)") {
    Group group(5);
    group.elect(0);
    group.isolated = {2, 3, 4};
    const Instant cut = group.now;
    while (group[0].role() == Role::leader && group.now < cut + seconds(2)) group.heartbeat(0);
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].term() == Term{1});
    CHECK(group[0].leader().is_none());
    CHECK(group.now > cut + milliseconds(300));
    CHECK(group.now <= cut + milliseconds(300) + milliseconds(100));
}

TEST_CASE("check-quorum: a leader that hears a bare majority stays (thesis 6.2)") {
    Group group(5);
    group.elect(0);
    group.isolated = {3, 4};
    for (int i = 0; i < 100; ++i) group.heartbeat(0);
    CHECK(group[0].role() == Role::leader);
}

TEST_CASE("check-quorum: without it a leader without followers leads on") {
    Group group(3, plain());
    group.elect(0);
    group.isolated = {1, 2};
    for (int i = 0; i < 100; ++i) group.heartbeat(0);
    CHECK(group[0].role() == Role::leader);
}

TEST_CASE("check-quorum: who hears a leader takes no part in an election (thesis 4.2.3)") {
    Group group(3, without_pre_vote());
    group.elect(0);
    group.step(vote_request(2, 1, 5, position_of(9, 9)));
    CHECK(group.wire.empty());
    CHECK(group[1].term() == Term{1});

    group.now = group.now + milliseconds(150);
    group.step(vote_request(2, 1, 5, position_of(9, 9)));
    CHECK_FALSE(group.take_only().reject);
}

TEST_CASE(
    "check-quorum: a server stuck in a higher term frees itself by its answer to the leader") {
    Group group({disk_of(1, {1}), disk_of(1, {1}), disk_of(4, {1})}, without_pre_vote());
    group.isolated = {2};
    group.elect(0);
    REQUIRE(group[0].term() == Term{2});
    group.isolated = {};
    group.heartbeat(0);
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].term() == Term{4});
    group.elect(0);
    CHECK(group[2].leader() == NodeId{0});
}

TEST_CASE("check-quorum: who hears no leader elects another against one that hears nobody") {
    Group group(3);
    group.elect(0);
    group.isolated = {0};
    group.campaign(2);
    REQUIRE(group[0].role() == Role::leader);
    group.deliver_all();
    CHECK(group[2].role() == Role::leader);
    group.isolated.clear();
    group.heartbeat(2);
    CHECK(group[0].role() == Role::follower);
    CHECK(group[0].leader() == NodeId{2});
}
