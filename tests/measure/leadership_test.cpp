// SPDX-License-Identifier: MIT
#include <cstdint>
#include <vector>

#include "sim/measure/recovery.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::raft::Role;
using Kind = Leadership::Milestone::Kind;

std::vector<Kind> kinds(const Leadership& leadership) {
    std::vector<Kind> all;
    for (const Leadership::Milestone& milestone : leadership.milestones()) {
        all.push_back(milestone.kind);
    }
    return all;
}

}  // namespace

TEST_CASE("leadership: a campaign, an election and the first commitment are milestones") {
    Record record;
    Leadership leadership(record);
    record.add(Instant{1}, RoleChanged{NodeId{2}, Role::pre_candidate, Term{1}, NodeId{}});
    record.add(Instant{2}, RoleChanged{NodeId{2}, Role::candidate, Term{2}, NodeId{2}});
    record.add(Instant{3}, RoleChanged{NodeId{2}, Role::leader, Term{2}, NodeId{2}});
    record.add(Instant{4}, CommitAdvanced{NodeId{1}, LogIndex{1}});
    record.add(Instant{5}, CommitAdvanced{NodeId{2}, LogIndex{2}});
    record.add(Instant{6}, CommitAdvanced{NodeId{2}, LogIndex{3}});
    REQUIRE(kinds(leadership) ==
            std::vector{Kind::campaign, Kind::campaign, Kind::elected, Kind::first_commit});
    REQUIRE(leadership.milestones()[3].at == Instant{5});
    REQUIRE(leadership.milestones()[3].node == NodeId{2});
}

TEST_CASE("leadership: what a deposed leader commits as a follower is no first commitment") {
    Record record;
    Leadership leadership(record);
    record.add(Instant{1}, RoleChanged{NodeId{2}, Role::leader, Term{2}, NodeId{2}});
    record.add(Instant{2}, RoleChanged{NodeId{2}, Role::follower, Term{3}, NodeId{0}});
    record.add(Instant{3}, CommitAdvanced{NodeId{2}, LogIndex{2}});
    REQUIRE(kinds(leadership) == std::vector{Kind::elected});
}

TEST_CASE("leadership: elections are counted from an instant on") {
    Record record;
    Leadership leadership(record);
    for (std::int64_t i = 1; i <= 4; ++i) {
        record.add(Instant{10 * i}, RoleChanged{NodeId{0}, Role::leader,
                                                Term{static_cast<std::uint64_t>(i)}, NodeId{0}});
    }
    REQUIRE(leadership.elected_since(Instant{0}) == 4);
    REQUIRE(leadership.elected_since(Instant{30}) == 2);
    REQUIRE(leadership.elected_since(Instant{41}) == 0);
}
