// SPDX-License-Identifier: MIT
//
// What a step of the consensus protocol asks its host to do.
//
// The host must, after every input and in this order: (1) append `write` to its log storage, if
// there is one, and ask for it to be made durable; if it installs a snapshot, that must be durable
// before any part of the write is, and the state machine is now what the snapshot says; (2) send
// each message once its `after` is durable, in any order, but drop it if the server is in a later
// term by then (an acknowledgement that waited may speak of entries that a later leader has
// replaced); (3) apply the entries that have become committed; (4) answer the reads; (5) clear().
//
// The buffers keep their memory from step to step, entries of messages included, so that a steady
// state allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/raft/persistence.hpp"
#include "core/raft/types.hpp"

namespace novacron::raft {

// Empty the log and let it begin after the server's snapshot(), if that is to be installed; or cut
// it from `truncate_from` on (0: don't); then append its entries first .. last (none if last is
// before first), then keep the hard state.
struct Write {
    WriteId id;  // 0: nothing to write
    HardState hard_state;
    bool install = false;
    LogIndex truncate_from;
    LogIndex first;
    LogIndex last;
};

// A message that may leave once write `after` is durable; 0: at once.
struct Send {
    Message message;
    WriteId after;
};

// Why a server takes no command just now.
enum class Refusal : std::uint8_t {
    not_leader,    // ask the leader
    transferring,  // the leader is about to hand over: ask again a little later, anybody
    overloaded,    // back-pressure: too much waits to be committed; ask again later, the same
};

using ReadToken = std::uint64_t;  // the host's name for a read
// The read may be served from any state that has applied `index`.
struct ReadGrant {
    ReadToken token;
    LogIndex index;
};

class Outputs {
public:
    Write write;
    std::vector<ReadGrant> reads;
    std::vector<ReadToken> dropped_reads;  // leadership was lost; ask again elsewhere

    // A message to fill in: its type, ends, term and `after` are the caller's, the rest is at its
    // defaults.
    Send& add_send() {
        if (used_ == sends_.size()) sends_.emplace_back();
        Send& send = sends_[used_++];
        static_cast<MessageHead&>(send.message) = MessageHead{};
        send.message.entries.clear();
        if (send.message.part.size > 0) send.message.part = SnapshotPart{};
        return send;
    }
    std::span<Send> sends() { return {sends_.data(), used_}; }

    void clear() {
        write = Write{};
        reads.clear();
        dropped_reads.clear();
        used_ = 0;
    }

private:
    std::vector<Send> sends_;
    std::size_t used_ = 0;
};

}  // namespace novacron::raft
