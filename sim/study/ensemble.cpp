// SPDX-License-Identifier: MIT
#include "sim/study/ensemble.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>

#include "core/base/check.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/quantile.hpp"

namespace shaketable {

namespace {

constexpr std::int64_t kWorst = std::numeric_limits<std::int64_t>::max();

void keep_lowest(std::optional<std::uint64_t>& lowest, std::uint64_t seed) {
    lowest = lowest ? std::min(*lowest, seed) : seed;
}

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(whole);
}

std::string words_of(const std::optional<Duration>& duration) {
    return duration ? format_duration_brief(*duration) : "not recovered";
}

// Larger is worse: the verdict first, then never over any number, then the measure itself.
auto badness(Verdict verdict, const TargetRow& row) {
    const int rank = verdict == Verdict::fail ? 2 : verdict == Verdict::inconclusive ? 1 : 0;
    return std::tuple(rank, row.censored ? kWorst : row.actual_ns.value_or(row.severity));
}

// The element of this name, made if there is none yet.
template <class Element, class Name>
Element& entry(std::vector<Element>& all, const std::string& name, Name Element::*key) {
    for (Element& element : all) {
        if (element.*key == name) return element;
    }
    all.emplace_back().*key = name;
    return all.back();
}

// The detail of a bound on every run.
std::string words_of(const EnsembleTarget& target) {
    const Tally& runs = target.runs;
    const std::string all = " of " + std::to_string(runs.total()) + " runs, first seed ";
    if (runs.failed > 0) {
        return "in " + std::to_string(runs.failed) + all + std::to_string(*runs.first_failed);
    }
    if (runs.inconclusive > 0) {
        return "in " + std::to_string(runs.inconclusive) + all +
               std::to_string(*runs.first_inconclusive);
    }
    return "by every run";
}

}  // namespace

void Sample::add(std::optional<Duration> value, std::uint64_t seed) {
    observations_.emplace(value ? value->ns : kWorst, seed);
    if (!value) ++censored_;
}

std::optional<Duration> Sample::at_rank(std::uint64_t rank) const {
    novacron::check(rank >= 1 && rank <= size(), "a rank within the sample");
    const std::int64_t ns =
        std::next(observations_.begin(), static_cast<std::ptrdiff_t>(rank - 1))->first;
    return ns == kWorst ? std::nullopt : std::optional(Duration{ns});
}

std::optional<Duration> Sample::quantile(double q) const {
    return at_rank(nearest_rank(q, size()));
}

std::uint64_t Sample::worst_seed() const {
    novacron::check(size() >= 1, "a worst seed needs a seed");
    return observations_.lower_bound({observations_.rbegin()->first, 0})->second;
}

std::vector<Duration> Sample::values() const {
    std::vector<Duration> values;
    for (const auto& [ns, seed] : observations_) {
        if (ns != kWorst) values.push_back(Duration{ns});
    }
    return values;
}

void Tally::add(Verdict verdict, std::uint64_t seed) {
    switch (verdict) {
        case Verdict::pass: ++passed; return;
        case Verdict::fail: ++failed; return keep_lowest(first_failed, seed);
        case Verdict::inconclusive: ++inconclusive; return keep_lowest(first_inconclusive, seed);
    }
}

Verdict Tally::verdict() const {
    if (failed > 0) return Verdict::fail;
    return inconclusive > 0 || passed == 0 ? Verdict::inconclusive : Verdict::pass;
}

std::optional<double> WorkloadTotals::availability() const {
    return share(acknowledged, acknowledged + unknown);
}

void WorkloadTotals::add(const WorkloadRow& row, std::uint64_t seed) {
    issued += row.issued;
    acknowledged += row.acknowledged;
    unknown += row.unknown;
    in_flight += row.in_flight;
    const auto one = share(row.acknowledged, row.acknowledged + row.unknown);
    if (!one) return;
    if (!worst_availability || std::pair(*one, seed) < std::pair(*worst_availability, worst_seed)) {
        worst_availability = one;
        worst_seed = seed;
    }
}

