// SPDX-License-Identifier: MIT
//
// Why a run recovered as late as it did, or not at all: for each phase, on whose account its time
// went (sim/measure/waiting.hpp), and which fault acted there.
//
// Intuition: to tell costs a look at every message, and few runs are ever asked. So the run is done
// again, which gives the same facts, and this time somebody watches the stretch between the fault
// and the recovery.
//
// Invariants: (1) the accounts of a recovery sum to its RTO, phase by phase.
//             (2) an explained result differs from the result in its explanation only.
#pragma once

#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// Fills in the accounts of each recovery that took time, and of a censored one what is missing at
// the end of the run. REQUIRES: `result` is that of the scenario and `result.seed`.
void explain(const Scenario& scenario, Result& result);

// Whether a bound on the RTO was missed or could not be told.
bool misses_rto(const Result& result);

}  // namespace shaketable
