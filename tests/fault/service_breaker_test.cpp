// SPDX-License-Identifier: MIT
//
// What faults do to services, and what faults of hosts, links and load do to them.
#include "tests/catch.hpp"
#include "tests/fault/struck.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using novacron::milliseconds;
using novacron::seconds;

// `web` on nodes 0 and 1 asks `store` on nodes 2, 3 and 4; people and a batch ask `web` and
// `store`. Everything but the store's time is constant.
ServiceGraph shop() {
    ServiceSpec web;
    web.id = "web";
    web.on = {NodeId{0}, NodeId{1}};
    web.service_time = Constant{milliseconds(2)};
    web.calls.resize(1);
    web.calls[0].to = 1;
    web.calls[0].cache = CacheSpec{0.5, 50};
    ServiceSpec store;
    store.id = "store";
    store.on = {NodeId{2}, NodeId{3}, NodeId{4}};
    store.concurrency = 4;
    store.start_time = milliseconds(500);
    store.service_time = Constant{milliseconds(5)};
    ServiceGraph graph{{web, store}, {}, 4};
    graph.clients.resize(2);
    graph.clients[0].id = "people";
    graph.clients[1].id = "batch";
    graph.clients[1].to = 1;
    return graph;
}

Selector service(std::uint32_t number) {
    Selector one;
    one.services = {number};
    return one;
}

constexpr std::uint32_t kWeb = 0;
constexpr std::uint32_t kStore = 1;

struct Counts {
    std::size_t ok = 0;
    std::size_t other = 0;
};
// Requests of a population that were issued in this time and have ended.
Counts ended(const Struck& struck, std::uint32_t population, Instant from, Instant until) {
    Counts counts;
    for (const auto& [at, fact] : struck.small.all<RequestEnded>()) {
        if (fact.population.value != population || fact.issued < from || fact.issued >= until) {
            continue;
        }
        ++(fact.outcome == CallOutcome::ok ? counts.ok : counts.other);
    }
    return counts;
}

// Struck from second 3 to second 6, and looked at until second 20.
struct Tale {
    explicit Tale(const FaultKind& kind, const Selector& target)
        : struck({planned(kind, target)}, 1, shop()) {
        struck.run_until_s(20);
    }
    Counts people(std::int64_t from, std::int64_t until) const {
        return ended(struck, 0, at_s(from), at_s(until));
    }
    Counts batch(std::int64_t from, std::int64_t until) const {
        return ended(struck, 1, at_s(from), at_s(until));
    }
    // Its only effect.
    FaultEffect effect() const {
        const auto effects = struck.effects();
        REQUIRE(effects.size() == 1);
        return effects[0];
    }

    Struck struck;
};

// web has breakers that stay open for half a minute; the store fails from second 3 to 6, and they
// are reset at that second.
struct ResetTale {
    ResetTale(std::int64_t second, const BreakerReset& reset)
        : struck(faults(second, reset), 1, guarded()) {
        struck.run_until_s(20);
    }
    static ServiceGraph guarded() {
        ServiceGraph graph = shop();
        graph.services[kWeb].calls[0].cache.reset();
        graph.services[kWeb].calls[0].policy.breaker.emplace();
        return graph;
    }
    static std::vector<PlannedFault> faults(std::int64_t second, const BreakerReset& reset) {
        PlannedFault order = planned(reset, service(kStore), 2);
        order.start = at_s(second);
        order.end = at_s(second) + Duration{1};
        return {planned(DependencyErrors{1.0}, service(kStore)), order};
    }

    Struck struck;
};

void check_well(const Tale& tale, std::int64_t from, std::int64_t until) {
    CHECK(tale.people(from, until).ok > 80U * static_cast<std::size_t>(until - from));
    CHECK(tale.people(from, until).other == 0);
    CHECK(tale.batch(from, until).other == 0);
}

}  // namespace

