// SPDX-License-Identifier: MIT
//
// Every knob of the runbook's resilience_config.yaml, turned: what of a run changes with it.
//
// People ask api 200 times a second, and api asks store, whose calls fail for ten seconds.
#include <algorithm>

#include "sim/run/run.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace {

using namespace shaketable;

struct Turned {
    double opened, cut_off, limited, walled_off, ok, attempts;  // walled off: by the bulkhead
    double p50_ms, p99_ms;                                      // of people's requests
};

double causes(const ServiceRow& row, std::string_view cause) {
    for (const auto& [name, times] : row.calls.causes) {
        if (name == cause) return static_cast<double>(times);
    }
    return 0;
}

// `knobs` is the content of cluster.resilience.
Turned run_with(const std::string& knobs, const std::string& probability) {
    const LoadResult loaded = testing::load(
        "time: {warmup: 2s, duration: 40s}\n"
        "cluster: {sites: {a: {nodes: [node-1]}}, resilience: {" + knobs + "}}\n"
        "workload: []\n"
        "services:\n"
        "  api: {nodes: node-1, concurrency: 500, queue: {limit: 0}, service_time: 1ms,"
        " calls: {store: {}}}\n"
        "  store: {nodes: node-1, concurrency: 50, service_time: 20ms}\n"
        "clients: {people: {to: api, rate: 200/s, policy: {timeout: 10s}}}\n"
        "faults: [{id: errors, at: 10s, inject: dependency.errors, target: store,"
        " with: {probability: " + probability + "}, for: 10s}]\n");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    const Result result = run(*loaded.scenario, 1);
    const ServiceRow& api = result.services.at(0);
    const ServiceRow& store = result.services.at(1);
    const ClientsRow& people = result.clients.at(0);
    const auto ms = [](const std::optional<Duration>& latency) {
        return static_cast<double>(latency.value_or(Duration{}).ns) / 1e6;
    };
    return {static_cast<double>(store.opened),
            causes(store, "breaker"),
            causes(api, "rate-limited"),
            causes(store, "bulkhead"),
            static_cast<double>(people.requests.ok) / static_cast<double>(people.requests.ended()),
            static_cast<double>(store.calls.ended()) / static_cast<double>(api.calls.ended()),
            ms(people.latency_p50),
            ms(people.latency_p99)};
}

}  // namespace

TEST_CASE("resilience knobs: without any of them nothing is cut off, limited or tried again") {
    const Turned plain = run_with("", "100%");
    CHECK(plain.opened + plain.cut_off + plain.limited + plain.walled_off == 0);
    CHECK(plain.attempts == Approx(1).margin(0.01));
    CHECK(plain.ok == Approx(28.0 / 38).margin(0.02));
}

TEST_CASE("resilience knobs: circuit_breaker") {
    const auto breaker = [](const std::string& more, const std::string& probability = "100%") {
        return run_with("circuit_breaker: {" + more + "}", probability);
    };
    // More failures in a row are rarer.
    CHECK(breaker("timeout: 500ms, failure_threshold: 2", "40%").opened >=
          breaker("timeout: 500ms, failure_threshold: 5", "40%").opened + 3);
    // It is open for so long: for 10 s and up to the end of the timeout that began in them.
    CHECK(breaker("timeout: 8s").cut_off == Approx(200 * 16).epsilon(0.1));
    CHECK(breaker("timeout: 1s").cut_off == Approx(200 * 10).epsilon(0.1));
    // With one probe at a time, each success wanted takes 20 ms more.
    const Turned few = breaker("timeout: 1s, success_threshold: 1, half_open_max_requests: 1");
    const Turned many = breaker("timeout: 1s, success_threshold: 200, half_open_max_requests: 1");
    CHECK(many.cut_off >= few.cut_off + 500);
    const Turned wide = breaker("timeout: 1s, success_threshold: 200, half_open_max_requests: 50");
    CHECK(wide.cut_off + 500 <= many.cut_off);
}

TEST_CASE("resilience knobs: rate_limiter") {
    const auto limiter = [](const std::string& more) {
        return run_with("rate_limiter: {" + more + "}", "100%");
    };
    CHECK(limiter("requests_per_second: 150, burst: 10").limited ==
          Approx(50 * 38).epsilon(0.1));
    CHECK(limiter("requests_per_second: 50, burst: 10").limited ==
          Approx(150 * 38).epsilon(0.1));
    CHECK(limiter("requests_per_second: 150, burst: 2000").limited <= 100);
}

TEST_CASE("resilience knobs: bulkhead") {
    const auto bulkhead = [](const std::string& more) {
        return run_with("bulkhead: {" + more + "}", "1%");
    };
    const std::string narrow = "max_concurrent: 3, ";  // serves 150 of the 200 a second
    CHECK(bulkhead("max_concurrent: 100, max_queue: 0").walled_off == 0);
    CHECK(bulkhead(narrow + "max_queue: 0").walled_off >= 200 * 38 * 0.25);
    // A queue keeps the three busy; what it holds longer than the timeout is refused as well.
    const Turned queued = bulkhead(narrow + "max_queue: 500, timeout: 2s");
    CHECK(queued.walled_off < bulkhead(narrow + "max_queue: 0").walled_off);
    CHECK(queued.p99_ms >= 900);  // an attempt may take a second in all
    CHECK(bulkhead(narrow + "max_queue: 500, timeout: 100ms").p99_ms <= 200);
}

TEST_CASE("resilience knobs: retry") {
    const auto retry = [](const std::string& more) {
        return run_with("retry: {" + more + "}", "50%");
    };
    const std::string quick = "initial_delay: 1ms, max_delay: 1ms, jitter: false, ";
    CHECK(retry(quick + "max_attempts: 1").ok == Approx(1 - 0.5 * 10 / 38).margin(0.02));
    const Turned five = retry(quick + "max_attempts: 5");
    CHECK(five.ok >= 0.98);
    // E[attempts] = 1 + 1/2 + 1/4 + 1/8 + 1/16 for ten seconds of 38.
    CHECK(five.attempts == Approx(1 + 0.9375 * 10 / 38).margin(0.02));
    // 99 % of all requests take one pause or two: 100 ms, and twice or ten times that.
    const std::string three = "max_attempts: 3, jitter: false, initial_delay: 100ms, ";
    const Turned twice = retry(three + "max_delay: 10s, multiplier: 2");
    CHECK(twice.p99_ms == Approx(21 + 20 + 100 + 200).margin(30));
    CHECK(retry(three + "max_delay: 10s, multiplier: 10").p99_ms ==
          Approx(21 + 20 + 100 + 1000).margin(30));
    CHECK(retry(three + "max_delay: 150ms, multiplier: 10").p99_ms ==
          Approx(21 + 20 + 100 + 150).margin(30));
    const std::string later = "max_attempts: 3, jitter: false, max_delay: 10s, ";
    CHECK(retry(later + "initial_delay: 1s").p99_ms >= twice.p99_ms + 2000);
    // Jitter takes half of each pause away, in the mean.
    CHECK(retry("max_attempts: 3, jitter: true, initial_delay: 100ms, max_delay: 10s").p99_ms <
          twice.p99_ms - 20);
}
