// SPDX-License-Identifier: MIT
#include "sim/study/ensemble.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sim/study/summary_json.hpp"
#include "tests/catch.hpp"

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

namespace {

Scenario scenario_with_p95(Duration bound) {
    Scenario scenario;
    scenario.rto = RtoTarget{};
    scenario.rto->p95 = bound;
    return scenario;
}

// A run that passed, with this write RTO; nothing: it had not recovered.
Result run_with(std::uint64_t seed, std::optional<Duration> rto) {
    Result result;
    result.seed = seed;
    result.verdict = Verdict::pass;
    RecoveryRow row;
    row.scope = "write";
    row.rto = rto;
    row.censored = !rto;
    result.recovery = {row};
    return result;
}

// Seeds 1 .. n with an RTO of as many milliseconds as the seed says.
Summary seeds_up_to(std::uint64_t n, const Scenario& scenario, std::uint64_t censored = 0) {
    Ensemble ensemble(scenario);
    for (std::uint64_t seed = 1; seed <= n; ++seed) {
        const auto rto = milliseconds(static_cast<std::int64_t>(seed));
        ensemble.add(run_with(seed, seed <= censored ? std::nullopt : std::optional(rto)));
    }
    return ensemble.summary();
}

}  // namespace

TEST_CASE("ensemble: quantiles are observations, by nearest rank") {
    const Summary summary = seeds_up_to(100, Scenario{});
    const Sample& rto = summary.scope("write")->rto;
    CHECK(rto.quantile(0.50) == milliseconds(50));
    CHECK(rto.quantile(0.95) == milliseconds(95));
    CHECK(rto.quantile(0.99) == milliseconds(99));
    CHECK(rto.quantile(1) == milliseconds(100));
    CHECK(rto.worst_seed() == 100);
    CHECK(summary.scope("read") == nullptr);
}

TEST_CASE("ensemble: a run that did not recover is worse than any number, and is never dropped") {
    const Summary summary = seeds_up_to(100, Scenario{}, 3);
    const Sample& rto = summary.scope("write")->rto;
    CHECK(rto.size() == 100);
    CHECK(rto.censored() == 3);
    CHECK(rto.quantile(0.97) == milliseconds(100));
    CHECK(rto.quantile(0.98) == std::nullopt);
    CHECK(rto.worst_seed() == 1);
    CHECK(rto.values().size() == 97);
}

TEST_CASE("ensemble: equal observations of different seeds all count") {
    Ensemble ensemble{Scenario{}};
    for (std::uint64_t seed = 1; seed <= 4; ++seed) ensemble.add(run_with(seed, seconds(1)));
    CHECK(ensemble.summary().scope("write")->rto.size() == 4);
    CHECK(ensemble.summary().scope("write")->rto.worst_seed() == 1);
}

TEST_CASE("ensemble: a quantile is met when its upper bound is within the target") {
    // Of 100 observations the 99th bounds the 95 % quantile from above with 95 % confidence.
    CHECK(seeds_up_to(100, scenario_with_p95(milliseconds(99))).verdict == Verdict::pass);
    const Summary open = seeds_up_to(100, scenario_with_p95(milliseconds(98)));
    CHECK(open.verdict == Verdict::inconclusive);
    CHECK(open.targets[0].upper_bound == milliseconds(99));
    CHECK(open.targets[0].observed == milliseconds(95));
}

TEST_CASE("ensemble: a quantile is missed when its lower bound is not within the target") {
    CHECK(seeds_up_to(100, scenario_with_p95(milliseconds(90))).verdict == Verdict::fail);
    CHECK(seeds_up_to(100, scenario_with_p95(milliseconds(91))).verdict == Verdict::inconclusive);
}

TEST_CASE("ensemble: with too few seeds a quantile is open and says how many it needs") {
    const Summary summary = seeds_up_to(58, scenario_with_p95(seconds(30)));
    CHECK(summary.verdict == Verdict::inconclusive);
    CHECK(summary.targets[0].detail == "needs 59 seeds, has 58");
    CHECK_FALSE(summary.targets[0].upper_bound.has_value());
    CHECK(seeds_up_to(59, scenario_with_p95(seconds(30))).verdict == Verdict::pass);
}

TEST_CASE("ensemble: one seed is not judged by a quantile, only told what it needs") {
    const Summary summary = seeds_up_to(1, scenario_with_p95(seconds(30)));
    CHECK(summary.verdict == Verdict::pass);
    REQUIRE(summary.targets.size() == 1);
    CHECK_FALSE(summary.targets[0].verdict.has_value());
    CHECK(summary.targets[0].detail == "needs 59 seeds");
    CHECK(seeds_up_to(1, scenario_with_p95(milliseconds(1))).verdict == Verdict::pass);
}