TEST_CASE("service faults: errors of a dependency fail its callers, for as long as they last") {
    const Tale tale(DependencyErrors{1.0}, service(kStore));
    check_well(tale, 0, 2);
    CHECK(tale.batch(3, 6).ok == 0);
    CHECK(tale.people(3, 6).other > 100);
    CHECK(tale.people(3, 6).ok > 100);  // what the cache knows
    check_well(tale, 7, 18);
    CHECK(tale.effect() == FaultEffect::call_failed);
}

TEST_CASE("service faults: of one caller alone, the others are spared") {
    CallerSpec web;
    web.service = kWeb;
    const Tale by_web(DependencyErrors{1.0, web}, service(kStore));
    CHECK(by_web.batch(0, 18).other == 0);
    CHECK(by_web.people(3, 6).other > 100);
    CallerSpec batch;
    batch.clients = 1;
    const Tale by_batch(DependencyErrors{1.0, batch}, service(kStore));
    CHECK(by_batch.people(0, 18).other == 0);
    CHECK(by_batch.batch(3, 6).ok == 0);
    // Nobody of the name calls the target.
    const Tale by_nobody(DependencyErrors{1.0, batch}, service(kWeb));
    CHECK(by_nobody.struck.effects().empty());
}

TEST_CASE("service faults: latency of a dependency takes its workers") {
    const Tale tale(DependencyLatency{Constant{milliseconds(400)}}, service(kStore));
    check_well(tale, 0, 2);
    CHECK(tale.batch(4, 6).other > tale.batch(4, 6).ok);  // 12 workers serve 30 a second of 150
    check_well(tale, 9, 18);
    CHECK(tale.effect() == FaultEffect::call_delayed);
}

TEST_CASE("service faults: a black hole answers nobody") {
    const Tale tale(DependencyBlackHole{}, service(kStore));
    CHECK(tale.batch(3, 5).ok == 0);
    for (const auto& [at, fact] : tale.struck.small.all<RequestEnded>()) {
        if (fact.issued < at_s(3) || fact.issued >= at_s(6) || fact.population.value != 1) continue;
        REQUIRE(fact.outcome == CallOutcome::timed_out);
        REQUIRE(at == fact.issued + seconds(1));
    }
    check_well(tale, 8, 18);
    CHECK(tale.effect() == FaultEffect::call_swallowed);
}

TEST_CASE("service faults: stuck threads leave fewer workers, or none") {
    const Tale all(StuckThreads{4}, service(kStore));
    CHECK(all.batch(3, 5).ok == 0);
    check_well(all, 9, 18);
    CHECK(all.effect() == FaultEffect::worker_missed);
    const Tale one(StuckThreads{1}, service(kStore));
    CHECK(one.batch(3, 6).other == 0);
}

TEST_CASE("service faults: without descriptors calls are refused") {
    const Tale tale(DescriptorLimit{0}, service(kStore));
    CHECK(tale.batch(3, 6).ok == 0);
    check_well(tale, 7, 18);
    CHECK(tale.effect() == FaultEffect::connection_refused);
}

TEST_CASE("service faults: the process of one instance dies and comes back") {
    const Tale tale(ServiceCrash{2}, service(kStore));
    const auto stops = tale.struck.small.all<InstanceStopped>();
    const auto starts = tale.struck.small.all<InstanceStarted>();
    REQUIRE(stops.size() == 1);
    CHECK(stops[0].first == at_s(3));
    CHECK(stops[0].second.instance == InstanceId{4});
    CHECK(stops[0].second.cause == StopCause::crash);
    REQUIRE(starts.size() == 6);
    CHECK(starts.back().first == at_s(6) + milliseconds(500));
    // A third of the calls find nobody.
    const Counts batch = tale.batch(3, 6);
    CHECK(batch.other > 60);
    CHECK(batch.ok > 140);
    check_well(tale, 7, 18);
    CHECK(tale.effect() == FaultEffect::instance_stopped);
    CHECK(tale.struck.small.all<NodeStopped>().empty());
}

