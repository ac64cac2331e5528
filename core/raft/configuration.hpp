// SPDX-License-Identifier: MIT
//
// Who belongs to a group, who decides, and which changes of that are allowed.
//
// Voters decide by majority. Learners receive the log and decide nothing: new servers catch up so
// before their vote counts. To replace several voters at once the group passes through a *joint*
// configuration, in which the `outgoing` voters and the new ones each need a majority for every
// decision; leaving it drops the outgoing ones.
//
// Intuition: two majorities of one set meet, and so do majorities of sets that differ by one
// member. A change of one vote can therefore be made in one step; more can't, as the old majority
// and the new one could be strangers to each other. A majority of both meets either of its parts.
//
// Invariants: (1) lists ascend without repetition, none is longer than kMaxVoters; there are
//                 voters, unless it is the configuration of a server that knows of no group.
//             (2) a learner is neither voter nor outgoing; `learners_next` are outgoing ones who
//                 lose their vote and stay: learners as soon as the joint phase is left.
//             (3) learners_next and auto_leave belong to joint configurations only.
//             (4) each decision of a configuration shares a server with each one of what
//                 `changed` or `left` makes of it.
// Source: thesis, chapter 4. Learners, and learners_next, are etcd's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/id.hpp"

namespace novacron::raft {

constexpr std::size_t kMaxVoters = 99;  // and as many learners

struct Configuration {
    std::vector<NodeId> voters;
    std::vector<NodeId> outgoing;       // the voters before; none outside of a joint phase
    std::vector<NodeId> learners;
    std::vector<NodeId> learners_next;
    bool auto_leave = false;            // the leader ends the joint phase without being told

    bool is_joint() const { return !outgoing.empty(); }
    bool decides(NodeId node) const;    // a voter, be it an outgoing one
    bool contains(NodeId node) const;
    std::vector<NodeId> members() const;  // all, ascending
    bool is_valid() const;              // invariants 1 to 3
    friend bool operator==(const Configuration&, const Configuration&) = default;
};

struct MemberChange {
    enum class Kind : std::uint8_t { add_voter, add_learner, promote, demote, remove };
    Kind kind;
    NodeId node;
};

enum class JointPhase : std::uint8_t {
    if_needed,   // only to change more than one vote; the leader ends it
    always,      // the leader ends it
    until_left,  // goes on until Raft::leave_joint
};

struct ConfigurationChange {
    std::vector<MemberChange> members;
    JointPhase joint = JointPhase::if_needed;
};

enum class ChangeRefusal : std::uint8_t {
    not_leader,
    transferring,       // the leader is about to hand over
    change_in_flight,   // one at a time: the last one is not committed, or its joint phase lasts
    term_too_young,     // nothing of the leader's own term is committed
    still_joint,        // leave the joint phase first
    not_joint,          // there is no joint phase to leave
    nothing_to_change,
    named_twice,        // one server, two changes
    already_member,     // of servers to be added
    not_learner,        // of servers to be promoted
    not_voter,          // of servers to be demoted
    not_member,         // of servers to be removed
    no_voter_left,
    too_many_members,
};

using ChangeAnswer = std::variant<Configuration, ChangeRefusal>;
ChangeAnswer changed(const Configuration& from, const ConfigurationChange& change);
ChangeAnswer left(const Configuration& joint);

// As the data of a log entry, ids little-endian:
//     version 1 | auto_leave 1 | lengths of the four lists 1 each | their ids 4 each
// Bytes that decode are those that the configuration encodes to. Others are refused.
Bytes encode(const Configuration& configuration);
std::optional<Configuration> decode_configuration(std::span<const std::byte> bytes);

}  // namespace novacron::raft
