// SPDX-License-Identifier: MIT
//
// What becomes of a service that is asked for more than it can do, and what helps.
#include <cmath>

#include "tests/catch.hpp"
#include "tests/service/lab.hpp"

using namespace shaketable;
using namespace shaketable::test;
using namespace novacron::resilience;

namespace {

// Serves 100 a second; its clients wait for 200 ms.
ServiceGraph overloaded(double rate) {
    ServiceSpec db = simple_service("db", 1, milliseconds(10));
    db.service_time = Constant{milliseconds(10)};
    db.queue.limit = 100'000;
    ServiceGraph graph{{db}, {simple_clients("users", 0, rate)}};
    graph.clients[0].policy.timeout = milliseconds(200);
    return graph;
}

// Requests that succeed a second, when all has settled.
double goodput(const ServiceGraph& graph, std::uint64_t seed = 1) {
    Lab lab(graph, {1, Duration{}, seed});
    lab.run_for(seconds(20));
    lab.forget();
    lab.run_for(seconds(40));
    return static_cast<double>(lab.requests(CallOutcome::ok)) / 40;
}

// 60 a second with three retries, on a service that does 100: fine, until it stands still for ten
// seconds.
ServiceGraph stormy(double rate) {
    ServiceGraph graph = overloaded(rate);
    RetryOptions retry;
    retry.max_attempts = 4;
    retry.initial_delay = milliseconds(10);
    retry.max_delay = milliseconds(100);
    graph.clients[0].policy.retry = retry;
    return graph;
}

struct Storm {
    double before;  // goodput, each
    double after;   // two minutes after the trigger has gone
};

Storm storm(const ServiceGraph& graph) {
    Lab lab(graph);
    lab.run_for(seconds(10));
    lab.forget();
    lab.run_for(seconds(20));
    const double before = static_cast<double>(lab.requests(CallOutcome::ok)) / 20;
    const Distribution stuck(Constant{seconds(2)});
    lab.services.begin_latency(FaultId{0}, std::vector<bool>(lab.services.edge_count(), true),
                               stuck, Random(7));
    lab.run_for(seconds(10));
    lab.services.end_fault(FaultId{0});
    lab.run_for(seconds(120));
    lab.forget();
    lab.run_for(seconds(30));
    return {before, static_cast<double>(lab.requests(CallOutcome::ok)) / 30};
}

}  // namespace

TEST_CASE("services: in an overload, first come first served serves nobody") {
    CHECK(goodput(overloaded(150)) < 1);
}

TEST_CASE("services: in an overload, the last come is served in time") {
    ServiceGraph graph = overloaded(150);
    graph.services[0].queue.discipline = QueueDiscipline::lifo;
    CHECK(goodput(graph) > 90);
    graph.services[0].queue.discipline = QueueDiscipline::adaptive_lifo;
    CHECK(goodput(graph) > 90);
}

TEST_CASE("services: in an overload, CoDel keeps waits short enough for most") {
    // Of ten callers' worth: CoDel is made for callers who slow down, and these do not.
    ServiceGraph graph = overloaded(110);
    CHECK(goodput(graph) < 1);
    graph.services[0].queue.discipline = QueueDiscipline::codel;
    CHECK(goodput(graph) > 60);
}

TEST_CASE("services: in an overload, a queue that is left in time, or is short, is enough") {
    ServiceGraph graph = overloaded(150);
    graph.services[0].queue.timeout = milliseconds(100);
    CHECK(goodput(graph) > 98);
    graph = overloaded(150);
    graph.services[0].queue.limit = 10;
    CHECK(goodput(graph) > 98);
}

TEST_CASE("services: a retry storm outlives its trigger") {
    const Storm naive = storm(stormy(60));
    CHECK(naive.before > 55);
    CHECK(naive.after < 3);
}

TEST_CASE("services: below C / (1 + retries) a retry storm ends by itself") {
    const Storm low = storm(stormy(20));
    CHECK(low.before > 17);
    CHECK(low.after > 17);
}