TEST_CASE("service faults: an instance that is drawn is one of its service's") {
    for (std::uint64_t stream = 1; stream <= 10; ++stream) {
        Struck struck({planned(ServiceCrash{}, service(kStore), stream)}, 1, shop());
        struck.run_until_s(4);
        const auto stops = struck.small.all<InstanceStopped>();
        REQUIRE(stops.size() == 1);
        CHECK(stops[0].second.instance >= InstanceId{2});
    }
}

TEST_CASE("service faults: a lost cache sends all to the dependency, until it is filled again") {
    const Tale tale(CacheLoss{}, service(kWeb));
    const auto calls = [&](Instant from, Instant until) {
        std::size_t count = 0;
        for (const auto& [at, fact] : tale.struck.small.all<CallEnded>()) {
            count += fact.edge == EdgeId{0} && fact.sent >= from && fact.sent < until ? 1 : 0;
        }
        return count;
    };
    CHECK(calls(at_s(2), at_s(3)) < 65);
    CHECK(calls(at_s(3), at_s(3) + milliseconds(500)) > 38);
    CHECK(calls(at_s(15), at_s(17)) < 130);
    CHECK(tale.effect() == FaultEffect::cache_lost);
    const Tale nothing(CacheLoss{}, service(kStore));
    CHECK(nothing.struck.effects().empty());
}

TEST_CASE("service faults: breakers that are reset open again while the cause lasts") {
    SECTION("before the fix nothing is won") {
        const ResetTale tale(4, BreakerReset{});
        CHECK(tale.struck.effects() ==
              std::vector{FaultEffect::call_failed, FaultEffect::breaker_reset});
        const auto changes = tale.struck.small.all<BreakerChanged>();  // of two instances of web
        REQUIRE(changes.size() == 6);
        for (const std::size_t i : {2U, 3U}) {
            CHECK(changes[i].first == at_s(4));
            CHECK(changes[i].second.from == BreakerState::open);
            CHECK(changes[i].second.to == BreakerState::closed);
        }
        CHECK(changes[5].second.to == BreakerState::open);
        CHECK(changes[5].first < at_s(5));
        CHECK(ended(tale.struck, 0, at_s(7), at_s(18)).ok == 0);
    }
    SECTION("after the fix service is back at once") {
        const ResetTale tale(8, BreakerReset{});
        CHECK(ended(tale.struck, 0, at_s(6), at_s(8)).ok == 0);
        CHECK(ended(tale.struck, 0, at_s(8), at_s(18)).other == 0);
        CHECK(tale.struck.small.all<BreakerChanged>().size() == 4);
    }
    SECTION("those of another caller stay as they are") {
        CallerSpec batch;
        batch.clients = 1;
        const ResetTale tale(8, BreakerReset{batch});
        CHECK(tale.struck.effects() == std::vector{FaultEffect::call_failed});
    }
}

TEST_CASE("service faults: who resets closed breakers has changed nothing") {
    Struck struck({planned(BreakerReset{}, service(kStore))}, 1, ResetTale::guarded());
    struck.run_until_s(8);
    CHECK(struck.effects().empty());
    CHECK(struck.small.all<BreakerChanged>().empty());
}

