// SPDX-License-Identifier: MIT
//
// Calls between services: what guards the caller, and what travels with a call.
#include <algorithm>
#include <cmath>

#include "tests/catch.hpp"
#include "tests/service/lab.hpp"

using namespace shaketable;
using namespace shaketable::test;
using namespace novacron::resilience;

namespace {

// A front of 20 workers on node 0 that takes 1 ms itself and calls a database on node 1.
ServiceGraph two_tiers(double rate) {
    ServiceSpec front = simple_service("front", 20, milliseconds(1));
    front.service_time = Constant{milliseconds(1)};
    front.queue.limit = 100;
    CallSpec call;
    call.to = 1;
    front.calls = {call};
    ServiceSpec db = simple_service("db", 50, milliseconds(5));
    db.on = {NodeId{1}};
    db.service_time = Constant{milliseconds(5)};
    ServiceGraph graph{{front, db}, {simple_clients("users", 0, rate)}};
    graph.clients[0].policy.timeout = seconds(5);
    return graph;
}

constexpr std::uint32_t kToDb = 0;

double ok_share(const Lab& lab) {
    return static_cast<double>(lab.requests(CallOutcome::ok)) /
           static_cast<double>(lab.ended.size());
}

// The share of requests that succeed while the database takes 3 s more.
double share_with_slow_db(const ServiceGraph& graph) {
    Lab lab(graph, {2, milliseconds(1)});
    lab.run_for(seconds(5));
    const Distribution slow(Constant{seconds(3)});
    lab.services.begin_latency(FaultId{0}, {true, false}, slow, Random(1));
    lab.run_for(seconds(10));
    lab.forget();
    lab.run_for(seconds(30));
    return ok_share(lab);
}

ServiceSpec on_ten_nodes(const std::string& id) {
    ServiceSpec service = simple_service(id, 10, milliseconds(5));
    service.service_time = Constant{milliseconds(5)};
    service.on.clear();
    for (std::uint32_t n = 0; n < 10; ++n) service.on.push_back(NodeId{n});
    return service;
}

}  // namespace

TEST_CASE("services: a slow callee takes all workers of its caller") {
    ServiceGraph graph = two_tiers(100);
    graph.services[0].calls[0].optional = true;
    CHECK(share_with_slow_db(graph) < 0.3);
}

TEST_CASE("services: a breaker cuts a slow callee off") {
    ServiceGraph graph = two_tiers(100);
    graph.services[0].calls[0].optional = true;
    graph.services[0].calls[0].policy.breaker = CircuitBreakerOptions{};
    CHECK(share_with_slow_db(graph) > 0.97);
    Lab lab(graph, {2, milliseconds(1)});
    const Distribution slow(Constant{seconds(3)});
    lab.services.begin_latency(FaultId{0}, {true, false}, slow, Random(1));
    lab.run_for(seconds(10));
    const auto changes = lab.all<BreakerChanged>();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].second.to == BreakerState::open);
    CHECK(changes[0].second.caller == InstanceId{0});
    lab.services.end_fault(FaultId{0});
    lab.run_for(seconds(40));
    CHECK(lab.all<BreakerChanged>().back().second.to == BreakerState::closed);
}

TEST_CASE("services: a bulkhead gives a slow callee some of the workers and no more") {
    ServiceGraph graph = two_tiers(100);
    graph.services[0].calls[0].optional = true;
    graph.services[0].calls[0].policy.bulkhead = BulkheadOptions{5, 0, Duration{}};
    CHECK(share_with_slow_db(graph) > 0.99);
}

TEST_CASE("services: who waits in a bulkhead goes when there is a place, or is refused in time") {
    ServiceGraph graph = two_tiers(250);
    graph.services[0].calls[0].policy.bulkhead = BulkheadOptions{1, 100, milliseconds(30)};
    Lab lab(graph, {2, Duration{}});
    lab.checks_each_event = true;
    lab.run_for(seconds(20));
    CHECK(lab.adds_up);
    // One at a time of 5 ms each: 200 of 250 a second.
    const auto ok = static_cast<double>(lab.ended_calls(kToDb, CallOutcome::ok));
    CHECK(std::abs(ok / 20 - 200) < 3);
    CHECK(lab.ended_calls(kToDb, CallOutcome::rejected) > 500);
    CHECK(lab.ended_calls(kToDb, CallOutcome::timed_out) == 0);
}

