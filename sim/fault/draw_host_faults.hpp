// SPDX-License-Identifier: MIT
//
// What a storm draws for a fault of host_faults.hpp, and when such a fault ends.
//
// Everything that is drawn can be said in a scenario file, so a storm's fault that is written out
// is the same fault.
#pragma once

#include "sim/fault/schedule.hpp"

namespace shaketable {

// If the fault's word is one of these: draws its kind, and its target anew if it hits a place.
void draw_host_fault(PlannedFault& fault, const StandingPlaces& places, Random& random);

// Once start and end are drawn. What is done at once ends as it would in a scenario file; a storm
// within tolerance makes what tears or forgets writes spare the disks that lie.
void settle_host_fault(PlannedFault& fault, Instant until);

}  // namespace shaketable
