// SPDX-License-Identifier: MIT
//
// Which epoch wrote which part of a log, and where two logs part.
//
// Intuition: within its epoch a primary only appends, and no two primaries share an epoch. So two
// logs that have the same epoch at the same index are equal up to there, and a log is identified by
// the few places where its epoch changed. Comparing two logs means comparing two short lists, and
// never their content.
//
// Formula: with branches (epoch, start) and a branch's end just before the next start (the log's
// end for the last), let k be the number of leading branches that both have. The common point is
// the smaller of both ends of branch k; 0 if k is 0.
//
// Invariant: epochs and starts ascend strictly from branch to branch.
// Not modelled: histories never shorten as a log's beginning is forgotten; they grow by an entry a
// promotion.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/id.hpp"
#include "core/replication/epoch.hpp"

namespace novacron::replication {

// A place in the log of some site: equal positions have equal logs up to there.
struct Position {
    Epoch epoch;
    LogIndex index;  // 0: the log's beginning
    friend bool operator==(const Position&, const Position&) = default;
};

class History {
public:
    struct Branch {
        Epoch epoch;
        LogIndex start;  // its first index
        friend bool operator==(const Branch&, const Branch&) = default;
    };

    // The record at `index` was written in `epoch`.
    // REQUIRES: the index is above those noted before, the epoch not below.
    void note(Epoch epoch, LogIndex index);
    // Nothing after `index` counts any more.
    void cut_after(LogIndex index);

    // The epoch that wrote the record at `index`; the epoch of number 0 if none did.
    Epoch epoch_at(LogIndex index) const;
    std::span<const Branch> branches() const { return branches_; }

    friend bool operator==(const History&, const History&) = default;

private:
    std::vector<Branch> branches_;
};

// A log by its history and its last index.
struct Lineage {
    History history;
    LogIndex last;
    friend bool operator==(const Lineage&, const Lineage&) = default;
};

// The last position that both have.
[[nodiscard]] Position common_point(const Lineage& a, const Lineage& b);

}  // namespace novacron::replication
