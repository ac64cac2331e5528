// SPDX-License-Identifier: MIT
#include "sim/study/regression.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace shaketable;
using novacron::Random;

namespace {

constexpr std::int64_t kMs = 1'000'000;

// A run with an RTO of 180 ms, give or take 50, of which `detect` is all but 10 ms. The luck of the
// seed is the same in every version; that of the version is its own.
RunMeasures run_of(std::uint64_t seed, const std::string& version) {
    Random luck = Random(seed).fork("seed");
    Random own = Random(seed).fork(version);
    const std::int64_t noise = static_cast<std::int64_t>(own.below(4)) * kMs;
    const std::int64_t rto = 130 * kMs + static_cast<std::int64_t>(luck.below(100)) * kMs + noise;
    RunMeasures run;
    run.seed = seed;
    run.fingerprint = version + std::to_string(seed);
    run.values = {{"rto.write", rto},
                  {"rto.write.detect", rto - 10 * kMs},
                  {"rto.write.elect", 4 * kMs},
                  {"rto.write.catch-up", 2 * kMs},
                  {"rto.write.client", 4 * kMs},
                  {"unavailable.write", rto - 5 * kMs},
                  {"rpo.time", 0},
                  {"rpo.operations", 0},
                  {"elections", 1}};
    return run;
}

using Change = std::function<void(RunMeasures&)>;

std::vector<RunMeasures> runs_of(
    std::uint64_t first, std::uint64_t last, const std::string& version,
    const Change& change = [](RunMeasures&) {}) {
    std::vector<RunMeasures> runs;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        runs.push_back(run_of(seed, version));
        change(runs.back());
    }
    return runs;
}

Change slower(const std::string& phase, std::int64_t by) {
    return [=](RunMeasures& run) {
        run.values["rto.write"] += by;
        run.values["rto.write." + phase] += by;
    };
}

const Shift& shift(const Comparison& comparison, const std::string& measure, Statistic statistic) {
    const auto found = std::find_if(
        comparison.shifts.begin(), comparison.shifts.end(), [&](const Shift& candidate) {
            return candidate.measure == measure && candidate.statistic == statistic;
        });
    REQUIRE(found != comparison.shifts.end());
    return *found;
}

const RegressionRules kRules;

}  // namespace

TEST_CASE("regression: identical fingerprints are unchanged, and nothing is asked") {
    const auto runs = runs_of(1, 3, "a");
    const Comparison comparison = compare_runs(runs, runs, kRules);
    CHECK(comparison.verdict == Verdict::pass);
    CHECK(comparison.identical == 3);
    CHECK(comparison.shifts.empty());
}

TEST_CASE("regression: runs that changed and are as good as before pass, by statistics") {
    const Comparison comparison = compare_runs(runs_of(1, 100, "a"), runs_of(1, 100, "b"), kRules);
    CHECK(comparison.verdict == Verdict::pass);
    CHECK(comparison.paired);
    CHECK(comparison.identical == 0);
    CHECK_FALSE(comparison.shifts.empty());
    CHECK_FALSE(comparison.any(Movement::worse));
}

TEST_CASE("regression: a slower detection fails, and is named as what moved") {
    const Comparison comparison =
        compare_runs(runs_of(1, 30, "a"), runs_of(1, 30, "b", slower("detect", 40 * kMs)), kRules);
    CHECK(comparison.verdict == Verdict::fail);
    const Shift& median = shift(comparison, "rto.write", Statistic::median);
    CHECK(median.movement == Movement::worse);
    CHECK(median.change == Approx(40.0 * kMs).margin(3.0 * kMs));
    CHECK(median.interval.low > 30.0 * kMs);
    REQUIRE(comparison.explanations.size() == 1);
    const Explanation& why = comparison.explanations[0];
    CHECK(why.mover() == "detect");
    double sum = 0;
    for (const PhaseShift& phase : why.phases) sum += phase.after - phase.before;
    CHECK(sum == Approx(40.0 * kMs).margin(3.0 * kMs));
    CHECK(shift(comparison, "unavailable.write", Statistic::median).movement == Movement::none);
}