TEST_CASE("services: what is left of a deadline travels with a call") {
    // 100 ms for the client; the front takes 60, one way 1 ms; the database never answers in time.
    ServiceGraph graph = two_tiers(1);
    graph.clients[0].policy.timeout = milliseconds(100);
    graph.services[0].service_time = Constant{milliseconds(60)};
    graph.services[1].service_time = Constant{milliseconds(500)};
    const auto longest_call = [](const ServiceGraph& of) {
        Lab lab(of, {2, milliseconds(1)});
        lab.run_for(seconds(20));
        return lab.ended_calls(kToDb, CallOutcome::timed_out);
    };
    CHECK(longest_call(graph) > 5);
    graph.services[0].calls[0].policy.propagate_deadline = false;
    CHECK(longest_call(graph) == 0);
}

TEST_CASE("services: an expired request makes no calls if its queue drops it") {
    ServiceGraph graph = two_tiers(100);
    graph.clients[0].policy.timeout = milliseconds(50);
    graph.services[0].concurrency = 1;
    graph.services[0].service_time = Constant{milliseconds(20)};
    graph.services[0].calls[0].policy.propagate_deadline = false;
    const auto calls = [&](bool drops) {
        graph.services[0].queue.drop_expired = drops;
        Lab lab(graph, {2, milliseconds(1)});
        lab.run_for(seconds(20));
        return lab.ended_calls(kToDb);
    };
    CHECK(calls(false) > 700);
    CHECK(calls(true) < 200);
}

TEST_CASE("services: callers that cancel leave no work behind for nobody") {
    // 60 a second of 100 wait for 200 ms; then the server stands still for five seconds.
    ServiceSpec db = simple_service("db", 1, milliseconds(10));
    db.service_time = Constant{milliseconds(10)};
    ServiceGraph graph{{db}, {simple_clients("users", 0, 60)}};
    graph.clients[0].policy.timeout = milliseconds(200);
    const auto ok_afterwards = [&](bool cancels) {
        graph.clients[0].policy.cancel = cancels;
        Lab lab(graph, {1, milliseconds(1)});
        lab.checks_each_event = true;
        lab.run_for(seconds(5));
        lab.services.process_paused(NodeId{0});
        lab.run_for(seconds(5));
        lab.services.process_resumed(NodeId{0});
        lab.run_for(milliseconds(200));
        lab.forget();
        lab.run_for(seconds(3));
        CHECK(lab.adds_up);
        return ok_share(lab);
    };
    CHECK(ok_afterwards(false) < 0.1);
    CHECK(ok_afterwards(true) > 0.95);
}

TEST_CASE("services: hedges take away the tail for a few calls more") {
    ServiceGraph graph = two_tiers(100);
    std::vector<Duration> quantiles(96, milliseconds(5));
    quantiles.insert(quantiles.end(), 5, seconds(1));  // 5 % take a second
    graph.services[1].service_time = Empirical{quantiles};
    graph.services[1].on = {NodeId{1}, NodeId{0}};
    graph.services[1].concurrency = 500;
    graph.services[0].concurrency = 500;
    graph.services[0].calls[0].policy.timeout = seconds(3);
    const auto slow = [](const ServiceGraph& of, double& calls) {
        Lab lab(of, {2, milliseconds(1)});
        lab.run_for(seconds(100));
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < lab.ended.size(); ++i) {
            count += lab.ended_at[i] - lab.ended[i].issued > milliseconds(300) ? 1 : 0;
        }
        calls = static_cast<double>(lab.ended_calls(kToDb)) / static_cast<double>(lab.ended.size());
        return static_cast<double>(count) / static_cast<double>(lab.ended.size());
    };
    double calls = 0;
    CHECK(std::abs(slow(graph, calls) - 0.045) < 0.01);
    CHECK(std::abs(calls - 1) < 0.01);
    graph.services[0].calls[0].policy.hedge = HedgeOptions{2, milliseconds(20)};
    CHECK(slow(graph, calls) < 0.006);
    CHECK(std::abs(calls - 1.05) < 0.01);
    graph.services[0].calls[0].policy.hedge_quantile = 90;
    graph.services[0].calls[0].policy.hedge = HedgeOptions{2, seconds(2)};
    CHECK(slow(graph, calls) < 0.012);
}

TEST_CASE("services: a retry asks another instance") {
    ServiceGraph graph = two_tiers(50);
    graph.services[1].on = {NodeId{1}, NodeId{0}};
    graph.services[0].calls[0].policy.retry = RetryOptions{};
    Lab lab(graph, {2, milliseconds(1)});
    lab.services.hold_down(FaultId{0}, InstanceId{1});
    lab.run_for(seconds(20));
    CHECK(ok_share(lab) == 1);
    CHECK(lab.ended_calls(kToDb, CallOutcome::refused) > 300);
}

