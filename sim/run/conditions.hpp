// SPDX-License-Identifier: MIT
//
// Checks that look at a stretch of a run instead of its end: always, sometime, and eventually after
// something else than the end of all faults.
//
// Invariant: (1) a check without evidence in its stretch is inconclusive and never held.
#pragma once

#include "sim/run/result.hpp"
#include "sim/run/world.hpp"

namespace shaketable {

// From start to end, without the end.
struct Stretch {
    Instant start;
    Instant end;
};

// What always and sometime look at: the time of a fault, or the run after its warm-up.
Stretch stretch_of(const World& world, const CheckSpec& check);
// When the clock of eventually starts.
Instant clock_of(const World& world, const CheckSpec& check);

// REQUIRES: the check is of that mode. Without its id.
CheckRow judge_always(const World& world, const CheckSpec& check);
CheckRow judge_sometime(const World& world, const CheckSpec& check);

// Something that must happen within a time after an instant. Without its id.
CheckRow happened(const World& world, Instant from, std::optional<Instant> at, Duration within);

// The first instant from `from` on at which some running node leads; nothing if none does any more.
std::optional<Instant> led_from(const World& world, Instant from);
// When the first operation of the kind that was issued from `from` on and before `until` was
// acknowledged; nothing if none was.
std::optional<Instant> served_from(const World& world, OperationKind kind, Instant from,
                                   Instant until);
// When the cluster was healthy for the first time, from what the check looks at on.
std::optional<Instant> healthy_from(const World& world, const CheckSpec& check);

// Why clients were not served as the service level asks before the first fault; nothing if they
// were, or if there is no fault or nobody to serve.
std::optional<std::string> unsteady(const World& world);

}  // namespace shaketable
