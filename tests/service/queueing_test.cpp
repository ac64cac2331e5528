// SPDX-License-Identifier: MIT
//
// Services against the closed forms of queueing theory, within three standard errors.
#include <cmath>

#include "tests/catch.hpp"
#include "tests/service/lab.hpp"

using namespace shaketable;
using namespace shaketable::test;

namespace {

// The part of arrivals that c servers without a queue turn away, at load a: Erlang's B.
double erlang_b(std::uint32_t servers, double load) {
    double blocked = 1;
    for (std::uint32_t n = 1; n <= servers; ++n) blocked = load * blocked / (n + load * blocked);
    return blocked;
}

// The part that has to wait for one of c servers: Erlang's C.
double erlang_c(std::uint32_t servers, double load) {
    const double blocked = erlang_b(servers, load);
    return blocked / (1 - load / servers * (1 - blocked));
}

ServiceGraph one_service(const ServiceSpec& service, double rate) {
    return {{service}, {simple_clients("users", 0, rate)}};
}

}  // namespace

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
    // Four clients think for 100 ms and ask one worker who takes 50 ms. With z = 2 the chance that
    // the worker idles is 1 / sum over n of 4! / (4 - n)! (50/100)^n.
    ServiceGraph graph = one_service(simple_service("db", 1, milliseconds(50)), 1);
    graph.clients[0].loop = ClientSpec::Loop::closed;
    graph.clients[0].clients = 4;
    graph.clients[0].think_time = Exponential{milliseconds(100)};
    Lab lab(graph);
    lab.run_for(seconds(3000));
    double sum = 0;
    double term = 1;
    for (int n = 0; n <= 4; ++n) {
        sum += term;
        term *= (4 - n) * 0.5;
    }
    const double throughput = (1 - 1 / sum) / 0.050;
    CHECK(std::abs(static_cast<double>(lab.ended.size()) / 3000.0 - throughput) <
          0.02 * throughput);
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
    ServiceSpec front = simple_service("front", 10'000, milliseconds(1));
    front.service_time = Constant{};
    for (std::uint32_t i = 1; i <= 4; ++i) {
        CallSpec call;
        call.to = i;
        call.parallel = i > 1;
        call.policy.timeout = seconds(60);
        front.calls.push_back(call);
    }
    ServiceGraph graph{{front}, {simple_clients("users", 0, 100)}};
    for (std::uint32_t i = 1; i <= 4; ++i) {
        graph.services.push_back(
            simple_service("leaf" + std::to_string(i), 10'000, milliseconds(12)));
    }
    Lab lab(graph);
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