TEST_CASE("ensemble: two runs that did not recover miss a quantile of any size") {
    const Summary summary = seeds_up_to(2, scenario_with_p95(seconds(1'000'000)), 2);
    CHECK(summary.verdict == Verdict::fail);
    CHECK(summary.targets[0].detail == "at least not recovered at 95% confidence");
}

TEST_CASE("ensemble: a quantile over runs of which one has no RTO is open") {
    Ensemble ensemble(scenario_with_p95(seconds(30)));
    for (std::uint64_t seed = 1; seed <= 100; ++seed) ensemble.add(run_with(seed, milliseconds(5)));
    Result bare;
    bare.seed = 101;
    bare.verdict = Verdict::pass;
    ensemble.add(bare);
    CHECK(ensemble.summary().verdict == Verdict::inconclusive);
}

TEST_CASE("ensemble: a target on reads is judged by reads") {
    Scenario scenario = scenario_with_p95(milliseconds(10));
    scenario.rto->scope = "read";
    Ensemble ensemble(scenario);
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Result result = run_with(seed, seconds(9));
        result.recovery.push_back(result.recovery[0]);
        result.recovery[1].scope = "read";
        result.recovery[1].rto = milliseconds(5);
        ensemble.add(result);
    }
    CHECK(ensemble.summary().verdict == Verdict::pass);
}

TEST_CASE("ensemble: the worst run of a ratio is the one furthest from it, not the first") {
    Ensemble ensemble(Scenario{});
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        Result result;
        result.seed = seed;
        TargetRow row;
        row.id = "availability.min";
        row.actual = seed == 2 ? "94%" : "98%";
        row.severity = seed == 2 ? 6 : 2;
        row.verdict = Verdict::pass;
        result.targets = {row};
        ensemble.add(result);
    }
    const Summary summary = ensemble.summary();
    REQUIRE(summary.targets.size() == 1);
    CHECK(summary.targets[0].worst == "94%");
    CHECK(summary.targets[0].worst_seed == 2);
}

TEST_CASE("ensemble: any failed run fails it, else any open run leaves it open") {
    const auto verdict_of = [](std::vector<Verdict> verdicts) {
        Ensemble ensemble{Scenario{}};
        std::uint64_t seed = 0;
        for (const Verdict verdict : verdicts) {
            Result result = run_with(++seed, seconds(1));
            result.verdict = verdict;
            ensemble.add(result);
        }
        return ensemble.summary().verdict;
    };
    using enum Verdict;
    CHECK(verdict_of({pass, pass}) == pass);
    CHECK(verdict_of({pass, inconclusive, pass}) == inconclusive);
    CHECK(verdict_of({inconclusive, fail, pass}) == fail);
    CHECK(verdict_of({}) == inconclusive);
}

TEST_CASE("ensemble: a missed quantile outweighs an open run, and a failed run an open quantile") {
    Ensemble missed(scenario_with_p95(milliseconds(1)));
    Ensemble open(scenario_with_p95(seconds(30)));
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        Result result = run_with(seed, seconds(1));
        if (seed == 2) result.verdict = Verdict::inconclusive;
        missed.add(result);
        if (seed == 2) result.verdict = Verdict::fail;
        open.add(result);
    }
    CHECK(missed.summary().verdict == Verdict::fail);
    CHECK(open.summary().targets[0].verdict == Verdict::inconclusive);
    CHECK(open.summary().verdict == Verdict::fail);
}

TEST_CASE(
    "ensemble: a bound on every run tells how often it was missed, where first and how badly") {
    Ensemble ensemble{Scenario{}};
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Result result = run_with(seed, seconds(1));
        const auto ns = static_cast<std::int64_t>(seed);
        const bool bad = seed == 3 || seed == 4;
        result.targets = {{"rto.max", "< 3ns", std::to_string(bad ? 10 * ns : ns) + "ns",
                           bad ? 10 * ns : ns, false, bad ? Verdict::fail : Verdict::pass, ""}};
        result.verdict = bad ? Verdict::fail : Verdict::pass;
        ensemble.add(result);
    }
    const EnsembleTarget target = ensemble.summary().targets.at(0);
    CHECK(target.verdict == Verdict::fail);
    CHECK(target.runs.failed == 2);
    CHECK(target.runs.passed == 3);
    CHECK(target.runs.first_failed == 3);
    CHECK(target.worst == "40ns");
    CHECK(target.worst_seed == 4);
    CHECK(target.detail == "in 2 of 5 runs, first seed 3");
}

