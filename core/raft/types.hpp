// SPDX-License-Identifier: MIT
//
// The vocabulary of the consensus layer: roles, and the messages servers send each other.
//
// Source of the terms: D. Ongaro, "Consensus: bridging theory and practice" (2014), figure 3.1;
// the preliminary vote is its section 9.6.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/id.hpp"
#include "core/base/log_entry.hpp"

namespace novacron::raft {

enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };
constexpr std::array<std::string_view, 4> kRoleNames = {"follower", "pre-candidate", "candidate",
                                                        "leader"};

enum class MessageType : std::uint8_t {
    append,
    append_reply,
    heartbeat,
    heartbeat_reply,
    pre_vote,
    pre_vote_reply,
    vote,
    vote_reply,
    stand_now,
    snapshot,
    snapshot_reply
};

constexpr bool is_about_votes(MessageType type) {
    return type >= MessageType::pre_vote && type <= MessageType::vote_reply;
}

// A message without entries; which fields mean something depends on the type.
struct MessageHead {
    MessageType type = MessageType::heartbeat;
    bool reject = false;         // replies: the request was refused
    bool by_transfer = false;    // vote: the leader itself wants this election
    NodeId from;
    NodeId to;
    Term term;                   // of the sender; of the coming election in a preliminary vote
    LogPosition position;  // append: of the entry before the first one carried; its refusal: the
                           //   same again; its acceptance: the last entry known to match;
                           // votes: of the candidate's last entry;
                           // snapshot and its reply: of the snapshot
    LogPosition hint;            // refused append: where the logs may still agree;
                                 // votes, their replies: known to be committed, if members change
    LogIndex commit;             // append, heartbeat: what the receiver may apply
    std::uint64_t round = 0;     // heartbeat and its reply: the leader's count of confirmations
    std::uint64_t offset = 0;    // snapshot: where its part begins; its reply: where the next one
                                 //   has to begin
};

// Some of a snapshot's bytes.
struct SnapshotPart {
    std::uint64_t size = 0;      // of the whole state
    std::uint32_t checksum = 0;  // CRC-32C of the bytes
    Bytes bytes;
    Bytes configuration{};       // the snapshot's, in each part
};

struct Message : MessageHead {
    std::vector<Entry> entries;  // append: contiguous, from position.index + 1
    SnapshotPart part;           // snapshot
};

}  // namespace novacron::raft
