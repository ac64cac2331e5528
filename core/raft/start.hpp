// SPDX-License-Identifier: MIT
//
// What a server starts from: who it is, and what its disk holds.
#pragma once

#include <vector>

#include "core/base/id.hpp"
#include "core/base/log_entry.hpp"

namespace novacron::raft {

// Who a server is, and the configuration that its group began with: the same for all who were there
// then, empty for a server that is added later.
struct Identity {
    NodeId self;
    std::vector<NodeId> voters;  // ascending, at most kMaxVoters
    std::vector<NodeId> learners = {};
};

// What the server's disk held when it started.
struct Recovered {
    HardState hard_state;
    std::vector<Entry> entries;  // those after the snapshot
    Snapshot snapshot;
};

}  // namespace novacron::raft
