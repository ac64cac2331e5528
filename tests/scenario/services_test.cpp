// SPDX-License-Identifier: MIT
//
// Services, their clients and their policies, as a file spells them.
#include "sim/scenario/assemble.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using namespace novacron::resilience;
using novacron::milliseconds;
using novacron::seconds;

// Two services and their clients; `more` are further lines of `shop`, indented by four.
std::string shop(const std::string& more = "", const std::string& clients = "") {
    return "services:\n"
           "  shop:\n"
           "    nodes: [node-1, node-2]\n"
           "    service_time: {dist: exponential, mean: 5ms}\n"
           "    calls: {store: {}}\n" +
           more +
           "  store: {nodes: zone:b, service_time: 2ms}\n" +
           (clients.empty() ? "clients: {people: {to: shop, rate: 100/s}}\n" : clients);
}

ServiceGraph graph_of(const std::string& text) {
    const LoadResult result = testing::load(text);
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    return result.scenario->graph;
}

CallPolicy policy_of(const std::string& policy) {
    return graph_of(shop("    policies: {store: " + policy + "}\n")).services[0].calls[0].policy;
}

TEST_CASE("services: what is left out is as the specification says", "[scenario]") {
    const ServiceGraph graph = graph_of(shop());
    REQUIRE(graph.services.size() == 2);
    ServiceSpec store;
    store.id = "store";
    store.on = {NodeId{3}, NodeId{4}};
    store.service_time = Constant{milliseconds(2)};
    CHECK(graph.services[1] == store);
    CallSpec call;
    call.to = 1;
    CHECK(graph.services[0].calls == std::vector{call});
    ClientSpec people;
    people.id = "people";
    CHECK(graph.clients == std::vector{people});
    CHECK(graph.cores == 4);
    CHECK(testing::load("").scenario->graph.empty());
}

TEST_CASE("services: each knob of a service arrives", "[scenario]") {
    const ServiceGraph graph = graph_of(shop(
        "    per_node: 2\n"
        "    concurrency: 7\n"
        "    queue: {limit: 9, discipline: adaptive_lifo, timeout: 1s, drop_expired: true,\n"
        "            target: 1ms, interval: 20ms}\n"
        "    cpu_share: 40%\n"
        "    memory: {base: 1MiB, per_request: 2KiB, limit: 3MiB}\n"
        "    start_time: 4s\n"
        "    rate_limiter: {requests_per_second: 5, burst: 6}\n"
        "    load_shed: {threshold: 70, half_life: 2s}\n"
        "    degradation: {reduced: {enter: 60, leave: 50}, min_dwell: 8s}\n"
        "    adaptive_concurrency: {by: vegas, initial: 30, min: 2, max: 90}\n"));
    const ServiceSpec& shop = graph.services[0];
    CHECK(shop.on == std::vector{NodeId{0}, NodeId{1}, NodeId{0}, NodeId{1}});
    CHECK(shop.concurrency == 7);
    const QueueSpec queue{QueueDiscipline::adaptive_lifo, 9, seconds(1), true,
                          {milliseconds(1), milliseconds(20)}};
    CHECK(shop.queue == queue);
    CHECK(shop.cpu_share == 0.4);
    CHECK(shop.memory == MemorySpec{1U << 20U, 2048, 3U << 20U});
    CHECK(shop.start_time == seconds(4));
    CHECK(shop.server.rate_limit == RateLimiterOptions{5, 6});
    CHECK(std::get<UtilisationShedderOptions>(*shop.server.shed) ==
          UtilisationShedderOptions{70, seconds(2)});
    CHECK(shop.server.degradation->reduced == DegradationOptions::Step{60, 50});
    CHECK(shop.server.degradation->essential == DegradationOptions{}.essential);
    CHECK(shop.server.degradation->min_dwell == seconds(8));
    const auto& vegas = std::get<VegasOptions>(*shop.server.adaptive_concurrency);
    CHECK(vegas.initial_limit == 30);
    CHECK(vegas.min_limit == 2);
    CHECK(vegas.max_limit == 90);
}

TEST_CASE("services: each knob of a call arrives", "[scenario]") {
    const std::string text =
        "services:\n"
        "  a: {nodes: node-1, service_time: 1ms, calls: {b: {}, c: {parallel: true, optional: true,"
        " probability: 20%, cache: {hit_rate: 80%, entries: 50}}}}\n"
        "  b: {nodes: node-1, service_time: 1ms}\n"
        "  c: {nodes: node-1, service_time: 1ms}\n";
    const CallSpec call = graph_of(text).services[0].calls[1];
    CHECK(call.to == 2);
    CHECK(call.parallel);
    CHECK(call.optional);
    CHECK(call.probability == 0.2);
    CHECK(call.cache == CacheSpec{0.8, 50});
}

