// SPDX-License-Identifier: MIT
//
// Services (sim/service) as queues with closed forms, fan-out, hedges, load that is shed, and the
// retry storm that stays:
// Bronson et al., "Metastable failures in distributed systems", HotOS 2021, section 2.1.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/accuracy/rows.hpp"
#include "tests/service/queues.hpp"

namespace shaketable::accuracy {
namespace {

using test::closed_loop;
using test::erlang_b;
using test::erlang_c;
using test::fan_out;
using test::Lab;
using test::machine_repair;
using test::milliseconds;
using test::one_service;
using test::seconds;
using test::simple_clients;
using test::simple_service;

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
            responses(effort,
                      one_service(simple_service("db", one.workers, milliseconds(10)),
                                  one.load * 100),
                      seconds(400)),
            "ms"));
    }
    ServiceGraph trunk = one_service(simple_service("db", 5, milliseconds(100)), 30);
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
    const ServiceGraph closed =
        closed_loop(simple_service("db", 1, milliseconds(50)), 4, milliseconds(100));
    const Duration length = seconds(800);
    rows.push_back(estimated(
        "answers to 4 clients in a closed loop", "machine repair: (1 - p0) / service",
        machine_repair(4, 0.100, 0.050), by_seed(effort, [&](std::uint64_t seed) {
            Lab lab(closed, seeded(seed));
            run(lab, effort, length);
            return static_cast<double>(lab.ended.size()) * 1e9 /
                   static_cast<double>((length / static_cast<std::int64_t>(effort.parts)).ns);
        }),
        "/s"));
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

// Calls of exponential times, 10 ms in the mean, asked once more after a while: memory there is
// none, so that from then on the sooner of two takes half the time.
void add_hedges(const Effort& effort, std::vector<Row>& rows) {
    for (const std::int64_t delay_ms : {10, 20}) {
        ServiceGraph graph = one_service(simple_service("db", 10'000, milliseconds(10)), 100);
        novacron::resilience::HedgeOptions hedge;
        hedge.delay = milliseconds(delay_ms);
        graph.clients[0].policy.hedge = hedge;
        std::vector<double> latencies, attempts;
        for (std::uint64_t seed = 1; seed <= effort.seeds; ++seed) {
            Lab lab(graph, seeded(seed));
            run(lab, effort, seconds(200));
            latencies.push_back(lab.mean_latency() * 1e3);
            attempts.push_back(static_cast<double>(lab.ended_calls(0)) /
                               static_cast<double>(lab.ended.size()));
        }
        const double late = std::exp(-static_cast<double>(delay_ms) / 10);
        const std::string setting = fmt::format("hedged after {} ms", delay_ms);
        rows.push_back(estimated("response of 10 ms, " + setting, "mean (1 - e^(-D/mean) / 2)",
                                 10 * (1 - late / 2), latencies, "ms"));
        rows.push_back(estimated("attempts a request, " + setting, "1 + e^(-D/mean)", 1 + late,
                                 attempts));
    }
}

// What is refused so that utilisation u stays where what is let in keeps it: with p = (u - t) /
// (100 - t) refused of a load r, u = 100 r (1 - p). At several times the load that does not settle:
// what is refused lags behind by the half-life, and swings.
void add_shedding(const Effort& effort, std::vector<Row>& rows) {
    constexpr std::uint32_t kWorkers = 400;
    constexpr double kThreshold = 80;
    for (const double load : {1.2, 1.5}) {
        ServiceSpec service = simple_service("db", kWorkers, milliseconds(100));
        service.server.shed = novacron::resilience::UtilisationShedderOptions{};
        const ServiceGraph graph = one_service(service, load * kWorkers * 10);
        const double used = 100 * 100 * load / (100 - kThreshold + 100 * load);
        rows.push_back(estimated(
            fmt::format("shed of {:g} times the load, from 80 % busy on", load),
            "100 (u - t)/(100 - t), u = 100^2 r/(100 - t + 100 r)",
            100 * (used - kThreshold) / (100 - kThreshold),
            by_seed(effort,
                    [&](std::uint64_t seed) {
                        Lab lab(graph, seeded(seed));
                        lab.run_for(seconds(8));
                        lab.forget();
                        lab.run_for(seconds(12) / static_cast<std::int64_t>(effort.parts));
                        return 100 * static_cast<double>(lab.requests(CallCause::shed)) /
                               static_cast<double>(lab.ended.size());
                    }),
            "%"));
    }
}

// Attempts a request, 400 s after an outage of 10 s: 30 workers serve 300 a second, whoever waits
// for a second is asked once more, and nobody looks whether somebody still waits.
double attempts_after_outage(std::uint64_t seed, double offered) {
    ServiceGraph graph = one_service(simple_service("db", 30, milliseconds(100)), offered);
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
    add_hedges(effort, rows);
    add_shedding(effort, rows);
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
