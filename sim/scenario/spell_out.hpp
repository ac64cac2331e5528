// SPDX-License-Identifier: MIT
//
// A scenario whose faults stand there as they struck in one run: no storm, no draw, no role; each
// with an instant, a length and the hosts that it hit.
//
// Intuition: a storm is short for the faults that it draws. Written out they can be looked at, and
// taken away one by one. A fault's random stream belongs to its name, and each keeps its name; so
// the scenario, run with that seed, is the same run.
//
// Invariant: (1) the text loads, and its run with the same seed has the facts of the run it was
//                taken from. Faults that hit nobody are left out; if there are any, the others
//                have other numbers in the facts.
#pragma once

#include <string>
#include <vector>

#include "sim/fault/injector.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// A fault of a run, and whom it hit.
struct StruckFault {
    PlannedFault fault;
    std::vector<HostSet> hit;  // a set a group; empty if it did not strike
};

// What a fault that has not struck yet needs to know, as `with` would have it; of one that a storm
// drew also what was drawn of its target: "{probability: 5%} on 2 nodes". Empty if there is
// nothing.
std::string drawn_options(const PlannedFault& fault, const Scenario& scenario);

// The scenario as YAML text. REQUIRES: it was loaded, so that it has its resolved text.
std::string spell_out(const Scenario& scenario, const std::vector<StruckFault>& faults);

}  // namespace shaketable
