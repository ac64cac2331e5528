// SPDX-License-Identifier: MIT
#include "core/raft/membership.hpp"

#include <map>
#include <string>

#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

namespace novacron::raft {
namespace {

using Kind = MemberChange::Kind;

ConfigurationChange one(Kind kind, std::uint32_t node, JointPhase joint = JointPhase::if_needed) {
    return {{{kind, NodeId{node}}}, joint};
}
Group group_of(std::uint32_t voters, std::uint32_t spares, std::uint64_t seed = 1) {
    return Group(std::vector<Recovered>(voters + spares), Options{}, seed, spares);
}
const Configuration& active(Group& group, std::uint32_t id) {
    return group[id].membership().active();
}
std::vector<NodeId> nodes(std::initializer_list<std::uint32_t> values) {
    std::vector<NodeId> list;
    for (const std::uint32_t value : values) list.push_back(NodeId{value});
    return list;
}
void make(Group& group, std::uint32_t leader, const ConfigurationChange& change) {
    REQUIRE(group.change(leader, change) == std::nullopt);
    group.deliver_all();
    group.heartbeat(leader);
}

}  // namespace

TEST_CASE("membership: a new server gets the log and counts from the commit on (section 4.1)") {
    Group group = group_of(3, 1);
    group.elect(0);
    group.propose(0, "a");
    group.deliver_all();
    REQUIRE(group.change(0, one(Kind::add_voter, 3)) == std::nullopt);
    CHECK(active(group, 0).voters == nodes({0, 1, 2}));
    group.deliver_all();
    group.heartbeat(0);
    for (std::uint32_t id = 0; id < 4; ++id) {
        CHECK(active(group, id).voters == nodes({0, 1, 2, 3}));
        CHECK(group[id].commit() == LogIndex{3});
    }
    // Two of four are no majority.
    group.isolated = {2, 3};
    group.propose(0, "b");
    group.deliver_all();
    CHECK(group[0].commit() == LogIndex{3});
    group.isolated = {2};
    group.heartbeat(0);
    group.heartbeat(0);
    CHECK(group[0].commit() == LogIndex{4});
}

TEST_CASE("membership: a second change waits for the first") {
    Group group = group_of(3, 2);
    group.elect(0);
    REQUIRE(group.change(0, one(Kind::add_voter, 3)) == std::nullopt);
    CHECK(group.change(0, one(Kind::add_voter, 4)) == ChangeRefusal::change_in_flight);
    CHECK(group.change(1, one(Kind::add_voter, 4)) == ChangeRefusal::not_leader);
    group.deliver_all();
    CHECK(group.change(0, one(Kind::add_voter, 4)) == std::nullopt);
}

TEST_CASE("membership: a new leader changes nothing before its own term has a committed entry") {
    Group group = group_of(3, 1);
    group.elect(0);
    group.campaign(1);
    const auto no_append = [](const Message& message) {
        return message.type != MessageType::append;
    };
    while (group.deliver(no_append) > 0) continue;
    REQUIRE(group[1].role() == Role::leader);
    CHECK(group.change(1, one(Kind::remove, 0)) == ChangeRefusal::term_too_young);
    group.deliver_all();
    CHECK(group.change(1, one(Kind::remove, 0)) == std::nullopt);
}

TEST_CASE("membership: a leader that hands over changes nothing") {
    Group group = group_of(3, 1);
    group.elect(0);
    group.isolated = {1};
    group.transfer(0, 1);
    CHECK(group.change(0, one(Kind::add_voter, 3)) == ChangeRefusal::transferring);
}

TEST_CASE("membership: a leader that is removed tells the others, steps down and stays quiet") {
    Group group = group_of(3, 0);
    group.elect(0);
    REQUIRE(group.change(0, one(Kind::remove, 0)) == std::nullopt);
    group.deliver_all();
    CHECK(group[0].role() == Role::follower);
    CHECK(active(group, 1).voters == nodes({1, 2}));
    group.campaign(0);
    CHECK(group[0].role() == Role::follower);
    CHECK(group.wire.empty());
    group.elect(1);
    group.heartbeat(1);
    CHECK(active(group, 2).voters == nodes({1, 2}));
}

TEST_CASE("membership: a leader that the joint phase drops does not count itself among the new") {
    Group group = group_of(3, 2);
    group.elect(0);
    REQUIRE(group.change(0, {{{Kind::remove, NodeId{0}}, {Kind::remove, NodeId{1}},
                              {Kind::add_voter, NodeId{3}}, {Kind::add_voter, NodeId{4}}},
                             JointPhase::until_left}) == std::nullopt);
    group.deliver_all();
    REQUIRE(active(group, 0).is_joint());
    const LogIndex before = group[0].commit();
    // The new voters are 2, 3 and 4: with 2 alone, the leader would be the second.
    group.isolated = {1, 3, 4};
    group.propose(0, "a");
    group.deliver_all();
    CHECK(group[0].commit() == before);
    // And most of the new ones don't do without a majority of the old.
    group.isolated = {1, 2};
    group.propose(0, "b");
    group.heartbeat(0);
    group.heartbeat(0);
    CHECK(group[0].commit() == before + 1);
    group.isolated = {1};
    group.heartbeat(0);
    group.heartbeat(0);
    CHECK(group[0].commit() == before + 2);
}

TEST_CASE("membership: a joint phase ends by itself, or when told") {
    Group group = group_of(3, 1);
    group.elect(0);
    make(group, 0, one(Kind::add_voter, 3, JointPhase::always));
    CHECK(active(group, 3) == Configuration{nodes({0, 1, 2, 3}), {}, {}, {}, false});
    make(group, 0, one(Kind::remove, 3, JointPhase::until_left));
    CHECK(active(group, 0).is_joint());
    CHECK(group.change(0, one(Kind::remove, 1)) == ChangeRefusal::still_joint);
    CHECK(group.leave_joint(0) == std::nullopt);
    group.deliver_all();
    CHECK(active(group, 0).voters == nodes({0, 1, 2}));
    CHECK(group.leave_joint(0) == ChangeRefusal::not_joint);
}

TEST_CASE("membership: the next leader ends the joint phase that was to end by itself") {
    Group group = group_of(3, 1);
    group.elect(0);
    REQUIRE(group.change(0, one(Kind::add_voter, 3, JointPhase::always)) == std::nullopt);
    group.deliver([](const Message&) { return true; });
    group.crash(0);
    group.elect(1);
    group.heartbeat(1);
    CHECK(active(group, 1).voters == nodes({0, 1, 2, 3}));
    CHECK_FALSE(active(group, 1).is_joint());
}

TEST_CASE("membership: a learner gets the log, counts for nothing, and does not stand") {
    Group group = group_of(2, 1);
    group.elect(0);
    make(group, 0, one(Kind::add_learner, 2));
    CHECK(active(group, 2).learners == nodes({2}));
    CHECK(group[2].commit() == LogIndex{2});
    group.isolated = {1};
    group.propose(0, "a");
    group.deliver_all();
    CHECK(group[2].log().last_index() == LogIndex{3});
    CHECK(group[0].commit() == LogIndex{2});
    CHECK_FALSE(group.transfer(0, 2));
    group.campaign(2);
    CHECK(group[2].role() == Role::follower);
    group.step(message_of(MessageType::stand_now, 0, 2, 1));
    CHECK(group[2].role() == Role::follower);
}

TEST_CASE("membership: a server that does not know of its promotion votes when asked") {
    Group group = group_of(2, 1);
    group.elect(0);
    make(group, 0, one(Kind::add_learner, 2));
    REQUIRE(group.change(0, one(Kind::promote, 2)) == std::nullopt);
    group.deliver_all();
    REQUIRE(active(group, 0).voters == nodes({0, 1, 2}));
    group.heartbeat(0);
    group.crash(2);
    group.restart(2);  // has forgotten that the promotion is committed
    group.crash(0);
    group.elect(1);
    CHECK(group[1].role() == Role::leader);
}

TEST_CASE("membership: what a slow server held up is committed when it is removed") {
    Group group = group_of(4, 0);
    group.elect(0);
    group.isolated = {3};
    REQUIRE(group.change(0, one(Kind::remove, 3)) == std::nullopt);
    group.deliver([](const Message& message) { return message.to == NodeId{1}; });
    group.propose(0, "a");
    group.deliver([](const Message& message) { return message.to == NodeId{1}; });
    group.deliver([](const Message& message) { return message.from == NodeId{1}; });
    CHECK(group[0].commit() == LogIndex{1});
    // The change itself, but not what follows on it, reaches server 2: two of three have the rest.
    group.deliver([](const Message& message) {
        return message.to == NodeId{2} && !message.entries.empty() &&
               message.entries.front().kind == EntryKind::configuration;
    });
    group.deliver([](const Message& message) { return message.from == NodeId{2}; });
    CHECK(group[0].commit() == LogIndex{3});
}

TEST_CASE("membership: a restarted server goes by what its log proves") {
    Group group = group_of(3, 2);
    group.elect(0);
    make(group, 0, one(Kind::add_voter, 3));
    make(group, 0, one(Kind::add_voter, 4));
    group.hosts[1].disk.hard_state.commit = LogIndex{};
    group.crash(1);
    group.restart(1);
    CHECK(active(group, 1).voters == nodes({0, 1, 2, 3}));
    CHECK(group[1].membership().has_next());
    CHECK(group[1].commit() == LogIndex{2});
    group.heartbeat(0);
    group.heartbeat(0);
    CHECK(active(group, 1).voters == nodes({0, 1, 2, 3, 4}));
}

TEST_CASE("membership: an uncommitted change that is replaced leaves no trace") {
    Group group = group_of(3, 1);
    group.elect(0);
    group.isolated = {0};
    REQUIRE(group.change(0, one(Kind::add_voter, 3)) == std::nullopt);
    group.deliver_all();
    group.elect(1);
    group.isolated = {};
    group.heartbeat(1);
    group.heartbeat(1);
    CHECK(group[0].role() == Role::follower);
    CHECK_FALSE(group[0].membership().has_next());
    CHECK(active(group, 0).voters == nodes({0, 1, 2}));
}

TEST_CASE("membership: a snapshot tells who belongs to the group, after a restart and on arrival") {
    Options options;
    options.trailing_entries = 0;
    Group group(std::vector<Recovered>(5), options, 1, 2);
    group.elect(0);
    make(group, 0, one(Kind::add_voter, 3));
    for (std::uint32_t id = 0; id < 4; ++id) group.take_snapshot(id);
    REQUIRE(group[0].log().begin() == group[0].log().last());
    group.crash(1);
    group.restart(1);
    CHECK(active(group, 1).voters == nodes({0, 1, 2, 3}));

    make(group, 0, one(Kind::add_learner, 4));
    group.heartbeat(0);
    group.heartbeat(0);
    CHECK(group[4].snapshot().meta == group[0].snapshot().meta);
    CHECK(active(group, 4).voters == nodes({0, 1, 2, 3}));
    CHECK(active(group, 4).learners == nodes({4}));
}

TEST_CASE("membership: a snapshot holds no change that may yet be replaced") {
    Options options;
    options.trailing_entries = 0;
    Group group(std::vector<Recovered>(5), options, 1, 1);
    group.elect(0);
    make(group, 0, one(Kind::remove, 3));
    group.isolated = {0};
    REQUIRE(group.change(0, one(Kind::add_voter, 4)) == std::nullopt);
    group.take_snapshot(0);
    group.crash(0);
    group.restart(0);
    CHECK(active(group, 0).voters == nodes({0, 1, 2}));
    group.wire.clear();
    group.isolated.clear();
    group.elect(1);
    group.propose(1, "a");
    group.deliver_all();
    group.heartbeat(1);
    CHECK(active(group, 0).voters == nodes({0, 1, 2}));
}

TEST_CASE("membership: a removed server does not disturb those who hear their leader") {
    Group group = group_of(4, 0);
    group.elect(0);
    group.isolated = {3};
    make(group, 0, one(Kind::remove, 3));
    group.isolated = {};
    group.time_out(3);
    group.heartbeat(0);
    CHECK(group[0].role() == Role::leader);
    CHECK(group[0].term() == Term{1});
}

TEST_CASE("membership: an answer of a server that is no member any more changes nothing") {
    Group group = group_of(4, 0);
    group.elect(0);
    make(group, 0, one(Kind::remove, 3));
    const LogIndex commit = group[0].commit();
    for (const MessageType type :
         {MessageType::append_reply, MessageType::heartbeat_reply, MessageType::snapshot_reply,
          MessageType::vote_reply, MessageType::pre_vote_reply}) {
        for (const bool reject : {false, true}) {
            Message answer = message_of(type, 3, 0, 1);
            answer.reject = reject;
            answer.round = 9;
            answer.position = position_of(1, 1);
            group.step(answer);
        }
    }
    CHECK(group.wire.empty());
    CHECK(group[0].role() == Role::leader);
    CHECK(group[0].commit() == commit);
}

TEST_CASE("membership: a hand-over to a server that loses its vote meanwhile is called off") {
    for (const Kind kind : {Kind::remove, Kind::demote}) {
        Group group = group_of(4, 0);
        group.elect(0);
        group.isolated = {3};
        REQUIRE(group.change(0, one(kind, 3)) == std::nullopt);
        REQUIRE(group.transfer(0, 3));
        CHECK_FALSE(group.propose(0, "a"));
        group.deliver_all();
        CHECK(group[0].transferee().is_none());
        CHECK(group.propose(0, "a"));
    }
}

// Found by a storm: a majority of the configuration before, of which the last vote told that
// another one counts.
TEST_CASE("membership: who learns of a change by a vote counts that vote by the change") {
    const Configuration joint{nodes({0, 1, 2, 3}), nodes({0, 1, 2, 3, 4}), {}, {}, false};
    const Entry change{Term{1}, LogIndex{1}, EntryKind::configuration, encode(joint)};
    std::vector<Recovered> disks(5, Recovered{{Term{1}, {}, {}}, {change}, {}});
    disks[4].hard_state.commit = LogIndex{1};
    Options options;
    options.pre_vote = false;
    Group group(std::move(disks), options);
    REQUIRE_FALSE(active(group, 0).is_joint());
    REQUIRE(active(group, 4).is_joint());
    group.isolated = {1, 2};
    group.campaign(0);
    group.deliver_all();
    CHECK(active(group, 0).is_joint());
    CHECK(group[0].role() == Role::candidate);
    group.isolated = {1};
    group.elect(0);
}

// Server 0 of two knows that 1 was promoted, and needs its vote; 1 has the longer log, and does not
// know. Neither could be elected.
TEST_CASE("membership: a promoted server with the longest log learns that it may stand") {
    const Configuration now{nodes({0, 1}), {}, {}, {}, false};
    std::vector<Entry> log = {{Term{1}, LogIndex{1}, EntryKind::configuration, encode(now)}};
    for (std::uint64_t i = 2; i < 4; ++i) {
        log.push_back({Term{1}, LogIndex{i}, EntryKind::command, Bytes()});
    }
    Group group({Recovered{{Term{1}, {}, LogIndex{1}}, {log[0], log[1]}, {}},
                 Recovered{{Term{1}, {}, {}}, log, {}}},
                Options{}, 1, 0, 1);
    REQUIRE(active(group, 0).voters == nodes({0, 1}));
    REQUIRE(active(group, 1).voters == nodes({0}));
    group.campaign(1);
    CHECK(group[1].role() == Role::follower);
    group.campaign(0);
    group.deliver_all();
    CHECK(active(group, 1).voters == nodes({0, 1}));
    group.elect(1);
}

// Server 1 lost its vote, and has the longer log; 0 does not know the first, and needs its vote.
TEST_CASE("membership: who asks a demoted server for its vote learns that it needs none") {
    const Configuration now{nodes({0}), {}, nodes({1}), {}, false};
    std::vector<Entry> log = {{Term{1}, LogIndex{1}, EntryKind::configuration, encode(now)}};
    log.push_back({Term{1}, LogIndex{2}, EntryKind::command, Bytes()});
    Group group({Recovered{{Term{1}, {}, {}}, {log[0]}, {}},
                 Recovered{{Term{1}, {}, LogIndex{1}}, log, {}}});
    REQUIRE(active(group, 0).voters == nodes({0, 1}));
    REQUIRE(active(group, 1).voters == nodes({0}));
    group.campaign(0);
    group.deliver_all();
    CHECK(active(group, 0).voters == nodes({0}));
    group.elect(0);
}

// Two servers become `target`; the change has reached both and is not committed. The old leader is
// gone for a moment, and one of the two is elected.
TEST_CASE("membership: a group moves on, whichever of its servers is elected meanwhile") {
    struct Row {
        std::vector<MemberChange> changes;
        std::vector<NodeId> target;
    };
    const std::vector<Row> rows = {
        {{{Kind::remove, NodeId{0}}, {Kind::add_voter, NodeId{2}}}, nodes({1, 2})},
        {{{Kind::remove, NodeId{0}}, {Kind::remove, NodeId{1}}, {Kind::add_voter, NodeId{2}},
          {Kind::add_voter, NodeId{3}}},
         nodes({2, 3})},
        {{{Kind::add_voter, NodeId{2}}, {Kind::add_voter, NodeId{3}}}, nodes({0, 1, 2, 3})},
    };
    for (const Row& row : rows) {
        for (const std::uint32_t elected : {0U, 1U}) {
            CAPTURE(row.target.size(), elected);
            Group group = group_of(2, 2);
            group.elect(0);
            group.heartbeat(0);
            REQUIRE(group.change(0, {row.changes, JointPhase::if_needed}) == std::nullopt);
            group.deliver([](const Message&) { return true; });
            group.wire.clear();
            group.crash(0);
            group.restart(0);
            group.campaign(2);  // no member yet, as far as anybody knows
            CHECK(group[2].role() == Role::follower);
            group.campaign(elected);
            group.deliver_all();
            const std::uint32_t next = row.target.back().value;
            if (group[elected].role() == Role::leader) {
                group.heartbeat(elected);
            } else {
                group.elect(next);
                group.heartbeat(next);
            }
            for (const NodeId id : row.target) {
                CHECK(active(group, id.value).voters == row.target);
                CHECK_FALSE(active(group, id.value).is_joint());
            }
        }
    }
}

TEST_CASE("membership: a snapshot brings its receiver a joint phase, or the loss of its vote") {
    for (const bool joint : {true, false}) {
        Options options;
        options.trailing_entries = 0;
        Group group(std::vector<Recovered>(4), options);
        group.elect(0);
        group.isolated = {3};
        make(group, 0,
             one(Kind::demote, 3, joint ? JointPhase::until_left : JointPhase::if_needed));
        group.take_snapshot(0);
        group.isolated.clear();
        for (int i = 0; i < 4; ++i) group.heartbeat(0);
        CHECK(group[3].snapshot().meta == group[0].snapshot().meta);
        CHECK(active(group, 3) == active(group, 0));
        CHECK(active(group, 3).is_joint() == joint);
        // In the joint phase its vote counts among the outgoing ones.
        group.campaign(3);
        CHECK((group[3].role() == Role::pre_candidate) == joint);
    }
}

// Messages get lost, late and doubled, servers crash, and whoever leads is asked for changes.
// Clients went in a circle: a leader that had removed itself knew of no other, and a learner that
// had been removed without hearing of it sent them back to that one for ever.
TEST_CASE("membership: a learner names a leader no longer than it hears one") {
    Group group = group_of(3, 1);
    group.elect(0);
    make(group, 0, one(Kind::add_learner, 3));
    CHECK(group[3].leader() == NodeId{0});
    group.time_out(3);
    CHECK(group[3].leader().is_none());
    CHECK(group[3].role() == Role::follower);
    group.heartbeat(0);
    CHECK(group[3].leader() == NodeId{0});
}

// It crashed the leader.
TEST_CASE("membership: a removed server's late answer to a part of a snapshot changes nothing") {
    Group group = group_of(3, 0);
    group.elect(0);
    make(group, 0, one(Kind::remove, 2));
    group.step(message_of(MessageType::snapshot_reply, 2, 0, group[0].term().value));
    CHECK(group[0].role() == Role::leader);
    CHECK(group.propose(0, "a"));
}

TEST_CASE("membership: a leader knows how far the logs of other members agree with its own") {
    Group group = group_of(3, 1);
    group.elect(0);
    make(group, 0, one(Kind::add_learner, 3));
    REQUIRE(group[0].progress(NodeId{3}) != nullptr);
    CHECK(group[0].progress(NodeId{3})->match() == group[0].log().last_index());
    CHECK(group[0].progress(NodeId{4}) == nullptr);
    CHECK(group[1].progress(NodeId{0}) == nullptr);
}

TEST_CASE("membership: under random changes and faults terms have one leader, and commits stay") {
    std::uint32_t changes = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Random random = Random(seed).fork("changes");
        Group group = group_of(3, 4, seed);
        const auto any = [&] { return static_cast<std::uint32_t>(random.below(group.size())); };
        std::map<Term, std::uint32_t> leaders;
        std::vector<Entry> committed;
        for (std::uint32_t step = 0; step < 3000; ++step) {
            const std::uint64_t dice = random.below(100);
            const std::uint32_t id = any();
            if (dice < 70 && !group.wire.empty()) {
                const auto place = static_cast<std::size_t>(
                    dice < 60 ? 0 : random.below(group.wire.size()));
                if (dice >= 68) group.wire.push_back(group.wire[place]);
                if (dice == 67) group.isolated = {id};
                if (dice == 66) group.isolated.clear();
                group.deliver_at(place);
            } else if (dice < 85) {
                group.now = group.now + milliseconds(20);
                for (std::uint32_t i = 0; i < group.size(); ++i) {
                    if (group.is_up(i) && group[i].next_deadline() <= group.now) group.time_out(i);
                }
            } else if (!group.is_up(id)) {
                if (dice < 95) group.restart(id);
            } else if (dice < 88) {
                group.propose(id, std::to_string(step));
            } else if (dice < 97) {
                ConfigurationChange change;
                for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
                    const auto kind = static_cast<Kind>(random.below(5));
                    change.members.push_back({kind, NodeId{any()}});
                }
                changes += group.change(id, change) ? 0U : 1U;
            } else if (dice < 98) {
                group.hosts[id].disk.hard_state.commit = LogIndex{};
                group.crash(id);
            }
            for (std::uint32_t i = 0; i < group.size(); ++i) {
                if (!group.is_up(i)) continue;
                if (group[i].role() == Role::leader) {
                    REQUIRE(leaders.try_emplace(group[i].term(), i).first->second == i);
                }
                const LogIndex commit = group[i].commit();
                for (LogIndex at{committed.size() + 1}; at <= commit; ++at) {
                    committed.push_back(group[i].log().entry(at));
                }
                if (commit.value > 0) {
                    REQUIRE(group[i].log().entry(commit) == committed[commit.value - 1]);
                }
            }
        }
    }
    CHECK(changes > 100);
}

}  // namespace novacron::raft