void Ensemble::add(const Result& result) {
    Summary& s = so_far_;
    const std::uint64_t seed = result.seed;
    s.runs.add(result.verdict, seed);
    s.events += result.events;
    s.wan_bytes += result.wan_bytes;
    s.virtual_ns += result.virtual_time.ns;
    for (const RecoveryRow& row : result.recovery) {
        ScopeTotals& totals = entry(s.recovery, row.scope, &ScopeTotals::scope);
        totals.rto.add(row.rto, seed);
        totals.unavailable.add(row.unavailable, seed);
        totals.flaps += row.flaps;
    }
    if (result.loss) {
        s.rpo_time.add(result.loss->rpo_time, seed);
        s.lost_acked_ops += result.loss->lost_acked_ops;
        if (result.loss->lost_acked_ops > 0) ++s.runs_with_loss;
        s.divergent_ops += result.loss->divergent_ops;
    }
    for (const WorkloadRow& row : result.workloads) {
        s.workloads[row.id].add(row, seed);
    }
    for (const ClientsRow& row : result.clients) {
        WorkloadRow as_workload;
        as_workload.issued = row.requests.ended();
        as_workload.acknowledged = row.requests.ok;
        as_workload.unknown = row.requests.ended() - row.requests.ok;
        s.workloads[row.id].add(as_workload, seed);
    }
    for (const TargetRow& row : result.targets) add_target(row, seed);
    for (const CheckRow& row : result.checks) {
        entry(s.checks, row.id, &std::pair<std::string, Tally>::first)
            .second.add(row.verdict, seed);
    }
    s.findings += result.findings.size();
    if (!result.doubts.empty() && (!s.first_doubt || seed < s.first_doubt->seed)) {
        s.first_doubt = FirstDoubt{seed, result.doubts.front()};
    }
    if (!result.findings.empty() && (!s.first_finding || seed < s.first_finding->seed)) {
        s.first_finding = FirstFinding{seed, result.findings.front()};
    }
}

void Ensemble::add_target(const TargetRow& row, std::uint64_t seed) {
    EnsembleTarget& target = entry(so_far_.targets, row.id, &EnsembleTarget::id);
    target.objective = row.objective;
    const auto bad = badness(row.verdict, row);
    const bool first = target.runs.total() == 0;
    if (first || bad > target.worst_badness ||
        (bad == target.worst_badness && seed < target.worst_seed)) {
        target.worst_badness = bad;
        const bool rounds = row.actual_ns && !row.censored;
        target.worst = rounds ? format_duration_brief(Duration{*row.actual_ns}) : row.actual;
        target.worst_seed = seed;
    }
    target.runs.add(row.verdict, seed);
}

EnsembleTarget Ensemble::judge(std::string_view id, double q, Duration objective) const {
    const double confidence = rto_target_->confidence;
    const std::string sure = " at " + format_probability(confidence) + " confidence";
    EnsembleTarget target;
    target.id = id;
    target.objective = "<= " + format_duration(objective);
    target.quantile = q;
    target.seeds_needed = observations_needed(q, confidence);

    const std::uint64_t runs = so_far_.runs.total();
    const ScopeTotals* found = so_far_.scope(rto_target_->scope);
    const std::uint64_t measured = found == nullptr ? 0 : found->rto.size();
    if (measured > 0) target.observed = found->rto.quantile(q);
    if (runs < 2) {
        target.detail = "needs " + std::to_string(target.seeds_needed) + " seeds";
        return target;
    }
    target.verdict = Verdict::inconclusive;
    if (measured < runs) {
        target.detail = std::to_string(runs - measured) + " runs have no RTO";
        return target;
    }
    const Sample& sample = found->rto;
    const auto within = [&](std::uint64_t rank) {
        const std::optional<Duration> value = sample.at_rank(rank);
        return value && *value <= objective;
    };
    const auto upper = upper_bound_rank(q, confidence, runs);
    const auto lower = lower_bound_rank(q, confidence, runs);
    if (upper) target.upper_bound = sample.at_rank(*upper);
    if (lower && !within(*lower)) {
        target.verdict = Verdict::fail;
        target.detail = "at least " + words_of(sample.at_rank(*lower)) + sure;
    } else if (!upper) {
        target.detail =
            "needs " + std::to_string(target.seeds_needed) + " seeds, has " + std::to_string(runs);
    } else if (within(*upper)) {
        target.verdict = Verdict::pass;
        target.detail = "at most " + words_of(target.upper_bound) + sure;
    } else {
        target.detail = "between " + (lower ? words_of(sample.at_rank(*lower)) : "0s") + " and " +
                        words_of(target.upper_bound) + sure + "; more seeds narrow it";
    }
    return target;
}

const ScopeTotals* Summary::scope(std::string_view name) const {
    for (const ScopeTotals& totals : recovery) {
        if (totals.scope == name) return &totals;
    }
    return nullptr;
}

Summary Ensemble::summary() const {
    Summary summary = so_far_;
    Verdict verdict = summary.runs.verdict();
    for (EnsembleTarget& target : summary.targets) {
        target.verdict = target.runs.verdict();
        target.detail = words_of(target);
    }
    if (rto_target_) {
        const auto add = [&](const char* id, double q, const std::optional<Duration>& objective) {
            if (objective) summary.targets.push_back(judge(id, q, *objective));
        };
        add("rto.p50", 0.50, rto_target_->p50);
        add("rto.p95", 0.95, rto_target_->p95);
        add("rto.p99", 0.99, rto_target_->p99);
    }
    for (const EnsembleTarget& target : summary.targets) {
        if (!target.verdict || verdict == Verdict::fail || *target.verdict == Verdict::pass)
            continue;
        verdict = *target.verdict;
    }
    summary.verdict = verdict;
    return summary;
}

}  // namespace shaketable
