// SPDX-License-Identifier: MIT
//
// The configuration that a server goes by, and those that its log holds in store.
//
// A change of the configuration is an entry of the log that holds the whole new one. A server goes
// by it from the moment it knows the entry to be committed, and by the one before until then: an
// entry that may yet be replaced has never counted, so nothing is ever rolled back.
//
// Why that is safe. Call the committed configurations C0, C1, C2, ... A leader proposes the next
// one only when it goes by the newest that its log holds. Hence (a) of the configurations in any
// log, all but the last are committed: an entry in store proves that the one before it counts. And
// (b) whoever still goes by Ck has nothing beyond Ck+1 in its log.
//
// A server may be stale: it goes by Ck although later ones are committed. Ck+2 was committed by a
// quorum of Ck+1, which shares a server with each quorum of Ck; that server holds the entry of
// Ck+2, and gives its vote only to those who hold it, too: who go by Ck+1 at least, says (a). So
// leaders that are two configurations apart can't be elected past each other, and those one apart
// decide by quorums that meet, as those of one configuration do (configuration.hpp, invariant 4).
// The arguments of the thesis for a fixed group then hold, with these in the place of "majorities
// intersect". In short: a stale server may lead, and all it can do is right.
//
// After a restart a server may have forgotten what was committed, but not (a): it goes by the last
// configuration but one, or by the last if it knows better.
//
// It must also come to an end. A server that is stale may need the vote of one that has the longer
// log and no vote any more, or be itself the one with the longer log that has a vote and doesn't
// know it. Requests for votes and their replies therefore say what their sender knows to be
// committed: who holds it, goes by it. (raft-rs does so for the same reason.)
//
// What follows for those concerned: a leader that the change leaves without a vote counts under the
// old rules until the change is committed, then tells the others and steps down. A server that is
// removed may never hear of it; it can't disturb those who hear their leader (elections.cpp).
// A new server starts with nobody in its configuration, follows whoever leads it, and votes when
// asked, but stands for election only when it has learned that its vote counts.
//
// A snapshot carries the configuration that was active at its end, never one that may yet be
// replaced.
//
// Invariants: (1) the active configuration is that of the newest configuration entry among those
//                 known to be committed. (2) the indices in store ascend, and are above its own.
// Source: thesis, chapter 4, where a server goes by the newest entry in its log, committed or not;
// and etcd, where it does so when the entry is applied.
#pragma once

#include <utility>
#include <vector>

#include "core/raft/configuration.hpp"

namespace novacron::raft {

class Membership {
public:
    // The configuration, and the index of its entry; 0 for the group's first one.
    explicit Membership(Configuration active, LogIndex index = {})
        : active_(std::move(active)), index_(index) {}

    const Configuration& active() const { return active_; }
    // Of the entry that holds the active configuration; 0 for the group's first one.
    LogIndex index() const { return index_; }

    bool has_next() const { return !next_.empty(); }
    // Of the entry that comes next. REQUIRES: has_next().
    LogIndex next() const { return next_.front(); }
    // All up to here is committed, as a later configuration proves.
    LogIndex proven() const { return next_.size() < 2 ? index_ : next_[next_.size() - 2]; }

    // The log got an entry with a configuration, or lost those from an index on.
    void stored(LogIndex index) { next_.push_back(index); }
    void lost_from(LogIndex index) {
        while (!next_.empty() && next_.back() >= index) next_.pop_back();
    }
    // The next one is committed, and this is it.
    void activate_next(Configuration configuration) {
        active_ = std::move(configuration);
        index_ = next_.front();
        next_.erase(next_.begin());
    }

private:
    Configuration active_;
    LogIndex index_;
    std::vector<LogIndex> next_;
};

}  // namespace novacron::raft
