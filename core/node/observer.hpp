// SPDX-License-Identifier: MIT
//
// What a node lets its host watch: every change of what it believes, remembers and has applied.
//
// Calls come in the order of cause and effect, and a message that was sent because of a change
// leaves after the change was told. An observer must not call the node.
#pragma once

#include <cstdint>

#include "core/base/log_entry.hpp"
#include "core/raft/configuration.hpp"
#include "core/raft/types.hpp"

namespace novacron {

class Observer {
public:
    virtual void role_changed(raft::Role role, Term term, NodeId vote) = 0;
    // The disk vouches for this hard state and for the log up to `last`.
    virtual void persisted(const HardState& hard_state, LogIndex last) = 0;
    virtual void log_truncated(LogIndex from) = 0;
    virtual void entry_appended(const Entry& entry) = 0;
    virtual void commit_advanced(LogIndex index) = 0;
    // The node goes by another configuration: that of the entry at `index`, or of a snapshot that
    // ends there.
    virtual void configuration_activated(LogIndex index,
                                         const raft::Configuration& configuration) = 0;
    // `state` is the digest of the state machine after the entry.
    virtual void entry_applied(const Entry& entry, std::uint64_t state) = 0;
    // The node has written a snapshot of its own, and is about to ask that it become durable.
    virtual void snapshot_begun(LogPosition position) = 0;
    // The node's own snapshot of the state machine at `position` is durable; the log may forget
    // what comes before. `state` is the digest of the state machine, here and below.
    virtual void snapshot_taken(LogPosition position, std::uint64_t state) = 0;
    // A snapshot has replaced the state machine and the whole log, which goes on after `position`.
    virtual void snapshot_installed(LogPosition position, std::uint64_t state) = 0;
    // The node has turned something away for lack of room on its disk.
    virtual void room_missed() = 0;

protected:
    ~Observer() = default;
};

}  // namespace novacron
