// SPDX-License-Identifier: MIT
//
// Services and the machines they run on; and that nothing is ever lost from the books.
#include <cmath>

#include "tests/catch.hpp"
#include "tests/service/lab.hpp"

using namespace shaketable;
using namespace shaketable::test;
using namespace novacron::resilience;

namespace {

ServiceGraph one_of(double rate, Duration time) {
    ServiceSpec service = simple_service("api", 4, time);
    service.service_time = Constant{time};
    ServiceGraph graph{{service}, {simple_clients("users", 0, rate)}};
    graph.clients[0].policy.timeout = seconds(1);
    return graph;
}

// A process that is stopped as its node is, and what the network makes of it.
void stop_node(Lab& lab, StopCause cause) {
    const bool dark = cause == StopCause::power_loss;
    lab.network.set_state(HostId{0}, dark ? HostState::silent : HostState::refusing);
    lab.services.process_stopped(NodeId{0}, cause);
}

// Three tiers with about every pattern there is.
ServiceGraph all_of_it() {
    ServiceSpec front = simple_service("front", 8, milliseconds(2));
    front.on = {NodeId{0}, NodeId{1}};
    front.cpu_share = 0.5;
    front.queue.limit = 50;
    front.queue.timeout = milliseconds(300);
    front.calls.resize(3);
    front.calls[0].to = 1;
    front.calls[1].to = 2;
    front.calls[1].parallel = true;
    front.calls[1].optional = true;
    front.calls[2].to = 1;
    front.calls[2].probability = 0.3;
    front.calls[2].cache = CacheSpec{0.5, 20};
    for (CallSpec& call : front.calls) {
        call.policy.timeout = milliseconds(80);
        call.policy.deadline = milliseconds(200);
        call.policy.cancel = true;
    }
    front.calls[0].policy.retry = RetryOptions{};
    front.calls[0].policy.budget = ActiveBudgetOptions{};
    front.calls[0].policy.breaker = CircuitBreakerOptions{};
    front.calls[0].policy.breaker->timeout = seconds(1);
    front.calls[0].policy.bulkhead = BulkheadOptions{4, 4, milliseconds(50)};
    front.calls[1].policy.hedge = HedgeOptions{3, milliseconds(10)};
    front.calls[1].policy.hedge_quantile = 90;
    front.calls[2].policy.bulkhead = BulkheadOptions{2, 2, milliseconds(20)};
    front.calls[2].policy.hedge = HedgeOptions{2, Duration{}};
    front.calls[2].policy.balancer.outliers = OutlierSpec{};
    front.calls[1].policy.balancer.health_check =
        HealthCheckSpec{milliseconds(500), milliseconds(200), 2, 2};
    ServiceSpec middle = simple_service("middle", 8, milliseconds(10));
    middle.on = {NodeId{0}, NodeId{1}, NodeId{2}};
    middle.queue.discipline = QueueDiscipline::adaptive_lifo;
    middle.queue.limit = 30;
    middle.queue.drop_expired = true;
    middle.memory = {100, 10, 100 + 10 * 20};
    middle.server.adaptive_concurrency = GradientOptions{};
    middle.calls.resize(1);
    middle.calls[0].to = 2;
    middle.calls[0].policy.retry = RetryOptions{};
    middle.calls[0].policy.balancer.by = Balancing::random_two;
    ServiceSpec leaf = simple_service("leaf", 12, milliseconds(4));
    leaf.on = {NodeId{1}, NodeId{2}};
    leaf.queue.discipline = QueueDiscipline::codel;
    leaf.queue.limit = 40;
    leaf.cpu_share = 1;
    leaf.server.shed = PriorityShedderOptions{};
    leaf.server.degradation = DegradationOptions{};
    ServiceGraph graph{{front, middle, leaf},
                       {simple_clients("users", 0, 120), simple_clients("robots", 0, 1)},
                       2};
    graph.clients[0].policy.timeout = milliseconds(250);
    graph.clients[0].policy.retry = RetryOptions{};
    graph.clients[1].loop = ClientSpec::Loop::closed;
    graph.clients[1].clients = 3;
    graph.clients[1].think_time = Exponential{milliseconds(100)};
    graph.clients[1].criticality = Criticality::background;
    return graph;
}

// All that can happen to it, and back.
void shake(Lab& lab) {
    const Distribution slow(Exponential{milliseconds(100)});
    const std::vector<bool> all(lab.services.edge_count(), true);
    lab.run_for(seconds(3));
    lab.services.begin_errors(FaultId{0}, all, Chance(0.2), Random(1));
    lab.services.begin_latency(FaultId{1}, all, slow, Random(2));
    lab.run_for(seconds(3));
    lab.services.end_fault(FaultId{0});
    lab.services.end_fault(FaultId{1});
    lab.services.hold_down(FaultId{2}, InstanceId{3});
    lab.services.begin_black_hole(FaultId{3}, all);
    lab.run_for(seconds(1));
    lab.services.end_fault(FaultId{3});
    lab.services.let_up(InstanceId{3});
    lab.services.process_paused(NodeId{1});
    lab.run_for(seconds(2));
    lab.services.process_resumed(NodeId{1});
    lab.services.begin_stuck_workers(FaultId{4}, 2, 1);
    lab.services.begin_descriptor_limit(FaultId{5}, 1, 6);
    lab.run_for(seconds(2));
    lab.services.end_fault(FaultId{4});
    lab.services.end_fault(FaultId{5});
    stop_node(lab, StopCause::power_loss);
    lab.run_for(seconds(2));
    lab.network.set_state(HostId{0}, HostState::running);
    lab.services.process_started(NodeId{0});
    lab.services.process_paused(NodeId{2});
    lab.run_for(milliseconds(500));
    lab.network.set_state(HostId{2}, HostState::refusing);
    lab.services.process_stopped(NodeId{2}, StopCause::crash);
    lab.run_for(seconds(1));
    lab.network.set_state(HostId{2}, HostState::running);
    lab.services.process_started(NodeId{2});
    lab.services.lose_caches(FaultId{6}, 0);
    for (int i = 0; i < 300; ++i) lab.services.add_request(PopulationId{0});
    lab.run_for(seconds(10));
}

}  // namespace

