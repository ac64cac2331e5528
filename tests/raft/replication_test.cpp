// SPDX-License-Identifier: MIT
//
// Replication and commitment: sections of the Raft paper (extended version) and of Ongaro's thesis
// are named where a test shows what they ask for.
#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

using Terms = std::vector<std::uint64_t>;

Message accepted(std::uint32_t from, std::uint64_t term, LogPosition position) {
    Message reply = message_of(MessageType::append_reply, from, 0, term);
    reply.position = position;
    return reply;
}
bool is_append(const Message& message) { return message.type == MessageType::append; }

}  // namespace

// ---- followers

TEST_CASE("replication: a new leader begins with an entry of its own term (thesis 6.4)") {
    Group group({disk_of(2, {1, 2}), {}, {}});
    group.elect(0);
    CHECK(terms_of(group[0].log()) == Terms{1, 2, 3});
    CHECK(group[0].log().entry(LogIndex{3}).kind == EntryKind::noop);
    CHECK(terms_of(group[2].log()) == Terms{1, 2, 3});
}

TEST_CASE("replication: an append says what it follows (section 5.3)") {
    Group group(3);
    group.elect(0);
    group.propose(0, "x");
    REQUIRE(group.wire.size() == 2);
    for (const Message& append : group.wire) {
        CHECK(is_append(append));
        CHECK(append.position == position_of(1, 1));
        REQUIRE(append.entries.size() == 1);
        CHECK(append.entries[0].data == bytes_of("x"));
        CHECK(append.commit == LogIndex{1});
    }
}

TEST_CASE("replication: only a leader takes proposals") {
    Group group(3);
    CHECK_FALSE(group.propose(0, "x"));
    group.elect(0);
    CHECK_FALSE(group.propose(1, "x"));
    CHECK(group.propose(0, "x"));
}

TEST_CASE("replication: the consistency check (section 5.3)") {
    struct Row {
        LogPosition previous;
        bool reject;
        LogPosition hint;
    };
    // The follower holds entries of terms 1, 2, 2.
    const std::vector<Row> table = {
        {position_of(0, 0), false, {}},
        {position_of(1, 1), false, {}},
        {position_of(2, 2), false, {}},
        {position_of(2, 3), false, {}},
        {position_of(2, 4), true, position_of(2, 3)},  // its log is too short
        {position_of(3, 9), true, position_of(2, 3)},
        {position_of(1, 3), true, position_of(1, 1)},  // another term: skip it as a whole
        {position_of(3, 2), true, position_of(2, 2)}};
    for (const Row& row : table) {
        CAPTURE(row.previous.term.value, row.previous.index.value);
        Group group({disk_of(3, {1, 2, 2}), {}, {}});
        group.step(append_of(1, 0, 3, row.previous, {}));
        const Message reply = group.take_only();
        CHECK(reply.reject == row.reject);
        CHECK(reply.position == row.previous);
        if (row.reject) CHECK(reply.hint == row.hint);
        CHECK(terms_of(group[0].log()) == Terms{1, 2, 2});
    }
}

TEST_CASE("replication: what conflicts is replaced, what agrees stays (section 5.3, figure 2)") {
    struct Row {
        LogPosition previous;
        std::vector<Entry> entries;
        Terms log;
    };
    // The follower holds entries of terms 1, 2, 2.
    const std::vector<Row> table = {
        {position_of(2, 3), log_of({1, 2, 2, 3}), {1, 2, 2, 3}},  // it is longer now
        {position_of(1, 1), log_of({1, 3, 4}), {1, 3, 4}},        // all after the first conflicts
        {position_of(0, 0), log_of({1, 2, 3}), {1, 2, 3}},        // only the last conflicts
        {position_of(0, 0), log_of({1, 2}), {1, 2, 2}},           // an old message cuts nothing off
        {position_of(1, 1), log_of({1, 2}), {1, 2, 2}},
        {position_of(0, 0), log_of({4}), {4}},
        {position_of(0, 0), log_of({1, 2, 2}), {1, 2, 2}}};  // it had all of it
    for (const Row& row : table) {
        CAPTURE(row.previous.index.value, row.entries.size());
        Group group({disk_of(4, {1, 2, 2}), {}, {}});
        group.step(append_of(1, 0, 4, row.previous, row.entries));
        CHECK(terms_of(group[0].log()) == row.log);
        CHECK(terms_of(Log(group.hosts[0].disk.entries)) == row.log);
        const Message reply = group.take_only();
        CHECK_FALSE(reply.reject);
        CHECK(reply.position.index == LogIndex{row.entries.size()});
    }
}