TEST_CASE("services: each knob of a policy arrives", "[scenario]") {
    CHECK(policy_of("{}") == CallPolicy{});
    const CallPolicy times =
        policy_of("{timeout: 200ms, deadline: 2s, propagate_deadline: false, cancel: true}");
    CHECK(times.timeout == milliseconds(200));
    CHECK(times.deadline == seconds(2));
    CHECK_FALSE(times.propagate_deadline);
    CHECK(times.cancel);
    const CallPolicy retry = policy_of(
        "{retry: {max_attempts: 4, initial_delay: 10ms, max_delay: 3s, multiplier: 1.5,"
        " jitter: equal, rejected: false}, retry_budget: {percent: 10, retries_per_second: 2,"
        " ttl: 5s}}");
    CHECK(retry.retry == RetryOptions{4, milliseconds(10), seconds(3), 1.5, Jitter::equal});
    CHECK_FALSE(retry.retry_rejected);
    CHECK(retry.budget == RetryBudgetOptions(TimedBudgetOptions{10, 2, seconds(5)}));
    CHECK(policy_of("{retry: {}, retry_budget: {by: tokens, max_tokens: 20, token_ratio: 0.25}}")
              .budget == RetryBudgetOptions(TokenBudgetOptions{20, 250}));
    CHECK(policy_of("{retry: {}, retry_budget: {by: active, percent: 5, min_concurrency: 1}}")
              .budget == RetryBudgetOptions(ActiveBudgetOptions{5, 1}));
    const CallPolicy hedge = policy_of("{hedge: {max_attempts: 3, delay: 20ms, quantile: 95}}");
    CHECK(hedge.hedge == HedgeOptions{3, milliseconds(20)});
    CHECK(hedge.hedge_quantile == 95);
    const CallPolicy guards = policy_of(
        "{circuit_breaker: {success_threshold: 2, timeout: 5s, half_open_max_requests: 1,"
        " mode: ratio, failure_percent: 30, minimum_calls: 10, window: 20s},"
        " bulkhead: {max_concurrent: 8, max_queue: 4, timeout: 50ms},"
        " rate_limiter: {requests_per_second: 50, burst: 5},"
        " throttle: {k: 1.5, window: 30s, max_reject: 90}}");
    CHECK(guards.breaker->success_threshold == 2);
    CHECK(guards.breaker->timeout == seconds(5));
    CHECK(guards.breaker->half_open_max_requests == 1);
    CHECK(guards.breaker->mode == CircuitBreakerOptions::Mode::ratio);
    CHECK(guards.breaker->failure_percent == 30);
    CHECK(guards.breaker->minimum_calls == 10);
    CHECK(guards.breaker->window == seconds(20));
    CHECK(guards.bulkhead == BulkheadOptions{8, 4, milliseconds(50)});
    CHECK(guards.limiter == RateLimiterOptions{50, 5});
    CHECK(guards.throttle == AdaptiveThrottleOptions{1.5, seconds(30), 90});
    const BalancerSpec balancer =
        policy_of(
            "{balancer: {by: random_two, panic_percent: 30,"
            " health_check: {interval: 2s, timeout: 500ms, unhealthy_after: 2, healthy_after: 1},"
            " outliers: {failures: 4, ejection: 10s, ejection_max: 1m, max_percent: 50}}}")
            .balancer;
    CHECK(balancer.by == Balancing::random_two);
    CHECK(balancer.panic_percent == 30);
    CHECK(balancer.health_check == HealthCheckSpec{seconds(2), milliseconds(500), 2, 1});
    CHECK(balancer.outliers == OutlierSpec{4, seconds(10), seconds(60), 50});
}

TEST_CASE("services: each knob of clients arrives", "[scenario]") {
    const ServiceGraph graph = graph_of(
        shop("",
             "clients:\n"
             "  robots: {kind: closed_loop, to: store, clients: 20, think_time: 3s,\n"
             "           criticality: background, policy: {deadline: 4s, retry: {}}}\n"
             "  payers: {to: shop, rate: 6/min, clients: 9, criticality: critical}\n"));
    const ClientSpec& robots = graph.clients[0];
    CHECK(robots.loop == ClientSpec::Loop::closed);
    CHECK(robots.to == 1);
    CHECK(robots.clients == 20);
    CHECK(robots.think_time == DistributionOptions(Constant{seconds(3)}));
    CHECK(robots.criticality == Criticality::background);
    CHECK(robots.policy.deadline == seconds(4));
    CHECK(robots.policy.retry == RetryOptions{});
    CHECK(graph.clients[1].rate_per_second == 0.1);
    CHECK(graph.clients[1].clients == 9);
    CHECK(graph.clients[1].criticality == Criticality::critical);
}

