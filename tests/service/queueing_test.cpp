// SPDX-License-Identifier: MIT
//
// Services against the closed forms of queueing theory, within three standard errors.
#include <cmath>

#include "tests/catch.hpp"
#include "tests/service/queues.hpp"

using namespace shaketable;
using namespace shaketable::test;

TEST_CASE("services: one worker is an M/M/1 queue") {
    // 100 a second served, 50 come: 1 / (100 - 50) s from arrival to answer.
    Lab lab(one_service(simple_service("db", 1, milliseconds(10)), 50));
    lab.run_for(seconds(2000));
    REQUIRE(lab.ended.size() > 95'000);
    // Standard error of 100,000 waits at half load: 1.7 % of the mean wait.
    CHECK(std::abs(lab.mean_latency() - 0.020) < 3 * 0.017 * 0.010);
}

TEST_CASE("services: several workers are an M/M/c queue") {
    // 40 a second each, 4 workers, 120 come: load 3.
    Lab lab(one_service(simple_service("db", 4, milliseconds(25)), 120));
    lab.run_for(seconds(1500));
    const double wait = erlang_c(4, 3) / (4 * 40 - 120);
    CHECK(std::abs(lab.mean_latency() - (0.025 + wait)) < 0.05 * wait);
}

TEST_CASE("services: without a queue, as many are refused as Erlang says") {
    ServiceSpec service = simple_service("trunk", 5, milliseconds(100));
    service.queue.limit = 0;
    Lab lab(one_service(service, 30));
    lab.run_for(seconds(4000));
    const auto refused = static_cast<double>(lab.requests(CallCause::queue_full));
    const double part = refused / static_cast<double>(lab.ended.size());
    const double expected = erlang_b(5, 3);
    // 120,000 arrivals; what follows each other is a little correlated.
    CHECK(std::abs(part - expected) < 3 * 1.5 * std::sqrt(expected / 120'000.0));
}

TEST_CASE("services: Little's law holds for those who wait and are served") {
    Lab lab(one_service(simple_service("db", 2, milliseconds(20)), 70));
    double area = 0;  // requests times nanoseconds
    for (int i = 0; i < 400'000; ++i) {
        lab.run_for(milliseconds(1));
        area += static_cast<double>(lab.services.instance(InstanceId{0}).requests.size());
    }
    const double present = area / 400'000.0;
    const double rate = static_cast<double>(lab.ended.size()) / 400.0;
    CHECK(std::abs(present - rate * lab.mean_latency()) < 0.02 * present);
}

TEST_CASE("services: clients who wait for each other are a machine-repair model") {
    Lab lab(closed_loop(simple_service("db", 1, milliseconds(50)), 4, milliseconds(100)));
    lab.run_for(seconds(3000));
    const double throughput = machine_repair(4, 0.100, 0.050);
    CHECK(std::abs(static_cast<double>(lab.ended.size()) / 3000.0 - throughput) <
          0.02 * throughput);
}

TEST_CASE("services: whatever a closed loop is given, N = X (R + Z)") {
    // Five clients think for 100 ms and ask two workers who take 20 ms each.
    Lab lab(closed_loop(simple_service("db", 2, milliseconds(20)), 5, milliseconds(100)));
    const PopulationId users{0};
    const auto clients_by_law = [&lab](double thinks_s) {
        lab.run_for(seconds(5));
        lab.forget();
        lab.run_for(seconds(400));
        return static_cast<double>(lab.ended.size()) / 400 * (lab.mean_latency() + thinks_s);
    };
    CHECK(clients_by_law(0.100) == Approx(5).epsilon(0.02));
    lab.services.add_clients(FaultId{0}, users, 10, Duration{}, Random(7));
    CHECK(clients_by_law(0.100) == Approx(15).epsilon(0.02));
    CHECK(lab.mean_latency() > 0.040);  // they wait for each other
    lab.services.end_fault(FaultId{0});
    CHECK(clients_by_law(0.100) == Approx(5).epsilon(0.02));
    lab.services.shorten_thoughts(FaultId{1}, users, 4, Duration{});
    CHECK(clients_by_law(0.025) == Approx(5).epsilon(0.02));
    lab.services.shorten_thoughts(FaultId{2}, users, 2, Duration{});
    CHECK(clients_by_law(0.0125) == Approx(5).epsilon(0.02));
    lab.services.end_fault(FaultId{1});
    lab.services.end_fault(FaultId{2});
    CHECK(clients_by_law(0.100) == Approx(5).epsilon(0.02));
    CHECK(lab.services.adds_up());
}

TEST_CASE("services: cores are shared by all workers of a host") {
    // Two services of 8 workers each, all of whose work needs one of 2 cores: an M/M/2 queue of
    // both. Each core serves 100 a second, 150 come in all.
    ServiceSpec one = simple_service("one", 1000, milliseconds(10));
    one.cpu_share = 1;
    ServiceSpec other = one;
    other.id = "other";
    ServiceGraph graph{{one, other}, {simple_clients("a", 0, 75), simple_clients("b", 1, 75)}, 2};
    Lab lab(graph);
    lab.run_for(seconds(1500));
    const double wait = erlang_c(2, 1.5) / (200 - 150);
    CHECK(std::abs(lab.mean_latency() - (0.010 + wait)) < 0.06 * wait);
}

TEST_CASE("services: the slowest of n parallel calls is the maximum of n") {
    // Four calls of exponential times: (1 + 1/2 + 1/3 + 1/4) times the mean.
    Lab lab(fan_out(4));
    lab.run_for(seconds(300));
    // 20 us to and fro on the same host, twice.
    CHECK(std::abs(lab.mean_latency() - (0.025 + 0.00004)) < 3 * 0.0145 / std::sqrt(30'000.0));
}

TEST_CASE("services: calls in a row add up, and one that may be needed is by its probability") {
    ServiceSpec front = simple_service("front", 10'000, milliseconds(1));
    front.service_time = Constant{milliseconds(1)};
    front.calls.resize(2);
    front.calls[0].to = 1;
    front.calls[1].to = 2;
    front.calls[1].probability = 0.25;
    ServiceSpec leaf = simple_service("leaf", 10'000, milliseconds(1));
    leaf.service_time = Constant{milliseconds(10)};
    ServiceSpec rare = leaf;
    rare.id = "rare";
    rare.service_time = Constant{milliseconds(40)};
    Lab lab({{front, leaf, rare}, {simple_clients("users", 0, 100)}});
    lab.run_for(seconds(200));
    const auto all = static_cast<double>(lab.ended_calls(0));
    const auto some = static_cast<double>(lab.ended_calls(1));
    CHECK(std::abs(some / all - 0.25) < 3 * std::sqrt(0.25 * 0.75 / all));
    CHECK(std::abs(lab.mean_latency() - 0.021) < 3 * 0.040 * 0.43 / std::sqrt(all) + 0.0001);
}
