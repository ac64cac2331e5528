// SPDX-License-Identifier: MIT
//
// A tree as YAML text, always in the same way: two spaces a level, a value on one line in flow
// style where it fits into 100 columns (but each map of a list on lines of its own), quotes only
// where a plain scalar would be read as something else.
//
// Invariant: parsing the text gives the same tree, positions aside.
#pragma once

#include <string>

#include "sim/scenario/node.hpp"

namespace shaketable {

// REQUIRES: the node is a map without holes.
std::string emit_yaml(const Node& node);
// On one line, in flow style. REQUIRES: the node has no holes.
std::string emit_flow(const Node& node);

}  // namespace shaketable
