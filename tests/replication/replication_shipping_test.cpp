// SPDX-License-Identifier: MIT
#include <algorithm>
#include <variant>

#include "core/base/check.hpp"
#include "tests/catch.hpp"
#include "tests/replication/world.hpp"

namespace {

using namespace novacron;
using namespace novacron::replication;
using namespace novacron::replication::testing;

World two_sites(SiteOptions options = {}) {
    World world(2, options);
    REQUIRE(world.promote(0).answer == Promotion::Answer::promoted);
    world.settle();
    return world;
}

SiteOptions synchronous() {
    SiteOptions options;
    options.mode = SiteOptions::Mode::synchronous;
    return options;
}

TEST_CASE("replication: a record is acknowledged when durable, and reaches the standby") {
    World world = two_sites();
    CHECK(std::get<LogIndex>(world.write(0, 5)) == LogIndex{2});
    CHECK(world.site(0).acknowledged() == LogIndex{1});
    world.settle();
    CHECK(world.site(0).acknowledged() == LogIndex{2});
    REQUIRE(world.storage(1).records.size() == 2);
    CHECK(world.storage(1).records == world.storage(0).records);
    CHECK(world.storage(1).history == world.storage(0).history);
}

TEST_CASE("replication: nothing is shipped before it is durable at the primary") {
    World world = two_sites();
    world.write(0, 5);
    CHECK(world.flights.empty());
    world.persist_one(0);
    CHECK(world.flights.size() == 1);
}

TEST_CASE("replication: a standby takes no writes") {
    World world = two_sites();
    CHECK(std::get<WriteRefusal>(world.write(1, 5)) == WriteRefusal::not_primary);
}

TEST_CASE("replication: synchronous writes wait for the standby's storage") {
    World world = two_sites(synchronous());
    world.write(0, 5);
    world.persist_one(0);
    const Flight shipment = world.flights.front();
    world.flights.clear();
    world.deliver(shipment);
    CHECK(world.flights.empty());  // not durable there, so nothing is said
    CHECK(world.site(0).acknowledged() == LogIndex{1});
    world.settle();
    CHECK(world.site(0).acknowledged() == LogIndex{2});
}

TEST_CASE("replication: synchronous writes block while the standby is away, asynchronous don't") {
    World strict = two_sites(synchronous());
    World loose = two_sites();
    for (World* world : {&strict, &loose}) {
        world->disconnect(0, 1);
        world->write(0, 5);
        world->run_for(seconds(5));
    }
    CHECK(strict.site(0).acknowledged() == LogIndex{1});
    CHECK(loose.site(0).acknowledged() == LogIndex{2});
    strict.connect_all();
    strict.run_for(seconds(20));
    CHECK(strict.site(0).acknowledged() == LogIndex{2});
}

TEST_CASE("replication: one of two standbys is enough if one is required") {
    SiteOptions options = synchronous();
    World world(3, options);
    world.promote(0);
    world.settle();
    world.disconnect(0, 2);
    world.write(0, 5);
    world.settle();
    CHECK(world.site(0).acknowledged() == LogIndex{2});
    world.disconnect(0, 1);
    world.write(0, 6);
    world.settle();
    CHECK(world.site(0).acknowledged() == LogIndex{2});
}

TEST_CASE("replication: lag is told in entries, bytes and time") {
    World world = two_sites();
    world.run_for(seconds(1));
    world.disconnect(0, 1);
    world.write(0, 5, 100);
    world.run_for(seconds(2));
    world.write(0, 6, 50);
    world.run_for(seconds(1));
    const Lag lag = world.site(0).lag(world.now, SiteId{1});
    CHECK(lag.entries == 2);
    CHECK(lag.bytes == 150 + 2 * kRecordHead);
    CHECK(lag.time == seconds(3));
    world.connect_all();
    world.run_for(seconds(20));
    CHECK(world.site(0).lag(world.now, SiteId{1}).entries == 0);
    CHECK(world.site(0).lag(world.now, SiteId{1}).time == Duration{});
}

TEST_CASE("replication: what is under way stays within the smaller window") {
    SiteOptions options;
    options.sender.window_bytes = 1000;
    options.receive_bytes = 400;
    options.sender.shipment_bytes = 1;  // one record a message
    World world = two_sites(options);
    for (std::uint64_t i = 0; i < 20; ++i) world.write(0, i, 68);  // 100 bytes each
    while (world.can_persist(0)) world.persist_one(0);
    CHECK(world.flights.size() == 4);
    world.settle();
    CHECK(world.storage(1).records.size() == 21);
}

TEST_CASE("replication: a record larger than the window goes alone") {
    SiteOptions options;
    options.sender.window_bytes = 100;
    options.receive_bytes = 100;
    World world = two_sites(options);
    world.write(0, 1, 500);
    world.write(0, 2, 500);
    while (world.can_persist(0)) world.persist_one(0);
    REQUIRE(world.flights.size() == 1);
    CHECK(std::get<Shipment>(world.flights.front().message).records.size() == 1);
    world.settle();
    CHECK(world.storage(1).records.size() == 3);
}

TEST_CASE("replication: a lost shipment is noticed by the next, and the gap is filled") {
    SiteOptions options;
    options.sender.shipment_bytes = 1;
    World world = two_sites(options);
    for (std::uint64_t i = 0; i < 4; ++i) world.write(0, i);
    while (world.can_persist(0)) world.persist_one(0);
    REQUIRE(world.flights.size() == 4);
    world.flights.pop_front();  // lost
    const Instant before = world.now;
    world.settle();
    CHECK(world.now == before);  // no timeout was needed
    CHECK(world.storage(1).records == world.storage(0).records);
}

TEST_CASE("replication: a gap that several shipments show is filled once") {
    SiteOptions options;
    options.sender.shipment_bytes = 1;
    World world = two_sites(options);
    for (std::uint64_t i = 0; i < 6; ++i) world.write(0, i);
    while (world.can_persist(0)) world.persist_one(0);
    std::deque<Flight> shipments;
    shipments.swap(world.flights);
    for (std::size_t i = 1; i < shipments.size(); ++i) world.deliver(shipments[i]);
    std::deque<Flight> gaps;
    gaps.swap(world.flights);
    REQUIRE(gaps.size() == 5);
    for (const Flight& gap : gaps) world.deliver(gap);
    CHECK(world.flights.size() == 6);
    world.settle();
    CHECK(world.storage(1).records == world.storage(0).records);
}

TEST_CASE("replication: silence is answered by a greeting, not by copies") {
    World world = two_sites();
    world.write(0, 5, 100'000);
    while (world.can_persist(0)) world.persist_one(0);
    REQUIRE(world.flights.size() == 1);
    world.flights.clear();  // lost, and nothing follows
    world.now = world.site(0).next_deadline();
    world.on_time(0);
    REQUIRE(world.flights.size() == 1);
    CHECK(std::holds_alternative<Greeting>(world.flights.front().message));
    world.settle();
    CHECK(world.storage(1).records == world.storage(0).records);
}

TEST_CASE("replication: an idle pair of sites has no deadline") {
    World world = two_sites();
    world.write(0, 5);
    world.settle();
    CHECK(world.site(0).next_deadline() == Instant::never());
    CHECK(world.site(1).next_deadline() == Instant::never());
}

TEST_CASE("replication: a standby that restarts goes on from what is durable") {
    World world = two_sites();
    world.write(0, 5);
    world.persist_one(0);
    world.deliver(world.flights.front());
    world.flights.clear();
    world.crash(1);  // before its storage had it
    world.start(1);
    CHECK(world.storage(1).records.size() == 1);
    world.write(0, 6);
    world.settle();
    CHECK(world.storage(1).records == world.storage(0).records);
}

TEST_CASE("replication: a standby whose storage has lost what it reported is filled again") {
    World world = two_sites();
    for (std::uint64_t i = 0; i < 4; ++i) world.write(0, i);
    world.settle();
    CHECK(world.site(0).lag(world.now, SiteId{1}).entries == 0);
    const Flight greeting{SiteId{0}, SiteId{1},
                          Greeting{world.site(0).fence(), (std::uint64_t{1} << 32U) | 1,
                                   world.site(0).journal().durable_lineage(), LogIndex{0}}};
    world.crash(1);
    world.storage(1).records.resize(2);
    world.start(1);
    world.deliver(greeting);  // a late copy: the session goes on as if nothing had happened
    world.flights.clear();
    world.write(0, 9);
    world.settle();
    CHECK(world.storage(1).records == world.storage(0).records);
}

TEST_CASE("replication: a primary that restarts writes only once a standby has confirmed it") {
    World world = two_sites();
    world.crash(0);
    world.disconnect(0, 1);
    world.start(0);
    CHECK(world.site(0).role() == Role::primary);
    CHECK(std::get<WriteRefusal>(world.write(0, 5)) == WriteRefusal::read_only);
    world.run_for(seconds(2));
    CHECK(world.site(0).read_only() == ReadOnly::restarted);
    world.connect_all();
    world.run_for(seconds(20));
    CHECK(world.site(0).read_only() == ReadOnly::no);
    CHECK(std::get<LogIndex>(world.write(0, 5)) == LogIndex{2});
}

TEST_CASE("replication: what is forgotten can't be shipped, and a restored backup goes on") {
    World world = two_sites();
    world.crash(1);
    for (std::uint64_t i = 0; i < 5; ++i) world.write(0, i);
    world.settle();
    world.site(0).forget_through(world.now, LogIndex{4});
    world.start(1);
    world.run_for(seconds(30));
    CHECK(world.site(0).conversation(SiteId{1}) == Sender::State::needs_seed);
    CHECK(world.count(Event::Kind::needs_seed) == 1);

    world.crash(1);
    Durable seed;  // as restored from a backup of the first five records
    seed.marks = world.storage(1).marks;
    seed.history = world.site(0).journal().history();
    seed.before = LogIndex{5};
    world.storage(1) = seed;
    world.start(1);
    world.run_for(seconds(30));
    REQUIRE(world.storage(1).records.size() == 1);
    CHECK(world.storage(1).records.back() == world.storage(0).records.back());
    CHECK(world.site(0).lag(world.now, SiteId{1}).entries == 0);
}

TEST_CASE("replication: writes are refused while too much is unacknowledged or lags") {
    SiteOptions unacknowledged = synchronous();
    unacknowledged.unacknowledged_bytes_max = 3 * (kRecordHead + 8);
    SiteOptions lagging;
    lagging.lag_bytes_max = 3 * (kRecordHead + 8);
    for (const SiteOptions& options : {unacknowledged, lagging}) {
        World world = two_sites(options);
        world.disconnect(0, 1);
        int taken = 0;
        for (std::uint64_t i = 0; i < 10; ++i) {
            taken += std::holds_alternative<LogIndex>(world.write(0, i)) ? 1 : 0;
            world.settle();
        }
        CHECK(taken == 4);  // one more than the bound holds
        CHECK(std::get<WriteRefusal>(world.write(0, 1)) == WriteRefusal::overloaded);
        world.connect_all();
        world.run_for(seconds(20));
        CHECK(std::holds_alternative<LogIndex>(world.write(0, 1)));
    }
}

TEST_CASE("replication: an operator makes the primary read-only, and takes it back") {
    World world = two_sites();
    CHECK(world.site(0).set_read_only(world.now, ReadOnly::by_operator));
    CHECK(std::get<WriteRefusal>(world.write(0, 1)) == WriteRefusal::read_only);
    CHECK(world.site(0).set_read_only(world.now, ReadOnly::no));
    CHECK(std::holds_alternative<LogIndex>(world.write(0, 1)));
    CHECK_FALSE(world.site(1).set_read_only(world.now, ReadOnly::by_operator));
}

TEST_CASE("replication: batches are shipped on the grid") {
    SiteOptions options;
    options.shipping = {Shipping::batch, milliseconds(100), 1U << 20U};
    World world = two_sites(options);
    world.run_for(milliseconds(130));
    world.write(0, 1);
    world.run_for(milliseconds(69));
    CHECK(world.storage(1).records.size() == 1);
    world.run_for(milliseconds(1));
    CHECK(world.storage(1).records.size() == 2);
}

TEST_CASE("replication: options out of bounds are refused") {
    SiteOptions options = synchronous();
    options.standbys_required = 2;
    CHECK_THROWS_AS(World(2, options), BugError);
    options.standbys_required = 0;
    CHECK_THROWS_AS(World(2, options), BugError);
}

}  // namespace
