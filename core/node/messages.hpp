// SPDX-License-Identifier: MIT
//
// What clients and a node say to each other.
#pragma once

#include <cstdint>

#include "core/base/id.hpp"
#include "core/kv/command.hpp"

namespace novacron {

struct Request {
    enum class Kind : std::uint8_t { write, read };

    Kind kind = Kind::write;
    kv::Command command;  // of a read only `key`, and client and sequence as the client likes
};

struct Response {
    enum class Status : std::uint8_t {
        ok,          // done; a write took effect at `index`, a read saw all that was done up to it
        not_leader,  // not done here and now, perhaps never, perhaps yet; ask `leader`, or anybody.
                     //   Also said by a leader that is about to hand over
        overloaded,  // not done: the leader has taken on as much as it may; ask it again later
    };

    Status status = Status::ok;
    ClientId client;              // of the request
    std::uint64_t sequence = 0;   // of the request
    NodeId leader;                // not_leader: as far as this node knows; may be none
    NodeId by;                    // the node that answers
    kv::Value value = 0;          // of a read; 0 if the register was never written
    LogIndex index;
};

}  // namespace novacron
