// SPDX-License-Identifier: MIT
//
// From facts to a result: the measures, targets, checks and the verdict of a run that has ended.
//
// Verdict: fail if a promise was broken (a finding), a target missed or a check failed; else
// inconclusive if anything could not be judged: a fault without an effect, a service that did not
// work before the first fault, a recovery that the run was too short to see; else pass.
#pragma once

#include "sim/run/result.hpp"
#include "sim/run/world.hpp"

namespace shaketable {

// The result as it stands; the verdict needs the whole duration.
Result result_of(World& world);

// Everything but the run's key and fingerprint.
Result assess(const World& world);

// The scenario's bounds and checks, held against the measures (judge.cpp).
std::vector<TargetRow> judge_targets(const World& world, const Result& measured);
// REQUIRES: `measured` has its services.
std::vector<CheckRow> judge_checks(const World& world, const Loss& loss, const Result& measured);

// What a timeline shows: who had which role, and what the operations came to (history.cpp).
// REQUIRES: `measured` has its recovery.
std::vector<RoleRow> role_rows(const World& world);
std::vector<SeriesRow> series_rows(const World& world, const Result& measured);

// What failure detectors did; nothing if there are none (assess_detection.cpp).
std::optional<DetectionRow> detection_row(const World& world);
void judge_detection(const Result& measured, const DetectionTarget& target,
                     std::vector<TargetRow>& rows);
// A recovery as a row of the result.
RecoveryRow recovery_row(std::string scope, const PlannedFault& fault, const Recovery& recovery);

// The planned fault that starts the clock: the one a target names, or else the first.
const PlannedFault* clock_fault(const World& world, std::optional<std::uint32_t> named);
// The one from which every RTO of the run is counted, of whatever scope: targets.rto.from, or else
// the first.
const PlannedFault* recovery_clock(const World& world);

}  // namespace shaketable
