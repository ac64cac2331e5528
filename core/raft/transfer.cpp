// SPDX-License-Identifier: MIT
#include "core/raft/transfer.hpp"

#include "core/raft/raft.hpp"

namespace novacron::raft {

bool Raft::transfer(Instant now, NodeId target) {
    if (role_ != Role::leader) return false;
    if (target == identity_.self) {
        transfer_.reset();
        return true;
    }
    Peer* peer = find(target);
    if (peer == nullptr || !peer->seat.voter) return false;
    if (transfer_ && transfer_->target == target) return true;
    transfer_ = Transfer{target, now + options_.election_timeout_max};
    send_what_is_due(*peer);
    hand_over_if_caught_up(*peer);
    return true;
}

void Raft::hand_over_if_caught_up(const Peer& peer) {
    if (!transfer_ || transfer_->target != peer.id) return;
    if (peer.progress.match() < log_.last_index()) return;
    send(MessageType::stand_now, peer.id, WriteId{});
    ordered_to_stand_ = true;
}

// From the leader of this term: to whoever does not follow it, an order that comes too late.
void Raft::handle_stand_now(Instant now) {
    if (role_ == Role::follower && seat_.decides()) stand(now, true);
}

}  // namespace novacron::raft
