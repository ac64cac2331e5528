// SPDX-License-Identifier: MIT
//
// Every knob of the runbook's resilience_config.yaml and phi_detector_config.yaml, and those that
// came to them, in one table: turned from one value to another, with all else the same, it moves
// what its row says, and in that direction. The knobs are those of the schema, so that a new one
// without a row fails. A second table says how much, where arithmetic does.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/run/run.hpp"
#include "sim/scenario/schema.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"
#include "tests/scenario/sample.hpp"

namespace {

using namespace shaketable;

// What a run has to say. Of services: times that a breaker opened; calls that breaker, limiter and
// bulkhead refused; attempts a call; a quantile of clients' latencies, in ms; the share of requests
// that succeeded. Of detectors: from the crash to being suspected, and to being given up;
// suspicions of who was well; messages.
enum class Effect : std::uint8_t {
    opened, cut_off, limited, walled_off, attempts, p99, succeeded,
    detected, given_up, mistakes, messages
};
using Told = std::array<double, 11>;

enum class Moves : std::uint8_t { up, down };

// What a section of cluster.resilience gives in the services' world.
struct Sum {
    std::string section;
    std::string failing;
    Effect effect;
    double value;
    double margin;
};

struct Knob {
    std::string path;    // below cluster
    std::string from;    // values
    std::string to;
    Effect effect;
    Moves moves;
    double least;        // by so much at least
    std::string with;    // the other knobs of its section that are set
    std::string world;   // what else happens
};

double refused(const ServiceRow& row, std::string_view cause) {
    for (const auto& [name, times] : row.calls.causes) {
        if (name == cause) return static_cast<double>(times);
    }
    return 0;
}

// People ask api 200 times a second, which asks store; so many of its calls fail for eight seconds.
Told served(const std::string& section, const std::string& failing) {
    const LoadResult loaded = testing::load(
        "time: {warmup: 1s, duration: 15s}\n"
        "cluster: {sites: {a: {nodes: [node-1]}}, resilience: {" + section + "}}\n"
        "workload: []\n"
        "services:\n"
        "  api: {nodes: node-1, concurrency: 500, queue: {limit: 0}, service_time: 1ms,"
        " calls: {store: {}}}\n"
        "  store: {nodes: node-1, concurrency: 50, service_time: 20ms}\n"
        "clients: {people: {to: api, rate: 200/s, policy: {timeout: 10s}}}\n"
        "faults: [{id: errors, at: 3s, inject: dependency.errors, target: store,"
        " with: {probability: " + failing + "}, for: 8s}]\n");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    const Result result = run(*loaded.scenario, 1);
    const ServiceRow& api = result.services.at(0);
    const ServiceRow& store = result.services.at(1);
    const ClientsRow& people = result.clients.at(0);
    const auto p99 = people.latency_p99.value_or(Duration{});
    return {static_cast<double>(store.opened),
            refused(store, "breaker"),
            refused(api, "rate-limited"),
            refused(store, "bulkhead"),
            static_cast<double>(store.calls.ended()) / static_cast<double>(api.calls.ended()),
            static_cast<double>(p99.ns) / 1e6,
            static_cast<double>(people.requests.ok) / static_cast<double>(people.requests.ended())};
}

struct GivenUp final : ListensTo<PeerFailed> {
    void on(Instant at, const PeerFailed&) override { first = std::min(first, at); }
    Instant first = Instant::never();
};

// Five nodes that watch one another; node-2 crashes at second 12.
Told watched(const std::string& section, const std::string& world) {
    const LoadResult loaded = testing::load(
        "time: {warmup: 5s, duration: 24s}\n"
        "cluster: {sites: {a: {nodes: [node-1, node-2, node-3, node-4, node-5]}},"
        " failure_detector: {" + section + "}}\n"
        "workload: []\n" +
        (world.find("network:") == std::string::npos ? "" : world.substr(world.find("network:"))) +
        "faults:\n  - {id: crash, at: 12s, inject: node.crash, target: node-2, for: 11s}\n" +
        world.substr(0, world.find("network:")));
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    Simulation simulation(*loaded.scenario, 1);
    GivenUp given_up;
    simulation.record().listen(given_up);
    simulation.advance(Instant{loaded.scenario->duration.ns});
    const DetectionRow row = *simulation.result().detection;
    Told told{};
    const auto set = [&told](Effect effect, double value) {
        told[static_cast<std::size_t>(effect)] = value;
    };
    set(Effect::detected, row.crashes.mean ? static_cast<double>(row.crashes.mean->ns) / 1e6 : 1e9);
    set(Effect::given_up, static_cast<double>(given_up.first.ns) / 1e6);
    set(Effect::mistakes, static_cast<double>(row.mistakes));
    set(Effect::messages, static_cast<double>(row.messages));
    return told;
}

const std::string kNever;
const std::string kAll = "100%";
const std::string kSome = "40%";
const std::string kFew = "1%";
const std::string kUnsteady = "network: {latency: 0ms..100ms}\n";
const std::string kFar = "network: {latency: 200ms}\n";
const std::string kLossy = "network: {loss: 20%}\n";
const std::string kStorm =
    "  - {id: jitter, at: 1s, inject: network.jitter, target: all,"
    " with: {latency: 0ms..100ms}, until: 10.5s}\n";
const std::string kPause =
    "  - {id: pause, at: 7s, inject: node.pause, target: node-1, for: 2s}\n";
const std::string kAlone =
    "  - {id: rest, at: 12s, inject: node.pause, target: [node-3, node-4, node-5], for: 11s}\n";
const std::string kThree = "max_attempts: 3, jitter: false, ";

// clang-format off
const std::vector<Knob> kTable = {
// knob, from, to, what moves, where to, by at least, beside, world
{"resilience.circuit_breaker.failure_threshold", "2", "20", Effect::opened, Moves::down, 3, "timeout: 500ms", kSome},
{"resilience.circuit_breaker.success_threshold", "1", "200", Effect::cut_off, Moves::up, 300, "timeout: 1s, half_open_max_requests: 1", kAll},
{"resilience.circuit_breaker.timeout", "1s", "6s", Effect::cut_off, Moves::up, 200, "success_threshold: 1", kAll},
{"resilience.circuit_breaker.half_open_max_requests", "1", "50", Effect::cut_off, Moves::down, 300, "timeout: 1s, success_threshold: 200", kAll},
{"resilience.rate_limiter.requests_per_second", "150", "50", Effect::limited, Moves::up, 1000, "burst: 10", kAll},
{"resilience.rate_limiter.burst", "10", "2000", Effect::limited, Moves::down, 500, "requests_per_second: 150", kAll},
{"resilience.bulkhead.max_concurrent", "3", "100", Effect::walled_off, Moves::down, 500, "max_queue: 0", kFew},
{"resilience.bulkhead.max_queue", "0", "500", Effect::walled_off, Moves::down, 100, "max_concurrent: 3, timeout: 2s", kFew},
{"resilience.bulkhead.timeout", "100ms", "2s", Effect::p99, Moves::up, 500, "max_concurrent: 3, max_queue: 500", kFew},
{"resilience.retry.max_attempts", "1", "5", Effect::attempts, Moves::up, 0.3, "jitter: false, initial_delay: 1ms", kSome},
{"resilience.retry.initial_delay", "100ms", "1s", Effect::p99, Moves::up, 800, kThree + "max_delay: 10s", kSome},
{"resilience.retry.max_delay", "150ms", "10s", Effect::p99, Moves::up, 500, kThree + "initial_delay: 100ms, multiplier: 10", kSome},
{"resilience.retry.multiplier", "2", "10", Effect::p99, Moves::up, 500, kThree + "initial_delay: 100ms, max_delay: 10s", kSome},
{"resilience.retry.jitter", "false", "true", Effect::p99, Moves::down, 10, "max_attempts: 3, initial_delay: 100ms, max_delay: 10s", kSome},

{"failure_detector.detector", "phi", "swim", Effect::messages, Moves::down, 1000, "", kNever},
{"failure_detector.threshold", "4", "16", Effect::detected, Moves::up, 60, "", kNever},
{"failure_detector.adaptive", "true", "false", Effect::mistakes, Moves::up, 20, "", kUnsteady},
{"failure_detector.window_size", "20", "400", Effect::detected, Moves::up, 20, "", kStorm},
{"failure_detector.network_jitter_factor", "0.1", "0.6", Effect::detected, Moves::up, 100, "", kNever},
{"failure_detector.failed_threshold", "9", "40", Effect::given_up, Moves::up, 50, "", kNever},
{"failure_detector.phi_base", "ln", "log10", Effect::detected, Moves::up, 20, "", kNever},
{"failure_detector.model", "normal", "exponential", Effect::detected, Moves::up, 500, "", kNever},
{"failure_detector.acceptable_pause", "0s", "300ms", Effect::detected, Moves::up, 290, "", kNever},
{"failure_detector.min_standard_deviation", "0s", "100ms", Effect::detected, Moves::up, 300, "", kNever},
{"failure_detector.heartbeat_interval", "50ms", "200ms", Effect::messages, Moves::down, 3000, "", kNever},
{"failure_detector.max_local_pause", "50ms", "1h", Effect::mistakes, Moves::up, 3, "", kPause},
{"failure_detector.timeout", "200ms", "600ms", Effect::detected, Moves::up, 390, "detector: fixed", kNever},
{"failure_detector.failed_timeout", "300ms", "900ms", Effect::given_up, Moves::up, 590, "detector: fixed", kNever},
{"failure_detector.margin", "50ms", "300ms", Effect::detected, Moves::up, 240, "detector: chen", kNever},
{"failure_detector.failed_margin", "150ms", "900ms", Effect::given_up, Moves::up, 700, "detector: chen", kNever},
{"failure_detector.short_window", "1", "200", Effect::mistakes, Moves::up, 10, "detector: two_window, margin: 20ms", kUnsteady},
{"failure_detector.probe_interval", "500ms", "2s", Effect::messages, Moves::down, 50, "detector: swim, probe_timeout: 200ms", kNever},
{"failure_detector.probe_timeout", "100ms", "900ms", Effect::messages, Moves::down, 50, "detector: swim", kFar},
{"failure_detector.indirect_checks", "0", "3", Effect::mistakes, Moves::down, 5, "detector: swim", kLossy},
{"failure_detector.suspicion_mult", "2", "8", Effect::given_up, Moves::up, 1000, "detector: swim", kNever},
{"failure_detector.suspicion_max_timeout_mult", "1", "2", Effect::given_up, Moves::up, 2000, "detector: swim", kAlone},
{"failure_detector.awareness_max", "1", "8", Effect::messages, Moves::down, 10, "detector: swim", kLossy},
};

// Of the fourteen seconds that count, the store's calls fail in eight; 200 requests a second come.
const double kFailing = 8.0 / 14;
const std::string kHalf = "50%";
const std::string kThird = "retry: {max_attempts: 3, jitter: false, initial_delay: 100ms, ";
const std::vector<Sum> kSums = {
// without any of them nothing is cut off, limited or tried again
{"", kAll, Effect::opened, 0, 0},
{"", kAll, Effect::cut_off, 0, 0},
{"", kAll, Effect::limited, 0, 0},
{"", kAll, Effect::walled_off, 0, 0},
{"", kAll, Effect::attempts, 1, 0.01},
{"", kAll, Effect::succeeded, 1 - kFailing, 0.02},
// open while calls fail, and up to the end of the timeout that began in that
{"circuit_breaker: {timeout: 1s}", kAll, Effect::cut_off, 200 * 8, 160},
{"circuit_breaker: {timeout: 3s}", kAll, Effect::cut_off, 200 * 9, 180},
// what is above the rate, but for the burst
{"rate_limiter: {requests_per_second: 150, burst: 10}", kAll, Effect::limited, 50 * 14 - 10, 110},
{"rate_limiter: {requests_per_second: 50, burst: 10}", kAll, Effect::limited, 150 * 14 - 10, 110},
{"rate_limiter: {requests_per_second: 150, burst: 2000}", kAll, Effect::limited, 0, 0},
// three at a time serve 150 of the 200 a second; without a queue B(3, 4) of Erlang is refused
{"bulkhead: {max_concurrent: 100, max_queue: 0}", kFew, Effect::walled_off, 0, 0},
{"bulkhead: {max_concurrent: 3, max_queue: 0}", kFew, Effect::walled_off, 0.4507 * 200 * 14, 110},
// 1 + 1/2 + 1/4 + 1/8 + 1/16 attempts while half of them fail, of which one call in 32 is lost
{"retry: {max_attempts: 1}", kHalf, Effect::succeeded, 1 - 0.5 * kFailing, 0.02},
{"retry: {max_attempts: 5, initial_delay: 1ms, jitter: false}", kHalf, Effect::succeeded, 1 - kFailing / 32, 0.01},
{"retry: {max_attempts: 5, initial_delay: 1ms, jitter: false}", kHalf, Effect::attempts, 1 + 0.9375 * kFailing, 0.03},
// one request in seven pauses twice: 100 ms, and twice or ten times that, or the most it may be
{kThird + "max_delay: 10s, multiplier: 2}", kHalf, Effect::p99, 41 + 100 + 200, 30},
{kThird + "max_delay: 10s, multiplier: 10}", kHalf, Effect::p99, 41 + 100 + 1000, 30},
{kThird + "max_delay: 150ms, multiplier: 10}", kHalf, Effect::p99, 41 + 100 + 150, 30},
};
// clang-format on

Told told(const Knob& knob, const std::string& value) {
    const std::size_t dot = knob.path.rfind('.');
    std::string section = knob.path.substr(dot + 1) + ": " + value;
    if (!knob.with.empty()) section += ", " + knob.with;
    if (knob.path.starts_with("failure_detector.")) return watched(section, knob.world);
    const std::size_t first = knob.path.find('.') + 1;
    return served(knob.path.substr(first, dot - first) + ": {" + section + "}", knob.world);
}

}  // namespace