TEST_CASE("regression: of a failover to another site the step that takes longer is named") {
    const auto moved = [](Duration decide) {
        return [decide](RunMeasures& run) {
            for (const char* phase : {"detect", "elect", "catch-up", "client"}) {
                run.values.erase(std::string("rto.write.") + phase);
            }
            run.values["rto.write"] += decide.ns;
            run.values["rto.write.detect"] = run.values["rto.write"] - decide.ns - 9 * kMs;
            run.values["rto.write.decide"] = decide.ns;
            run.values["rto.write.promote"] = 9 * kMs;
        };
    };
    const Comparison comparison =
        compare_runs(runs_of(1, 30, "a", moved(novacron::milliseconds(10))),
                     runs_of(1, 30, "b", moved(novacron::milliseconds(90))), kRules);
    CHECK(comparison.verdict == Verdict::fail);
    REQUIRE(comparison.explanations.size() == 1);
    CHECK(comparison.explanations[0].mover() == "decide");
    CHECK(comparison.explanations[0].phases.size() == 7);
}

TEST_CASE("regression: what is significant and within the tolerance passes") {
    const auto before = runs_of(1, 100, "a");
    const auto after = runs_of(1, 100, "b", slower("client", 6 * kMs));
    const Comparison comparison = compare_runs(before, after, kRules);
    CHECK(comparison.verdict == Verdict::pass);
    CHECK(shift(comparison, "rto.write", Statistic::median).movement == Movement::slight);
    RegressionRules strict;
    strict.tolerance = 0.01;
    strict.tolerance_floor = Duration{kMs};
    CHECK(compare_runs(before, after, strict).verdict == Verdict::fail);
}

TEST_CASE("regression: the floor of the tolerance counts where the old value is small") {
    const auto none = [](RunMeasures& run) { run.values["rto.write"] = 0; };
    const auto little = [](RunMeasures& run) { run.values["rto.write"] = 4 * kMs; };
    const auto more = [](RunMeasures& run) { run.values["rto.write"] = 6 * kMs; };
    const auto before = runs_of(1, 30, "a", none);
    CHECK(compare_runs(before, runs_of(1, 30, "b", little), kRules).verdict == Verdict::pass);
    CHECK(compare_runs(before, runs_of(1, 30, "b", more), kRules).verdict == Verdict::fail);
}

TEST_CASE("regression: an improvement passes and is seen") {
    const Comparison comparison =
        compare_runs(runs_of(1, 30, "a", slower("elect", 40 * kMs)), runs_of(1, 30, "b"), kRules);
    CHECK(comparison.verdict == Verdict::pass);
    CHECK(comparison.any(Movement::better));
    CHECK_FALSE(comparison.any(Movement::worse));
    REQUIRE(comparison.explanations.size() == 1);
    CHECK(comparison.explanations[0].mover() == "elect");
}

TEST_CASE("regression: a longer tail fails where the middle stays") {
    const Change tail = [](RunMeasures& run) {
        if (run.seed % 8 == 0) run.values["rto.write"] += 400 * kMs;
    };
    const Comparison comparison =
        compare_runs(runs_of(1, 100, "a"), runs_of(1, 100, "b", tail), kRules);
    CHECK(shift(comparison, "rto.write", Statistic::median).movement != Movement::worse);
    CHECK(shift(comparison, "rto.write", Statistic::p95).movement == Movement::worse);
    CHECK(comparison.verdict == Verdict::fail);
}

TEST_CASE("regression: more runs that never recover fail, however good the others became") {
    const Change some_never = [](RunMeasures& run) {
        run.values["rto.write"] -= 60 * kMs;
        if (run.seed % 8 == 0) run.values["rto.write"] = kNever;
    };
    const Comparison comparison =
        compare_runs(runs_of(1, 100, "a"), runs_of(1, 100, "b", some_never), kRules);
    const Shift& never = shift(comparison, "rto.write", Statistic::never);
    CHECK(never.before == 0);
    CHECK(never.after == 12);
    CHECK(never.movement == Movement::worse);
    CHECK(comparison.verdict == Verdict::fail);
}

