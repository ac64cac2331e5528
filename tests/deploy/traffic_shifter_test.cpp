// SPDX-License-Identifier: MIT
#include "sim/deploy/traffic_shifter.hpp"

#include <cmath>

#include "tests/catch.hpp"
#include "tests/service/lab.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

constexpr double kRate = 1000;  // requests a second

// A service of two instances that takes 2 ms, and another version of it.
ServiceGraph shop(const ServiceVersion& version, double rate = kRate) {
    ServiceGraph graph;
    graph.services.push_back(test::simple_service("web", 64, milliseconds(2)));
    graph.services[0].on = {NodeId{0}, NodeId{1}};
    graph.services[0].versions = {version};
    graph.clients.push_back(test::simple_clients("people", 0, rate));
    return graph;
}
ServiceVersion good() { return {"v2", Exponential{milliseconds(2)}, 0}; }
ServiceVersion bad(double error_rate) { return {"v2", Exponential{milliseconds(2)}, error_rate}; }

TrafficOrder shift(std::vector<std::uint32_t> steps_ppm) {
    TrafficOrder order;
    order.version = 1;
    order.steps_ppm = std::move(steps_ppm);
    order.soak = seconds(10);
    return order;
}
const std::vector<std::uint32_t> kSteps = {10'000, 100'000, 500'000, 1'000'000};

struct Shifting final : private Subscriber {
    explicit Shifting(const ServiceGraph& graph)
        : lab(graph, {.nodes = 2}),
          shifter(lab.queue, lab.record, lab.receipts, lab.services) {
        lab.record.subscribe<DeployStepped, TrafficShifted, VersionsCompared>(*this);
        lab.run_for(seconds(5));
        lab.forget();
    }
    void begin(const TrafficOrder& order, std::uint32_t fault = 0) {
        shifter.begin(FaultId{fault}, order);
    }
    template <class F>
    std::vector<F> all() const {
        std::vector<F> found;
        for (const Fact& any : facts) {
            if (const auto* fact = std::get_if<F>(&any)) found.push_back(*fact);
        }
        return found;
    }
    // How the order of a fault stands.
    DeployOutcome outcome(std::uint32_t fault = 0) const {
        DeployOutcome last = DeployOutcome::begun;
        for (const DeployStepped& step : all<DeployStepped>()) {
            if (step.fault == FaultId{fault} && step.step == DeployStep::order) last = step.outcome;
        }
        return last;
    }
    std::vector<std::uint32_t> shares() const {
        std::vector<std::uint32_t> shares;
        for (const TrafficShifted& fact : all<TrafficShifted>()) shares.push_back(fact.share_ppm);
        return shares;
    }
    double failed() const { return static_cast<double>(lab.requests(CallOutcome::failed)); }
    const Traffic& traffic() const { return lab.services.traffic(0); }

    test::Lab lab;
    TrafficShifter shifter;
    std::vector<Fact> facts;

private:
    void on_fact(Instant, const Fact& fact) override { facts.push_back(fact); }
};

// Within three standard errors of a count of rare events.
bool is_about(double count, double expected) {
    return std::abs(count - expected) <= 3 * std::sqrt(expected);
}

}  // namespace

TEST_CASE("traffic: requests that fail are the sum of share, soak and error rate over the steps") {
    Shifting run(shop(bad(0.3)));
    TrafficOrder order = shift(kSteps);
    order.gate = false;
    run.begin(order);
    run.lab.run_for(seconds(1));  // instances start
    double failed_before = 0;
    double expected_of_all = 0;
    for (const double share : {0.01, 0.1, 0.5, 1.0}) {
        run.lab.run_for(seconds(10) + milliseconds(50));
        const double expected = share * 10 * kRate * 0.3;
        CHECK(is_about(run.failed() - failed_before, expected));
        expected_of_all += expected;
        failed_before = run.failed();
    }
    CHECK(is_about(run.failed(), expected_of_all));
    CHECK(expected_of_all == Approx(4830));
    CHECK(run.outcome() == DeployOutcome::done);
    CHECK(run.shares() == kSteps);
    CHECK(run.traffic().from == 1);
    CHECK(run.lab.all<FaultObserved>().size() == 1);
    CHECK(run.lab.all<FaultObserved>()[0].second.effect == FaultEffect::traffic_shifted);
}

