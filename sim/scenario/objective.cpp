// SPDX-License-Identifier: MIT
#include "sim/scenario/objective.hpp"

#include <algorithm>
#include <array>

#include "sim/scenario/diagnostics.hpp"

namespace shaketable {
namespace {

enum class Kind : std::uint8_t { time, share, count, rate };

struct QuantityName {
    std::string_view name;
    Kind kind;
    bool of_workload;
};

// In the order of Quantity.
constexpr std::array<QuantityName, 20> kQuantities = {{
    {"rto.write", Kind::time, false},
    {"rto.read", Kind::time, false},
    {"unavailable.write", Kind::time, false},
    {"unavailable.read", Kind::time, false},
    {"rpo.time", Kind::time, false},
    {"rpo.operations", Kind::count, false},
    {"availability", Kind::share, true},
    {"latency_p50", Kind::time, true},
    {"latency_p95", Kind::time, true},
    {"latency_p99", Kind::time, true},
    {"elections", Kind::count, false},
    {"needless_elections", Kind::count, false},
    {"heartbeats", Kind::count, false},
    {"messages", Kind::count, false},
    {"detection_time", Kind::time, false},
    {"detection_p99", Kind::time, false},
    {"mistakes", Kind::count, false},
    {"mistake_rate", Kind::rate, false},
    {"mistake_duration", Kind::time, false},
    {"query_accuracy", Kind::share, false},
}};

// In the order of SeedStatistic.
constexpr std::array<std::string_view, 10> kStatistics = {
    "mean", "min", "max", "p50", "p90", "p95", "p99", "sum", "per_second", "per_hour"};

bool is_rate(SeedStatistic statistic) {
    return statistic == SeedStatistic::per_second || statistic == SeedStatistic::per_hour;
}

// What can be folded how: times and shares have no sum that means anything, nor a rate.
bool goes_with(Kind kind, SeedStatistic statistic) {
    return kind == Kind::count || (statistic != SeedStatistic::sum && !is_rate(statistic));
}

std::vector<std::string> quantity_names(const std::vector<std::string>& workloads) {
    std::vector<std::string> names;
    for (const QuantityName& quantity : kQuantities) {
        const std::string name(quantity.name);
        if (!quantity.of_workload) names.push_back(name);
        for (const std::string& workload : workloads) {
            if (quantity.of_workload) names.push_back(name + "." + workload);
        }
    }
    return names;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

// Nothing is that, but something may be near it.
Parsed<Measure> refuse(std::string_view name, const std::vector<std::string>& workloads) {
    const std::vector<std::string> quantities = quantity_names(workloads);
    std::vector<std::string> whole;
    for (std::size_t i = 0; i < kStatistics.size(); ++i) {
        for (const std::string& quantity : quantities) {
            whole.push_back(quantity + "." + std::string(kStatistics[i]));
        }
    }
    const std::string error = "unknown measure '" + std::string(name.substr(0, 60)) + "'";
    std::string hint = did_you_mean(name, whole);
    if (!hint.empty()) return {std::nullopt, error, hint};
    const auto is = [&](std::string_view word) { return word == name; };
    if (std::any_of(quantities.begin(), quantities.end(), is)) {
        const std::vector<std::string> all(kStatistics.begin(), kStatistics.end());
        return {std::nullopt, error, "over the seeds it needs one of ." + listed(all)};
    }
    return {std::nullopt, error, "write QUANTITY.STATISTIC; quantities are " + listed(quantities)};
}

}  // namespace

Parsed<Measure> parse_measure(std::string_view name, const std::vector<std::string>& workloads) {
    const std::size_t dot = name.rfind('.');
    const std::string_view quantity = name.substr(0, dot);
    const auto* statistic = std::find(kStatistics.begin(), kStatistics.end(),
                                      dot == std::string_view::npos ? "" : name.substr(dot + 1));
    for (std::size_t i = 0; i < kQuantities.size() && statistic != kStatistics.end(); ++i) {
        const QuantityName& known = kQuantities[i];
        Measure measure{static_cast<Quantity>(i), {},
                        static_cast<SeedStatistic>(statistic - kStatistics.begin())};
        if (known.of_workload) {
            if (!quantity.starts_with(std::string(known.name) + ".")) continue;
            measure.workload = quantity.substr(known.name.size() + 1);
            if (std::find(workloads.begin(), workloads.end(), measure.workload) ==
                workloads.end()) {
                break;
            }
        } else if (quantity != known.name) {
            continue;
        }
        if (goes_with(known.kind, measure.statistic)) return {std::move(measure), {}, {}};
        return {std::nullopt, "'" + std::string(*statistic) + "' is for counts, and " +
                                  std::string(known.name) + " is none",
                "write " + std::string(quantity) + ".mean or .p99"};
    }
    return refuse(name, workloads);
}

std::string_view unit_of(const Measure& measure) {
    if (measure.statistic == SeedStatistic::per_second) return "1/s";
    if (measure.statistic == SeedStatistic::per_hour) return "1/h";
    switch (kQuantities[static_cast<std::size_t>(measure.quantity)].kind) {
        case Kind::time: return "s";
        case Kind::share: return "share";
        case Kind::count: return "count";
        case Kind::rate: return "1/s";
    }
    return {};
}

}  // namespace shaketable
