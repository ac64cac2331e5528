// SPDX-License-Identifier: MIT
#include "core/raft/membership.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft {

std::variant<LogPosition, ChangeRefusal> Raft::change(const ConfigurationChange& change) {
    if (const auto refusal = change_refusal()) return *refusal;
    return propose_configuration(changed(membership_.active(), change));
}

std::variant<LogPosition, ChangeRefusal> Raft::leave_joint() {
    if (const auto refusal = change_refusal()) return *refusal;
    return propose_configuration(left(membership_.active()));
}

std::optional<ChangeRefusal> Raft::change_refusal() const {
    if (role_ != Role::leader) return ChangeRefusal::not_leader;
    if (transfer_) return ChangeRefusal::transferring;
    if (commit_ < first_of_term_) return ChangeRefusal::term_too_young;
    if (membership_.has_next() || membership_.active().auto_leave) {
        return ChangeRefusal::change_in_flight;
    }
    return std::nullopt;
}

std::variant<LogPosition, ChangeRefusal> Raft::propose_configuration(const ChangeAnswer& answer) {
    if (const auto* refusal = std::get_if<ChangeRefusal>(&answer)) return *refusal;
    append_own(EntryKind::configuration, encode(std::get<Configuration>(answer)));
    broadcast_append();
    return log_.last();
}

void Raft::settle_membership(Instant now) {
    if (membership_.has_next() || membership_.active().auto_leave) settle_changes(now);
    check(role_ != Role::leader || committable() == commit_,
          "a leader has committed what it knows a quorum to hold");
}

// Goes by what has become committed, and ends a joint phase that is to end by itself.
void Raft::settle_changes(Instant now) {
    while (membership_.has_next() && membership_.next() <= commit_) {
        auto configuration = decode_configuration(log_.entry(membership_.next()).data.view());
        check(configuration.has_value(), "a committed configuration can be decoded");
        // Who leaves now hears of it for the last time.
        if (role_ == Role::leader) broadcast_heartbeat(now);
        membership_.activate_next(std::move(*configuration));
        take_seats(now);
        if (role_ == Role::leader) {
            lead_on(now);
        } else if (role_ != Role::follower && !seat_.decides()) {
            become_follower(now, term_, NodeId::none());
        }
    }
    if (membership_.active().auto_leave && !membership_.has_next() && role_ == Role::leader &&
        commit_ >= first_of_term_ && !transfer_) {
        propose_configuration(left(membership_.active()));
    }
}

// Everybody's part under the active configuration. Who stays keeps its progress; to who is new, the
// entry that made it a member is the first news.
void Raft::take_seats(Instant now) {
    const Configuration& configuration = membership_.active();
    quorum_ = quorum_of(configuration);
    seat_ = seat_of(identity_.self, configuration);
    std::erase_if(peers_, [&](const Peer& peer) { return !configuration.contains(peer.id); });
    const LogIndex news = std::max(membership_.index(), LogIndex{1});
    for (const NodeId id : configuration.members()) {
        if (id == identity_.self) continue;
        auto place = std::lower_bound(peers_.begin(), peers_.end(), id,
                                      [](const Peer& peer, NodeId node) { return peer.id < node; });
        if (place == peers_.end() || place->id != id) {
            place = peers_.insert(place, {id, Progress(news, options_, now)});
        }
        place->seat = seat_of(id, configuration);
    }
}

// Votes come with what their sender knows to be committed, in groups that have changed: whom a
// change concerns may hold it, need somebody's vote for it, or have the longest log of all, and not
// know.
LogPosition Raft::known_commit() const {
    const bool changed = membership_.index().value != 0 || membership_.has_next();
    return changed ? LogPosition{log_.term(commit_), commit_} : LogPosition{};
}

// A leader commits by counting, no other way.
void Raft::learn_commit(const Message& message) {
    if (!is_about_votes(message.type) || role_ == Role::leader) return;
    if (message.hint.index > commit_ && log_.contains(message.hint)) commit_ = message.hint.index;
}

// A smaller quorum may hold more, and may have answered more.
void Raft::lead_on(Instant now) {
    if (!seat_.decides()) {
        become_follower(now, term_, NodeId::none());
        return;
    }
    if (transfer_) {
        const Peer* target = find(transfer_->target);
        if (target == nullptr || !target->seat.voter) transfer_.reset();
    }
    broadcast_append();
    advance_commit(now);
    grant_reads(now);
}

}  // namespace novacron::raft