TEST_CASE("ensemble: availability is over all operations that ended, with the worst run named") {
    Ensemble ensemble{Scenario{}};
    Result a = run_with(1, seconds(1));
    a.workloads = {{"writes", 100, 99, 1, 0, 0, {}, {}, {}, {}}};
    Result b = run_with(2, seconds(1));
    b.workloads = {{"writes", 110, 90, 10, 10, 0, {}, {}, {}, {}}};
    Result c = run_with(3, seconds(1));
    c.workloads = {{"writes", 5, 0, 0, 5, 0, {}, {}, {}, {}}};
    ensemble.add(a);
    ensemble.add(b);
    ensemble.add(c);
    const WorkloadTotals totals = ensemble.summary().workloads.at("writes");
    CHECK(*totals.availability() == Approx(0.945));
    CHECK(*totals.worst_availability == Approx(0.9));
    CHECK(totals.worst_seed == 2);
    CHECK(totals.in_flight == 15);
}

TEST_CASE("ensemble: losses add up, and checks and findings name their first seed") {
    Ensemble ensemble{Scenario{}};
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        Result result = run_with(seed, seconds(1));
        result.loss = LossRow{};
        result.loss->lost_acked_ops = seed >= 3 ? seed : 0;
        result.loss->rpo_time = milliseconds(seed >= 3 ? static_cast<std::int64_t>(seed) : 0);
        result.checks = {{"durable", seed >= 3 ? Verdict::fail : Verdict::pass, ""},
                         {"healed", seed == 2 ? Verdict::inconclusive : Verdict::pass, ""}};
        if (seed >= 3) result.findings = {{"S" + std::to_string(seed), Instant{1}, "gone"}};
        ensemble.add(result);
    }
    const Summary summary = ensemble.summary();
    CHECK(summary.lost_acked_ops == 7);
    CHECK(summary.runs_with_loss == 2);
    CHECK(summary.rpo_time.quantile(1) == milliseconds(4));
    REQUIRE(summary.checks.size() == 2);
    CHECK(summary.checks[0].first == "durable");
    CHECK(summary.checks[0].second.first_failed == 3);
    CHECK(summary.checks[1].second.verdict() == Verdict::inconclusive);
    CHECK(summary.findings == 2);
    CHECK(summary.first_finding->seed == 3);
    CHECK(summary.first_finding->finding.rule == "S3");
}

TEST_CASE("ensemble: the order in which results are added changes nothing") {
    std::vector<Result> results;
    for (std::uint64_t seed = 1; seed <= 70; ++seed) {
        const auto ms = static_cast<std::int64_t>(seed * 37 % 50);
        Result result =
            run_with(seed, seed % 20 == 0 ? std::nullopt : std::optional(milliseconds(ms)));
        result.verdict = seed % 30 == 0 ? Verdict::fail : Verdict::pass;
        result.workloads = {{"writes", 100, 100 - seed % 3, seed % 3, 0, 0, {}, {}, {}, {}}};
        // Many seeds share the worst value.
        result.targets = {{"rto.max", "< 1s", "", ms % 5, false, Verdict::pass, ""}};
        result.checks = {{"durable", result.verdict, ""}};
        if (seed % 30 == 0) result.findings = {{"S6", Instant{1}, "gone"}};
        results.push_back(result);
    }
    const auto summary_of = [&] {
        Ensemble ensemble(scenario_with_p95(milliseconds(45)));
        for (const Result& result : results) ensemble.add(result);
        return to_json(ensemble.summary()).dump();
    };
    const std::string forward = summary_of();
    std::reverse(results.begin(), results.end());
    CHECK(summary_of() == forward);
    std::rotate(results.begin(), results.begin() + 31, results.end());
    CHECK(summary_of() == forward);
}

TEST_CASE("ensemble as JSON: quantiles that fell on a run without recovery are null") {
    const auto json = to_json(seeds_up_to(10, scenario_with_p95(seconds(1)), 1));
    CHECK(json["verdict"] == "inconclusive");
    CHECK(json["runs"]["passed"] == 10);
    CHECK(json["recovery"][0]["scope"] == "write");
    CHECK(json["recovery"][0]["rto"]["n"] == 10);
    CHECK(json["recovery"][0]["rto"]["censored"] == 1);
    CHECK(json["recovery"][0]["rto"]["p50_ns"] == 6'000'000);
    CHECK(json["recovery"][0]["rto"]["max_ns"].is_null());
    CHECK(json["targets"][0]["seeds_needed"] == 59);
    CHECK(json["targets"][0]["verdict"] == "inconclusive");
    CHECK(json["first_finding"].is_null());
    CHECK(
        to_json(seeds_up_to(1, scenario_with_p95(seconds(1))))["targets"][0]["verdict"].is_null());
}