TEST_CASE("regression: what clients have of a service is judged, once a baseline knows it") {
    const auto served = [](std::int64_t rto, std::int64_t failed, std::int64_t interval) {
        return [=](RunMeasures& run) {
            run.values["rto.service:shop"] = rto;
            run.values["failed.people"] = failed;
            run.values["latency_p99.people"] = 20 * kMs;
            run.values["success_interval.shop"] = interval;
        };
    };
    const auto verdict = [&](const Change& before, const Change& after) {
        return compare_runs(runs_of(1, 20, "a", before), runs_of(1, 20, "a2", after), kRules);
    };
    const Change usual = served(30'000 * kMs, 1'000, 10 * kMs);
    CHECK(verdict(usual, usual).verdict == Verdict::pass);
    for (const auto& [worse, measure] :
         {std::pair{served(40'000 * kMs, 1'000, 10 * kMs), "rto.service:shop"},
          std::pair{served(kNever, 1'000, 10 * kMs), "rto.service:shop"},
          std::pair{served(30'000 * kMs, 1'200, 10 * kMs), "failed.people"},
          std::pair{served(30'000 * kMs, 1'000, kNever), "success_interval.shop"}}) {
        INFO(measure);
        const Comparison comparison = verdict(usual, worse);
        CHECK(comparison.verdict == Verdict::fail);
        for (const Shift& one : comparison.shifts) {
            CHECK((one.movement == Movement::worse) <= (one.measure == measure));
        }
    }
    // A baseline that was made before these were measured is still good for what it knows.
    const Change unknown = [](RunMeasures&) {};
    CHECK(verdict(unknown, usual).verdict == Verdict::pass);
    // And whose clients are gone is no evidence.
    CHECK(verdict(usual, unknown).verdict == Verdict::inconclusive);
    CHECK(verdict(usual, unknown).vanished.size() == 4);
}

TEST_CASE("regression: a run that never recovers is worse than any number in every test") {
    const Change never = [](RunMeasures& run) { run.values["rto.write"] = kNever; };
    const Comparison comparison =
        compare_runs(runs_of(1, 30, "a"), runs_of(1, 30, "b", never), kRules);
    CHECK(std::isinf(shift(comparison, "rto.write", Statistic::median).change));
    CHECK(shift(comparison, "rto.write", Statistic::median).movement == Movement::worse);
    CHECK(shift(comparison, "rto.write", Statistic::p95).movement == Movement::worse);
    // The same the other way round: from never to 180 ms is no regression.
    const Comparison back = compare_runs(runs_of(1, 30, "b", never), runs_of(1, 30, "a"), kRules);
    CHECK(back.verdict == Verdict::pass);
    CHECK(back.any(Movement::better));
    // And never as before is no change.
    const Comparison same =
        compare_runs(runs_of(1, 30, "a", never), runs_of(1, 30, "b", never), kRules);
    CHECK(shift(same, "rto.write", Statistic::median).movement == Movement::none);
}

TEST_CASE("regression: runs that never recovered before, either, are no new ones") {
    const Change half = [](RunMeasures& run) {
        if (run.seed % 2 == 0) run.values["rto.write"] = kNever;
    };
    const Comparison comparison =
        compare_runs(runs_of(1, 60, "a", half), runs_of(1, 60, "b", half), kRules);
    const Shift& never = shift(comparison, "rto.write", Statistic::never);
    CHECK(never.before == 30);
    CHECK(never.after == 30);
    CHECK(never.p_worse == Approx(1));
    CHECK(never.movement == Movement::none);
}

TEST_CASE("regression: significance without an effect that stands clear of zero is none") {
    // A fifth of the runs is slower and none is faster: beyond chance, and the median stays.
    auto after = runs_of(1, 100, "a");
    for (RunMeasures& run : after) {
        run.fingerprint += "x";
        if (run.seed % 5 == 0) run.values["rto.write"] += 40 * kMs;
    }
    const Comparison comparison = compare_runs(runs_of(1, 100, "a"), after, kRules);
    const Shift& median = shift(comparison, "rto.write", Statistic::median);
    CHECK(median.p_worse < 0.0001);
    CHECK(median.change == 0);
    CHECK(median.movement == Movement::none);
}

TEST_CASE("regression: lost writes and needless elections fail, too") {
    const Change loses = [](RunMeasures& run) {
        if (run.seed % 3 == 0) run.values["rpo.operations"] = 5;
    };
    const auto before = runs_of(1, 60, "a");
    CHECK(shift(compare_runs(before, runs_of(1, 60, "b", loses), kRules), "rpo.operations",
                Statistic::mean)
              .movement == Movement::worse);
    const Change restless = [](RunMeasures& run) {
        if (run.seed % 3 == 0) ++run.values["elections"];
    };
    CHECK(shift(compare_runs(before, runs_of(1, 60, "b", restless), kRules), "elections",
                Statistic::mean)
              .movement == Movement::worse);
}

TEST_CASE("regression: too few runs are no evidence, and the number needed is enough") {
    const auto compared = [](std::uint64_t n, std::int64_t by) {
        return compare_runs(runs_of(1, n, "a"), runs_of(1, n, "b", slower("detect", by)), kRules);
    };
    const Comparison few = compared(3, 500 * kMs);
    CHECK(few.verdict == Verdict::inconclusive);
    // Nine questions of this run's measures: 2^-10 times 9 is below 1 %, 2^-9 times 9 is not.
    REQUIRE(few.shifts.size() == 9);
    CHECK(few.seeds_needed == 10);
    CHECK(compared(9, 500 * kMs).verdict == Verdict::inconclusive);
    CHECK(compared(10, 500 * kMs).verdict == Verdict::fail);
}

TEST_CASE("regression: other fingerprints with the same numbers are unchanged, even if few") {
    auto after = runs_of(1, 2, "a");
    for (RunMeasures& run : after) run.fingerprint += "x";
    const Comparison comparison = compare_runs(runs_of(1, 2, "a"), after, kRules);
    CHECK(comparison.same_numbers);
    CHECK(comparison.verdict == Verdict::pass);
}

TEST_CASE("regression: some of the baseline's seeds are compared in pairs, others are not") {
    const auto before = runs_of(1, 60, "a");
    const Comparison some = compare_runs(before, runs_of(11, 40, "b"), kRules);
    CHECK(some.paired);
    CHECK(some.runs_before == 30);
    const Comparison others = compare_runs(before, runs_of(101, 160, "a"), kRules);
    CHECK_FALSE(others.paired);
    CHECK(others.runs_before == 60);
    CHECK(others.verdict == Verdict::pass);
    CHECK(
        compare_runs(before, runs_of(101, 160, "b", slower("detect", 90 * kMs)), kRules).verdict ==
        Verdict::fail);
    const Comparison few = compare_runs(before, runs_of(101, 101, "b"), kRules);
    CHECK(few.verdict == Verdict::inconclusive);
    CHECK(few.seeds_needed == 2);
}

TEST_CASE("regression: a measure that only one side has is not compared") {
    const Change reads = [](RunMeasures& run) { run.values["rto.read"] = 5; };
    const Comparison comparison =
        compare_runs(runs_of(1, 20, "a"), runs_of(1, 20, "b", reads), kRules);
    CHECK(std::none_of(comparison.shifts.begin(), comparison.shifts.end(),
                       [](const Shift& one) { return one.measure == "rto.read"; }));
}

TEST_CASE("regression: a measure that no run has any more is no pass") {
    const Change lost = [](RunMeasures& run) { run.values.erase("rto.write"); };
    const Comparison comparison =
        compare_runs(runs_of(1, 20, "a"), runs_of(1, 20, "b", lost), kRules);
    CHECK(comparison.vanished == std::vector<std::string>{"rto.write"});
    CHECK(comparison.verdict == Verdict::inconclusive);
}

// Invariant (1). Other seeds of one build, a hundred times: binomial(100, 0.01) exceeds 4 with
// probability 0.003. The tolerance is set aside, so that significance alone has to keep the level.
TEST_CASE("regression: a hundred comparisons of other seeds fail no more often than the level") {
    RegressionRules rules;
    rules.tolerance = 0;
    rules.tolerance_floor = Duration{};
    int failed = 0;
    int failed_in_pairs = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto before = runs_of(1 + 40 * i, 20 + 40 * i, "a");
        const auto other = runs_of(21 + 40 * i, 40 + 40 * i, "a");
        if (compare_runs(before, other, rules).verdict == Verdict::fail) ++failed;
        const auto rebuilt = runs_of(1 + 40 * i, 20 + 40 * i, "b");
        if (compare_runs(before, rebuilt, rules).verdict == Verdict::fail) ++failed_in_pairs;
    }
    CHECK(failed <= 4);
    CHECK(failed_in_pairs <= 4);
}
