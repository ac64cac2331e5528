// SPDX-License-Identifier: MIT
//
// What a whole run says about services.
#include <algorithm>

#include "sim/run/run.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

// `store` is the rest of its description, `policy` that of its clients.
Scenario storm(const std::string& store, const std::string& policy, const std::string& more = "") {
    LoadResult loaded = testing::load(
        "time: {warmup: 2s, duration: 330s}\n"
        "cluster: {sites: {a: {nodes: [node-1]}}}\n"
        "workload: []\n"
        "services: {store: {nodes: node-1, concurrency: 30, service_time: 100ms, " + store + "}}\n"
        "clients: {people: {to: store, rate: 280/s, policy: {" + policy + "}}}\n"
        "faults: [{id: stop, at: 15s, inject: network.hold, target: clients, for: 10s}]\n"
        "service_level: {latency_p95: 1s}\n" + more);
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return std::move(*loaded.scenario);
}

constexpr const char* kStubborn =
    "timeout: 1s, retry: {max_attempts: 2, initial_delay: 1ms, max_delay: 1ms}";

}  // namespace

TEST_CASE("run with services: a retry storm that outlives its trigger is metastable, and its RTO "
          "unknown") {
    const Result result =
        run(storm("queue: {limit: 100000}", kStubborn,
                  "checks: [{id: up, at_end: service.store.metastable == false},"
                  " {id: busy, at_end: service.store.attempts >= 1.8}]\n"
                  "targets: {rto: {service: store, max: \"< 60s\"}}\n"),
            1);
    const ServiceRow& store = result.services.at(0);
    CHECK(store.metastable == "yes");
    CHECK(*store.goodput_before == Approx(280).margin(12));
    CHECK(*store.goodput_after < 20);
    REQUIRE(result.recovery.size() == 1);
    CHECK(result.recovery[0].scope == "service:store");
    CHECK(result.recovery[0].censored);
    CHECK(result.checks.at(0).verdict == Verdict::fail);
    CHECK(result.checks.at(1).verdict == Verdict::pass);
    CHECK(result.targets.at(0).verdict == Verdict::fail);
    CHECK(result.verdict == Verdict::fail);
    CHECK(result.costs == "calibrated");
}

TEST_CASE("run with services: with a cure the same trigger leaves nothing behind") {
    for (const char* cure : {"queue: {limit: 100000, timeout: 500ms}", "queue: {limit: 200}"}) {
        INFO(cure);
        const Result result = run(storm(cure, kStubborn), 1);
        CHECK(result.services.at(0).metastable == "no");
        CHECK(result.services.at(0).goodput_end == Approx(280).margin(12));
        REQUIRE(result.recovery.at(0).rto);
        CHECK(*result.recovery.at(0).rto < seconds(30));
        CHECK(*result.recovery.at(0).rto > seconds(9));
    }
}

TEST_CASE("run with services: counts add up, and the spans of breakers cover the run") {
    const Result result =
        run(storm("queue: {limit: 100000}",
                  std::string(kStubborn) + ", circuit_breaker: {timeout: 5s}"),
            1);
    REQUIRE(result.breakers.size() == 1);
    const BreakerRow& breaker = result.breakers[0];
    CHECK(breaker.edge == "people->store");
    CHECK(breaker.caller == "people");
    Instant at{};
    for (const BreakerSpanRow& span : breaker.spans) {
        CHECK(span.start == at);
        CHECK(span.start < span.end);
        at = span.end;
    }
    CHECK(at == Instant{} + seconds(330));
    CHECK(breaker.spans.size() >= 3);
    CHECK(result.services[0].opened >= 1);
    for (const OutcomeCounts& counts : {result.services[0].calls, result.clients[0].requests}) {
        std::uint64_t rejected = 0;
        for (const auto& [cause, times] : counts.causes) rejected += times;
        CHECK(rejected == counts.rejected);
        CHECK(counts.ok > 0);
    }
    const auto series = std::find_if(result.series.begin(), result.series.end(),
                                     [](const SeriesRow& row) { return row.workload == "people"; });
    REQUIRE(series != result.series.end());
    std::uint64_t issued = 0;
    for (const Bucket& bucket : series->values) {
        issued += bucket.issued;
        CHECK(bucket.latency_p50.has_value() == (bucket.acknowledged > 0));
    }
    CHECK(static_cast<double>(issued) == Approx(280 * 330).epsilon(0.02));
}

TEST_CASE("run with services: clients that were not served before the fault make it inconclusive") {
    const Result result = run(storm("queue: {limit: 0}", "timeout: 50ms"), 1);
    REQUIRE_FALSE(result.doubts.empty());
    CHECK(result.doubts[0].find("no steady state") != std::string::npos);
}

namespace {

// Ten seconds without the store, but for a request under way when they begin, and what a check of
// the course of the run says.
CheckRow course(const std::string& check) {
    const LoadResult loaded = testing::load(
        "time: {warmup: 2s, duration: 40s}\n"
        "cluster: {sites: {a: {nodes: [node-1]}}}\n"
        "workload: []\n"
        "services: {store: {nodes: node-1, concurrency: 30, service_time: 5ms}}\n"
        "clients: {people: {to: store, rate: 100/s}}\n"
        "faults:\n"
        "  - {id: wrong, at: 10s, inject: dependency.errors, target: store,"
        " with: {probability: 100%}, for: 10s}\n"
        "  - {id: short, at: 30s, inject: dependency.latency, target: store,"
        " with: {latency: 1ms}, for: 1s}\n"
        "service_level: {hold: 2s}\n"
        "checks: [{id: c, " + check + "}]\n");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return run(*loaded.scenario, 1).checks.at(0);
}

void check_course(const std::string& check, Verdict verdict, const std::string& detail) {
    const CheckRow row = course(check);
    INFO(check << ": " << row.detail);
    CHECK(row.verdict == verdict);
    CHECK(row.detail.find(detail) != std::string::npos);
}

}  // namespace

TEST_CASE("run with services: a check of the course looks at each time as long as the hold") {
    check_course("always: service.store.success >= 90%", Verdict::fail, "from 9s to 11s");
    check_course("always: service.store.success >= 10%", Verdict::fail, "0.53% from 10s to 12s");
    check_course("always: service.store.success >= 0%", Verdict::pass, "at worst 0%");
    check_course("always: service.store.goodput <= 1/s, during: wrong", Verdict::pass,
                 "0.5/s from 10s");
    check_course("always: service.store.goodput >= 1/s, during: wrong", Verdict::fail, "0.5/s");
    check_course("sometime: service.store.success <= 1%", Verdict::pass, "0.53% from 10s to 12s");
    check_course("sometime: service.store.goodput >= 200/s", Verdict::fail, "at best 1");
    check_course("sometime: service.store.goodput >= 50%, during: wrong", Verdict::fail,
                 "at best 0.53%");
    check_course("always: service.store.success >= 1%, during: short", Verdict::inconclusive,
                 "shorter than service_level.hold");
}

TEST_CASE("run with services: eventually is when a time that is good enough has ended") {
    const std::string back = "eventually: service.store.success >= 99%, ";
    check_course(back + "within: 3s, after: wrong.end", Verdict::pass, "after 2s");
    check_course(back + "within: 5s, after: wrong.start + 1s", Verdict::fail, "only after 11s");
    check_course("eventually: service.store.goodput >= 80%, within: 2s", Verdict::pass,
                 "after 2s");
    check_course("eventually: service.store.goodput >= 300/s, within: 5s", Verdict::fail, "never");
}