TEST_CASE("every knob: turned from one value to another, it moves what its row says") {
    for (const Knob& knob : kTable) {
        const auto effect = static_cast<std::size_t>(knob.effect);
        const double before = told(knob, knob.from)[effect];
        const double after = told(knob, knob.to)[effect];
        INFO(knob.path << " from " << knob.from << " to " << knob.to << ": " << before << ", "
                       << after);
        const double moved = knob.moves == Moves::up ? after - before : before - after;
        CHECK(moved >= knob.least);
    }
}

TEST_CASE("every knob: what services give with it is what arithmetic says") {
    std::map<std::string, Told> runs;  // rows share them
    for (const Sum& sum : kSums) {
        const std::string key = sum.section + " " + sum.failing;
        if (!runs.contains(key)) runs[key] = served(sum.section, sum.failing);
        INFO(key << ", effect " << static_cast<int>(sum.effect));
        CHECK(runs[key][static_cast<std::size_t>(sum.effect)] ==
              Approx(sum.value).margin(sum.margin));
    }
}

TEST_CASE("every knob: each of the schema has its row") {
    std::set<std::string> known;
    for (const Knob& knob : kTable) CHECK(known.insert(knob.path).second);
    const std::string cluster = "cluster.";
    std::size_t count = 0;
    for (const KeyDescriptor& key : keys()) {
        const std::string path(key.path);
        const bool is_section =
            std::any_of(keys().begin(), keys().end(), [&](const KeyDescriptor& other) {
                return other.path.starts_with(path + ".");
            });
        const bool of_files = path.starts_with("cluster.resilience.") ||
                              path.starts_with("cluster.failure_detector.");
        if (is_section || !of_files) continue;
        INFO(path << " has no row");
        CHECK(known.contains(path.substr(cluster.size())));
        ++count;
    }
    CHECK(count == known.size());
}
