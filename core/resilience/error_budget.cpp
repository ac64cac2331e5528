// SPDX-License-Identifier: MIT
#include "core/resilience/error_budget.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/wide.hpp"

namespace novacron::resilience {

namespace {

constexpr std::uint32_t kCells = 600;
constexpr std::uint64_t kMillion = 1'000'000;

// As long in the objective's window as this is in 30 days.
Duration scaled(Duration d, Duration window) {
    return Duration{static_cast<std::int64_t>(Wide{d.ns} * window.ns / hours(30 * 24).ns)};
}

}  // namespace

ErrorBudget::ErrorBudget(const ErrorBudgetOptions& options)
    : budget_ppm_(kMillion - options.target_ppm), whole_(options.window, kCells) {
    check(options.target_ppm >= 1 && options.target_ppm < kMillion && options.window >= seconds(1),
          "an objective is above 0 and below 1, over a second at least");
    for (const BurnRule& rule : options.rules) {
        check(rule.short_window.ns > 0 && rule.long_window > rule.short_window &&
                  rule.burn_tenths >= 1,
              "a rule's long window is above the short one, and its burn rate above 0");
        pairs_.push_back({Window(scaled(rule.long_window, options.window), kCells),
                          Window(scaled(rule.short_window, options.window), kCells),
                          rule.burn_tenths});
    }
}

void ErrorBudget::record(Instant now, std::uint64_t good, std::uint64_t bad) {
    const auto add = [&](Window& window) {
        window.add(now, 0, good);
        window.add(now, 1, bad);
    };
    add(whole_);
    for (Pair& pair : pairs_) {
        add(pair.in_long);
        add(pair.in_short);
    }
}

bool ErrorBudget::burns(const Window::Counts& counts, std::uint32_t tenths) const {
    const UnsignedWide all = UnsignedWide{counts[0]} + counts[1];
    return UnsignedWide{counts[1]} * 10 * kMillion >= all * budget_ppm_ * tenths;
}

ErrorBudget::Alert ErrorBudget::alert(Instant now, std::size_t rule) {
    Pair& pair = pairs_.at(rule);
    const Window::Counts in_long = pair.in_long.counts(now);
    const Window::Counts in_short = pair.in_short.counts(now);
    if (in_long[0] + in_long[1] == 0 || in_short[0] + in_short[1] == 0) return Alert::no_data;
    return burns(in_long, pair.burn_tenths) && burns(in_short, pair.burn_tenths) ? Alert::firing
                                                                                 : Alert::quiet;
}

std::optional<double> ErrorBudget::rate(const Window::Counts& counts) const {
    const std::uint64_t all = counts[0] + counts[1];
    if (all == 0) return std::nullopt;
    return static_cast<double>(counts[1]) * static_cast<double>(kMillion) /
           (static_cast<double>(all) * static_cast<double>(budget_ppm_));
}

ErrorBudget::Burn ErrorBudget::burn(Instant now, std::size_t rule) {
    Pair& pair = pairs_.at(rule);
    return {rate(pair.in_long.counts(now)), rate(pair.in_short.counts(now))};
}

std::optional<double> ErrorBudget::left(Instant now) {
    const std::optional<double> used = rate(whole_.counts(now));
    return used ? std::optional(1 - *used) : std::nullopt;
}

Instant ErrorBudget::next_look(Instant now) const {
    std::int64_t next = Instant::never().ns;
    for (const Pair& pair : pairs_) {
        for (const Window* window : {&pair.in_long, &pair.in_short}) {
            const std::int64_t cell = window->cell().ns;
            const std::int64_t into = (now.ns % cell + cell) % cell;
            next = std::min(next, now.ns - into + cell);
        }
    }
    return Instant{next};
}

}  // namespace novacron::resilience
