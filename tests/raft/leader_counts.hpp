// SPDX-License-Identifier: MIT
//
// What a leader must have counted right, whenever it is looked at: what waits to be committed, and
// what is committed by what others are known to hold (S14).
#pragma once

#include <algorithm>
#include <vector>

#include "core/base/check.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft {

// The largest index that a majority of the voters is known to hold: of this leader itself, what is
// durable.
inline LogIndex held_by_majority(const Raft& raft, const std::vector<NodeId>& voters) {
    std::vector<LogIndex> held;
    for (const NodeId voter : voters) {
        const Progress* progress = raft.progress(voter);
        const LogIndex match = progress == nullptr ? LogIndex{} : progress->match();
        held.push_back(voter == raft.self() ? raft.durable().last() : match);
    }
    std::sort(held.begin(), held.end());
    return held.empty() ? LogIndex{} : held[(held.size() - 1) / 2];
}

// Throws BugError in words. REQUIRES: it leads.
inline void check_counts(const Raft& raft) {
    std::uint64_t bytes = 0;
    for (LogIndex i = raft.commit() + 1; i <= raft.log().last_index(); ++i) {
        bytes += raft.log().entry(i).data.size();
    }
    check(raft.uncommitted_bytes() == bytes, "a leader counts what waits to be committed");

    const Configuration& group = raft.membership().active();
    LogIndex held = held_by_majority(raft, group.voters);
    if (group.is_joint()) held = std::min(held, held_by_majority(raft, group.outgoing));
    check(held <= raft.commit() || raft.log().term(held) != raft.term(),
          "a leader commits what it knows a quorum to hold");
}

}  // namespace novacron::raft
