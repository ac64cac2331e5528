// SPDX-License-Identifier: MIT
//
// Counting those who agree: a quorum is a majority of the voters and, in a joint configuration, one
// of the outgoing voters, too.
//
// Intuition: each server has a seat, and the seats of those who agree are tallied. Elections,
// commitment, confirmed reads and the leader's own hold on power all ask this one question.
//
// Invariants: (1) two quorums of one configuration share a voter. (2) who has no seat counts for
//                 nothing. (3) nobody is a quorum where there are no voters.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/raft/configuration.hpp"

namespace novacron::raft {

// A server's part in decisions.
struct Seat {
    bool voter = false;
    bool outgoing = false;

    bool decides() const { return voter || outgoing; }
};

inline Seat seat_of(NodeId node, const Configuration& configuration) {
    return {std::binary_search(configuration.voters.begin(), configuration.voters.end(), node),
            std::binary_search(configuration.outgoing.begin(), configuration.outgoing.end(), node)};
}

// How many seats of each kind a decision takes.
struct Quorum {
    std::size_t voters = 1;
    std::size_t outgoing = 0;
};

inline Quorum quorum_of(const Configuration& configuration) {
    return {configuration.voters.size() / 2 + 1,
            configuration.is_joint() ? configuration.outgoing.size() / 2 + 1 : 0};
}

class Tally {
public:
    void add(Seat seat) {
        voters_ += seat.voter ? 1U : 0U;
        outgoing_ += seat.outgoing ? 1U : 0U;
    }
    bool reaches(Quorum quorum) const {
        return voters_ >= quorum.voters && outgoing_ >= quorum.outgoing;
    }

private:
    std::size_t voters_ = 0;
    std::size_t outgoing_ = 0;
};

}  // namespace novacron::raft
