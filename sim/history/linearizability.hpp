// SPDX-License-Identifier: MIT
//
// Is a history linearizable: is there, for each operation, an instant between its invocation and
// its completion at which it can have taken effect, so that all answers are right?
//
// Linearizability is local: a history is linearizable exactly if that of each key is, so each key
// is checked by itself. The log's order is tried first, if the history has one; else, or if it
// explains nothing, orders are searched.
//
// Invariants: (1) the answer is that of a search without bound, or `unknown`. (2) an offence ends
//             with the earliest completion, over all keys that were decided, up to which the
//             history is not linearizable; without that completion it is. If the budget ends
//             before that is known, `shortest` is false.
// Source: Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects"
// (1990). Not here: transactions, and weaker kinds of consistency.
#pragma once

#include <optional>

#include "sim/history/search.hpp"

namespace shaketable::history {

// Why a history is not linearizable. Operations are positions in History::operations.
struct Offence {
    std::uint32_t key = 0;
    std::uint32_t misfit = 0;             // its completion can't be placed
    bool shortest = true;                 // no earlier completion is one that can't
    std::vector<std::uint32_t> order;     // of the key's operations before, as they took effect
    std::vector<std::uint32_t> together;  // under way or uncertain at the misfit's completion
    std::uint32_t operations = 0;         // of the key, up to there
};

struct Verdict {
    enum class Answer : std::uint8_t { linearizable, not_linearizable, unknown };
    enum class Method : std::uint8_t { log_order, search };
    Answer answer = Answer::linearizable;
    Method method = Method::search;
    std::optional<Offence> offence;  // of one that is not
    std::uint32_t undecided = 0;     // keys that the budget did not suffice for
    std::uint64_t steps = 0;
};

Verdict check(const History& history, Budget budget = {});

// "read 3 by process 1 (lines 3 to 5) fits nowhere", and what was before and beside it: lines of
// text, each ended by a newline.
std::string explain(const History& history, const Offence& offence);

}  // namespace shaketable::history
