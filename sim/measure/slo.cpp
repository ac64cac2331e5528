// SPDX-License-Identifier: MIT
#include "sim/measure/slo.hpp"

#include "core/base/wide.hpp"
#include "core/resilience/error_budget.hpp"

namespace shaketable {
namespace {

using novacron::UnsignedWide;
using novacron::resilience::BurnRule;
using novacron::resilience::ErrorBudget;

constexpr std::uint64_t kMillion = 1'000'000;

// Whether the share of the first is below that of the second.
bool is_worse(const SloMeasure& a, const SloMeasure& b) {
    return UnsignedWide{a.good} * b.all < UnsignedWide{b.good} * a.all;
}

std::optional<Instant> first_page(const std::vector<SloOutcome>& outcomes,
                                  std::uint32_t objective_ppm, Duration window) {
    novacron::resilience::ErrorBudgetOptions options;
    options.target_ppm = objective_ppm;
    options.window = window;
    ErrorBudget budget(options);
    for (const SloOutcome& outcome : outcomes) {
        budget.record(outcome.at, outcome.good ? 1 : 0, outcome.good ? 0 : 1);
        if (outcome.good) continue;  // nothing burns faster for it
        for (std::size_t rule = 0; rule < options.rules.size(); ++rule) {
            if (options.rules[rule].severity == BurnRule::Severity::page &&
                budget.alert(outcome.at, rule) == ErrorBudget::Alert::firing) {
                return outcome.at;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<SloMeasure> weigh_slo(const std::vector<SloOutcome>& outcomes,
                                    std::uint32_t objective_ppm, Instant start, Duration window) {
    if (outcomes.empty()) return std::nullopt;
    SloMeasure now;  // of the window that ends with the outcome just counted
    std::optional<SloMeasure> worst;
    std::size_t first = 0;
    for (const SloOutcome& outcome : outcomes) {
        now.good += outcome.good ? 1 : 0;
        ++now.all;
        now.end = outcome.at;
        while (outcomes[first].at + window <= outcome.at) {  // it covers (end - window, end]
            now.good -= outcomes[first].good ? 1 : 0;
            --now.all;
            ++first;
        }
        const bool full = outcome.at - start >= window || &outcome == &outcomes.back();
        if (full && (!worst || is_worse(now, *worst))) worst = now;
    }
    worst->holds = UnsignedWide{worst->good} * kMillion >= UnsignedWide{worst->all} * objective_ppm;
    const double allowed =
        static_cast<double>(kMillion - objective_ppm) / kMillion * static_cast<double>(worst->all);
    worst->budget_left = 1 - static_cast<double>(worst->all - worst->good) / allowed;
    worst->paged = first_page(outcomes, objective_ppm, window);
    return worst;
}

}  // namespace shaketable
