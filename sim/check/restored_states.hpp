// SPDX-License-Identifier: MIT
//
// Whether what was restored is what was there: a restored state must be the one that the nodes had
// after the same entry.
//
// Rule B1. Every node that applies an entry has the same state then (that is a rule of Raft's own),
// so the first digest that is known of an index is the truth about it. Index 0 is the empty store.
// Where the nodes were made anew from a restored state, only the log that goes on from it counts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/findings.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

class RestoredStates final : private ListensTo<EntryApplied, RestoreDone, NodesRestored> {
public:
    // `group`: the nodes that are backed up.
    RestoredStates(NodeSet group, Record& record, Findings& findings)
        : group_(group), findings_(findings) {
        record.listen(*this);
    }

private:
    void on(Instant, const EntryApplied& fact) override {
        if (!group_.contains(fact.node) || fact.index.value < states_.size()) return;
        states_.resize(fact.index.value + 1);
        states_[fact.index.value] = fact.state;
    }
    void on(Instant at, const RestoreDone& fact) override {
        if (fact.outcome == RestoreOutcome::refused) return;
        const std::uint64_t index = fact.index.value;
        if (index < states_.size() && states_[index] == fact.state) return;
        findings_.add("B1", at,
                      "restore " + std::to_string(fact.restore.value) +
                          " gave another state than the one after entry " + std::to_string(index));
    }

    // What came after that entry is gone, and something else will have its index.
    void on(Instant, const NodesRestored& fact) override {
        states_.resize(fact.entry.value + 1);
        states_.back() = fact.state;
    }

    NodeSet group_;
    Findings& findings_;
    std::vector<std::uint64_t> states_ = {0};  // by index; of none: 0, that of the empty store
};

}  // namespace shaketable