TEST_CASE("replication: the same append twice leaves one copy and is acknowledged twice") {
    Group group(3);
    const Message append = append_of(1, 0, 1, {}, log_of({1, 1}));
    group.step(append);
    CHECK(group.take_only().position == position_of(1, 2));
    group.step(append);
    CHECK(group.take_only().position == position_of(1, 2));
    CHECK(terms_of(group[0].log()) == Terms{1, 1});
}

TEST_CASE("replication: an append that comes late cuts off nothing that came after it") {
    Group group(3);
    const std::vector<Entry> log = log_of({1, 1, 1});
    group.step(append_of(1, 0, 1, {}, log, 2));
    group.wire.clear();
    group.step(append_of(1, 0, 1, {}, {log[0]}));
    CHECK(terms_of(group[0].log()) == Terms{1, 1, 1});
    CHECK(group.take_only().position == position_of(1, 2));  // what is committed does match
}

TEST_CASE("replication: an acknowledgement claims no more than the append has shown to match") {
    Group group({disk_of(3, {1, 2, 2}), {}, {}});
    group.step(append_of(1, 0, 3, position_of(1, 1), {}));
    CHECK(group.take_only().position == position_of(1, 1));
}

TEST_CASE(
    "replication: a follower commits no further than the append has shown to match (figure 2)") {
    Group group({disk_of(3, {1, 2, 2}), {}, {}});
    group.step(append_of(1, 0, 3, position_of(1, 1), {}, 3));
    CHECK(group[0].commit() == LogIndex{1});
    group.step(append_of(1, 0, 3, position_of(1, 1), log_of({1, 3}), 9));
    CHECK(group[0].commit() == LogIndex{2});
}

TEST_CASE("replication: a committed entry is never replaced") {
    Group group({disk_of(4, {1, 2, 2}), {}, {}});
    group.step(append_of(1, 0, 4, position_of(2, 3), {}, 2));
    REQUIRE(group[0].commit() == LogIndex{2});
    // From before the commit index: not even looked at.
    group.step(append_of(1, 0, 4, position_of(1, 1), log_of({1, 4, 4})));
    CHECK(terms_of(group[0].log()) == Terms{1, 2, 2});
    // After it: fair.
    group.step(append_of(1, 0, 4, position_of(2, 2), log_of({1, 2, 4})));
    CHECK(terms_of(group[0].log()) == Terms{1, 2, 4});
}

TEST_CASE("replication: commit never goes back") {
    Group group(3);
    group.step(append_of(1, 0, 1, {}, log_of({1, 1}), 2));
    REQUIRE(group[0].commit() == LogIndex{2});
    group.step(append_of(1, 0, 1, position_of(1, 2), {}, 1));
    CHECK(group[0].commit() == LogIndex{2});
    Message heartbeat = message_of(MessageType::heartbeat, 1, 0, 1);
    group.step(heartbeat);
    CHECK(group[0].commit() == LogIndex{2});
}

TEST_CASE("replication: an acknowledgement leaves only when the entries are durable") {
    Group group(3);
    group.persist_at_once = false;
    group.persist(0);
    group.step(append_of(1, 0, 1, {}, log_of({1, 1})));
    CHECK(group.wire.empty());
    group.step(append_of(1, 0, 1, {}, log_of({1, 1})));  // again: no new write, the same wait
    CHECK(group.wire.empty());
    group.persist(0);
    CHECK(group.wire.size() == 2);
}

// ---- leaders

