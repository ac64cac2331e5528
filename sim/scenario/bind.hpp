// SPDX-License-Identifier: MIT
//
// From a canonical tree to a `Scenario`, checking what takes more than one value to see: that names
// exist, that times are in order and within the run, that bounds agree with each other.
#pragma once

#include "sim/scenario/node.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/schedule.hpp"

namespace shaketable {

// Whatever could be read; it is a scenario only if no diagnostic was added, by this or a step
// before.
Scenario bind(const Node& canonical, Diagnostics& diagnostics);

// The part about services and their clients: fills in scenario.graph.
// REQUIRES: nodes and workloads are filled in.
void bind_services(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics);

// The part about faults: fills in scenario.faults and gives their times.
// REQUIRES: nodes, sites, warmup and duration are filled in.
std::vector<FaultTimes> bind_faults(const Node& canonical, Scenario& scenario,
                                    Diagnostics& diagnostics);

// The part about sites: fills in scenario.replication and names.
// REQUIRES: nodes are filled in.
void bind_sites(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics);

// The part about service-level objectives: fills in scenario.slos.
// REQUIRES: times, workloads and clients are filled in.
void bind_slos(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics);

// The part about checks: fills in scenario.checks.
// REQUIRES: everything else is filled in; `times` are those of its faults.
void bind_checks(const Node& canonical, const std::vector<FaultTimes>& times, Scenario& scenario,
                 Diagnostics& diagnostics);

// Fills in what says which scenario it is: its canonical text, and the hash of that.
// REQUIRES: the tree has no holes.
void identify(Scenario& scenario, const Node& canonical);

}  // namespace shaketable
