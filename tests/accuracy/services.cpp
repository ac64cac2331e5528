// SPDX-License-Identifier: MIT
//
// Services (sim/service) as queues with closed forms, fan-out, and the retry storm that stays:
// Bronson et al., "Metastable failures in distributed systems", HotOS 2021, section 2.1.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tests/accuracy/rows.hpp"
#include "tests/service/lab.hpp"

namespace shaketable::accuracy {
namespace {

using test::Lab;
using test::milliseconds;
using test::seconds;
using test::simple_clients;
using test::simple_service;

// The probability that all are busy and nobody may wait, by its recursion; and that one must wait.
double erlang_b(std::uint32_t servers, double load) {
    double blocked = 1;
    for (std::uint32_t n = 1; n <= servers; ++n) blocked = load * blocked / (n + load * blocked);
    return blocked;
}
double erlang_c(std::uint32_t servers, double load) {
    const double blocked = erlang_b(servers, load);
    return blocked / (1 - load / servers * (1 - blocked));
}

ServiceGraph one_service(std::uint32_t workers, Duration mean, double rate) {
    return {{simple_service("db", workers, mean)}, {simple_clients("users", 0, rate)}};
}

// Nothing counts before a tenth of it has passed.
void run(Lab& lab, const Effort& effort, Duration length) {
    lab.run_for(length / 10);
    lab.forget();
    lab.ended_at.clear();
    lab.run_for(length / static_cast<std::int64_t>(effort.parts));
}

Lab::Setup seeded(std::uint64_t seed) { return {1, {}, seed}; }

// The mean time from asking to the answer, of each seed, in milliseconds.
std::vector<double> responses(const Effort& effort, const ServiceGraph& graph, Duration length) {
    return by_seed(effort, [&](std::uint64_t seed) {
        Lab lab(graph, seeded(seed));
        run(lab, effort, length);
        return lab.mean_latency() * 1e3;
    });
}

void add_queues(const Effort& effort, std::vector<Row>& rows) {
    struct Queue {
        std::uint32_t workers;
        double load;
    };
    for (const Queue& one : {Queue{1, 0.5}, Queue{1, 0.8}, Queue{4, 3}, Queue{8, 7.2}}) {
        const double wait = erlang_c(one.workers, one.load) * 10 / (one.workers - one.load);
        rows.push_back(estimated(
            fmt::format("response of M/M/{}, {:g} % busy", one.workers,
                        100 * one.load / one.workers),
            "service + Erlang C * service / (c - load)", 10 + wait,
            responses(effort, one_service(one.workers, milliseconds(10), one.load * 100),
                      seconds(400)),
            "ms"));
    }
    ServiceGraph trunk = one_service(5, milliseconds(100), 30);
    trunk.services[0].queue.limit = 0;
    rows.push_back(estimated("refused by M/M/5/5, 3 workers' work offered", "Erlang B",
                             100 * erlang_b(5, 3), by_seed(effort, [&](std::uint64_t seed) {
                                 Lab lab(trunk, seeded(seed));
                                 run(lab, effort, seconds(1000));
                                 return 100 * static_cast<double>(
                                                  lab.requests(CallCause::queue_full)) /
                                        static_cast<double>(lab.ended.size());
                             }),
                             "%"));
    // Four clients think for 100 ms and ask one worker who takes 50 ms.
    ServiceGraph closed = one_service(1, milliseconds(50), 1);
    closed.clients[0].loop = ClientSpec::Loop::closed;
    closed.clients[0].clients = 4;
    closed.clients[0].think_time = Exponential{milliseconds(100)};
    double sum = 0;
    double term = 1;
    for (int n = 0; n <= 4; ++n) {
        sum += term;
        term *= (4 - n) * 0.5;
    }
    const Duration length = seconds(800);
    rows.push_back(estimated(
        "answers to 4 clients in a closed loop", "machine repair: (1 - p0) / service",
        (1 - 1 / sum) / 0.05, by_seed(effort, [&](std::uint64_t seed) {
            Lab lab(closed, seeded(seed));
            run(lab, effort, length);
            return static_cast<double>(lab.ended.size()) * 1e9 /
                   static_cast<double>((length / static_cast<std::int64_t>(effort.parts)).ns);
        }),
        "/s"));
}

// `leaves` parallel calls of exponential times, 12 ms in the mean, by a front that takes no time.
ServiceGraph fan_out(std::uint32_t leaves) {
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

void add_fan_out(const Effort& effort, std::vector<Row>& rows) {
    rows.push_back(estimated("slowest of 4 calls at once", "(1 + 1/2 + 1/3 + 1/4) * mean",
                             12 * (1 + 1 / 2. + 1 / 3. + 1 / 4.),
                             responses(effort, fan_out(4), seconds(120)), "ms"));
    // A leaf takes longer than this in one of a hundred calls.
    const double slow = 12 * std::log(100.0) / 1e3;
    const std::uint32_t leaves = 20;
    rows.push_back(estimated(
        "requests of 20 calls of which one is slow, 1 % each", "1 - (1 - p)^n",
        100 * (1 - std::pow(0.99, leaves)), by_seed(effort, [&](std::uint64_t seed) {
            Lab lab(fan_out(leaves), seeded(seed));
            run(lab, effort, seconds(120));
            std::uint64_t count = 0;
            for (std::size_t i = 0; i < lab.ended.size(); ++i) {
                const auto took = static_cast<double>((lab.ended_at[i] - lab.ended[i].issued).ns);
                count += took / 1e9 > slow ? 1 : 0;
            }
            return 100 * static_cast<double>(count) / static_cast<double>(lab.ended.size());
        }),
        "%"));
}

// Attempts a request, 400 s after an outage of 10 s: 30 workers serve 300 a second, whoever waits
// for a second is asked once more, and nobody looks whether somebody still waits.
double attempts_after_outage(std::uint64_t seed, double offered) {
    ServiceGraph graph = one_service(30, milliseconds(100), offered);
    CallPolicy& policy = graph.clients[0].policy;
    policy.timeout = seconds(1);
    policy.deadline = seconds(60);
    policy.retry = novacron::resilience::RetryOptions{};
    policy.retry->max_attempts = 2;
    policy.retry->initial_delay = milliseconds(1);
    policy.retry->jitter = novacron::resilience::Jitter::none;
    Lab lab(graph, seeded(seed));
    lab.run_for(seconds(20));
    lab.services.process_paused(NodeId{0});
    lab.run_for(seconds(10));
    lab.services.process_resumed(NodeId{0});
    lab.run_for(seconds(400));
    lab.forget();
    lab.run_for(seconds(60));
    return static_cast<double>(lab.ended_calls(0)) / static_cast<double>(lab.ended.size());
}

void add_storms(const Effort& effort, std::vector<Row>& rows) {
    struct Storm {
        double offered;
        double attempts;
        const char* source;
    };
    for (const Storm& one :
         {Storm{140, 1, "below C / (1 + retries) = 150: recovers"},
          Storm{160, 2, "above 150: stays; twice the load"},
          Storm{280, 2, "HotOS 2021: 280 become 560 for ever"}}) {
        rows.push_back(estimated(
            fmt::format("attempts a request after an outage, {:g}/s of 300/s, 1 retry",
                        one.offered),
            one.source, one.attempts, by_seed(effort, [&](std::uint64_t seed) {
                return attempts_after_outage(seed, one.offered);
            })));
    }
}

}  // namespace

std::vector<Row> service_rows(const Effort& effort) {
    std::vector<Row> rows;
    add_queues(effort, rows);
    add_fan_out(effort, rows);
    add_storms(effort, rows);
    // Offered is what succeeded, failed, was refused, ran out of time, or is under way.
    Lab lab(fan_out(3), seeded(1));
    lab.checks_each_event = true;
    lab.run_for(seconds(20));
    rows.push_back(exact("events after which requests don't add up", "conservation", 0,
                         lab.adds_up ? 0 : 1, 0));
    return rows;
}

}  // namespace shaketable::accuracy