TEST_CASE("services: whatever happens, what was offered is what has ended and what is under way") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Lab lab(all_of_it(), {3, milliseconds(1), seed});
        lab.checks_each_event = true;
        shake(lab);
        INFO(seed);
        REQUIRE(lab.adds_up);
        const RequestCounts& users = lab.services.counts(PopulationId{0});
        REQUIRE(users.offered > 3000);
        REQUIRE(users.ok > 1000);
        REQUIRE(users.timed_out + users.failed + users.rejected > 100);
        REQUIRE(users.ok + users.failed + users.timed_out + users.rejected + users.refused +
                    lab.services.counts(PopulationId{1}).offered -
                    lab.services.counts(PopulationId{1}).under_way ==
                lab.ended.size());
        // It is well again.
        lab.forget();
        lab.run_for(seconds(5));
        REQUIRE(lab.requests(CallOutcome::ok) > lab.ended.size() * 9 / 10);
    }
}

TEST_CASE("services: the same seed gives the same run, another one another") {
    const auto fingerprint = [](std::uint64_t seed) {
        Lab lab(all_of_it(), {3, milliseconds(1), seed});
        shake(lab);
        return lab.record.fingerprint();
    };
    const auto one = fingerprint(1);
    CHECK(one == fingerprint(1));
    CHECK(one != fingerprint(2));
}

TEST_CASE("services: callers of a dead process are refused at once, of a dark host they wait") {
    const auto latency_of_loss = [](StopCause cause) {
        Lab lab(one_of(100, milliseconds(100)), {1, milliseconds(1)});
        lab.run_for(seconds(5));
        const Instant stopped = lab.queue.now();
        stop_node(lab, cause);
        lab.forget();
        lab.run_for(milliseconds(500));
        CHECK(lab.all<InstanceStopped>().at(0).second.cause == cause);
        CHECK(lab.all<InstanceStopped>().at(0).second.lost > 4);
        const auto refused = lab.requests(CallOutcome::refused);
        for (std::size_t i = 0; i < lab.ended.size(); ++i) {
            if (lab.ended[i].outcome != CallOutcome::refused) continue;
            CHECK(lab.ended_at[i] == stopped + milliseconds(1));
            break;
        }
        return refused;
    };
    CHECK(latency_of_loss(StopCause::crash) > 20);
    CHECK(latency_of_loss(StopCause::power_loss) == 0);
}

TEST_CASE("services: a host that stands still does its work when it goes on") {
    Lab lab(one_of(10, milliseconds(20)), {1, milliseconds(1)});
    lab.run_for(seconds(1));
    lab.services.process_paused(NodeId{0});
    lab.forget();
    lab.run_for(milliseconds(500));
    CHECK(lab.ended.size() <= 1);
    lab.services.process_resumed(NodeId{0});
    lab.run_for(milliseconds(200));
    CHECK(lab.requests(CallOutcome::ok) == lab.ended.size());
    CHECK(lab.ended.size() >= 4);
}

TEST_CASE("services: what has come for a process that dies standing still is refused") {
    Lab lab(one_of(100, milliseconds(20)), {1, milliseconds(1)});
    lab.run_for(seconds(1));
    lab.services.process_paused(NodeId{0});
    lab.run_for(milliseconds(300));
    lab.forget();
    stop_node(lab, StopCause::crash);
    lab.run_for(milliseconds(1));
    CHECK(lab.requests(CallOutcome::refused) == lab.ended.size());
    CHECK(lab.ended.size() > 20);
    CHECK(lab.services.adds_up());
}

