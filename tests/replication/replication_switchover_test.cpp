// SPDX-License-Identifier: MIT
#include <variant>

#include "tests/catch.hpp"
#include "tests/replication/world.hpp"

namespace {

using namespace novacron;
using namespace novacron::replication;
using namespace novacron::replication::testing;

World two_sites(SiteOptions options = {}) {
    World world(2, options);
    world.promote(0);
    world.settle();
    return world;
}

TEST_CASE("switchover: it hands over every record, and the old primary becomes a standby") {
    SiteOptions options;
    options.shipping = {Shipping::segment, seconds(60), 1U << 20U};  // the drain does not wait
    World world = two_sites(options);
    for (std::uint64_t i = 0; i < 9; ++i) world.write(0, i);
    CHECK(world.site(0).switch_over(world.now, SiteId{1}, world.now + seconds(10)) ==
          Switchover::started);
    world.collect(0);
    CHECK(std::get<WriteRefusal>(world.write(0, 99)) == WriteRefusal::read_only);
    world.settle();
    CHECK(world.site(0).role() == Role::standby);
    CHECK(world.site(1).role() == Role::primary);
    CHECK(world.site(1).journal().last() == LogIndex{11});  // 1 + 9, and the new epoch's first
    CHECK_FALSE(world.site(0).diverged());
    world.write(1, 100);
    world.run_for(seconds(61));
    CHECK(world.storage(0).records == world.storage(1).records);
}

TEST_CASE("switchover: one that does not drain in time is called off, and writes go on") {
    World world = two_sites();
    world.disconnect(0, 1);
    world.write(0, 1);
    CHECK(world.site(0).switch_over(world.now, SiteId{1}, world.now + seconds(10)) ==
          Switchover::started);
    world.collect(0);
    world.run_for(seconds(9));
    CHECK(world.site(0).read_only() == ReadOnly::switching);
    CHECK_FALSE(world.site(0).set_read_only(world.now, ReadOnly::no));
    world.run_for(seconds(2));
    CHECK(world.site(0).read_only() == ReadOnly::no);
    CHECK(world.count(Event::Kind::switchover_abandoned) == 1);
    CHECK(std::holds_alternative<LogIndex>(world.write(0, 2)));
    world.connect_all();
    world.run_for(seconds(20));
    CHECK(world.site(1).role() == Role::standby);
}

TEST_CASE("switchover: a lost handover is said again") {
    World world = two_sites();
    world.site(0).switch_over(world.now, SiteId{1}, world.now + seconds(10));
    world.collect(0);
    CHECK(world.flights.empty());  // not before it is durable that the epoch is given away
    world.persist_one(0);
    REQUIRE(world.flights.size() == 1);
    CHECK(std::holds_alternative<Handover>(world.flights.front().message));
    world.flights.clear();
    world.run_for(seconds(1));
    CHECK(world.site(1).role() == Role::primary);
    CHECK(world.site(0).role() == Role::standby);
}

TEST_CASE("switchover: a handover that comes twice promotes once") {
    World world = two_sites();
    world.site(0).switch_over(world.now, SiteId{1}, world.now + seconds(10));
    world.collect(0);
    world.persist_one(0);
    const Flight handover = world.flights.front();
    world.settle();
    const Epoch epoch = world.site(1).fence();
    world.deliver(handover);
    world.settle();
    CHECK(world.site(1).fence() == epoch);
    CHECK(world.count(Event::Kind::promoted) == 2);  // the first primary's, and this
}

TEST_CASE("switchover: once the epoch is given away there is no way back, nor by a restart") {
    World world = two_sites();
    world.site(0).switch_over(world.now, SiteId{1}, world.now + seconds(1));
    world.collect(0);
    world.persist_one(0);
    world.flights.clear();
    world.disconnect(0, 1);
    world.run_for(seconds(5));
    CHECK(world.site(0).read_only() == ReadOnly::handed_over);
    world.crash(0);
    world.start(0);
    CHECK(world.site(0).read_only() == ReadOnly::handed_over);
    CHECK_FALSE(world.site(0).set_read_only(world.now, ReadOnly::no));
    CHECK(std::get<WriteRefusal>(world.write(0, 1)) == WriteRefusal::read_only);
    CHECK(world.promote(0).answer == Promotion::Answer::already_primary);
    SECTION("the target hears of it in the end") {
        world.connect_all();
        world.run_for(seconds(30));
        CHECK(world.site(1).role() == Role::primary);
        CHECK(world.site(0).role() == Role::standby);
    }
    SECTION("an operator who knows better takes it by force, in a new epoch") {
        const Epoch before = world.site(0).fence();
        const Promotion promotion = world.promote(0, Force::yes);
        CHECK(promotion.answer == Promotion::Answer::promoted);
        CHECK_FALSE(promotion.certain);
        CHECK(world.site(0).fence() > before);
        CHECK(std::holds_alternative<LogIndex>(world.write(0, 1)));
    }
}

TEST_CASE("switchover: it is refused with the reason") {
    World world = two_sites();
    const Instant later = world.now + seconds(1);
    CHECK(world.site(1).switch_over(world.now, SiteId{0}, later) == Switchover::not_primary);
    CHECK(world.site(0).switch_over(world.now, SiteId{7}, later) == Switchover::unknown_target);
    world.disconnect(0, 1);
    world.write(0, 1);
    world.run_for(seconds(2));
    CHECK(world.site(0).switch_over(world.now, SiteId{1}, later) ==
          Switchover::target_unreachable);
    world.connect_all();
    world.run_for(seconds(20));
    world.write(0, 2);
    CHECK(world.site(0).switch_over(world.now, SiteId{1}, world.now + seconds(1)) ==
          Switchover::started);
    CHECK(world.site(0).switch_over(world.now, SiteId{1}, world.now + seconds(1)) ==
          Switchover::read_only);
}

}  // namespace
