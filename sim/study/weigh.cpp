// SPDX-License-Identifier: MIT
#include "sim/study/weigh.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string_view>

#include "sim/study/quantile.hpp"

namespace shaketable {
namespace {

constexpr Weight kNoEvidence{};
constexpr Weight kCensored{std::nullopt, true};

Weight number(double value) { return {value, false}; }
Weight seconds_of(Duration duration) { return number(static_cast<double>(duration.ns) / 1e9); }
Weight seconds_of(const std::optional<Duration>& duration) {
    return duration ? seconds_of(*duration) : kNoEvidence;
}

// A count in its own right, or by the time it was counted in.
Weight counted(std::uint64_t count, SeedStatistic statistic, Duration time) {
    const auto whole = static_cast<double>(count);
    if (statistic != SeedStatistic::per_second && statistic != SeedStatistic::per_hour) {
        return number(whole);
    }
    if (time.ns <= 0) return kNoEvidence;
    const double per_second = whole / (static_cast<double>(time.ns) / 1e9);
    return number(statistic == SeedStatistic::per_hour ? per_second * 3600 : per_second);
}

bool was_observed(const Result& result, std::string_view fault) {
    return std::any_of(result.faults.begin(), result.faults.end(), [fault](const FaultRow& row) {
        return row.id == fault && row.observed;
    });
}

// Nothing if there is no recovery of this scope from a fault that was observed.
const RecoveryRow* recovery_of(const Result& result, std::string_view scope) {
    for (const RecoveryRow& row : result.recovery) {
        if (row.scope == scope && was_observed(result, row.fault)) return &row;
    }
    return nullptr;
}

Weight rto(const Result& result, std::string_view scope) {
    const RecoveryRow* row = recovery_of(result, scope);
    if (row == nullptr) return kNoEvidence;
    return row->censored ? kCensored : seconds_of(row->rto);
}

Weight unavailable(const Result& result, std::string_view scope) {
    const RecoveryRow* row = recovery_of(result, scope);
    return row == nullptr ? kNoEvidence : seconds_of(row->unavailable);
}

Weight of_clients(const Measure& measure, const ClientsRow& row) {
    if (measure.quantity == Quantity::latency_p50) return seconds_of(row.latency_p50);
    if (measure.quantity == Quantity::latency_p95) return seconds_of(row.latency_p95);
    if (measure.quantity == Quantity::latency_p99) return seconds_of(row.latency_p99);
    const std::uint64_t ended = row.requests.ended();
    if (ended == 0) return kNoEvidence;
    return number(static_cast<double>(row.requests.ok) / static_cast<double>(ended));
}

Weight of_workload(const Measure& measure, const Result& result) {
    for (const ClientsRow& row : result.clients) {
        if (row.id == measure.workload) return of_clients(measure, row);
    }
    const auto row =
        std::find_if(result.workloads.begin(), result.workloads.end(),
                     [&](const WorkloadRow& w) { return w.id == measure.workload; });
    if (row == result.workloads.end()) return kNoEvidence;
    if (measure.quantity == Quantity::latency_p50) return seconds_of(row->latency_p50);
    if (measure.quantity == Quantity::latency_p95) return seconds_of(row->latency_p95);
    if (measure.quantity == Quantity::latency_p99) return seconds_of(row->latency_p99);
    const std::uint64_t ended = row->acknowledged + row->unknown;
    if (ended == 0) return kNoEvidence;
    return number(static_cast<double>(row->acknowledged) / static_cast<double>(ended));
}

Weight of_detection(const Measure& measure, const Result& result, Duration time) {
    if (!result.detection) return kNoEvidence;
    const DetectionRow& row = *result.detection;
    const auto known = [](const std::optional<double>& value) {
        return value ? number(*value) : kNoEvidence;
    };
    switch (measure.quantity) {
        case Quantity::detection_time: return seconds_of(row.crashes.mean);
        case Quantity::detection_p99: return seconds_of(row.crashes.p99);
        case Quantity::mistakes: return counted(row.mistakes, measure.statistic, time);
        case Quantity::mistake_rate: return known(row.mistake_rate);
        case Quantity::mistake_duration: return seconds_of(row.mistake_duration);
        default: return known(row.query_accuracy);
    }
}

}  // namespace

Weight observe(const Measure& measure, const Scenario& scenario, const Result& result) {
    const Duration after_warmup = scenario.duration - scenario.warmup;
    const bool loss = result.loss && was_observed(result, result.loss->fault);
    switch (measure.quantity) {
        case Quantity::rto_write: return rto(result, "write");
        case Quantity::rto_read: return rto(result, "read");
        case Quantity::unavailable_write: return unavailable(result, "write");
        case Quantity::unavailable_read: return unavailable(result, "read");
        case Quantity::rpo_time: return loss ? seconds_of(result.loss->rpo_time) : kNoEvidence;
        case Quantity::rpo_operations:
            return loss ? counted(result.loss->lost_acked_ops, measure.statistic, after_warmup)
                        : kNoEvidence;
        case Quantity::availability:
        case Quantity::latency_p50:
        case Quantity::latency_p95:
        case Quantity::latency_p99: return of_workload(measure, result);
        case Quantity::elections:
            return counted(result.elections, measure.statistic, after_warmup);
        case Quantity::needless_elections:
            return counted(result.needless_elections, measure.statistic, after_warmup);
        case Quantity::heartbeats:
            return counted(result.heartbeats, measure.statistic, scenario.duration);
        case Quantity::messages:
            return counted(result.messages, measure.statistic, scenario.duration);
        case Quantity::detection_time:
        case Quantity::detection_p99:
        case Quantity::mistakes:
        case Quantity::mistake_rate:
        case Quantity::mistake_duration:
        case Quantity::query_accuracy: return of_detection(measure, result, after_warmup);
    }
    return kNoEvidence;
}

Folded fold(SeedStatistic statistic, const std::vector<Weight>& runs) {
    constexpr double kWorst = std::numeric_limits<double>::infinity();
    std::vector<double> values;
    for (const Weight& run : runs) {
        if (run.evidence()) values.push_back(run.censored ? kWorst : *run.value);
    }
    const std::uint64_t n = values.size();
    if (n == 0) return {};
    const auto ranked = [&](double q) {
        std::sort(values.begin(), values.end());
        return values[nearest_rank(q, n) - 1];
    };
    const auto total = [&] { return std::accumulate(values.begin(), values.end(), 0.0); };
    double result = 0;
    switch (statistic) {
        case SeedStatistic::min: result = *std::min_element(values.begin(), values.end()); break;
        case SeedStatistic::max: result = *std::max_element(values.begin(), values.end()); break;
        case SeedStatistic::p50: result = ranked(0.50); break;
        case SeedStatistic::p90: result = ranked(0.90); break;
        case SeedStatistic::p95: result = ranked(0.95); break;
        case SeedStatistic::p99: result = ranked(0.99); break;
        case SeedStatistic::sum: result = total(); break;
        case SeedStatistic::mean:
        case SeedStatistic::per_second:
        case SeedStatistic::per_hour: result = total() / static_cast<double>(n); break;
    }
    return {result == kWorst ? kCensored : number(result), n};
}

}  // namespace shaketable
