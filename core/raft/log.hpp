// SPDX-License-Identifier: MIT
//
// A server's log in memory: contiguous entries after the position where it begins.
//
// Intuition: a log begins after 0, or after the position of a snapshot that stands for all that
// came before; later on it may forget its oldest entries. Of what is gone only the last term is
// known: it is what the next entry's neighbours are compared by.
//
// Invariants: (1) the entries' indices are begin().index + 1 .. last_index(). (2) terms never
// decrease along the log.
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
    explicit Log(std::vector<Entry> entries = {}, LogPosition begin = {})
        : begin_(begin), origin_(begin.index) {
        for (Entry& entry : entries) append(std::move(entry));
    }

    // What comes before the first entry.
    LogPosition begin() const { return begin_; }
    LogIndex last_index() const { return origin_ + entries_.size(); }
    Term last_term() const {
        return last_index() == begin_.index ? begin_.term : entries_.back().term;
    }
    LogPosition last() const { return {last_term(), last_index()}; }

    // The term of the entry there, or of the beginning. REQUIRES: begin().index <= index <= last.
    Term term(LogIndex index) const {
        return index == begin_.index ? begin_.term : entry(index).term;
    }
    // REQUIRES: begin().index < index <= last.
    const Entry& entry(LogIndex index) const {
        check(index > begin_.index && index <= last_index(), "the log has an entry there");
        return entries_[place(index)];
    }
    // REQUIRES: the position is not before the beginning.
    bool contains(LogPosition position) const {
        return position.index <= last_index() && term(position.index) == position.term;
    }

    // REQUIRES: the entry continues the log.
    void append(Entry entry) {
        check(entry.index == last_index() + 1, "a log's entries are contiguous");
        check(entry.term >= last_term(), "terms never decrease along a log");
        entries_.push_back(std::move(entry));
    }
    void truncate_from(LogIndex from) {
        check(from > begin_.index, "a log is cut after its beginning");
        if (from <= last_index()) entries_.cut(place(from));
    }
    // Forgets the entries up to `index`. REQUIRES: index is at most the last.
    void compact(LogIndex index) {
        if (index <= begin_.index) return;
        begin_ = {term(index), index};
        entries_.forget_before(place(index + 1));
    }

    // The last position at or before `bound.index` whose term is at most `bound.term`: two logs
    // that conflict at the bound can't agree after it. Walks over entries of higher terms only, and
    // no further back than the log begins. REQUIRES: the bound is not before the beginning.
    LogPosition last_at_most(LogPosition bound) const {
        LogIndex index = std::min(bound.index, last_index());
        while (index > begin_.index && term(index) > bound.term) index = index - 1;
        return {term(index), index};
    }

private:
    std::size_t place(LogIndex index) const {
        return static_cast<std::size_t>(index - origin_ - 1);
    }

    LogPosition begin_;
    LogIndex origin_;  // what comes before place 0
    Chunked<Entry> entries_;
};

}  // namespace novacron::raft