TEST_CASE("services: an instance that fails is ejected, and no more than a tenth of all") {
    ServiceGraph graph = two_tiers(200);
    graph.services[1] = on_ten_nodes("db");
    graph.services[0].concurrency = 500;
    graph.services[0].calls[0].policy.timeout = milliseconds(100);
    graph.services[0].calls[0].policy.balancer.outliers = OutlierSpec{};
    graph.services[0].on = {NodeId{0}};
    Lab lab(graph, {10, milliseconds(1)});
    lab.services.process_paused(NodeId{3});
    lab.services.process_paused(NodeId{4});
    lab.run_for(seconds(20));
    std::uint64_t ejected = 0;
    for (const auto& [at, fact] : lab.all<ReputeChanged>()) {
        CHECK(fact.repute == Repute::ejected);
        CHECK((fact.instance == InstanceId{4} || fact.instance == InstanceId{5}));
        ++ejected;
    }
    CHECK(ejected == 1);
    lab.services.process_resumed(NodeId{3});
    lab.services.process_resumed(NodeId{4});
    lab.run_for(seconds(20));
    CHECK(lab.all<ReputeChanged>().size() == 2);
    CHECK(lab.all<ReputeChanged>().back().second.repute == Repute::in_order);
}

TEST_CASE("services: health checks find who is gone, and panic asks whom there is") {
    ServiceGraph graph = two_tiers(200);
    graph.services[1] = on_ten_nodes("db");
    graph.services[0].on = {NodeId{0}};
    HealthCheckSpec check;
    check.interval = seconds(1);
    check.timeout = milliseconds(500);
    graph.services[0].calls[0].policy.balancer.health_check = check;
    Lab lab(graph, {10, milliseconds(1)});
    lab.run_for(seconds(5));
    for (std::uint32_t i = 1; i <= 3; ++i) lab.services.hold_down(FaultId{0}, InstanceId{1 + i});
    lab.run_for(seconds(10));
    CHECK(lab.all<ReputeChanged>().size() == 3);
    lab.forget();
    lab.run_for(seconds(5));
    CHECK(ok_share(lab) == 1);
    for (std::uint32_t i = 4; i <= 6; ++i) lab.services.hold_down(FaultId{1}, InstanceId{1 + i});
    lab.run_for(seconds(10));
    REQUIRE(lab.all<PanicChanged>().size() == 1);
    CHECK(lab.all<PanicChanged>()[0].second.panics);
    lab.forget();
    lab.run_for(seconds(10));
    CHECK(std::abs(ok_share(lab) - 0.4) < 0.05);
    for (std::uint32_t i = 1; i <= 6; ++i) lab.services.let_up(InstanceId{1 + i});
    lab.run_for(seconds(10));
    CHECK(!lab.all<PanicChanged>().back().second.panics);
    CHECK(lab.all<ReputeChanged>().back().second.repute == Repute::in_order);
}

TEST_CASE("services: balancers look at what is under way where they are to") {
    // One of two instances takes ten times as long.
    const auto latency_by = [](Balancing by) {
        ServiceSpec leaf = simple_service("leaf", 1, milliseconds(1));
        leaf.cpu_share = 1;
        leaf.on = {NodeId{0}, NodeId{1}};
        leaf.service_time = Constant{milliseconds(2)};
        ServiceGraph graph{{leaf}, {simple_clients("users", 0, 200)}};
        graph.clients[0].policy.balancer.by = by;
        Lab lab(graph, {2, Duration{}});
        lab.services.processor_hogged(NodeId{1}, milliseconds(18));
        lab.run_for(seconds(50));
        return lab.mean_latency();
    };
    CHECK(latency_by(Balancing::round_robin) > 1);
    CHECK(latency_by(Balancing::least_requests) < 0.02);
    CHECK(latency_by(Balancing::random_two) < 0.1);
}

TEST_CASE("services: a cache that is lost is ten times the load, until it is filled by use") {
    ServiceGraph graph = two_tiers(200);
    graph.services[0].calls[0].cache = CacheSpec{0.9, 500};
    Lab lab(graph, {2, milliseconds(1)});
    const auto calls_in = [&](Duration time) {
        lab.forget();
        lab.run_for(time);
        return static_cast<double>(lab.ended_calls(kToDb));
    };
    const double usual = calls_in(seconds(50)) / 50;
    CHECK(std::abs(usual - 20) < 3);
    lab.services.lose_caches(FaultId{0}, 0);
    const double first = calls_in(seconds(1));
    CHECK(first > 150);
    lab.run_for(seconds(60));
    CHECK(std::abs(calls_in(seconds(50)) / 50 - 20) < 3);
    CHECK(lab.all<FaultObserved>().at(0).second.effect == FaultEffect::cache_lost);
}
