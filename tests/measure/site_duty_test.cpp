// SPDX-License-Identifier: MIT
//
// Sites that do their part or don't, told by hand: 0 is the primary, nodes 0 and 1 its group; 1 the
// standby, with nodes 2 and 3.
#include "sim/measure/site_duty.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;
using novacron::raft::Role;

constexpr SiteId kOld{0};
constexpr SiteId kNew{1};
constexpr NodeId kOfOld{0};
constexpr NodeId kOfNew{2};

Instant at_s(std::int64_t n) { return Instant{} + seconds(n); }

struct Story {
    Record record;
    SiteDuty duty{record, {kOld, kOld, kNew, kNew}, seconds(1)};

    Story() {
        leads(1, kOfOld);
        leads(1, kOfNew);
        speaks(2, kOld, SiteRole::primary, 1);
        speaks(2, kNew, SiteRole::standby, 0);
    }
    void leads(std::int64_t second, NodeId node) {
        record.add(at_s(second), RoleChanged{node, Role::leader, Term{1}, node});
    }
    void speaks(std::int64_t second, SiteId site, SiteRole role, std::uint64_t epoch) {
        record.add(at_s(second), SiteRoleChanged{site, role, epoch, LogIndex{5}});
    }
    void stops(std::int64_t second, NodeId node) {
        record.add(at_s(second), NodeStopped{node, StopCause::power_loss});
    }
    void lags(std::int64_t second, std::int64_t since) {
        record.add(at_s(second), SiteLagged{kNew, 9, 9 * 64, at_s(since)});
    }
    Recovery of(SiteId site) const { return duty.find({site, at_s(10), at_s(60), seconds(20)}); }
};

TEST_CASE("site duty: a site that never fell short has an RTO of 0") {
    const Story story;
    for (const SiteId site : {kOld, kNew}) {
        const Recovery recovery = story.of(site);
        CHECK(recovery.rto == Duration{});
        CHECK(recovery.first_success == Duration{});
        CHECK(recovery.outages.empty());
    }
}

TEST_CASE("site duty: a site is back when its leader speaks for it, and holds") {
    Story story;
    story.stops(12, kOfOld);
    story.leads(15, NodeId{1});
    story.speaks(17, kOld, SiteRole::primary, 1);
    story.stops(25, NodeId{1});
    story.leads(26, kOfOld);
    story.speaks(27, kOld, SiteRole::primary, 1);
    const Recovery recovery = story.of(kOld);
    CHECK(recovery.rto == seconds(17));
    CHECK(recovery.first_success == Duration{});
    CHECK(recovery.unavailable == seconds(7));
    CHECK(recovery.flaps == 1);
    CHECK(story.of(kNew).rto == Duration{});
}

TEST_CASE("site duty: what the run is too short to see is censored") {
    Story story;
    story.stops(12, kOfOld);
    story.leads(30, kOfOld);
    story.speaks(41, kOld, SiteRole::primary, 1);
    Recovery recovery = story.of(kOld);
    CHECK_FALSE(recovery.rto);
    CHECK(recovery.unavailable == seconds(29));
    story.stops(50, kOfNew);
    recovery = story.of(kNew);
    CHECK(recovery.rto == Duration{});
    CHECK(recovery.unavailable == seconds(10));
}

TEST_CASE("site duty: a primary has to take writes, in the latest epoch") {
    Story story;
    story.record.add(at_s(11), SiteReadOnly{kOld, WriteStop::by_operator});
    story.record.add(at_s(14), SiteReadOnly{kOld, WriteStop::none});
    CHECK(story.of(kOld).rto == seconds(4));
    story.speaks(16, kNew, SiteRole::primary, 2);
    CHECK(story.of(kOld).unavailable == seconds(3 + 44));
    CHECK(story.of(kNew).rto == Duration{});
    story.speaks(20, kOld, SiteRole::standby, 2);
    CHECK(story.of(kOld).rto == seconds(10));
}

TEST_CASE("site duty: a standby has to keep up, as far as shipping allows") {
    Story story;
    story.lags(12, 10);
    CHECK(story.of(kNew).rto == Duration{});
    story.lags(13, 10);
    story.record.add(at_s(19), SiteLagged{kNew, 0, 0, at_s(19)});
    CHECK(story.of(kNew).rto == seconds(9));
}

TEST_CASE("site duty: a site that has diverged is of no use until it is made anew or promoted") {
    Story story;
    story.record.add(at_s(12), SiteDiverged{kNew, LogIndex{3}, 7});
    CHECK_FALSE(story.of(kNew).rto);
    SECTION("made anew") {
        story.record.add(at_s(15), SiteReseeded{kNew, kOld, LogIndex{3}, 7, 1, LogIndex{9}, 1});
        CHECK(story.of(kNew).rto == seconds(5));
    }
    SECTION("promoted") {
        story.speaks(16, kNew, SiteRole::primary, 2);
        CHECK(story.of(kNew).rto == seconds(6));
    }
}

}  // namespace