TEST_CASE("services: cluster.resilience holds for every call and instance that says nothing else",
          "[scenario]") {
    const std::string cluster =
        "cluster:\n  sites: {a: {nodes: [node-1, node-2, node-3]}, b: {nodes: [node-4]}}\n"
        "  cores: 2\n"
        "  resilience:\n"
        "    circuit_breaker: {failure_threshold: 7, timeout: 9s}\n"
        "    rate_limiter: {requests_per_second: 40}\n"
        "    bulkhead: {max_concurrent: 12}\n"
        "    retry: {max_attempts: 2, jitter: false}\n";
    const ServiceGraph usual = graph_of(cluster + shop());
    CHECK(usual.cores == 2);
    const CallPolicy& policy = usual.services[0].calls[0].policy;
    CHECK(policy.breaker->failure_threshold == 7);
    CHECK(policy.breaker->timeout == seconds(9));
    CHECK(policy.breaker->success_threshold == 3);
    CHECK(policy.bulkhead == BulkheadOptions{12, 500, milliseconds(500)});
    CHECK(policy.retry->max_attempts == 2);
    CHECK(policy.retry->jitter == Jitter::none);
    CHECK_FALSE(policy.limiter);
    for (const ServiceSpec& service : usual.services) {
        CHECK(service.server.rate_limit == RateLimiterOptions{40, 2000});
    }
    // People's own programs are not the system's.
    CHECK(usual.clients[0].policy == CallPolicy{});

    const ServiceGraph own = graph_of(
        cluster + shop("    rate_limiter: {enabled: false}\n"
                       "    policies: {store: {circuit_breaker: {timeout: 1s},\n"
                       "                       bulkhead: {enabled: false}}}\n"));
    const CallPolicy& changed = own.services[0].calls[0].policy;
    CHECK(changed.breaker->failure_threshold == 7);
    CHECK(changed.breaker->timeout == seconds(1));
    CHECK_FALSE(changed.bulkhead);
    CHECK(changed.retry->max_attempts == 2);
    CHECK_FALSE(own.services[0].server.rate_limit);
}

TEST_CASE("services: the runbook's file sets what its knobs are named after", "[scenario]") {
    const std::string folder =
        std::string(SHAKETABLE_SOURCE_DIR) + "/tests/scenario/configuration/";
    const LoadResult result = check_scenario_text(
        testing::scenario_text("extends: [resilience_config.yaml]\n" + shop()),
        folder + "sample.yaml");
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    const ServiceSpec& shop_spec = result.scenario->graph.services[0];
    const CallPolicy& policy = shop_spec.calls[0].policy;
    CHECK(policy.breaker == CircuitBreakerOptions{});
    CHECK(policy.bulkhead == BulkheadOptions{});
    CHECK(policy.retry == RetryOptions{});
    CHECK(shop_spec.server.rate_limit == RateLimiterOptions{});
}

TEST_CASE("services: a scenario says itself again", "[scenario]") {
    const LoadResult once = testing::load(
        shop("    queue: {drop_expired: true}\n    policies: {store: {retry: {jitter: true}}}\n"));
    REQUIRE(once.ok());
    const LoadResult again = load_scenario_text(once.scenario->resolved, "again.yaml");
    INFO(once.scenario->resolved << format(again.diagnostics));
    REQUIRE(again.ok());
    CHECK(again.scenario->graph == once.scenario->graph);
    CHECK(again.scenario->hash == once.scenario->hash);
}

TEST_CASE("services: a parameter may switch a cure on", "[scenario]") {
    const std::string text =
        "params: {cured: {type: boolean, default: false}}\n" +
        shop("    queue: {drop_expired: \"${cured}\"}\n"
             "    policies: {store: {circuit_breaker: {enabled: \"${cured}\"}}}\n");
    const LoadResult ill = testing::load(text);
    const LoadResult well = testing::load(text, {{"cured", "true"}});
    INFO(format(ill.diagnostics) << format(well.diagnostics));
    REQUIRE(ill.ok());
    REQUIRE(well.ok());
    CHECK_FALSE(ill.scenario->graph.services[0].queue.drop_expired);
    CHECK_FALSE(ill.scenario->graph.services[0].calls[0].policy.breaker);
    CHECK(well.scenario->graph.services[0].queue.drop_expired);
    CHECK(well.scenario->graph.services[0].calls[0].policy.breaker == CircuitBreakerOptions{});
    CHECK(ill.scenario->hash != well.scenario->hash);
}

}  // namespace
}  // namespace shaketable