TEST_CASE("services: each cure ends a retry storm") {
    const auto cured = [](const ServiceGraph& graph) {
        const Storm after = storm(graph);
        CHECK(after.before > 55);
        CHECK(after.after > 55);
    };
    SECTION("expired work is dropped") {
        ServiceGraph graph = stormy(60);
        graph.services[0].queue.drop_expired = true;
        cured(graph);
    }
    SECTION("who waits for too long is refused") {
        ServiceGraph graph = stormy(60);
        graph.services[0].queue.timeout = milliseconds(100);
        cured(graph);
    }
    SECTION("a short queue") {
        ServiceGraph graph = stormy(60);
        graph.services[0].queue.limit = 10;
        cured(graph);
    }
    SECTION("last come, first served") {
        ServiceGraph graph = stormy(60);
        graph.services[0].queue.discipline = QueueDiscipline::lifo;
        cured(graph);
    }
    SECTION("a retry budget") {
        ServiceGraph graph = stormy(60);
        graph.clients[0].policy.budget = TokenBudgetOptions{};
        cured(graph);
    }
    SECTION("no retries") {
        ServiceGraph graph = stormy(60);
        graph.clients[0].policy.retry.reset();
        cured(graph);
    }
    SECTION("a circuit breaker") {
        ServiceGraph graph = stormy(60);
        CircuitBreakerOptions breaker;
        breaker.timeout = seconds(20);
        graph.clients[0].policy.breaker = breaker;
        cured(graph);
    }
    SECTION("load is shed when requests wait") {
        ServiceGraph graph = stormy(60);
        PriorityShedderOptions shedder;
        shedder.wait_max = milliseconds(50);
        graph.services[0].server.shed = shedder;
        cured(graph);
    }
    SECTION("the server finds how many it can take") {
        ServiceGraph graph = stormy(60);
        GradientOptions limit;
        limit.initial_limit = 5;
        limit.min_limit = 2;
        limit.max_limit = 15;
        graph.services[0].server.adaptive_concurrency = limit;
        cured(graph);
    }
}

TEST_CASE("services: the more critical is served when not all can be") {
    ServiceGraph graph = overloaded(60);
    graph.clients.push_back(simple_clients("batch", 0, 60));
    graph.clients[0].criticality = Criticality::critical;
    graph.clients[1].criticality = Criticality::background;
    graph.clients[1].policy.timeout = milliseconds(200);
    graph.services[0].queue.limit = 10;
    const auto share_of_critical = [](const ServiceGraph& of) {
        Lab lab(of);
        lab.run_for(seconds(60));
        const RequestCounts& counts = lab.services.counts(PopulationId{0});
        return static_cast<double>(counts.ok) / static_cast<double>(counts.offered);
    };
    CHECK(share_of_critical(graph) < 0.9);
    SECTION("by the order of the queue") {
        graph.services[0].queue.limit = 1000;
        graph.services[0].queue.discipline = QueueDiscipline::priority;
        CHECK(share_of_critical(graph) > 0.99);
    }
    SECTION("by shedding the rest") {
        graph.services[0].server.shed = UtilisationShedderOptions{50, milliseconds(500)};
        CHECK(share_of_critical(graph) > 0.95);
    }
    SECTION("by levels of degradation") {
        DegradationOptions degradation;
        graph.services[0].concurrency = 10;
        graph.services[0].service_time = Constant{milliseconds(100)};
        graph.services[0].server.degradation = degradation;
        CHECK(share_of_critical(graph) > 0.97);
    }
}

TEST_CASE("services: a rate limit admits its rate, and refuses at once") {
    ServiceGraph graph = overloaded(150);
    graph.services[0].server.rate_limit = RateLimiterOptions{80, 10};
    Lab lab(graph);
    lab.run_for(seconds(100));
    const auto served = static_cast<double>(lab.requests(CallOutcome::ok));
    CHECK(served > 80 * 100 * 0.98);
    CHECK(served <= 80 * 100 + 10);
    CHECK(lab.requests(CallCause::rate_limited) + lab.requests(CallOutcome::ok) ==
          lab.ended.size());
}