TEST_CASE("services: what computes takes longer while the processor stands still or is hogged") {
    ServiceGraph graph = one_of(1, milliseconds(20));
    graph.services[0].cpu_share = 1;
    Lab lab(graph);
    lab.services.processor_hogged(NodeId{0}, milliseconds(30));
    lab.run_for(seconds(20));
    CHECK(std::abs(lab.mean_latency() - 0.050) < 0.002);
}

TEST_CASE("services: one service that computes starves its neighbour on the host") {
    ServiceSpec greedy = simple_service("greedy", 500, milliseconds(20));
    greedy.cpu_share = 1;
    ServiceSpec modest = simple_service("modest", 500, milliseconds(1));
    modest.cpu_share = 1;
    ServiceGraph graph{{greedy, modest},
                       {simple_clients("many", 0, 300), simple_clients("few", 1, 10)},
                       4};
    graph.clients[1].policy.timeout = milliseconds(200);
    const auto share_of_few = [](const ServiceGraph& of) {
        Lab lab(of);
        lab.run_for(seconds(30));
        const RequestCounts& few = lab.services.counts(PopulationId{1});
        return static_cast<double>(few.ok) / static_cast<double>(few.offered);
    };
    CHECK(share_of_few(graph) < 0.2);
    graph.cores = 16;
    CHECK(share_of_few(graph) > 0.99);
}

TEST_CASE("services: stuck workers are missed, and take up what waits when they are free") {
    Lab lab(one_of(100, milliseconds(20)));
    lab.run_for(seconds(5));
    CHECK(lab.requests(CallOutcome::ok) == lab.ended.size());
    lab.services.begin_stuck_workers(FaultId{0}, 0, 4);
    lab.run_for(milliseconds(100));
    lab.forget();
    lab.run_for(seconds(5));
    CHECK(lab.requests(CallOutcome::ok) == 0);
    CHECK(lab.all<FaultObserved>().at(0).second.effect == FaultEffect::worker_missed);
    lab.services.end_fault(FaultId{0});
    lab.run_for(seconds(10));
    CHECK(lab.requests(CallOutcome::ok) > 500);
}

TEST_CASE("services: an instance without descriptors refuses what is new") {
    Lab lab(one_of(100, milliseconds(20)));
    lab.services.begin_descriptor_limit(FaultId{0}, 0, 1);
    lab.run_for(seconds(20));
    const auto ok = static_cast<double>(lab.requests(CallOutcome::ok));
    // One at a time: M/M/1/1 at load 2 serves a third.
    CHECK(std::abs(ok / static_cast<double>(lab.ended.size()) - 1.0 / 3) < 0.05);
    CHECK(lab.requests(CallCause::descriptors) + lab.requests(CallOutcome::ok) ==
          lab.ended.size());
    CHECK(lab.all<FaultObserved>().at(0).second.effect == FaultEffect::connection_refused);
}

TEST_CASE("services: a black hole swallows calls until it is gone") {
    Lab lab(one_of(100, milliseconds(20)));
    lab.services.begin_black_hole(FaultId{0}, {true});
    lab.run_for(seconds(5));
    CHECK(lab.requests(CallOutcome::timed_out) == lab.ended.size());
    CHECK(lab.all<FaultObserved>().at(0).second.effect == FaultEffect::call_swallowed);
    lab.services.end_fault(FaultId{0});
    lab.run_for(seconds(2));
    lab.forget();
    lab.run_for(seconds(2));
    CHECK(lab.requests(CallOutcome::ok) == lab.ended.size());
}

TEST_CASE("services: a fault on one edge leaves the others alone") {
    ServiceGraph graph = one_of(100, milliseconds(5));
    graph.clients.push_back(simple_clients("others", 0, 100));
    Lab lab(graph);
    lab.services.begin_errors(FaultId{0}, {true, false}, Chance(1), Random(1));
    lab.run_for(seconds(10));
    CHECK(lab.services.counts(PopulationId{0}).ok == 0);
    CHECK(lab.services.counts(PopulationId{0}).failed > 900);
    CHECK(lab.services.counts(PopulationId{1}).failed == 0);
}

TEST_CASE("services: an open loop of few clients does not ask for more than they can wait for") {
    ServiceGraph graph = one_of(1000, milliseconds(100));
    graph.clients[0].clients = 7;
    Lab lab(graph);
    lab.run_for(seconds(20));
    CHECK(lab.services.counts(PopulationId{0}).under_way <= 7);
    CHECK(lab.requests(CallCause::no_client) > 10'000);
    CHECK(std::abs(static_cast<double>(lab.requests(CallOutcome::ok)) / 20 - 40) < 1);
}
