// SPDX-License-Identifier: MIT
//
// What can happen to a host's clocks besides running fast or slow.
//
// A host has two: a monotonic one, by which its node waits, and a wall clock, which says what time
// of day it is and is read by nobody who decides anything (sim/engine/wall_clock.hpp).
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;

// The wall clock jumps by so much, and back when the fault ends.
struct ClockStep {
    Duration offset;  // may be negative: back
    friend bool operator==(const ClockStep&, const ClockStep&) = default;
};
// The wall clock moves away by so much in a straight line, as when a leap second is smeared, and
// jumps back when the fault ends.
struct ClockSmear {
    Duration offset;  // may be negative
    Duration over;    // above 0
    friend bool operator==(const ClockSmear&, const ClockSmear&) = default;
};
// Both clocks stand still, and go on from there when the fault ends: the process goes on, and none
// of its deadlines comes.
struct ClockFreeze {
    friend bool operator==(const ClockFreeze&, const ClockFreeze&) = default;
};

}  // namespace shaketable