TEST_CASE("service faults: instances share the fate of their node") {
    SECTION("a crash: callers are refused, and the instance comes back with the process") {
        const Tale tale(NodeCrash{}, nodes({NodeId{2}}));
        CHECK(tale.struck.small.all<InstanceStopped>().at(0).second.instance == InstanceId{2});
        std::size_t refused = 0;
        for (const auto& [at, fact] : tale.struck.small.all<RequestEnded>()) {
            refused += fact.outcome == CallOutcome::refused ? 1 : 0;
        }
        CHECK(refused > 60);
        check_well(tale, 8, 18);
    }
    SECTION("the power: callers wait in vain") {
        const Tale tale(PowerLoss{}, nodes({NodeId{2}}));
        CHECK(tale.struck.small.all<InstanceStopped>().at(0).second.cause ==
              StopCause::power_loss);
        for (const auto& [at, fact] : tale.struck.small.all<RequestEnded>()) {
            const bool in_the_dark = fact.issued > at_s(3) && fact.issued < at_s(6);
            if (in_the_dark) REQUIRE(fact.outcome != CallOutcome::refused);
        }
        check_well(tale, 8, 18);
    }
    SECTION("a pause: nothing is lost but time") {
        const Tale tale(NodePause{}, nodes({NodeId{2}}));
        CHECK(tale.struck.small.all<InstanceStopped>().empty());
        CHECK(tale.batch(3, 5).other > 40);
        check_well(tale, 8, 18);
    }
    SECTION("a partition, here of a node and the clients") {
        Selector store = nodes({NodeId{2}, NodeId{3}, NodeId{4}});
        Struck struck({partition({store, clients()}, Partition::Direction::both)}, 1, shop());
        struck.run_until_s(12);
        CHECK(ended(struck, 1, at_s(3), at_s(5)).ok == 0);
        CHECK(ended(struck, 0, at_s(3), at_s(5)).other == 0);
        CHECK(ended(struck, 1, at_s(7), at_s(10)).other == 0);
    }
    SECTION("a hog on the processor: work takes longer") {
        const Tale tale(CpuHog{milliseconds(200)}, nodes({NodeId{2}, NodeId{3}, NodeId{4}}));
        CHECK(tale.batch(4, 6).other > 50);
        check_well(tale, 12, 18);
    }
    SECTION("a leak: the process dies with its node's, and again") {
        const Tale tale(MemoryLeak{100, 100}, nodes({NodeId{2}}));
        const auto stops = tale.struck.small.all<InstanceStopped>();
        REQUIRE(!stops.empty());
        CHECK(stops[0].second.cause == StopCause::out_of_memory);
        check_well(tale, 10, 18);
    }
}

TEST_CASE("service faults: faults of the load hit the clients of services, too") {
    const auto issued = [](const FaultKind& kind, const Selector& target, std::uint32_t number) {
        Struck struck({planned(kind, target)}, 1, shop());
        struck.run_until_s(10);
        const Counts counts = ended(struck, number, at_s(3), at_s(6));
        return counts.ok + counts.other;
    };
    Selector people;
    people.workloads = {2};  // two workloads come before
    CHECK(issued(LoadSpike{3}, people, 0) > 800);
    CHECK(issued(LoadSpike{3}, people, 1) < 360);
    CHECK(issued(LoadSpike{3}, clients(), 1) > 800);
    CHECK(issued(LoadHerd{500}, people, 0) > 740);
    CHECK(issued(LoadHotKey{0.5}, clients(), 0) < 360);
}

TEST_CASE("service faults: more of a closed loop is more clients, or less thought") {
    ServiceGraph graph = shop();
    graph.clients[1].loop = ClientSpec::Loop::closed;
    graph.clients[1].clients = 10;
    graph.clients[1].think_time = Constant{milliseconds(95)};  // and the store takes five
    const auto issued = [&](const FaultKind& kind, std::int64_t from, std::int64_t until) {
        Struck struck({planned(kind, clients())}, 1, graph);
        struck.run_until_s(10);
        CHECK(struck.effects() == std::vector{FaultEffect::load_added});
        const Counts counts = ended(struck, 1, at_s(from), at_s(until));
        return counts.ok + counts.other;
    };
    const auto less = ClosedLoopSurge::less_thought;
    CHECK(issued(LoadSpike{3}, 1, 3) == Approx(200).margin(20));
    CHECK(issued(LoadSpike{3}, 3, 6) == Approx(900).margin(60));
    CHECK(issued(LoadSpike{3}, 7, 9) == Approx(200).margin(20));
    // A thought and an answer take 31.7 + 5.3 ms.
    CHECK(issued(LoadSpike{3, less}, 3, 6) == Approx(810).margin(60));
    CHECK(issued(LoadSpike{3, less}, 7, 9) == Approx(200).margin(20));
    // Up to three times as many in the last moment: twice in the mean.
    CHECK(issued(LoadRamp{3, seconds(3)}, 3, 6) == Approx(600).margin(60));
    CHECK(issued(LoadRamp{3, seconds(3), less}, 3, 6) == Approx(560).margin(60));
}
