// SPDX-License-Identifier: MIT
//
// Objectives evaluated: a run's own value of each, and the values of all seeds folded into one.
//
// A run says nothing about a recovery or a loss that started with a fault nobody observed: what was
// measured there is not the fault's. Nor does it say anything of what it has none of, such as the
// latency of a workload without an answer. Such runs count as no evidence, never as zero.
//
// A recovery that the run was too short to see is censored: worse than any number. A quantile that
// falls on such a run is censored, and so are a mean and a maximum over one.
//
// Invariant: folding depends on the order of the runs by the rounding of a mean alone, so callers
// fold in the order of the seeds.
#pragma once

#include <vector>

#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/study/pareto.hpp"

namespace shaketable {

// REQUIRES: a result of the scenario.
Weight observe(const Measure& measure, const Scenario& scenario, const Result& result);

struct Folded {
    Weight weight;
    std::uint64_t observations = 0;  // runs that say something
};
Folded fold(SeedStatistic statistic, const std::vector<Weight>& runs);

}  // namespace shaketable
