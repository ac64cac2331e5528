// SPDX-License-Identifier: MIT
//
// What a cluster that makes no progress lacks: a quorum, a leader, an entry, a disk's word, or one
// configuration that all go by.
//
// Intuition: who is called to a cluster that stands still asks in this order: do enough run? does
// one lead? what is it stuck at, who has that, and on whose disk? do all mean the same group?
#pragma once

#include <string>
#include <vector>

#include "sim/measure/logs.hpp"

namespace shaketable {

// A sentence without its end; empty if nothing is missing. `names` are those of the nodes.
std::string what_is_missing(const Logs& logs, const std::vector<std::string>& names);

}  // namespace shaketable
