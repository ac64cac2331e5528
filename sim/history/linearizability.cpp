// SPDX-License-Identifier: MIT
#include "sim/history/linearizability.hpp"

#include <algorithm>

#include "sim/history/log_order.hpp"

namespace shaketable::history {
namespace {

using Answer = Found::Answer;

// The operations of one key, and where they are in the history.
struct Part {
    std::vector<Operation> operations;
    std::vector<std::uint32_t> numbers;
};

std::vector<Part> parts_of(const History& history) {
    std::vector<Part> parts(history.keys.size());
    for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
        Part& part = parts[history.operations[i].key];
        part.operations.push_back(history.operations[i]);
        part.numbers.push_back(i);
    }
    return parts;
}

class KeyCheck {
public:
    KeyCheck(const Part& part, const Lists& lists, Budget& budget)
        : part_(part), lists_(lists), budget_(budget) {}

    // Whether the operations up to event `cut`, without it, can be placed.
    Answer look(std::uint32_t cut) {
        const Found found = search(part_.operations, lists_, cut, budget_);
        if (found.answer == Answer::refuted) narrow(cut, found.reached);
        return found.answer;
    }

    // REQUIRES: look() has refuted.
    Offence offence() {
        Offence offence;
        std::size_t step = 1;
        while (low_ < high_ && offence.shortest) {
            const std::size_t probe = std::min(low_ + step - 1, high_ - 1);
            const Found found = search(part_.operations, lists_, ends_[probe].at + 1, budget_);
            step = 2 * step;
            if (found.answer == Answer::found) low_ = probe + 1;
            if (found.answer == Answer::out_of_budget) offence.shortest = false;
            if (found.answer != Answer::refuted) continue;
            high_ = probe;
            raise(found.reached);
            step = std::max<std::size_t>(1, (high_ - low_) / 2);
        }
        const End end = ends_[high_];
        offence.key = part_.operations.front().key;
        offence.misfit = part_.numbers[end.operation];
        for (std::uint32_t i = 0; i < part_.operations.size(); ++i) {
            const Operation& operation = part_.operations[i];
            if (operation.invoked > end.at) break;
            ++offence.operations;
            if (operation.completed > end.at) offence.together.push_back(part_.numbers[i]);
        }
        for (const std::uint32_t i : search(part_.operations, lists_, end.at, budget_).witness) {
            offence.order.push_back(part_.numbers[i]);
        }
        return offence;
    }

    std::uint32_t end_of_offence() const { return ends_[high_].at; }

private:
    struct End {
        std::uint32_t at;
        std::uint32_t operation;
    };

    void narrow(std::uint32_t cut, std::uint32_t reached) {
        ends_.clear();
        for (std::uint32_t i = 0; i < part_.operations.size(); ++i) {
            const std::uint32_t at = part_.operations[i].completed;
            if (at < cut) ends_.push_back({at, i});
        }
        std::sort(ends_.begin(), ends_.end(), [](End a, End b) { return a.at < b.at; });
        low_ = 0;
        high_ = ends_.size() - 1;
        raise(reached);
    }
    // Everything before this event can be placed.
    void raise(std::uint32_t reached) {
        while (low_ < high_ && ends_[low_].at < reached) ++low_;
    }

    const Part& part_;
    const Lists& lists_;
    Budget& budget_;
    std::vector<End> ends_;  // completions, in the order of time
    std::size_t low_ = 0;    // the offence ends at one of [low_, high_]
    std::size_t high_ = 0;
};

}  // namespace

Verdict check(const History& history, Budget budget) {
    Verdict verdict;
    const bool ordered = std::any_of(history.operations.begin(), history.operations.end(),
                                     [](const Operation& o) { return o.log_index != 0; });
    if (ordered && log_order_holds(history)) {
        verdict.method = Verdict::Method::log_order;
        return verdict;
    }
    const std::vector<Part> parts = parts_of(history);
    const std::uint64_t all_steps = budget.steps;
    std::uint32_t cut = kNever;  // only what ends before this can be an earlier offence
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].operations.empty()) continue;
        // A hard key leaves something to those after it.
        const std::uint64_t kept = i + 1 == parts.size() ? 0 : budget.steps / 2;
        budget.steps -= kept;
        KeyCheck key(parts[i], history.lists, budget);
        const Answer answer = key.look(cut);
        if (answer == Answer::out_of_budget) ++verdict.undecided;
        if (answer == Answer::refuted) {
            verdict.offence = key.offence();
            cut = key.end_of_offence();
        }
        budget.steps += kept;
    }
    verdict.steps = all_steps - budget.steps;
    if (verdict.undecided > 0) verdict.answer = Verdict::Answer::unknown;
    if (verdict.offence) verdict.answer = Verdict::Answer::not_linearizable;
    return verdict;
}

}  // namespace shaketable::history
