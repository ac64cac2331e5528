// SPDX-License-Identifier: MIT
//
// From a file and those it extends to one tree with every parameter filled in.
//
// `extends` merges from left to right, and the extending file wins over all. Maps merge key by key,
// to any depth; everything else is replaced: lists, single values, and distributions, which are one
// value even when they are spelled as a map with `dist`. A key `+faults` appends to the list
// `faults`.
//
// What it extends may be a configuration of the system (configuration.hpp).
//
// The rules file that `alerts.rules` names is laid in (bind_alerts.hpp), so that the tree is whole.
//
// `sweep` is taken out: it is about the file, not of it.
//
// `${name}` stands for a parameter, inside single values only and after parsing: a value can't turn
// into structure. Keys, `extends`, `params` and `sweep` themselves are left as they are.
//
// Invariants: (1) the tree has no key `extends`, `params`, `sweep` or `+...`, and no "${".
//             (2) every node keeps the position it had in its own file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/loader.hpp"
#include "sim/scenario/node.hpp"
#include "sim/scenario/parameters.hpp"

namespace shaketable {

struct Assembled {
    Node root;  // a map
    Parameters parameters;
    std::optional<Node> sweep;  // as the files have it
};

// Nothing, with diagnostics added, if a file can't be read at all; otherwise the tree, with
// diagnostics added for what was left out of it.
std::optional<Assembled> assemble(std::string_view text, const std::string& path,
                                  const std::vector<Override>& overrides, Diagnostics& diagnostics);

// The bytes of a file; nothing if it can't be read. More than `most` bytes are cut.
std::optional<std::string> read_file(const std::string& path, std::size_t most);

}  // namespace shaketable
