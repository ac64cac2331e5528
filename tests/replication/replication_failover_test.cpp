// SPDX-License-Identifier: MIT
#include <variant>

#include "tests/catch.hpp"
#include "tests/replication/world.hpp"

namespace {

using namespace novacron;
using namespace novacron::replication;
using namespace novacron::replication::testing;

SiteOptions synchronous() {
    SiteOptions options;
    options.mode = SiteOptions::Mode::synchronous;
    return options;
}
World two_sites(SiteOptions options = {}) {
    World world(2, options);
    world.promote(0);
    world.settle();
    return world;
}

TEST_CASE("failover: an asynchronous standby can't know what it lacks, and is not promoted") {
    World world = two_sites();
    world.write(0, 1);
    world.settle();
    world.crash(0);
    const Promotion refused = world.promote(1);
    CHECK(refused.answer == Promotion::Answer::uncertain);
    CHECK(world.site(1).role() == Role::standby);
    const Promotion forced = world.promote(1, Force::yes);
    CHECK(forced.answer == Promotion::Answer::promoted);
    CHECK_FALSE(forced.certain);
    CHECK(forced.missing == 0);
    CHECK(forced.kept.index == LogIndex{2});
    CHECK(world.site(1).role() == Role::primary);
}

TEST_CASE("failover: what the primary has named and the standby has not is told as missing") {
    SiteOptions options;
    options.sender.shipment_bytes = 1;
    World world = two_sites(options);
    world.run_for(seconds(3));
    for (std::uint64_t i = 0; i < 4; ++i) world.write(0, i);
    while (world.can_persist(0)) world.persist_one(0);
    world.deliver(world.flights.front());  // the first, which was sent when one was durable
    world.deliver(world.flights.back());   // the last, which tells of all four
    world.flights.clear();
    world.crash(0);
    while (world.can_persist(1)) world.persist_one(1);
    const Promotion refused = world.promote(1);
    CHECK(refused.answer == Promotion::Answer::behind);
    CHECK(refused.missing == 3);
    CHECK(refused.kept.index == LogIndex{2});
    CHECK(refused.heard == world.now);
    CHECK(world.promote(1, Force::yes).missing == 3);
}

TEST_CASE("failover: a synchronous standby that has caught up is promoted, and nothing is lost") {
    World world = two_sites(synchronous());
    world.write(0, 1);
    world.settle();
    const LogIndex acknowledged = world.site(0).acknowledged();
    world.write(0, 2);  // never acknowledged
    world.crash(0);
    const Promotion promotion = world.promote(1);
    CHECK(promotion.answer == Promotion::Answer::promoted);
    CHECK(promotion.certain);
    CHECK(promotion.kept.index >= acknowledged);
}

TEST_CASE("failover: a synchronous standby that has not caught up is refused") {
    World world(2, synchronous());
    world.disconnect(0, 1);
    world.promote(0);
    world.write(0, 1);
    world.settle();
    world.connect_all();
    world.run_for(milliseconds(400));  // not greeted yet
    world.site(1).fence_off(world.now, world.site(0).fence());  // but it knows of the epoch
    world.collect(1);
    CHECK(world.promote(1).answer == Promotion::Answer::uncertain);
    world.run_for(seconds(30));
    CHECK(world.promote(1).answer == Promotion::Answer::promoted);
}

TEST_CASE("failover: that a standby has caught up outlives its restart") {
    World world = two_sites(synchronous());
    world.write(0, 1);
    world.settle();
    world.crash(0);
    world.crash(1);
    world.start(1);
    CHECK(world.promote(1).answer == Promotion::Answer::promoted);
}

TEST_CASE("failover: fencing: storage that has seen an epoch takes nothing of an earlier one") {
    World world = two_sites();
    world.disconnect(0, 1);
    world.promote(1, Force::yes);
    world.settle();
    CHECK(world.site(0).role() == Role::primary);  // it can't know
    world.write(0, 66);
    world.settle();
    world.connect_all();
    world.cut.insert({1, 0});  // the old primary hears nothing, and is heard
    world.run_for(seconds(30));
    CHECK(world.count(Event::Kind::refused_stale_epoch) > 0);
    for (const Record& record : world.storage(1).records) CHECK(record.data != data_of(66));
    SECTION("also after a restart") {
        world.crash(1);
        world.start(1);
        const std::size_t before = world.count(Event::Kind::refused_stale_epoch);
        world.run_for(seconds(30));
        CHECK(world.count(Event::Kind::refused_stale_epoch) > before);
        CHECK(world.site(1).journal().last() == LogIndex{2});
    }
    SECTION("the refusal makes the old primary step down") {
        world.connect_all();
        world.run_for(seconds(30));
        CHECK(world.site(0).role() == Role::standby);
        CHECK(std::get<WriteRefusal>(world.write(0, 67)) == WriteRefusal::not_primary);
    }
}

TEST_CASE("failover: fencing from outside stops a primary that nobody else can reach") {
    World world = two_sites();
    world.disconnect(0, 1);
    const Promotion promotion = world.promote(1, Force::yes);
    world.site(0).fence_off(world.now, promotion.epoch);
    world.collect(0);
    CHECK(std::get<WriteRefusal>(world.write(0, 66)) == WriteRefusal::not_primary);
    world.settle();
    world.crash(0);
    world.start(0);
    CHECK(world.site(0).role() == Role::standby);
}

TEST_CASE("failover: without fencing or contact both sites acknowledge: divergent writes") {
    World world = two_sites();
    world.disconnect(0, 1);
    world.promote(1, Force::yes);
    world.write(0, 10);
    world.write(1, 20);
    world.settle();
    CHECK(world.site(0).acknowledged() == LogIndex{2});
    CHECK(world.site(1).acknowledged() == LogIndex{3});

    // With a synchronous standby the one that was cut off acknowledges nothing.
    World strict = two_sites(synchronous());
    strict.disconnect(0, 1);
    strict.promote(1, Force::yes);
    strict.write(0, 10);
    strict.settle();
    CHECK(strict.site(0).acknowledged() == LogIndex{1});
}

// The old primary has written alone, is replaced, and comes back.
struct Failback {
    World world = two_sites();
    Failback() {
        world.write(0, 1);
        world.settle();
        world.disconnect(0, 1);
        world.write(0, 100);
        world.write(0, 101);
        world.settle();
        world.promote(1, Force::yes);
        world.write(1, 2);
        world.settle();
        world.connect_all();
        world.run_for(seconds(40));
    }
};

TEST_CASE("failback: a divergence is found at the common point, and nothing is merged") {
    Failback failback;
    World& world = failback.world;
    CHECK(world.site(0).role() == Role::standby);
    REQUIRE(world.site(0).diverged());
    CHECK(world.site(0).diverged()->index == LogIndex{2});
    CHECK(world.site(1).conversation(SiteId{0}) == Sender::State::diverged);
    CHECK(world.storage(0).records.size() == 4);
    CHECK(world.storage(0).records.back().data == data_of(101));
    CHECK(world.storage(1).records.size() == 4);
    CHECK(world.storage(1).records.back().data == data_of(2));
    CHECK(world.count(Event::Kind::diverged) == 1);
    CHECK(world.promote(0).answer == Promotion::Answer::diverged);
}

TEST_CASE("failback: to reconcile names the common point, and hands out what is cut off") {
    Failback failback;
    World& world = failback.world;
    const Position common = *world.site(0).diverged();
    Position other = common;
    other.index = LogIndex{1};
    CHECK_FALSE(world.site(0).reconcile(world.now, other));
    CHECK_FALSE(world.site(1).reconcile(world.now, common));
    CHECK(world.site(0).diverged() == common);

    const auto discarded = world.site(0).reconcile(world.now, common);
    world.collect(0);
    REQUIRE(discarded);
    REQUIRE(discarded->size() == 2);
    CHECK(discarded->front().data == data_of(100));
    CHECK(discarded->back().data == data_of(101));
    world.run_for(seconds(40));
    CHECK(world.storage(0).records == world.storage(1).records);
    CHECK(world.storage(0).history == world.storage(1).history);
    CHECK_FALSE(world.site(0).reconcile(world.now, common));

    // And now back to where it was, losing nothing.
    CHECK(world.site(1).switch_over(world.now, SiteId{0}, world.now + seconds(5)) ==
          Switchover::started);
    world.collect(1);
    world.settle();
    CHECK(world.site(0).role() == Role::primary);
    CHECK(world.storage(0).records == world.storage(1).records);
}

TEST_CASE("failback: reconciling outlives a crash at any write") {
    for (const bool persists : {false, true}) {
        Failback failback;
        World& world = failback.world;
        const Position common = *world.site(0).diverged();
        REQUIRE(world.site(0).reconcile(world.now, common));
        world.collect(0);
        if (persists) world.persist_one(0);
        world.crash(0);
        world.start(0);
        world.run_for(seconds(40));
        CHECK(world.site(0).diverged().has_value() == !persists);
    }
}

TEST_CASE("failback: a primary whose storage has lost what it reported does not write over it") {
    World world = two_sites();
    for (std::uint64_t i = 0; i < 3; ++i) world.write(0, i);
    world.settle();
    world.crash(0);
    world.storage(0).records.pop_back();
    world.start(0);
    world.run_for(seconds(30));
    CHECK(world.site(0).conversation(SiteId{1}) == Sender::State::diverged);
    CHECK(std::get<WriteRefusal>(world.write(0, 7)) == WriteRefusal::read_only);
    CHECK(world.storage(1).records.size() == 4);
}

TEST_CASE("failback: a late greeting of the same primary is no divergence") {
    World world(2, SiteOptions{});
    world.promote(0);
    while (world.can_persist(0)) world.persist_one(0);
    const Flight greeting = world.flights.front();
    world.settle();
    world.write(0, 1);
    world.settle();
    world.deliver(greeting);
    CHECK_FALSE(world.site(1).diverged());
    world.settle();
    world.write(0, 2);
    world.settle();
    CHECK(world.storage(1).records == world.storage(0).records);
}

TEST_CASE("failover: two sites promoted at once: one epoch is higher, and wins the storages") {
    World world(3, SiteOptions{});
    world.promote(0);
    world.settle();
    world.crash(0);
    world.disconnect(1, 2);
    world.promote(1, Force::yes);
    world.promote(2, Force::yes);
    CHECK(world.site(1).fence() != world.site(2).fence());
    world.connect_all();
    world.run_for(seconds(30));
    CHECK(world.site(1).role() == Role::standby);
    CHECK(world.site(2).role() == Role::primary);
    CHECK(world.site(1).diverged());
}

}  // namespace