TEST_CASE("services: clients who throttle themselves ask for K times what they get") {
    // 50 a second are accepted of 200: with K = 2, 100 are asked for.
    ServiceGraph graph = overloaded(200);
    graph.services[0].server.rate_limit = RateLimiterOptions{50, 5};
    AdaptiveThrottleOptions throttle;
    throttle.window = seconds(30);
    graph.clients[0].policy.throttle = throttle;
    Lab lab(graph);
    lab.run_for(seconds(60));
    lab.forget();
    lab.run_for(seconds(200));
    const auto asked = static_cast<double>(lab.ended_calls(0)) -
                       static_cast<double>(lab.requests(CallCause::throttle));
    CHECK(std::abs(asked / 200 - 100) < 3);
}

TEST_CASE("services: a client's own limiter keeps the rest at home") {
    ServiceGraph graph = overloaded(150);
    graph.clients[0].policy.limiter = RateLimiterOptions{50, 5};
    Lab lab(graph);
    lab.run_for(seconds(100));
    CHECK(lab.requests(CallOutcome::ok) <= 50 * 100 + 5);
    CHECK(lab.requests(CallOutcome::ok) >= 4900);
    CHECK(lab.requests(CallCause::limiter) + lab.requests(CallOutcome::ok) == lab.ended.size());
    for (const RequestEnded& one : lab.ended) {
        REQUIRE((one.attempts == 0) == (one.cause == CallCause::limiter));
    }
}

TEST_CASE("services: attempts are as many as the probability of failure makes them") {
    // E = 1 + p + p^2 with three attempts.
    ServiceGraph graph = overloaded(20);
    graph.services[0].concurrency = 100;
    graph.clients[0].policy.retry = RetryOptions{};
    Lab lab(graph);
    lab.services.begin_errors(FaultId{0}, {true}, Chance(0.5), Random(3));
    lab.run_for(seconds(2000));
    double attempts = 0;
    for (const RequestEnded& one : lab.ended) attempts += one.attempts;
    const auto requests = static_cast<double>(lab.ended.size());
    CHECK(std::abs(attempts / requests - 1.75) < 3 * 0.83 / std::sqrt(requests));
    CHECK(lab.all<FaultObserved>().size() == 1);
}

TEST_CASE("services: memory that requests fill kills the process, which starts again empty") {
    ServiceGraph graph = overloaded(150);
    graph.services[0].memory.base = 1000;
    graph.services[0].memory.per_request = 10;
    graph.services[0].memory.limit = 1000 + 10 * 200;
    graph.services[0].start_time = seconds(3);
    Lab lab(graph);
    lab.checks_each_event = true;
    lab.run_for(seconds(20));
    CHECK(lab.adds_up);
    const auto stops = lab.all<InstanceStopped>();
    const auto starts = lab.all<InstanceStarted>();
    REQUIRE(stops.size() >= 2);
    CHECK(stops[0].second.cause == StopCause::out_of_memory);
    CHECK(stops[0].second.lost == 200);
    REQUIRE(starts.size() >= 2);
    CHECK(starts[1].first == stops[0].first + seconds(3));
    CHECK(lab.requests(CallOutcome::refused) > 200);
}

TEST_CASE("services: a queue tells of itself when it has doubled or halved") {
    ServiceGraph graph = overloaded(150);
    Lab lab(graph);
    lab.run_for(seconds(20));
    std::uint32_t last = 0;
    const auto crossed = lab.all<QueueCrossed>();
    REQUIRE(crossed.size() >= 5);
    REQUIRE(crossed.size() < 60);
    for (const auto& [at, fact] : crossed) {
        CHECK((fact.waiting >= 2 * last || fact.waiting <= last / 2));
        last = fact.waiting;
    }
}
