// SPDX-License-Identifier: MIT
//
// A server's log in memory: contiguous entries, the first of which has index 1.
//
// Invariants: (1) entries[i] has index i + 1. (2) terms never decrease along the log.
// What of it is on disk is not known here (persistence.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/chunked.hpp"
#include "core/base/log_entry.hpp"
#include "core/raft/types.hpp"

namespace novacron::raft {

class Log {
public:
    Log() = default;
    explicit Log(std::vector<Entry> entries) {
        for (Entry& entry : entries) append(std::move(entry));
    }

    LogIndex last_index() const { return {entries_.size()}; }
    Term last_term() const { return entries_.empty() ? Term{} : entries_.back().term; }
    LogPosition last() const { return {last_term(), last_index()}; }

    // The term of the entry there; 0 for index 0. REQUIRES: index is at most the last.
    Term term(LogIndex index) const { return index.value == 0 ? Term{} : entry(index).term; }
    // REQUIRES: 1 <= index <= last.
    const Entry& entry(LogIndex index) const {
        check(index.value >= 1 && index.value <= entries_.size(), "the log has an entry there");
        return entries_[index.value - 1];
    }
    bool contains(LogPosition position) const {
        return position.index <= last_index() && term(position.index) == position.term;
    }

    // REQUIRES: the entry continues the log.
    void append(Entry entry) {
        check(entry.index == last_index() + 1, "a log's entries are contiguous from index 1");
        check(entry.term >= last_term(), "terms never decrease along a log");
        entries_.push_back(std::move(entry));
    }
    void truncate_from(LogIndex from) {
        check(from.value >= 1, "a log is cut at an index of at least 1");
        if (from <= last_index()) entries_.cut(from.value - 1);
    }

    // The last position at or before `bound.index` whose term is at most `bound.term`: two logs
    // that conflict at the bound can't agree after it. Walks over entries of higher terms only.
    LogPosition last_at_most(LogPosition bound) const {
        LogIndex index = std::min(bound.index, last_index());
        while (index.value > 0 && term(index) > bound.term) index = index - 1;
        return {term(index), index};
    }

private:
    Chunked<Entry> entries_;
};

}  // namespace novacron::raft
