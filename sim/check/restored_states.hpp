// SPDX-License-Identifier: MIT
//
// Whether what was restored is what was there: a restored state must be the one that the nodes had
// after the same entry.
//
// Rule B1. Every node that applies an entry has the same state then (that is a rule of Raft's own),
// so the first digest that is known of an index is the truth about it. Index 0 is the empty store.
// Where the nodes were made anew from a restored state, only the log that goes on from it counts.
// But who asks for a backup by its number gets the state of when it was begun, and no log, though
// what came before it may have been abandoned since.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/check/findings.hpp"
#include "sim/measure/site_logs.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

// The states that were backed up.
class BackedUpStates {
public:
    void note(LogIndex index, std::uint64_t state) { known_.emplace(index, state); }
    // Whether the restore brought one of them, and nothing else.
    bool brought_by(const RestoreDone& fact) const {
        return fact.replayed == Count{} && known_.contains({fact.index, fact.state});
    }

private:
    std::set<std::pair<LogIndex, std::uint64_t>> known_;
};

class RestoredStates final
    : private ListensTo<EntryApplied, BackupStarted, RestoreDone, NodesRestored> {
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
    void on(Instant, const BackupStarted& fact) override {
        const std::uint64_t index = fact.index.value;
        if (index < states_.size()) backed_up_.note(fact.index, states_[index]);
    }
    void on(Instant at, const RestoreDone& fact) override {
        if (fact.outcome == RestoreOutcome::refused || backed_up_.brought_by(fact)) return;
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
    BackedUpStates backed_up_;
    std::vector<std::uint64_t> states_ = {0};  // by index; of none: 0, that of the empty store
};

// Likewise where sites are archived: the truth is the log of the site that was followed when the
// restore was begun.
class RestoredSiteStates final
    : private ListensTo<BackupStarted, RestoreStarted, RestoreDone> {
public:
    // `logs` hears of each fact first, and outlives this.
    RestoredSiteStates(const SiteLogs& logs, Record& record, Findings& findings)
        : logs_(logs), findings_(findings) {
        record.listen(*this);
    }

private:
    void on(Instant, const BackupStarted& fact) override {
        if (!logs_.followed()) return;
        const auto state = logs_.state_after(*logs_.followed(), fact.index);
        if (state) backed_up_.note(fact.index, *state);
    }
    void on(Instant, const RestoreStarted& fact) override {
        if (logs_.followed()) followed_[fact.restore] = *logs_.followed();
    }
    void on(Instant at, const RestoreDone& fact) override {
        if (fact.outcome == RestoreOutcome::refused || backed_up_.brought_by(fact)) return;
        const auto site = followed_.find(fact.restore);
        if (site != followed_.end() &&
            logs_.state_after(site->second, fact.index) == fact.state) {
            return;
        }
        findings_.add("B1", at,
                      "restore " + std::to_string(fact.restore.value) +
                          " gave another state than the one after record " +
                          std::to_string(fact.index.value) + " of the site that was followed");
    }

    const SiteLogs& logs_;
    Findings& findings_;
    BackedUpStates backed_up_;
    std::map<RestoreNumber, SiteId> followed_;
};

}  // namespace shaketable
