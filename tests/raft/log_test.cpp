// SPDX-License-Identifier: MIT
#include "core/raft/log.hpp"

#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

using namespace novacron;
using namespace novacron::raft;

TEST_CASE("raft log: an empty log ends at index 0 of term 0, which every log contains") {
    const Log log;
    CHECK(log.last() == position_of(0, 0));
    CHECK(log.contains(position_of(0, 0)));
    CHECK(log.term(LogIndex{0}) == Term{0});
    CHECK_FALSE(log.contains(position_of(1, 1)));
}

TEST_CASE("raft log: it contains a position only with that position's term") {
    const Log log(log_of({1, 1, 4}));
    CHECK(log.contains(position_of(4, 3)));
    CHECK_FALSE(log.contains(position_of(3, 3)));
    CHECK_FALSE(log.contains(position_of(4, 4)));
}

TEST_CASE("raft log: a gap, a step back in terms and a wrong start are refused") {
    std::vector<Entry> gap = log_of({1, 1, 1});
    gap.erase(gap.begin() + 1);
    CHECK_THROWS_AS(Log(gap), BugError);
    std::vector<Entry> back = log_of({2, 1});
    CHECK_THROWS_AS(Log(back), BugError);

    Log log(log_of({1, 3}));
    CHECK_THROWS_AS(log.append({Term{3}, LogIndex{4}, EntryKind::command, Bytes()}), BugError);
    CHECK_THROWS_AS(log.append({Term{2}, LogIndex{3}, EntryKind::command, Bytes()}), BugError);
    CHECK_NOTHROW(log.append({Term{3}, LogIndex{3}, EntryKind::command, Bytes()}));
}

TEST_CASE("raft log: truncation removes the entry at the index and all after it") {
    Log log(log_of({1, 1, 2, 2}));
    log.truncate_from(LogIndex{3});
    CHECK(log.last() == position_of(1, 2));
    log.truncate_from(LogIndex{3});
    CHECK(log.last() == position_of(1, 2));
    CHECK_THROWS_AS(log.truncate_from(LogIndex{0}), BugError);
}

TEST_CASE("raft log: there is no entry at index 0 or after the end") {
    const Log log(log_of({1}));
    CHECK_THROWS_AS(log.entry(LogIndex{0}), BugError);
    CHECK_THROWS_AS(log.entry(LogIndex{2}), BugError);
}

// Paper, section 5.3: the leader may pass over all entries of a conflicting term at once.
TEST_CASE("raft log: the last place where two logs may agree skips whole terms") {
    const Log log(log_of({1, 1, 4, 4, 6}));
    CHECK(log.last_at_most(position_of(9, 9)) == position_of(6, 5));
    CHECK(log.last_at_most(position_of(5, 5)) == position_of(4, 4));
    CHECK(log.last_at_most(position_of(4, 3)) == position_of(4, 3));
    CHECK(log.last_at_most(position_of(3, 5)) == position_of(1, 2));
    CHECK(log.last_at_most(position_of(0, 5)) == position_of(0, 0));
}

TEST_CASE("raft log: one that begins after a snapshot knows that position, and nothing before") {
    const std::vector<Entry> entries = {{Term{3}, LogIndex{8}, EntryKind::command, {}},
                                        {Term{4}, LogIndex{9}, EntryKind::command, {}}};
    Log log(entries, position_of(2, 7));
    CHECK(log.begin() == position_of(2, 7));
    CHECK(log.last() == position_of(4, 9));
    CHECK(log.term(LogIndex{7}) == Term{2});
    CHECK(log.contains(position_of(2, 7)));
    CHECK_FALSE(log.contains(position_of(3, 7)));
    CHECK(log.last_at_most(position_of(1, 9)) == position_of(2, 7));
    CHECK_THROWS_AS(log.term(LogIndex{6}), BugError);
    CHECK_THROWS_AS(log.entry(LogIndex{7}), BugError);
    CHECK_THROWS_AS(log.truncate_from(LogIndex{7}), BugError);
    log.truncate_from(LogIndex{8});
    CHECK(log.last() == position_of(2, 7));
    CHECK_THROWS_AS(log.append(entries[1]), BugError);
    log.append(entries[0]);
    CHECK(log.last() == position_of(3, 8));
}

TEST_CASE("raft log: compacted, it begins where it was told and is otherwise as before") {
    Log log(log_of({1, 1, 2, 2, 3}));
    log.compact(LogIndex{3});
    CHECK(log.begin() == position_of(2, 3));
    CHECK(terms_of(log) == std::vector<std::uint64_t>{2, 3});
    log.compact(LogIndex{2});
    CHECK(log.begin() == position_of(2, 3));
    log.compact(LogIndex{5});
    CHECK(log.last() == position_of(3, 5));
    CHECK(terms_of(log).empty());
    log.append({Term{4}, LogIndex{6}, EntryKind::command, {}});
    CHECK(log.last() == position_of(4, 6));
    CHECK(log.entry(LogIndex{6}).term == Term{4});
}
