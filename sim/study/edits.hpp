// SPDX-License-Identifier: MIT
//
// A scenario's tree made smaller, one step at a time: what shrinking tries.
//
// Each function edits a canonical tree. What comes out need not be a scenario, and then it is
// refused when it is loaded; so nothing here checks what the rules of scenario files check anyway.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "sim/scenario/node.hpp"

namespace shaketable::edits {

using novacron::Duration;

// The value under a path of keys; null if there is none.
Node* find(Node& tree, std::initializer_list<std::string_view> path);
// The text of a scalar under a key; empty if there is none.
std::string text(const Node& map, std::string_view key);
Duration duration(const Node& map, std::string_view key);
void erase(Node& map, std::string_view key);

// REQUIRES of those below: the tree is that of a whole scenario.
std::vector<Node>& faults(Node& tree);
std::vector<Node>& workloads(Node& tree);

// The lists of hosts in a fault's target: the groups of a split, its links, or the target itself.
// REQUIRES, as do the edits that follow: the faults are spelled out (sim/scenario/spell_out.hpp).
std::vector<Node*> host_lists(Node& fault);

// Leaves only these elements, ascending.
void keep(std::vector<Node>& items, const std::vector<std::size_t>& kept);
// Takes a node from its site, and from all targets; faults that are left with nobody go.
void forget_node(Node& tree, std::string_view name);
// The run ends after `length`: faults that start later go, the others end with it at the latest.
void end_at(Node& tree, Duration length);
// Service need hold but a second to count as recovered: a short run has no room for more.
void hold_briefly(Node& tree);
// A target's clock that starts with a fault that is gone starts with the first one.
void mend_clocks(Node& tree);

// Rounder and smaller values for a time, the smallest first.
std::vector<Duration> simpler(Duration time);

}  // namespace shaketable::edits
