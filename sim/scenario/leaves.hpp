// SPDX-License-Identifier: MIT
//
// A scenario's tree as a flat list of what it says: `cluster.consensus.heartbeat_interval` is
// `50ms`. Elements of a list go by their id where they have one (`faults[crash].at`), else by their
// place from 0; a list of plain values is one value.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/loader.hpp"
#include "sim/scenario/node.hpp"

namespace shaketable {

struct Leaf {
    std::string path;
    std::string value;
    Position at;  // of the key, or of the element of a list
};

// In the order of the tree. An empty map or list says nothing.
std::vector<Leaf> leaves(const Node& root);

// What the files of a scenario say, before defaults, each with its place; nothing if they can't be
// read.
std::vector<Leaf> leaves_of_file(const std::string& path, const std::vector<Override>& overrides);

// Where the scenario speaks of a key: that of the leaf with this path, or of the first below it.
// Null if nowhere.
const Leaf* find_leaf(const std::vector<Leaf>& leaves, std::string_view path);

}  // namespace shaketable
