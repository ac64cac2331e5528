// SPDX-License-Identifier: MIT
//
// What the clients of a run lived through, as a history that can be checked and exported.
//
// A process is a client of its own: it invokes one operation at a time, and none after one whose
// outcome nobody knows. What began and what ended at the same instant counts as concurrent.
#pragma once

#include <vector>

#include "sim/history/history.hpp"
#include "sim/measure/logs.hpp"
#include "sim/measure/operations.hpp"

namespace shaketable {

history::History history_of(const std::vector<OperationView>& operations);

// The operations, and one read at the end of each register that was written to, answered by what
// the surviving history holds: without a read no answer could contradict a write.
std::vector<OperationView> with_last_reads(const std::vector<OperationView>& operations,
                                           const SurvivingHistory& survivor, Instant end);

}  // namespace shaketable
