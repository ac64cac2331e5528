// SPDX-License-Identifier: MIT
#include "sim/study/weigh.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

const Weight kNone{};
const Weight kCensored{std::nullopt, true};

Weight w(double value) { return {value, false}; }

Scenario scenario() {
    Scenario s;
    s.warmup = seconds(10);
    s.duration = seconds(60);
    return s;
}

Result result() {
    Result r;
    r.faults = {{"crash", "node.crash", "node-1", Instant{1}, Instant{2}, Instant{1}, "stopped"},
                {"vain", "node.crash", "node-1", Instant{1}, Instant{2}, std::nullopt, ""}};
    RecoveryRow write;
    write.scope = "write";
    write.fault = "crash";
    write.rto = milliseconds(250);
    write.unavailable = milliseconds(500);
    RecoveryRow read;
    read.scope = "read";
    read.fault = "crash";
    read.censored = true;
    r.recovery = {write, read};
    r.loss = LossRow{"crash", 100, 4, 0, 0, seconds(2), std::nullopt};
    r.workloads = {{"writes", 10, 6, 2, 2, 9, milliseconds(1), milliseconds(2), milliseconds(3),
                    milliseconds(4)},
                   {"idle", 0, 0, 0, 0, 0, {}, {}, {}, {}}};
    r.elections = 5;
    r.needless_elections = 2;
    r.heartbeats = 600;
    r.messages = 1200;
    DetectionRow watch;
    watch.crashes.detected = 4;
    watch.crashes.mean = milliseconds(110);
    watch.crashes.p99 = milliseconds(134);
    watch.mistakes = 25;
    watch.mistake_rate = 0.18;
    watch.mistake_duration = milliseconds(21);
    watch.query_accuracy = 0.996;
    r.detection = watch;
    return r;
}

Weight seen(Quantity quantity, SeedStatistic statistic = SeedStatistic::mean,
            const std::string& workload = "") {
    return observe({quantity, workload, statistic}, scenario(), result());
}

}  // namespace

TEST_CASE("observe: what detectors did is read from their row, and without one is no evidence") {
    CHECK(seen(Quantity::detection_time) == w(0.11));
    CHECK(seen(Quantity::detection_p99) == w(0.134));
    CHECK(seen(Quantity::mistakes) == w(25));
    CHECK(seen(Quantity::mistakes, SeedStatistic::per_second) == w(0.5));
    CHECK(seen(Quantity::mistake_rate) == w(0.18));
    CHECK(seen(Quantity::mistake_duration) == w(0.021));
    CHECK(seen(Quantity::query_accuracy) == w(0.996));
    Result unwatched = result();
    unwatched.detection->mistake_rate.reset();
    CHECK(observe({Quantity::mistake_rate, "", {}}, scenario(), unwatched) == kNone);
    unwatched.detection.reset();
    CHECK(observe({Quantity::mistakes, "", {}}, scenario(), unwatched) == kNone);
}

TEST_CASE("observe: each quantity is read from its own place, in its unit") {
    CHECK(seen(Quantity::rto_write) == w(0.25));
    CHECK(seen(Quantity::rto_read) == kCensored);
    CHECK(seen(Quantity::unavailable_write) == w(0.5));
    CHECK(seen(Quantity::rpo_time) == w(2));
    CHECK(seen(Quantity::rpo_operations) == w(4));
    CHECK(seen(Quantity::availability, SeedStatistic::min, "writes") == w(0.75));
    CHECK(seen(Quantity::latency_p50, SeedStatistic::min, "writes") == w(0.001));
    CHECK(seen(Quantity::latency_p95, SeedStatistic::min, "writes") == w(0.002));
    CHECK(seen(Quantity::latency_p99, SeedStatistic::min, "writes") == w(0.003));
    CHECK(seen(Quantity::elections) == w(5));
    CHECK(seen(Quantity::needless_elections) == w(2));
    CHECK(seen(Quantity::heartbeats) == w(600));
    CHECK(seen(Quantity::messages) == w(1200));
}

TEST_CASE("observe: rates divide by the time in which was counted") {
    CHECK(seen(Quantity::heartbeats, SeedStatistic::per_second) == w(10));
    CHECK(seen(Quantity::needless_elections, SeedStatistic::per_hour) == w(144));
}

TEST_CASE("observe: what a run has none of is no evidence, not zero") {
    CHECK(seen(Quantity::availability, SeedStatistic::mean, "idle") == kNone);
    CHECK(seen(Quantity::latency_p99, SeedStatistic::mean, "idle") == kNone);
    CHECK(observe({Quantity::rto_write, "", SeedStatistic::p99}, scenario(), Result{}) == kNone);
    CHECK(observe({Quantity::rpo_time, "", SeedStatistic::p99}, scenario(), Result{}) == kNone);
}

TEST_CASE("observe: recovery from a fault that nobody observed is no evidence") {
    Result r = result();
    r.recovery[0].fault = "vain";
    r.loss->fault = "vain";
    CHECK(observe({Quantity::rto_write, "", SeedStatistic::p99}, scenario(), r) == kNone);
    CHECK(observe({Quantity::unavailable_write, "", SeedStatistic::p99}, scenario(), r) == kNone);
    CHECK(observe({Quantity::rpo_operations, "", SeedStatistic::p99}, scenario(), r) == kNone);
}

TEST_CASE("fold: statistics of numbers") {
    const std::vector<Weight> runs = {w(3), w(1), w(2), w(10)};
    const auto folded = [&](SeedStatistic by) { return *fold(by, runs).weight.value; };
    CHECK(folded(SeedStatistic::mean) == 4);
    CHECK(folded(SeedStatistic::per_second) == 4);
    CHECK(folded(SeedStatistic::sum) == 16);
    CHECK(folded(SeedStatistic::min) == 1);
    CHECK(folded(SeedStatistic::max) == 10);
    CHECK(folded(SeedStatistic::p50) == 2);
    CHECK(folded(SeedStatistic::p90) == 10);
}

TEST_CASE("fold: a censored run is the worst of the sample and never dropped") {
    const std::vector<Weight> runs = {w(1), kCensored, w(2), w(3)};
    CHECK(fold(SeedStatistic::p50, runs).weight == w(2));
    CHECK(fold(SeedStatistic::p99, runs).weight == kCensored);
    CHECK(fold(SeedStatistic::mean, runs).weight == kCensored);
    CHECK(fold(SeedStatistic::max, runs).weight == kCensored);
    CHECK(fold(SeedStatistic::min, runs).weight == w(1));
    CHECK(fold(SeedStatistic::p99, runs).observations == 4);
}

TEST_CASE("fold: runs without evidence don't count, and none leave nothing to say") {
    CHECK(fold(SeedStatistic::mean, {w(1), kNone, w(3)}).weight == w(2));
    CHECK(fold(SeedStatistic::mean, {w(1), kNone, w(3)}).observations == 2);
    CHECK(fold(SeedStatistic::mean, {kNone, kNone}).weight == kNone);
    CHECK(fold(SeedStatistic::max, {}).observations == 0);
}
