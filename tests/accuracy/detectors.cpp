// SPDX-License-Identifier: MIT
//
// Failure detectors: the arithmetic, and whole runs beside the closed form of Chen, Toueg and
// Aguilera ("On the quality of service of failure detectors", 2002) for heartbeats every D that are
// lost with probability p, independently, and a timeout between k D and (k + 1) D:
//
//     lambda_M = (1 - p) p^k / D      E[T_M] = D / (1 - p) + k D - timeout
//     P_A = 1 - lambda_M E[T_M]       T_D = timeout - U(0, D) + delay
#include <cmath>

#include <fmt/format.h>

#include "core/detector/surprise.hpp"
#include "sim/run/run.hpp"
#include "tests/accuracy/rows.hpp"

namespace shaketable::accuracy {
namespace {

using novacron::microseconds;
using novacron::milliseconds;
using novacron::seconds;
using namespace novacron::detector;

constexpr double kLn10 = 2.30258509299404568402;
constexpr Duration kInterval = milliseconds(50);
constexpr Duration kLatency = microseconds(500);
constexpr std::uint32_t kNodes = 5;

// Phi with the deviation that is configured, so that losses don't move it: timeouts are
// mean + z * 15 ms.
HeartbeatWatchOptions fixed_phi(double threshold) {
    PhiOptions phi;
    phi.threshold = threshold;
    phi.failed_threshold = 2 * threshold;
    phi.adaptive = false;
    HeartbeatWatchOptions watch;
    watch.estimator = phi;
    return watch;
}

double timeout_seconds(double threshold) {
    return 0.05 + 0.015 * normal_silence(threshold * kLn10);
}

Scenario group(const DetectorOptions& detector, double loss, Duration duration) {
    Scenario scenario;
    scenario.name = "accuracy";
    scenario.warmup = seconds(5);
    scenario.duration = duration;
    for (std::uint32_t i = 0; i < kNodes; ++i) {
        NodeSpec node;
        node.name = "node-" + std::to_string(i + 1);
        scenario.nodes.push_back(std::move(node));
    }
    scenario.default_link.latency = Constant{kLatency};
    scenario.default_link.loss = loss;
    scenario.failure_detector = detector;
    return scenario;
}

void add_qos(const Effort& effort, double threshold, double loss, int k, std::vector<Row>& rows) {
    const Duration length = seconds(1200) / static_cast<std::int64_t>(effort.parts);
    std::vector<double> rates, durations, accuracies;
    for (std::uint64_t seed = 1; seed <= effort.seeds; ++seed) {
        const Result result = run(group(fixed_phi(threshold), loss, length), seed);
        rates.push_back(*result.detection->mistake_rate);
        durations.push_back(static_cast<double>(result.detection->mistake_duration->ns) / 1e6);
        accuracies.push_back(*result.detection->query_accuracy);
    }
    const double interval = 0.05;
    const double timeout = timeout_seconds(threshold);
    const double rate = (1 - loss) * std::pow(loss, k) / interval;
    const double duration = interval / (1 - loss) + k * interval - timeout;
    const std::string setting =
        fmt::format("loss {:g} %, timeout {:.2f} ms", loss * 100, timeout * 1e3);
    rows.push_back(estimated("lambda_M, " + setting, "(1-p) p^k / D", rate, rates, "/s"));
    rows.push_back(
        estimated("E[T_M], " + setting, "D/(1-p) + k D - timeout", duration * 1e3, durations,
                  "ms"));
    // The tolerance is that of the part without accuracy.
    Row accuracy = estimated("1 - P_A, " + setting, "lambda_M E[T_M]", rate * duration, [&] {
        std::vector<double> parts;
        for (const double one : accuracies) parts.push_back(1 - one);
        return parts;
    }());
    rows.push_back(std::move(accuracy));
}

// A node ends at any phase of its heartbeats, ten times a run.
std::vector<double> detection_times(const Effort& effort, const DetectorOptions& detector) {
    Scenario scenario = group(detector, 0, seconds(65));
    for (std::uint32_t i = 0; i < 10; ++i) {
        FaultSpec fault;
        fault.id = "crash-" + std::to_string(i + 1);
        fault.inject = "node.crash";
        fault.what = NodeCrash{};
        for (std::uint32_t n = 0; n < kNodes; ++n) fault.target.among.push_back(NodeId{n});
        fault.target.pick = 1;
        fault.start = When{When::Anchor::run_start, 0, seconds(7 + 5 * i), kInterval * 10};
        fault.end = When{When::Anchor::fault_start, i, seconds(2), {}};
        scenario.faults.push_back(std::move(fault));
    }
    return by_seed(effort, [&](std::uint64_t seed) {
        return static_cast<double>(run(scenario, seed).detection->crashes.mean->ns) / 1e6;
    });
}

void add_detection_times(const Effort& effort, std::vector<Row>& rows) {
    const double delay = 0.5;
    const double half_an_interval = 25;
    for (const double threshold : {4.0, 8.0, 16.0}) {
        rows.push_back(estimated(
            fmt::format("E[T_D], phi {:g}, fixed deviation", threshold), "timeout - D/2 + delay",
            timeout_seconds(threshold) * 1e3 - half_an_interval + delay,
            detection_times(effort, fixed_phi(threshold)), "ms"));
    }
    HeartbeatWatchOptions fixed;
    fixed.estimator = FixedTimeoutOptions{milliseconds(200), milliseconds(400)};
    rows.push_back(estimated("E[T_D], fixed timeout 200 ms", "timeout - D/2 + delay",
                             200 - half_an_interval + delay, detection_times(effort, fixed), "ms"));
    HeartbeatWatchOptions chen;
    chen.estimator = ChenOptions{};
    // It waits for 100 ms beyond the next expected arrival.
    rows.push_back(estimated("E[T_D], Chen, margin 100 ms", "D + margin - D/2 + delay",
                             50 + 100 - half_an_interval + delay, detection_times(effort, chen),
                             "ms"));
}

}  // namespace

std::vector<Row> detector_rows(const Effort& effort) {
    std::vector<Row> rows;
    struct Vector {
        double y, phi;
    };
    for (const Vector& one :
         {Vector{5, 6.5426456723906544963}, Vector{5.612, 7.9999968766592932737},
          Vector{8.2221, 16.000064416217043801}, Vector{10, 23.118053405486075894},
          Vector{20, 88.56009534307559192}, Vector{38, 315.53978970396250789},
          Vector{50, 544.966335861996655}, Vector{100, 2173.8715428690343765},
          Vector{1000, 217150.64004199438628}}) {
        rows.push_back(exact(fmt::format("phi {:g} deviations after the mean", one.y),
                             "-log10(erfc(y / sqrt 2) / 2), 40 digits", one.phi,
                             normal_surprise(one.y) / kLn10, 1e-12));
    }
    struct Threshold {
        double phi, z;
    };
    for (const Threshold& one : {Threshold{6, 4.753424308823}, Threshold{8, 5.612001244175},
                                 Threshold{16, 8.222082216130}}) {
        rows.push_back(exact(fmt::format("deviations at which phi is {:g}", one.phi),
                             "inverse of the above", one.z, normal_silence(one.phi * kLn10),
                             1e-12));
    }
    // Akka's and Pekko's approximation: solve y (1.5976 + 0.070566 y^2) = ln(10^phi - 1).
    rows.push_back(exact("deviations at which the logistic phi is 8", "Akka, Pekko", 5.226,
                         logistic_silence(8 * kLn10), 1e-4));
    rows.push_back(exact("deviations at which the logistic phi is 16", "Akka, Pekko", 7.120,
                         logistic_silence(16 * kLn10), 1e-4));
    add_qos(effort, 8, 0.1, 2, rows);
    add_qos(effort, 16, 0.05, 3, rows);
    add_detection_times(effort, rows);
    return rows;
}

}  // namespace shaketable::accuracy
