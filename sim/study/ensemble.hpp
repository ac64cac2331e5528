// SPDX-License-Identifier: MIT
//
// What many seeds of a scenario say together: quantiles of RTO and RPO, availability, how often
// each target and check held, and one verdict.
//
// A run that had not recovered when it ended counts as worse than any number; it is never dropped.
// A bound on the `max` binds every run and was judged there. A bound on a quantile binds the
// seeds: it is met if the quantile's upper confidence bound (quantile.hpp) is within it, missed if
// the lower one is not, and otherwise open. With a single seed it is not judged at all, only
// reported with the number of seeds it needs, since one run can't speak for a distribution.
//
// Invariants: (1) the summary depends on the results and not on the order in which they are added.
//             (2) verdict: fail if any run failed or any quantile is missed; else inconclusive if
//                 any run or any quantile is open, or there is no run; else pass.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// A sample of durations. A missing value here means "not recovered": worse than any number.
class Sample {
public:
    void add(std::optional<Duration> value, std::uint64_t seed);

    std::uint64_t size() const { return observations_.size(); }
    std::uint64_t censored() const { return censored_; }
    // REQUIRES: rank is 1 .. size().
    std::optional<Duration> at_rank(std::uint64_t rank) const;
    // REQUIRES: size() is at least 1, 0 < q <= 1.
    std::optional<Duration> quantile(double q) const;
    // The lowest seed with the largest observation.
    // REQUIRES: size() is at least 1.
    std::uint64_t worst_seed() const;
    // Those that are numbers, ascending.
    std::vector<Duration> values() const;

private:
    // Nanoseconds, the largest number if censored, and the seed.
    std::set<std::pair<std::int64_t, std::uint64_t>> observations_;
    std::uint64_t censored_ = 0;
};

// How often something held, and the lowest seeds at which it did not.
struct Tally {
    std::uint64_t passed = 0, failed = 0, inconclusive = 0;
    std::optional<std::uint64_t> first_failed, first_inconclusive;

    void add(Verdict verdict, std::uint64_t seed);
    std::uint64_t total() const { return passed + failed + inconclusive; }
    // By the rule of the verdict above.
    Verdict verdict() const;
};

// A bound of the scenario, over all seeds.
struct EnsembleTarget {
    std::string id;                  // rto.max, rto.p95 ...
    std::string objective;           // "<= 30s"
    std::optional<Verdict> verdict;  // nothing: a quantile, and a single seed
    std::string detail;              // what the verdict rests on, in words

    // Of a bound on every run: how often it was met, and the measure that came out worst.
    Tally runs;
    std::string worst;  // rounded for people; ties go to the lowest seed
    std::uint64_t worst_seed = 0;
    std::tuple<int, std::int64_t> worst_badness{};  // larger is worse

    // Of a bound on a quantile.
    double quantile = 0;                  // 0: not a quantile
    std::optional<Duration> observed;     // nothing: not recovered
    std::optional<Duration> upper_bound;  // of the true quantile; nothing: none, or not recovered
    std::uint64_t seeds_needed = 0;       // the fewest that can give an upper bound
};

struct WorkloadTotals {
    std::uint64_t issued = 0, acknowledged = 0, unknown = 0, in_flight = 0;
    std::optional<double> worst_availability;  // of one run
    std::uint64_t worst_seed = 0;              // the lowest with it

    void add(const WorkloadRow& row, std::uint64_t seed);
    // Acknowledged of those that ended; nothing if none did.
    std::optional<double> availability() const;
};

// Recovery of reads or of writes, over all runs.
struct ScopeTotals {
    std::string scope;
    Sample rto;
    Sample unavailable;
    std::uint64_t flaps = 0;
};

struct FirstDoubt {
    std::uint64_t seed;
    std::string text;
};
struct FirstFinding {
    std::uint64_t seed;
    FindingRow finding;
};

struct Summary {
    Verdict verdict = Verdict::inconclusive;
    Tally runs;
    std::vector<ScopeTotals> recovery;  // in the order of the results
    Sample rpo_time;
    std::uint64_t lost_acked_ops = 0;  // all runs together
    std::uint64_t runs_with_loss = 0;
    std::uint64_t divergent_ops = 0;   // likewise
    std::uint64_t wan_bytes = 0;       // likewise
    std::map<std::string, WorkloadTotals> workloads;
    std::vector<EnsembleTarget> targets;
    std::vector<std::pair<std::string, Tally>> checks;  // by id, in the scenario's order
    std::uint64_t findings = 0;
    std::optional<FirstDoubt> first_doubt;  // of the lowest seed that has one
    std::optional<FirstFinding> first_finding;  // of the lowest seed that has one
    std::uint64_t events = 0;
    std::int64_t virtual_ns = 0;

    // Nothing if no run has such a recovery.
    const ScopeTotals* scope(std::string_view name) const;
};

class Ensemble {
public:
    // Keeps the scenario's targets, not the scenario.
    explicit Ensemble(const Scenario& scenario) : rto_target_(scenario.rto) {}

    // REQUIRES: a result of the scenario; no seed twice.
    void add(const Result& result);
    Summary summary() const;

private:
    void add_target(const TargetRow& row, std::uint64_t seed);
    EnsembleTarget judge(std::string_view id, double q, Duration objective) const;

    std::optional<RtoTarget> rto_target_;
    Summary so_far_;
};

}  // namespace shaketable
