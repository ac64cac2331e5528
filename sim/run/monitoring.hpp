// SPDX-License-Identifier: MIT
//
// How a run is watched from outside: what the monitor of its world can reach, and what is said of
// its alerts in the result.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/alert/monitor.hpp"
#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

struct World;

MetricsOptions metrics_options(const Scenario& scenario);

// What a node says when the monitor asks it: nothing while its process does not run or is paused,
// or while a way between it and the monitor is cut. The monitor stands where operators sit, or with
// the last of the clients.
NodeLook look_at_node(const World& world, NodeId node);

// Nothing if nobody monitors.
std::optional<AlertingRow> alerting_row(const World& world);

// What was to happen on an alert, and did not.
void doubt_alerts(const World& world, std::vector<std::string>& doubts);

}  // namespace shaketable
