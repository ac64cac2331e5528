// SPDX-License-Identifier: MIT
//
// Services that are queues of the textbook, and what the textbook says of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "tests/service/lab.hpp"

namespace shaketable::test {

// The probability that all of c servers are busy and nobody may wait, at this load: Erlang's B, by
// its recursion.
inline double erlang_b(std::uint32_t servers, double load) {
    double blocked = 1;
    for (std::uint32_t n = 1; n <= servers; ++n) blocked = load * blocked / (n + load * blocked);
    return blocked;
}

// That one must wait, if all may: Erlang's C.
inline double erlang_c(std::uint32_t servers, double load) {
    const double blocked = erlang_b(servers, load);
    return blocked / (1 - load / servers * (1 - blocked));
}

// Customers answered a second, where so many each think for a while and ask one server: the
// machine-repair model. Both times are exponential, these are their means in seconds.
inline double machine_repair(std::uint32_t clients, double think, double service) {
    double sum = 0;
    double term = 1;
    for (std::uint32_t n = 0; n <= clients; ++n) {
        sum += term;
        term *= (clients - n) * service / think;
    }
    return (1 - 1 / sum) / service;
}

// One service of exponential times that is asked as a Poisson process: M/M/c.
inline ServiceGraph one_service(const ServiceSpec& service, double rate) {
    return {{service}, {simple_clients("users", 0, rate)}};
}

// The same asked by so many clients in a closed loop.
inline ServiceGraph closed_loop(const ServiceSpec& service, std::uint32_t clients, Duration think) {
    ServiceGraph graph = one_service(service, 1);
    graph.clients[0].loop = ClientSpec::Loop::closed;
    graph.clients[0].clients = clients;
    graph.clients[0].think_time = Exponential{think};
    return graph;
}

// So many parallel calls of exponential times, 12 ms in the mean, by a front that takes no time.
inline ServiceGraph fan_out(std::uint32_t leaves) {
    ServiceSpec front = simple_service("front", 10'000, milliseconds(1));
    front.service_time = Constant{};
    ServiceGraph graph{{front}, {simple_clients("users", 0, 100)}};
    for (std::uint32_t i = 1; i <= leaves; ++i) {
        CallSpec call;
        call.to = i;
        call.parallel = i > 1;
        call.policy.timeout = seconds(60);
        graph.services[0].calls.push_back(call);
        graph.services.push_back(
            simple_service("leaf-" + std::to_string(i), 10'000, milliseconds(12)));
    }
    return graph;
}

}  // namespace shaketable::test
