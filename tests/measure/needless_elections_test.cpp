// SPDX-License-Identifier: MIT
#include "sim/measure/needless_elections.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::raft::Role;

// Five nodes that wait 300 ms at most, and a record to tell about them; times in milliseconds.
struct Tale {
    Record record;
    NeedlessElections elections{record, 5, milliseconds(300)};
    std::uint64_t term = 0;

    static Instant at(std::int64_t ms) { return Instant{} + milliseconds(ms); }
    void stands(std::int64_t ms, std::uint32_t node) {
        record.add(at(ms), RoleChanged{NodeId{node}, Role::candidate, Term{++term}, NodeId{node}});
    }
    void wins(std::int64_t ms, std::uint32_t node) {
        record.add(at(ms), RoleChanged{NodeId{node}, Role::leader, Term{term}, NodeId{node}});
    }
    void yields(std::int64_t ms, std::uint32_t node) {
        record.add(at(ms), RoleChanged{NodeId{node}, Role::follower, Term{term}, NodeId{}});
    }
    void drops(std::int64_t ms, std::uint32_t from, std::uint32_t to,
               DropCause cause = DropCause::partition) {
        record.add(at(ms), PacketDropped{HostId{from}, HostId{to}, PacketKind::append, cause});
    }
    // Node 0 leads from 20 ms on.
    Tale() {
        stands(10, 0);
        wins(20, 0);
    }
    std::uint64_t needless() const { return elections.won_since(Instant{}); }
};

}  // namespace

TEST_CASE("needless elections: the first election of a run is none") {
    CHECK(Tale().needless() == 0);
}

TEST_CASE("needless elections: a leader that was up and reachable was replaced") {
    Tale tale;
    tale.stands(1000, 1);
    tale.yields(1001, 0);
    tale.wins(1002, 1);
    CHECK(tale.needless() == 1);
    CHECK(tale.elections.won_since(Tale::at(1002)) == 1);
    CHECK(tale.elections.won_since(Tale::at(1003)) == 0);
}

TEST_CASE("needless elections: a leader that was removed had to be replaced") {
    Tale tale;
    const MemberSets rest{NodeSet::first(5) - NodeSet::first(1), {}, {}};
    tale.record.add(Tale::at(990), ConfigurationActivated{NodeId{0}, LogIndex{7}, rest});
    tale.yields(990, 0);
    tale.stands(1000, 1);
    tale.wins(1002, 1);
    CHECK(tale.needless() == 0);
}

TEST_CASE("needless elections: a leader that stopped had to be replaced, back or not") {
    Tale tale;
    tale.record.add(Tale::at(500), NodeStopped{NodeId{0}, StopCause::crash});
    tale.record.add(Tale::at(510), NodeStarted{NodeId{0}, Term{1}, NodeId{0}, LogIndex{0}});
    tale.stands(5000, 1);
    tale.wins(5010, 1);
    CHECK(tale.needless() == 0);
    // The next leader has done nothing of the kind.
    tale.stands(6000, 2);
    tale.wins(6010, 2);
    CHECK(tale.needless() == 1);
}

TEST_CASE("needless elections: another node's stop excuses nothing") {
    Tale tale;
    tale.record.add(Tale::at(500), NodeStopped{NodeId{3}, StopCause::power_loss});
    tale.stands(600, 1);
    tale.wins(610, 1);
    CHECK(tale.needless() == 1);
}

TEST_CASE("needless elections: a leader that dies after a candidate stood was challenged alive") {
    Tale tale;
    tale.stands(500, 1);
    tale.record.add(Tale::at(501), NodeStopped{NodeId{0}, StopCause::crash});
    tale.wins(510, 1);
    CHECK(tale.needless() == 1);
}

TEST_CASE("needless elections: a pause excuses while it lasts and one election timeout longer") {
    for (const auto& [stands, needless] : {std::pair{550, 0}, {1000, 0}, {1300, 0}, {1301, 1}}) {
        Tale tale;
        tale.record.add(Tale::at(500), NodePaused{NodeId{0}});
        if (stands >= 1000) tale.record.add(Tale::at(1000), NodeResumed{NodeId{0}});
        tale.stands(stands, 1);
        tale.wins(stands + 5, 1);
        INFO("stands at " << stands << " ms");
        CHECK(tale.needless() == static_cast<std::uint64_t>(needless));
    }
}

TEST_CASE("needless elections: a leader cut off from a majority in either direction is excused") {
    Tale tale;
    tale.drops(900, 0, 1);
    tale.drops(900, 2, 0);
    SECTION("three of five are left: it could have gone on") {
        tale.stands(1000, 1);
        tale.wins(1010, 1);
        CHECK(tale.needless() == 1);
    }
    SECTION("two of five are left") {
        tale.drops(901, 3, 0);
        tale.stands(1000, 1);
        tale.wins(1010, 1);
        CHECK(tale.needless() == 0);
    }
    SECTION("the cut is older than the longest wait") {
        tale.drops(901, 3, 0);
        tale.stands(1201, 1);
        tale.wins(1210, 1);
        CHECK(tale.needless() == 1);
    }
    SECTION("lost messages, and those of clients, are no cut") {
        tale.drops(901, 3, 0, DropCause::loss);
        tale.drops(901, 0, 4, DropCause::loss);
        tale.drops(902, 7, 0);
        tale.stands(1000, 1);
        tale.wins(1010, 1);
        CHECK(tale.needless() == 1);
    }
}

TEST_CASE("needless elections: what counts is the moment the leader stepped down") {
    Tale tale;
    SECTION("unfollowed, though up: the votes that come to nothing first change nothing") {
        tale.yields(1000, 0);
        tale.record.add(Tale::at(1100), NodeStopped{NodeId{0}, StopCause::crash});
        tale.stands(1200, 1);
        tale.stands(1300, 2);
        tale.wins(1310, 2);
        CHECK(tale.needless() == 1);
    }
    SECTION("after a pause: the time the votes then take changes nothing either") {
        tale.record.add(Tale::at(500), NodePaused{NodeId{0}});
        tale.stands(700, 1);
        tale.record.add(Tale::at(800), NodeResumed{NodeId{0}});
        tale.yields(801, 0);
        tale.stands(1800, 2);
        tale.wins(1810, 2);
        CHECK(tale.needless() == 0);
    }
}

TEST_CASE("needless elections: a leader may depose itself and win again") {
    Tale tale;
    tale.yields(1000, 0);
    tale.stands(1100, 0);
    tale.wins(1110, 0);
    CHECK(tale.needless() == 1);
}