TEST_CASE("replication: Figure 7: a leader brings every shape of log in line with its own") {
    const Terms leader = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6};
    const std::vector<Terms> followers = {{1, 1, 1, 4, 4, 5, 5, 6, 6},
                                          {1, 1, 1, 4},
                                          {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
                                          {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
                                          {1, 1, 1, 4, 4, 4, 4},
                                          {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3}};
    for (std::size_t i = 0; i < followers.size(); ++i) {
        CAPTURE(i);
        Group group({disk_of(7, leader), disk_of(7, followers[i]), {}});
        group.isolated = {1};
        group.elect(0);
        group.wire.clear();
        group.isolated = {};
        group.heartbeat(0);
        CHECK(terms_of(group[1].log()) == Terms{1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8});
        CHECK(group[1].commit() == LogIndex{11});
    }
}

TEST_CASE("replication: a probe costs a message a term, not one an entry (section 5.3)") {
    Recovered longer = disk_of(3, {1});
    Recovered other = disk_of(3, {1});
    for (std::uint64_t i = 2; i <= 500; ++i) {
        longer.entries.push_back({Term{3}, LogIndex{i}, EntryKind::command, Bytes()});
        other.entries.push_back({Term{2}, LogIndex{i}, EntryKind::command, Bytes()});
    }
    Group group({longer, other, {}});
    group.isolated = {1};
    group.elect(0);
    group.wire.clear();
    group.isolated = {};
    group.time_out(0);
    std::size_t refusals = 0;
    for (int guard = 0; guard < 10'000 && !group.wire.empty(); ++guard) {
        const Message& next = group.wire.front();
        refusals += next.type == MessageType::append_reply && next.reject ? 1U : 0U;
        group.deliver_at(0);
    }
    CHECK(group[1].log().last() == group[0].log().last());
    CHECK(refusals <= 3);
}

TEST_CASE("replication: an entry commits when a majority holds it (section 5.3)") {
    struct Row {
        std::uint32_t size, acknowledgements;
        bool commits;
    };
    const std::vector<Row> table = {{1, 0, true},  {3, 0, false}, {3, 1, true},
                                    {4, 1, false}, {4, 2, true},  {5, 1, false},
                                    {5, 2, true},  {7, 2, false}, {7, 3, true}};
    for (const Row& row : table) {
        CAPTURE(row.size, row.acknowledgements);
        Group group(row.size);
        group.elect(0);
        const LogIndex before = group[0].commit();
        group.propose(0, "x");
        for (std::uint32_t from = 1; from <= row.acknowledgements; ++from) {
            group.step(accepted(from, 1, position_of(1, 2)));
        }
        CHECK(group[0].commit() == (row.commits ? LogIndex{2} : before));
    }
}

TEST_CASE("replication: the same acknowledgement twice is one") {
    Group group(5);
    group.elect(0);
    group.propose(0, "x");
    group.step(accepted(1, 1, position_of(1, 2)));
    group.step(accepted(1, 1, position_of(1, 2)));
    CHECK(group[0].commit() == LogIndex{1});
}

TEST_CASE(
    "replication: followers learn of a commit with the next append or heartbeat (section 5.3)") {
    Group group(3);
    group.elect(0);
    group.propose(0, "x");
    group.deliver_all();
    REQUIRE(group[0].commit() == LogIndex{2});
    CHECK(group[1].commit() == LogIndex{1});
    group.propose(0, "y");
    group.deliver_all();
    CHECK(group[1].commit() == LogIndex{2});
    group.heartbeat(0);
    CHECK(group[1].commit() == LogIndex{3});
}

TEST_CASE("replication: a heartbeat commits nothing that the follower was not seen to hold") {
    Group group(3);
    group.elect(0);
    group.isolated = {2};
    group.propose(0, "x");
    group.deliver_all();
    REQUIRE(group[0].commit() == LogIndex{2});
    group.time_out(0);
    for (const Message& message : group.wire) {
        CHECK(message.commit == LogIndex{message.to == NodeId{2} ? 1U : 2U});
    }
}

// Entries of earlier terms on a majority are not committed by counting: another leader may yet
// replace them. They commit along with the first of the leader's own.
TEST_CASE(
    "replication: Figure 8: only an entry of the leader's own term commits by counting (5.4.2)") {
    Group group({disk_of(3, {1, 2}), disk_of(3, {1, 2}), disk_of(3, {1}), disk_of(3, {1}),
                 disk_of(3, {1, 3})});
    group.isolated = {4};
    group.campaign(0);
    group.deliver([](const Message& m) { return m.type == MessageType::pre_vote; });
    group.deliver([](const Message& m) { return m.type == MessageType::pre_vote_reply; });
    group.deliver([](const Message& m) { return m.type == MessageType::vote; });
    group.deliver([](const Message& m) { return m.type == MessageType::vote_reply; });
    REQUIRE(group[0].role() == Role::leader);
    REQUIRE(group[0].term() == Term{4});
    group.wire.clear();
    // Servers 1, 2 and 3 hold entry 2 of term 2, but not yet the new leader's entry 3.
    for (std::uint32_t from = 1; from <= 3; ++from) {
        group.step(accepted(from, 4, position_of(2, 2)));
    }
    CHECK(group[0].commit() == LogIndex{0});
    group.step(accepted(1, 4, position_of(4, 3)));
    CHECK(group[0].commit() == LogIndex{0});
    group.step(accepted(2, 4, position_of(4, 3)));
    CHECK(group[0].commit() == LogIndex{3});
}

TEST_CASE(
    "replication: a leader counts itself only when its own disk has the entry (thesis 10.2.1)") {
    Group group(3);
    group.elect(0);
    group.persist_at_once = false;
    group.propose(0, "x");
    CHECK(std::count_if(group.wire.begin(), group.wire.end(), is_append) == 2);  // at once
    group.step(accepted(1, 1, position_of(1, 2)));
    CHECK(group[0].commit() == LogIndex{1});
    group.persist(0);
    CHECK(group[0].commit() == LogIndex{2});
}

TEST_CASE("replication: a majority of others commits without the leader's disk (thesis 10.2.1)") {
    Group group(3);
    group.elect(0);
    group.persist_at_once = false;
    group.propose(0, "x");
    group.step(accepted(1, 1, position_of(1, 2)));
    group.step(accepted(2, 1, position_of(1, 2)));
    CHECK(group[0].commit() == LogIndex{2});
}

TEST_CASE("replication: appends go ahead up to the window, and no message exceeds its size") {
    Options options;
    options.max_inflight_messages = 4;
    options.max_append_entries = 2;
    Group group(3, options);
    group.elect(0);
    for (int i = 0; i < 10; ++i) group.propose(0, "x");
    CHECK(std::count_if(group.wire.begin(), group.wire.end(),
                        [](const Message& m) { return m.to == NodeId{1}; }) == 4);
    std::size_t most = 0;
    for (int guard = 0; guard < 10'000 && !group.wire.empty(); ++guard) {
        most = std::max(most, group.wire.front().entries.size());
        group.deliver_at(0);
    }
    CHECK(most == 2);
    CHECK(group[0].commit() == LogIndex{11});
    CHECK(group[1].log().last_index() == LogIndex{11});
}

TEST_CASE("replication: a lost append is found by the heartbeats and sent again") {
    Group group(3);
    group.elect(0);
    group.propose(0, "x");
    group.wire.clear();
    CHECK(group[1].log().last_index() == LogIndex{1});
    group.heartbeat(0);
    group.heartbeat(0);
    CHECK(group[1].log().last_index() == LogIndex{2});
    CHECK(group[0].commit() == LogIndex{2});
}

TEST_CASE("replication: a whole window that is lost does not stop replication") {
    Options options;
    options.max_inflight_messages = 3;
    Group group(3, options);
    group.elect(0);
    for (int i = 0; i < 9; ++i) group.propose(0, "x");
    group.wire.clear();
    for (int i = 0; i < 3; ++i) group.heartbeat(0);
    CHECK(group[1].log().last_index() == LogIndex{10});
    CHECK(group[0].commit() == LogIndex{10});
}

TEST_CASE("replication: a lost probe is sent again after a heartbeat") {
    Group group({disk_of(1, {1}), disk_of(1, {1}), disk_of(1, {1})});
    group.isolated = {1};
    group.elect(0);  // its first append, a probe, never reaches server 1
    group.isolated = {};
    CHECK(group[1].log().last_index() == LogIndex{1});
    group.heartbeat(0);
    CHECK(group[1].log().last_index() == LogIndex{2});
}

TEST_CASE("replication: appends that overtake each other all arrive") {
    Group group(3);
    group.elect(0);
    for (int i = 0; i < 5; ++i) group.propose(0, "x");
    std::reverse(group.wire.begin(), group.wire.end());
    group.deliver_all();
    for (int i = 0; i < 3; ++i) group.heartbeat(0);
    CHECK(group[1].log().last_index() == LogIndex{6});
    CHECK(group[2].commit() == LogIndex{6});
}

TEST_CASE("replication: acknowledgements to a deposed leader commit nothing") {
    Group group(3);
    group.elect(0);
    group.propose(0, "x");
    group.wire.clear();
    group.step(message_of(MessageType::heartbeat, 1, 0, 2));
    group.wire.clear();
    group.step(accepted(1, 1, position_of(1, 2)));
    group.step(accepted(2, 1, position_of(1, 2)));
    CHECK(group[0].commit() == LogIndex{1});
}

TEST_CASE("replication: what commits, by who holds how much and whose term it is (figure 8)") {
    struct Row {
        Terms log;                         // of the leader of term 3, before its first entry
        std::vector<std::uint64_t> match;  // what the others hold
        std::uint64_t commit;
    };
    const std::vector<Row> rows = {
        {{}, {}, 1},
        {{}, {0}, 0},
        {{}, {1}, 1},
        {{1, 2}, {2}, 0},
        {{1, 2}, {3}, 3},
        {{1, 2}, {3, 0}, 3},
        {{1, 2}, {2, 2}, 0},
        {{1, 2}, {2, 2, 2}, 0},
        {{1, 2}, {3, 2, 2}, 0},
        {{1, 2}, {3, 3, 2}, 3},
        {{1, 2}, {2, 2, 2, 2}, 0},
        {{1, 2}, {3, 0, 3, 0}, 3},
        {{1, 2}, {3, 2, 2, 0}, 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.log, row.match);
        Options options;
        options.pre_vote = false;
        std::vector<Recovered> disks(row.match.size() + 1);
        disks[0] = disk_of(2, row.log);
        Group group(std::move(disks), options);
        group.campaign(0);
        for (std::uint32_t from = 1; from <= row.match.size(); ++from) {
            group.step(message_of(MessageType::vote_reply, from, 0, 3));
        }
        REQUIRE(group[0].role() == Role::leader);
        for (std::uint32_t from = 1; from <= row.match.size(); ++from) {
            const LogIndex match{row.match[from - 1]};
            group.step(accepted(from, 3, {group[0].log().term(match), match}));
        }
        CHECK(group[0].commit() == LogIndex{row.commit});
    }
}

// Server 0 leads term 1 and writes an entry that nobody else gets; 1 leads term 2 and replaces it;
// 0 leads term 3. The write of term 1 completes only then.
TEST_CASE("replication: a write of an earlier leadership counts for no entry of a later one") {
    Options options;
    options.pre_vote = false;
    Group group(3, options);
    group.elect(0);
    group.heartbeat(0);
    group.slow_disks = {0};
    group.propose(0, "lost");
    group.wire.clear();
    group.elect(1);
    REQUIRE(terms_of(group[0].log()) == Terms{1, 2});
    REQUIRE(group.hosts[0].pending.size() > 1);
    group.wire.clear();
    group.campaign(0);
    REQUIRE(group[0].term() == Term{3});
    group.persist(0, 1);  // the lost entry's write
    CHECK(group[0].durable().last() == LogIndex{1});
    CHECK(group[0].role() == Role::candidate);
    group.persist(0);
    CHECK(group[0].durable().last() == LogIndex{2});
    group.deliver_all();
    CHECK(group[0].role() == Role::leader);
    group.propose(0, "kept");
    CHECK(group[0].durable().last() == LogIndex{2});
}

// Two logs that agree up to some place and then hold entries of whatever terms.
TEST_CASE("replication: it takes no more probes than there are terms, whatever the logs") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Random random = Random(seed).fork("logs");
        Terms common(random.below(4), 1);
        const auto tail = [&](std::uint64_t parity) {
            Terms terms = common;
            std::uint64_t term = 2 + parity;
            for (std::uint64_t left = random.below(12); left > 0; --left) {
                terms.push_back(term);
                if (random.below(3) == 0) term += 2;
            }
            return terms;
        };
        const Terms leader = tail(0);
        const Terms follower = tail(1);
        Options options;
        options.pre_vote = false;
        Group group({disk_of(40, leader), disk_of(40, follower), disk_of(40, {})}, options);
        group.isolated = {1};
        group.elect(0);
        group.isolated.clear();
        std::uint64_t refusals = 0;
        for (int i = 0; i < 3; ++i) {
            group.time_out(0);
            while (!group.wire.empty()) {
                const Message& message = group.wire.front();
                refusals += message.type == MessageType::append_reply && message.reject ? 1U : 0U;
                group.deliver_at(0);
            }
        }
        REQUIRE(terms_of(group[1].log()) == terms_of(group[0].log()));
        const std::set<std::uint64_t> terms(leader.begin(), leader.end());
        const std::set<std::uint64_t> others(follower.begin(), follower.end());
        REQUIRE(refusals <= 1 + std::min(terms.size(), others.size()));
    }
}
