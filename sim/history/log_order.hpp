// SPDX-License-Identifier: MIT
//
// The short way to a verdict, if a log says in which order operations took effect.
//
// Intuition: the log's order is one order among all; if it explains every answer and contradicts no
// two operations of which one ended before the other began, it is a witness, and nothing needs to
// be searched. Operations whose outcome nobody knows have no index: one goes right before an
// answer that it alone explains.
//
// Invariant: true only if the history is linearizable. False says nothing. Time: O(n log n).
#pragma once

#include "sim/history/history.hpp"

namespace shaketable::history {

bool log_order_holds(const History& history);

}  // namespace shaketable::history
