// SPDX-License-Identifier: MIT
//
// Whether what was restored is what was there: a restored state must be the one that the nodes had
// after the same entry.
//
// Rule B1. Every node that applies an entry has the same state then (that is a rule of Raft's own),
// so the first digest that is known of an index is the truth about it. Index 0 is the empty store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/findings.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

class RestoredStates final : private ListensTo<EntryApplied>, private ListensTo<RestoreDone> {
public:
    // `group`: the record of the nodes that are backed up, or all of it.
    RestoredStates(Record& group, Record& record, Findings& findings) : findings_(findings) {
        group.listen(static_cast<ListensTo<EntryApplied>&>(*this));
        record.listen(static_cast<ListensTo<RestoreDone>&>(*this));
    }

private:
    void on(Instant, const EntryApplied& fact) override {
        if (fact.index.value < states_.size()) return;
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

    Findings& findings_;
    std::vector<std::uint64_t> states_ = {0};  // by index; of none: 0, that of the empty store
};

}  // namespace shaketable
