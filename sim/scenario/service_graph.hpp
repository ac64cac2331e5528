// SPDX-License-Identifier: MIT
//
// Who calls whom in a scenario, as a graph that can be asked: sim/service/graph.hpp.
#pragma once

#include "sim/service/graph.hpp"
#include "sim/service/spec.hpp"

namespace shaketable {

// REQUIRES: every call and every population asks a service that there is.
CallGraph call_graph_of(const ServiceGraph& graph);

}  // namespace shaketable
