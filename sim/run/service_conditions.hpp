// SPDX-License-Identifier: MIT
//
// Checks of services that look at the course of a run instead of its end: always, sometime and
// eventually.
//
// Intuition: at one instant a service has neither goodput nor a share of successes. So a time as
// long as service_level.hold is looked at, and another that begins a second later, and so on: a
// window that slides. always: the bound holds in every window that lies in the stretch. sometime:
// in one of them. eventually: in one that begins when the clock starts or later, and it is true
// when that window has ended.
//
// Requests count where they end, in slices of a second. Success is of the requests of clients;
// goodput is of these, or of calls if the service has no clients. A window in which no request
// ended says nothing of success, and a goodput of 0.
//
// Invariant: (1) a check without a window to look at is inconclusive.
#pragma once

#include "sim/run/result.hpp"
#include "sim/run/world.hpp"

namespace shaketable {

// REQUIRES: a check of a measure that has a course, of another mode than at_end; the service is one
// of the result's. Without its id.
CheckRow judge_course(const World& world, const CheckSpec& check, const Result& measured);

}  // namespace shaketable
