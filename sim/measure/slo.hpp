// SPDX-License-Identifier: MIT
//
// A service-level objective: how large a share of what clients asked for went well, how much of the
// budget of failures that leaves, and when burning it would have called somebody.
//
// Formula: share = good / all, of the operations that ended in a window. The objective holds if the
// share does in *every* window of its length that the run has in full; shown is the worst of them,
// which ends at the end of an operation. What is left of the budget is
// 1 - bad / ((1 - objective) * all) of that window: 1 for all of it, below 0 if more is gone than
// there was.
//
// Compared as whole numbers (core/resilience/error_budget.hpp, which also has the rules by which
// burn rates call somebody; their windows shrink with the objective's).
// Source: "The site reliability workbook", chapters 2 and 5.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

struct SloOutcome {
    Instant at;
    bool good = false;
};

struct SloMeasure {
    std::uint64_t good = 0;  // of the worst window
    std::uint64_t all = 0;
    bool holds = true;
    Instant end;                     // of that window
    std::optional<Instant> paged;    // the first time that a rule for pages fires
    double budget_left = 1;

    friend bool operator==(const SloMeasure&, const SloMeasure&) = default;
};

// Nothing if nothing ended. REQUIRES: outcomes in the order of time, none before `start`; a window
// above zero; an objective of 1 .. 999'999 millionths.
std::optional<SloMeasure> weigh_slo(const std::vector<SloOutcome>& outcomes,
                                    std::uint32_t objective_ppm, Instant start, Duration window);

}  // namespace shaketable