TEST_CASE("traffic: a version that fails more is taken back after the first step, at once") {
    Shifting run(shop(bad(0.3)));
    run.begin(shift(kSteps));
    run.lab.run_for(seconds(30));
    CHECK(run.outcome() == DeployOutcome::stopped);
    CHECK(run.shares() == std::vector<std::uint32_t>{10'000, 0});
    // A hundred calls of it must have ended.
    CHECK(is_about(run.failed(), 0.01 * 10 * kRate * 0.3));
    const auto compared = run.all<VersionsCompared>();
    REQUIRE(compared.size() == 1);
    CHECK(compared[0].is_worse);
    CHECK(compared[0].former_failed == 0);
    CHECK(is_about(static_cast<double>(compared[0].former_calls), 0.99 * 10 * kRate));
    CHECK(is_about(static_cast<double>(compared[0].failed), run.failed()));
    run.lab.forget();
    run.lab.run_for(seconds(5));
    CHECK(run.failed() == 0);
    CHECK(run.traffic().to == 0);
}

TEST_CASE("traffic: a slow version is taken back for its latency, unless that is allowed") {
    const ServiceVersion slow{"v2", Exponential{milliseconds(4)}, 0};
    Shifting run(shop(slow));
    run.begin(shift(kSteps));
    run.lab.run_for(seconds(15));
    CHECK(run.outcome() == DeployOutcome::stopped);
    Shifting patient(shop(slow));
    TrafficOrder order = shift({100'000, 1'000'000});
    order.allows.latency_factor = 3;
    patient.begin(order);
    patient.lab.run_for(seconds(25));
    CHECK(patient.outcome() == DeployOutcome::done);
    // In the last step the version before was asked nothing: it is taken as it was.
    const auto compared = patient.all<VersionsCompared>();
    REQUIRE(compared.size() == 2);
    CHECK(compared[1].former_calls == compared[0].former_calls);
}

TEST_CASE("traffic: a version that answers nobody in time is taken back") {
    ServiceGraph graph = shop({"v2", Constant{seconds(2)}, 0});
    graph.clients[0].policy.timeout = milliseconds(100);
    Shifting run(graph);
    run.begin(shift(kSteps));
    run.lab.run_for(seconds(15));
    CHECK(run.outcome() == DeployOutcome::stopped);
    const auto compared = run.all<VersionsCompared>();
    REQUIRE(compared.size() == 1);
    CHECK(compared[0].failed == compared[0].calls);
    CHECK(compared[0].p95_ns == 0);
}

TEST_CASE("traffic: what is as good gets everything, and the way back is open") {
    Shifting run(shop(good()));
    run.begin(shift(kSteps));
    run.lab.run_for(seconds(45));
    REQUIRE(run.outcome() == DeployOutcome::done);
    CHECK(run.traffic().from == 1);
    // What was taken over fails nobody, and service.crash finds who serves.
    CHECK(run.lab.requests(CallOutcome::ok) == run.lab.ended.size());
    CHECK(run.lab.services.serving(0, 1) == InstanceId{3});
    TrafficOrder back = shift({500'000, 1'000'000});
    back.version = 0;
    run.begin(back, 1);
    run.lab.run_for(seconds(25));
    CHECK(run.outcome(1) == DeployOutcome::done);
    CHECK(run.traffic().from == 0);
}

TEST_CASE("traffic: a step waits for enough calls; who ends it leaves the share as it is") {
    Shifting run(shop(bad(1), 10));
    run.begin(shift(kSteps));
    run.lab.run_for(seconds(20));
    CHECK(run.all<VersionsCompared>().empty());
    run.shifter.end(FaultId{0});
    CHECK(run.outcome() == DeployOutcome::given_up);
    CHECK(run.traffic().share_ppm == 10'000);
    // The next order goes on; what lies behind it is passed over.
    TrafficOrder on = shift({5'000, 10'000, 500'000});
    on.allows.calls_min = 20;
    run.begin(on, 1);
    run.lab.run_for(seconds(20));
    CHECK(run.outcome(1) == DeployOutcome::stopped);
    CHECK(run.shares() == std::vector<std::uint32_t>{10'000, 500'000, 10'000});
    // And one for the version that serves goes back.
    TrafficOrder back = shift({1'000'000});
    back.version = 0;
    back.gate = false;
    run.begin(back, 2);
    run.lab.run_for(seconds(15));
    CHECK(run.outcome(2) == DeployOutcome::done);
    CHECK(run.traffic().from == 0);
    CHECK(run.traffic().to == 0);
}

TEST_CASE("traffic: behind a gate that failed it may be held where it is") {
    Shifting run(shop(bad(0.5)));
    TrafficOrder order = shift({100'000, 500'000});
    order.unhealthy = DeployOrder::Unhealthy::stop;
    run.begin(order);
    run.lab.run_for(seconds(30));
    CHECK(run.outcome() == DeployOutcome::stopped);
    CHECK(run.shares() == std::vector<std::uint32_t>{100'000});
    CHECK(run.traffic().share_ppm == 100'000);
}

TEST_CASE("traffic: what would shift nothing is refused, and a second order meanwhile") {
    Shifting run(shop(good()));
    TrafficOrder nothing = shift(kSteps);
    nothing.version = 0;
    run.begin(nothing);
    CHECK(run.outcome() == DeployOutcome::refused);
    run.begin(shift(kSteps), 1);
    run.lab.run_for(seconds(3));
    run.begin(shift(kSteps), 2);
    CHECK(run.outcome(2) == DeployOutcome::refused);
    CHECK(run.outcome(1) == DeployOutcome::begun);
}

TEST_CASE("traffic: a version whose instances don't start in time gets nothing") {
    Shifting run(shop(good()));
    run.lab.services.process_stopped(NodeId{1}, StopCause::crash);
    TrafficOrder order = shift(kSteps);
    order.timeout = seconds(3);
    run.begin(order);
    run.lab.run_for(seconds(5));
    CHECK(run.outcome() == DeployOutcome::failed);
    CHECK(run.shares().empty());
}

TEST_CASE("traffic: instances that were not started are neither asked nor checked") {
    ServiceGraph graph = shop(good());
    HealthCheckSpec check;
    check.interval = seconds(1);
    check.timeout = milliseconds(100);
    graph.clients[0].policy.balancer.health_check = check;
    graph.clients[0].policy.balancer.panic_percent = 60;
    Shifting run(graph);
    run.lab.run_for(seconds(20));
    CHECK(run.lab.all<ReputeChanged>().empty());
    CHECK(run.lab.all<PanicChanged>().empty());
    CHECK(run.lab.requests(CallOutcome::ok) == run.lab.ended.size());
    run.begin(shift({500'000}));
    run.lab.run_for(seconds(20));
    CHECK(run.outcome() == DeployOutcome::done);
    CHECK(run.lab.all<ReputeChanged>().empty());
    CHECK(run.lab.services.adds_up());
}
