// SPDX-License-Identifier: MIT
//
// Changes who belongs to the group, as those who run a cluster do: asks the leader, looks at what
// came of it, and asks again.
//
// Intuition: a wish says how the group is to be. Ten times a second it is compared with the
// configuration that whoever leads goes by, and the next step towards it is asked for. A step that
// is refused, or that dies with its leader, is thus taken again, and one that has been taken is
// not. A wish ends when it is fulfilled, or with the action that had it.
//
// The steps, as the runbook has them: who is to vote and does not belong to the group joins it as a
// learner; once all of those have caught up, every vote changes at once, jointly if more than one
// does. A joint phase that waits to be told so is ended first.
//
// A drawn change is drawn when a leader is first found, from the action's own stream, among those
// that are legal then, each equally likely: to add a stranger, or to have it learn; to promote or
// to remove a learner; to demote or to remove a voter; to replace one or two voters by as many
// others. At no step does a drawn change leave fewer than three voters, or than there are already.
//
// A stranger may have belonged to the group before: it comes back with the log it had.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "sim/fault/faults.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

// How the group is to be; ascending, nobody in two of them.
struct MembershipWish {
    std::vector<NodeId> voters;
    std::vector<NodeId> learners;
    std::vector<NodeId> gone;
    novacron::raft::JointPhase joint = novacron::raft::JointPhase::if_needed;
    std::size_t voters_min = 1;  // no step leaves fewer voters, unless it adds some
};

struct Fulfilled {};
struct Wait {};
struct LeaveJoint {};
using NextStep = std::variant<Fulfilled, Wait, LeaveJoint, novacron::raft::ConfigurationChange>;

// What to ask this leader for.
NextStep next_step(const MembershipWish& wish, const novacron::raft::Raft& leader);

// A legal change of the configuration among the nodes; nothing if there is none.
std::optional<MembershipWish> draw_wish(const novacron::raft::Configuration& from,
                                        const std::vector<NodeId>& nodes, Random& random);

class Operator final : private EventHandler {
public:
    Operator(EventQueue& queue, Receipts& receipts, Fleet& fleet)
        : queue_(queue), receipts_(receipts), fleet_(fleet) {}

    // An action begins to have its way with these nodes, and gives up.
    void begin(FaultId action, const MembershipChange& change, const std::vector<NodeId>& nodes,
               const Random& random);
    void end(FaultId action) { actions_.erase(action.value); }

private:
    struct Action {
        std::vector<NodeId> nodes;
        std::optional<MembershipWish> wish;  // nothing: yet to be drawn
        Random random;
    };

    void on_event(Instant now, const Event& event) override;
    void attempt(FaultId action);
    // Whether there is nothing more to do.
    bool pursue(FaultId id, Action& action);

    EventQueue& queue_;
    Receipts& receipts_;
    Fleet& fleet_;
    std::map<std::uint32_t, Action> actions_;  // by number of the fault
};

}  // namespace shaketable
