// SPDX-License-Identifier: MIT
//
// Is there an order of these operations on one register or list that their answers and their times
// allow? The search of Wing and Gong, with Lowe's memory of where it has been and his habit of
// deciding no earlier than a completion forces a decision.
//
// Intuition: walk through the completions in the order of time. An operation must have been placed
// by its completion; if it is not, something that is open now must be placed: it, or another first.
// Try; when stuck, go back. A position, the state and the set of what is placed say all that the
// future depends on, so none of these is tried twice.
//
// What keeps it fast, each a step that can't lose an order:
//   (1) An operation that changes nothing is placed as soon as the state allows it.
//   (2) Of operations alike the one that must be placed first goes first.
//   (3) A state is not left while somebody must still see it and nobody can bring it back.
//   (4) A write that nobody may ever see goes right before the next write.
//   (5) What may never have happened is placed only if the next thing placed needs it.
//   (6) A list grows only towards the longest list that was read.
//
// Invariants: (1) `found` comes with a witness; refuted means that all orders were ruled out, but
//             for a collision of 128-bit digests. (2) the time for a history that a single client
//             could have made is O(n * open operations). Memory: 40 bytes a step at most.
// Source: Wing and Gong, "Testing and verifying concurrent objects" (1993); Lowe, "Testing for
// linearizability" (2017).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/history/history.hpp"

namespace shaketable::history {

// What may still be spent; shared by the searches of a check. A step is one placing tried.
struct Budget {
    std::uint64_t steps = 50'000'000;
    std::function<bool()> stop = [] { return false; };  // asked every thousand steps
};

struct Found {
    enum class Answer : std::uint8_t { found, refuted, out_of_budget };
    Answer answer = Answer::found;
    // An event: the operations up to it, without it, can be placed.
    std::uint32_t reached = 0;
    // Positions among the operations given, in the order in which they take effect, if found.
    std::vector<std::uint32_t> witness;
};

// The part of the operations up to event `cut`, without it; what is completed at `cut` or later
// counts as open. REQUIRES: all of one key; in the order of their invocations.
Found search(std::span<const Operation> operations, const Lists& lists, std::uint32_t cut,
             Budget& budget);

}  // namespace shaketable::history
