// SPDX-License-Identifier: MIT
//
// Holds a tree against the table of keys and gives it its canonical form: every value checked for
// type and bounds and spelled in one way (`90s` becomes `1m30s`), defaults filled in, keys in the
// order of the table (names that the file chose, such as sites, in the order of the file).
//
// Invariants: (1) the canonical form of a canonical tree is itself.
//             (2) where a value is refused there is a diagnostic, and a hole in its place, so that
//                 who looks on can tell it from a value nobody gave.
// What is not checked: whatever takes two values to see, such as names and the order of times.
#pragma once

#include <optional>
#include <string_view>

#include "sim/scenario/node.hpp"

namespace shaketable {

// `path` says what the node is, in the words of the table; empty is the whole scenario.
// Nothing if the node is not of the kind the path asks for at all; that is reported, too.
std::optional<Node> normalise(const Node& node, std::string_view path, Diagnostics& diagnostics);

}  // namespace shaketable
