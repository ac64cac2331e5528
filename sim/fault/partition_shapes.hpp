// SPDX-License-Identifier: MIT
//
// The shapes a network can be cut in: who sees whom, drawn when the fault strikes.
//
// Source: the grudges of Jepsen (jepsen.nemesis), which name who refuses to listen to whom.
//
//   halves           two groups, of which one is a majority if their number is odd
//   isolate          one node, and all others
//   minority         fewer than half of the nodes, of any number, and all others
//   bridge           two halves of all but one node, which sees both and is seen by both
//   majorities_ring  every node sees a majority, and no two nodes see the same one: they stand in a
//                    ring, and each sees as many neighbours to the left and to the right as make it
//                    a majority. Three nodes stand in a row.
//   partial_mesh     a share of all links is cut, at least one of them
//
// The first four are groups that can't reach each other, as in a split; the last two are links.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/fault/faults.hpp"

namespace shaketable {

using NodeGroups = std::vector<std::vector<NodeId>>;  // each ascending
using NodePairs = std::vector<std::pair<NodeId, NodeId>>;

// Fewer nodes can't be cut in this shape.
std::size_t fewest_nodes(Partition::Shape shape);
// Whether it is links that are cut, and not groups apart.
bool cuts_links(Partition::Shape shape);

// REQUIRES: a drawn shape of groups; at least its fewest nodes.
NodeGroups draw_groups(Partition::Shape shape, std::vector<NodeId> nodes, Random& random);
// REQUIRES: a drawn shape of links; likewise. The pairs ascend; which node of a pair is the first
// is drawn, too.
NodePairs draw_links(Partition::Shape shape, std::optional<double> share,
                     std::vector<NodeId> nodes, Random& random);

}  // namespace shaketable
