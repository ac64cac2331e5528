// SPDX-License-Identifier: MIT
//
// Faults that strike again and again, written out.
//
// Intuition: a repetition is short for the faults that it stands for. So it is gone before anything
// else looks at the scenario: fault `crash` with `repeat: {times: 3, every: 10s}` becomes crash-1,
// crash-2 and crash-3, each ten seconds after the one before; whatever refers to crash.start means
// the first of them, and crash.end the last. What is drawn is drawn for each of them anew.
//
// Invariant: (1) the tree has no key `repeat` afterwards.
#pragma once

#include "sim/scenario/node.hpp"

namespace shaketable {

// REQUIRES: the tree is canonical, as far as it is not holes.
void write_out_repeats(Node& canonical, Diagnostics& diagnostics);

}  // namespace shaketable
