// SPDX-License-Identifier: MIT
#include "core/raft/persistence.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

HardState in_term(std::uint64_t term) { return {Term{term}, NodeId::none(), LogIndex{}}; }

}  // namespace

TEST_CASE("persistence: at the start nothing is durable") {
    Persistence durable;
    CHECK(durable.last() == LogIndex{0});
    CHECK(durable.hard_state() == HardState{});
    const WriteId first = durable.issue(in_term(3), LogIndex{7});
    CHECK(first == WriteId{1});
    CHECK_FALSE(durable.is_durable(first));
    CHECK(durable.last() == LogIndex{0});
    durable.complete(first);
    CHECK(durable.is_durable(first));
    CHECK(durable.last() == LogIndex{7});
    CHECK(durable.hard_state().term == Term{3});
}

TEST_CASE("persistence: one completion covers all writes up to it, and none after") {
    Persistence durable;
    durable.issue(in_term(1), LogIndex{1});
    const WriteId second = durable.issue(in_term(1), LogIndex{2});
    const WriteId third = durable.issue(in_term(2), LogIndex{3});
    durable.complete(second);
    CHECK(durable.last() == LogIndex{2});
    CHECK(durable.hard_state().term == Term{1});
    CHECK_FALSE(durable.is_durable(third));
    durable.complete(third);
    CHECK(durable.last() == LogIndex{3});
}

TEST_CASE("persistence: a write that was not issued can't complete, nor can one complete back") {
    Persistence durable;
    CHECK_THROWS_AS(durable.complete(WriteId{1}), BugError);
    durable.issue(in_term(1), LogIndex{1});
    durable.issue(in_term(1), LogIndex{2});
    durable.complete(WriteId{2});
    CHECK_THROWS_AS(durable.complete(WriteId{1}), BugError);
}

// Entries 1..5 are on their way to the disk when 3..5 are replaced: the old write's completion must
// not vouch for the new entries in the same places.
TEST_CASE("persistence: a late completion does not vouch for entries that replaced its own") {
    Persistence durable;
    const WriteId old = durable.issue(in_term(1), LogIndex{5});
    durable.truncate_from(LogIndex{3});
    const WriteId replacing = durable.issue(in_term(2), LogIndex{6});
    durable.complete(old);
    CHECK(durable.last() == LogIndex{2});
    durable.complete(replacing);
    CHECK(durable.last() == LogIndex{6});
}

TEST_CASE("persistence: the guard holds for a tail that is replaced twice") {
    Persistence durable;
    const WriteId first = durable.issue(in_term(1), LogIndex{5});
    durable.truncate_from(LogIndex{4});
    const WriteId second = durable.issue(in_term(2), LogIndex{5});
    durable.truncate_from(LogIndex{2});
    const WriteId third = durable.issue(in_term(3), LogIndex{5});
    durable.complete(first);
    CHECK(durable.last() == LogIndex{1});
    durable.complete(second);
    CHECK(durable.last() == LogIndex{1});
    durable.complete(third);
    CHECK(durable.last() == LogIndex{5});
}

TEST_CASE("persistence: what is cut off is no longer durable") {
    Persistence durable;
    durable.complete(durable.issue(in_term(1), LogIndex{5}));
    durable.truncate_from(LogIndex{3});
    CHECK(durable.last() == LogIndex{2});
}

TEST_CASE("persistence: the newest write may take more along until it completes") {
    Persistence durable;
    const WriteId write = durable.issue(in_term(2), LogIndex{0});
    durable.extend_newest(in_term(2), LogIndex{4});
    durable.complete(write);
    CHECK(durable.last() == LogIndex{4});
    CHECK_THROWS_AS(durable.extend_newest(in_term(2), LogIndex{5}), BugError);
}
