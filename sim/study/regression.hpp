// SPDX-License-Identifier: MIT
//
// Has a system become worse than it was? Two sets of runs of one scenario, compared measure by
// measure.
//
// Intuition: a run whose fingerprint has not changed is the same run, so identical fingerprints
// need no statistics. Where runs have changed, seeds pair them: both share their random streams, so
// what the seed alone does to a number cancels out in the difference. Sets of other seeds are
// compared as independent samples, which takes more runs to see as much.
//
// A measure has become worse if both are so:
//   significance  chance alone gives a rise like this at most with the stated level, counting all
//                 measures together (Holm); and the bootstrap interval of the change lies above 0;
//   effect size   the change exceeds the tolerance: a share of the old value, at least the floor.
// Durations are asked twice: for their middle (Wilcoxon's signed ranks, or Mann and Whitney's; the
// change of the median) and for their tail (the same tests on scores of the worst fifth; the change
// of the 95th percentile); clients' latencies and a service's goodput for their middle alone, since
// they are quantiles and means themselves. Counts are asked once (the first tests; the change of
// the mean). A run
// that never recovered is worse than any number in all of these, and how many there are is tested
// by itself (McNemar's exact test, or Fisher's), without a tolerance.
//
// Invariants: (1) if nothing has changed but the seeds, the probability of a verdict `fail` is at
//                 most the level.
//             (2) no run is dropped: censored ones count in every test.
//             (3) a verdict `pass` rests on evidence: either no number differs, or there were
//                 enough runs for a change of all of them to be significant, and no measure has
//                 vanished. Else it is inconclusive, and seeds_needed says how many runs would do.
//             (4) the comparison is a function of its arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "sim/run/result.hpp"
#include "sim/study/measures.hpp"
#include "sim/study/resample.hpp"

namespace shaketable {

struct RegressionRules {
    double level = 0.01;      // the probability of a false alarm, over all measures together
    double tolerance = 0.05;  // a change of so small a share of the old value is none
    Duration tolerance_floor = novacron::milliseconds(5);  // of durations
    double count_floor = 0.1;                              // of the mean of counts
    double confidence = 0.95;                              // of the intervals
};

enum class Statistic : std::uint8_t { median, p95, mean, never };
enum class Movement : std::uint8_t {
    none,    // chance explains what is seen
    slight,  // significant, and within the tolerance
    better,
    worse
};

// One question and its answer. Nanoseconds or counts; infinity means never.
struct Shift {
    std::string measure;
    Statistic statistic = Statistic::median;
    double before = 0, after = 0;
    double change = 0;     // the effect, positive if worse
    Interval interval;     // of the change; not for `never`
    double tolerance = 0;  // what the change must exceed
    double p_worse = 1;    // adjusted
    double p_better = 1;   // adjusted
    Movement movement = Movement::none;
    std::optional<std::uint64_t> worst_seed;  // with the largest rise, in pairs
};

// Where the change of an RTO comes from: the means over the runs that recovered, which add up.
struct PhaseShift {
    std::string phase;
    double before = 0, after = 0;
};
struct Explanation {
    std::string measure;                            // rto.write
    std::uint64_t runs_before = 0, runs_after = 0;  // that recovered; in pairs, both did
    std::vector<PhaseShift> phases;                 // in the order of the recovery
    // The phase that changed most, in the direction of the whole; empty if there is none.
    std::string mover() const;
};

struct Comparison {
    Verdict verdict = Verdict::pass;
    bool paired = true;
    std::uint64_t runs_before = 0, runs_after = 0;
    std::uint64_t identical = 0;        // seeds whose fingerprint has not changed
    bool same_numbers = true;           // in pairs: no measure that was known of any seed differs
    std::uint64_t seeds_needed = 0;     // the fewest runs of which a verdict can come
    std::vector<Shift> shifts;          // in the order of judged_measures()
    std::vector<std::string> vanished;  // measures that no run has any more
    std::vector<Explanation> explanations;

    bool any(Movement movement) const;
};

// Pairs the runs if every seed of `after` is in `before`, and leaves the rest of `before` out.
// REQUIRES: neither is empty; no seed twice in one of them.
Comparison compare_runs(const std::vector<RunMeasures>& before,
                        const std::vector<RunMeasures>& after, const RegressionRules& rules);

}  // namespace shaketable
