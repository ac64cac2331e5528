// SPDX-License-Identifier: MIT
//
// How much failure an objective allows, how fast it is being used up, and when to tell somebody.
//
// Intuition: an objective of 99.9 % allows one in a thousand to fail. A *burn rate* of 1 uses that
// up just as the objective's window ends; 14.4 would in a fiftieth of it. An alert looks at two
// windows: the long one says that it matters, the short one that it is still so, and lets the alert
// clear soon after the cause is gone.
//
// Formula: burn(w) = (bad / all within w) / (1 - target); an alert fires iff burn(long) >= B and
// burn(short) >= B. With a constant share e of failures from one moment on, among steady traffic,
// it fires after B * (1 - target) * long / e. The table below is that of the SRE workbook for 30
// days; if the objective's window is another, all windows shrink or grow with it, and the times
// too.
//
// Exact: shares are compared as products of whole numbers. As doubles 14.4 * 0.001 is not 0.0144.
// Windows are counted in cells (time_window.hpp), 600 each.
//
// No traffic is no data, and not a share of 0: an alert on a service that nobody reaches must not
// look clear.
//
// Invariants: (1) an alert's state depends on what is in its windows alone. (2) its firing needs
//             both windows.
// Source: "The site reliability workbook", chapter 5.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.hpp"
#include "core/stats/time_window.hpp"

namespace novacron::resilience {

constexpr Duration hours(std::int64_t n) { return seconds(3600 * n); }
constexpr Duration minutes(std::int64_t n) { return seconds(60 * n); }

// For an objective over 30 days.
struct BurnRule {
    enum class Severity : std::uint8_t { page, ticket };

    Severity severity = Severity::page;
    Duration long_window{};          // above the short one
    Duration short_window{};         // above 0
    std::uint32_t burn_tenths = 10;  // at least 1: 144 is a burn rate of 14.4

    friend bool operator==(const BurnRule&, const BurnRule&) = default;
};
constexpr std::array<BurnRule, 4> kBurnRules = {{
    {BurnRule::Severity::page, hours(1), minutes(5), 144},
    {BurnRule::Severity::page, hours(6), minutes(30), 60},
    {BurnRule::Severity::ticket, hours(24), hours(2), 30},
    {BurnRule::Severity::ticket, hours(72), hours(6), 10},
}};

struct ErrorBudgetOptions {
    std::uint32_t target_ppm = 999'000;  // the objective, 1 .. 999'999 millionths
    Duration window = hours(30 * 24);    // it holds over this; at least a second
    std::vector<BurnRule> rules{kBurnRules.begin(), kBurnRules.end()};

    friend bool operator==(const ErrorBudgetOptions&, const ErrorBudgetOptions&) = default;
};

class ErrorBudget {
public:
    enum class Alert : std::uint8_t { no_data, quiet, firing };

    // REQUIRES: options within the bounds stated above.
    explicit ErrorBudget(const ErrorBudgetOptions& options);

    // So many requests went well, and so many did not.
    void record(Instant now, std::uint64_t good, std::uint64_t bad);

    // By the rule's place in the options.
    Alert alert(Instant now, std::size_t rule);
    // Burn rates of a rule's windows; nothing without traffic in them.
    struct Burn {
        std::optional<double> in_long;
        std::optional<double> in_short;
    };
    Burn burn(Instant now, std::size_t rule);
    // What is left of the budget over the objective's window: 1 for all, below 0 if more is gone
    // than there was. Nothing without traffic.
    std::optional<double> left(Instant now);
    // Without traffic an alert may change only at the end of a cell: look then.
    Instant next_look(Instant now) const;

private:
    using Window = stats::TimeWindow<2>;
    struct Pair {
        Window in_long;
        Window in_short;
        std::uint32_t burn_tenths;
    };

    bool burns(const Window::Counts& counts, std::uint32_t tenths) const;
    std::optional<double> rate(const Window::Counts& counts) const;

    std::uint64_t budget_ppm_;
    Window whole_;
    std::vector<Pair> pairs_;
};

}  // namespace novacron::resilience
