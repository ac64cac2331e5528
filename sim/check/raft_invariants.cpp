// SPDX-License-Identifier: MIT
#include "sim/check/raft_invariants.hpp"

#include <algorithm>
#include <string>

namespace shaketable {
namespace {

using novacron::raft::Role;

std::string words(Term term) { return "term " + std::to_string(term.value); }
std::string words(LogIndex index) { return "index " + std::to_string(index.value); }

// The element of a list that grows as far as it is asked for.
template <class List>
typename List::value_type& at_grown(List& list, std::uint64_t place,
                                    typename List::value_type fill = {}) {
    if (list.size() <= place) list.resize(place + 1, fill);
    return list[place];
}

}  // namespace

RaftInvariants::RaftInvariants(Record& record, const Logs& logs, Findings& findings,
                               std::vector<std::string> names)
    : logs_(logs),
      findings_(findings),
      names_(std::move(names)),
      ghosts_(logs.nodes().size()),
      chain_{{LogIndex{}, logs.first_members()}} {
    record.listen(*this);
}

void RaftInvariants::begin_with(NodeId node, std::uint64_t state, Term term) {
    const NodeView& view = logs_.node(node);
    for (LogIndex i{1}; i <= view.last(); ++i) {
        committed_.push_back({term, view.prefix(i)});
        states_.push_back(i == view.last() ? state : 0);
    }
    known_prefixes_ = logs_.tree().newest().value;
}

void RaftInvariants::on(Instant at, const NodeStarted& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    if (fact.term < ghost.durable_term) {
        findings_.add("S9", at, text(fact.node) + " starts in " + words(fact.term) +
                                    ", after " + words(ghost.durable_term) + " was durable");
    }
    ghost.role = Role::follower;
    ghost.term = fact.term;
    ghost.vote = fact.vote;
    ghost.commit = LogIndex{};
    ghost.applied = LogIndex{};
    ghost.snapshot = LogIndex{};
    ghost.check_recovery = true;
    ghost.stored.clear();
    const NodeId known = at_grown(ghost.votes, fact.term.value);
    if (!known.is_none() && known != fact.vote) {
        findings_.add("S2", at, text(fact.node) + " starts with a vote for " + text(fact.vote) +
                                    " in " + words(fact.term) + ", after it has voted for " +
                                    text(known));
    }
    if (fact.last.value == 0) check_recovered(at, fact.node);
}

void RaftInvariants::on(Instant at, const NodeStopped& fact) {
    if (fact.cause == StopCause::panic || fact.cause == StopCause::corruption) {
        findings_.add("S17", at, text(fact.node) + " stopped itself");
    }
}

// The whole of the log that was found is known now.
void RaftInvariants::check_recovered(Instant at, NodeId id) {
    Ghost& ghost = ghosts_[id.value];
    ghost.check_recovery = false;
    const NodeView& node = logs_.node(id);
    if (!ghost.truncating) {
        if (node.last() < ghost.vouched_last) {
            findings_.add("S16", at, text(id) + " starts with a log that ends at " +
                                         words(node.last()) + ", though its disk had vouched for " +
                                         words(ghost.vouched_last));
        } else if (node.prefix(ghost.vouched_last) != ghost.vouched_prefix) {
            findings_.add("S16", at, text(id) + " starts with another log than the durable one");
        }
    }
    ghost.vouched_last = std::min(ghost.vouched_last, node.last());
    ghost.vouched_prefix = node.prefix(ghost.vouched_last);
    check_quorum_log(at);
}

void RaftInvariants::on(Instant at, const RoleChanged& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    if (fact.term < ghost.term) {
        findings_.add("S9", at, text(fact.node) + " goes back from " + words(ghost.term) + " to " +
                                    words(fact.term));
    }
    const bool to_leader = fact.role == Role::leader && ghost.role != Role::leader;
    const bool wrong_rise = to_leader && ghost.role != Role::candidate;
    const bool wrong_fall = ghost.role == Role::leader &&
                            (fact.role == Role::candidate || fact.role == Role::pre_candidate);
    if (wrong_rise || wrong_fall) {
        findings_.add("S9", at, text(fact.node) + " goes from " +
                                    std::string(novacron::raft::kRoleNames[
                                        static_cast<std::size_t>(ghost.role)]) +
                                    " to " +
                                    std::string(novacron::raft::kRoleNames[
                                        static_cast<std::size_t>(fact.role)]));
    }
    if (fact.term == ghost.term && !ghost.vote.is_none() && fact.vote != ghost.vote) {
        findings_.add("S2", at, text(fact.node) + " turns its vote of " + words(fact.term) +
                                    " from " + text(ghost.vote) + " to " + text(fact.vote));
    }
    ghost.role = fact.role;
    ghost.term = fact.term;
    ghost.vote = fact.vote;
    if (fact.role != Role::follower) check_candidate(at, fact);
    if (to_leader) {
        check_votes(at, fact);
        check_new_leader(at, fact);
    }
}

void RaftInvariants::check_new_leader(Instant at, const RoleChanged& fact) {
    NodeId& leader = at_grown(leaders_, fact.term.value);
    if (!leader.is_none() && leader != fact.node) {
        findings_.add("S1", at, text(fact.node) + " leads " + words(fact.term) +
                                    ", which " + text(leader) + " has led");
    }
    leader = fact.node;
    if (at_grown(last_of_term_, fact.term.value, kEmptyPrefix) != kEmptyPrefix) {
        findings_.add("S18", at, text(fact.node) + " comes to lead " + words(fact.term) +
                                     ", of which there are entries");
    }
    // What earlier terms committed comes first.
    std::size_t low = 0;
    std::size_t high = committed_.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (committed_[middle].in < fact.term) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return;
    const NodeView& node = logs_.node(fact.node);
    const LogIndex last{low};
    if (node.last() < last || node.prefix(last) != committed_[last.value - 1].prefix) {
        findings_.add("S5", at, text(fact.node) + " leads " + words(fact.term) +
                                    " without what is committed up to " + words(last));
    }
}

void RaftInvariants::vote(Instant at, NodeId node, Term term, NodeId candidate) {
    NodeId& known = at_grown(ghosts_[node.value].votes, term.value);
    if (!known.is_none() && known != candidate) {
        findings_.add("S2", at,
                      text(node) + " votes for " + text(candidate) + " in " + words(term) +
                          ", after it has voted for " + text(known));
    }
    known = candidate;
}

void RaftInvariants::on(Instant at, const EntryAppended& fact) {
    const NodeView& node = logs_.node(fact.node);
    Ghost& ghost = ghosts_[fact.node.value];
    if (fact.index != node.last()) {
        findings_.add("S11", at, text(fact.node) + " appends at " + words(fact.index) +
                                     " to a log that ends before " + words(node.last()));
        return;
    }
    if (fact.term < node.term_at(fact.index - 1) || fact.term > ghost.term) {
        findings_.add("S11", at, text(fact.node) + " appends an entry of " + words(fact.term) +
                                     " at " + words(fact.index) + " out of order");
    }
    if (ghost.role == Role::leader && !node.members.decides(fact.node)) {
        findings_.add("S13", at, text(fact.node) + " leads on though it has no vote any more");
    }
    check_new_entry(at, fact);
    if (ghost.check_recovery && !node.recovering) check_recovered(at, fact.node);
}

// A term's entries form one path in the tree of logs, made by one leader from one end: then there
// is one log up to each of them.
void RaftInvariants::check_new_entry(Instant at, const EntryAppended& fact) {
    const NodeView& node = logs_.node(fact.node);
    const Prefix prefix = node.prefix(fact.index);
    if (prefix.value <= known_prefixes_) return;
    known_prefixes_ = prefix.value;
    Prefix& last = at_grown(last_of_term_, fact.term.value, kEmptyPrefix);
    if (last != kEmptyPrefix && last != node.prefix(fact.index - 1)) {
        findings_.add("S4", at, text(fact.node) + " has another log up to " + words(fact.index) +
                                    " of " + words(fact.term) + " than that term's leader");
    }
    last = prefix;
}

void RaftInvariants::on(Instant at, const LogTruncated& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    ghost.truncating = true;
    if (ghost.role == Role::leader) {
        findings_.add("S3", at, text(fact.node) + " leads and removes its entries from " +
                                    words(fact.from) + " on");
    }
    while (!ghost.stored.empty() && ghost.stored.back().index >= fact.from) ghost.stored.pop_back();
    if (fact.from <= ghost.commit) {
        findings_.add("S6", at, text(fact.node) + " removes committed entries from " +
                                    words(fact.from) + " on");
    }
    check_quorum_log(at);
}

void RaftInvariants::on(Instant at, const Persisted& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    if (fact.term < ghost.durable_term) {
        findings_.add("S9", at, text(fact.node) + " makes " + words(fact.term) +
                                    " durable after " + words(ghost.durable_term));
    }
    const NodeView& node = logs_.node(fact.node);
    ghost.durable_term = fact.term;
    if (!fact.vote.is_none()) vote(at, fact.node, fact.term, fact.vote);
    if (fact.last > node.last()) {
        findings_.add("S10", at, text(fact.node) + " believes " + words(fact.last) +
                                     " durable, after the end of its log");
        return;
    }
    ghost.truncating = false;
    ghost.vouched_last = node.durable_last;
    ghost.vouched_prefix = node.prefix(node.durable_last);
}

void RaftInvariants::on(Instant at, const CommitAdvanced& fact) {
    const NodeView& node = logs_.node(fact.node);
    Ghost& ghost = ghosts_[fact.node.value];
    if (fact.index < ghost.commit) {
        findings_.add("S9", at, text(fact.node) + " takes its commit back to " + words(fact.index));
    }
    if (fact.index > node.last()) {
        findings_.add("S11", at, text(fact.node) + " commits up to " + words(fact.index) +
                                     ", after the end of its log at " + words(node.last()));
        return;
    }
    if (ghost.role == Role::leader) check_commit(at, fact);
    ghost.commit = fact.index;
    const Prefix prefix = node.prefix(fact.index);
    if (fact.index.value <= committed_.size()) {
        if (committed_[fact.index.value - 1].prefix != prefix) {
            findings_.add("S6", at, text(fact.node) + " commits another history up to " +
                                        words(fact.index) + " than was committed before");
        }
        return;
    }
    const LogIndex known{committed_.size()};
    if (!committed_.empty() && node.prefix(known) != committed_.back().prefix) {
        findings_.add("S6", at, text(fact.node) + " commits up to " + words(fact.index) +
                                    " on another history than was committed before");
        return;
    }
    extend_committed(at, fact);
}

void RaftInvariants::extend_committed(Instant at, const CommitAdvanced& fact) {
    const NodeView& node = logs_.node(fact.node);
    const Ghost& ghost = ghosts_[fact.node.value];
    for (const Configuration& stored : ghost.stored) {
        if (stored.index.value <= committed_.size() || stored.index > fact.index) continue;
        if (!quorums_meet(chain_.back().members, stored.members)) {
            findings_.add("S13", at, "the configuration at " + words(stored.index) +
                                         " is committed, and may decide without the one before");
        }
        chain_.push_back(stored);
    }
    while (committed_.size() < fact.index.value) {
        committed_.push_back({ghost.term, node.log[committed_.size()]});
    }
    decided_by_ = chain_.size() - 1;
    while (chain_[decided_by_].index > node.configured &&
           !chain_[decided_by_].members.has_quorum(
               holders(fact.index, committed_.back().prefix))) {
        --decided_by_;
    }
}

// What a change commits, itself included, is committed by the configuration before it; what comes
// after it may be by either.
void RaftInvariants::check_commit(Instant at, const CommitAdvanced& fact) {
    const NodeView& node = logs_.node(fact.node);
    const Ghost& ghost = ghosts_[fact.node.value];
    const NodeSet durable = holders(fact.index, node.prefix(fact.index));
    bool decided = node.members.has_quorum(durable);
    for (const Configuration& stored : ghost.stored) {
        if (decided || stored.index <= node.configured || stored.index > fact.index) continue;
        if (!node.members.has_quorum(holders(stored.index, node.prefix(stored.index)))) break;
        decided = stored.members.has_quorum(durable);
    }
    if (decided && node.term_at(fact.index) == ghost.term) return;
    findings_.add("S7", at, text(fact.node) + " commits " + words(fact.index) + " in " +
                                words(ghost.term) + " without its own entry durable on a quorum");
}

void RaftInvariants::on(Instant at, const EntryApplied& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    if (fact.index != ghost.applied + 1 || fact.index > ghost.commit) {
        findings_.add("S6", at, text(fact.node) + " applies " + words(fact.index) +
                                    " after " + words(ghost.applied) + ", committed up to " +
                                    words(ghost.commit));
    }
    ghost.applied = fact.index;
    const NodeView& node = logs_.node(fact.node);
    if (fact.index.value > committed_.size() || fact.index > node.last()) return;
    if (committed_[fact.index.value - 1].prefix != node.prefix(fact.index)) {
        findings_.add("S6", at, text(fact.node) + " applies another entry at " +
                                    words(fact.index) + " than was committed");
    }
    if (fact.index.value == states_.size() + 1) {
        states_.push_back(fact.state);
    } else if (fact.index.value <= states_.size() &&
               states_[fact.index.value - 1] != fact.state) {
        findings_.add("S6", at, text(fact.node) + " is in another state after " +
                                    words(fact.index) + " than the first that applied it");
    }
}

void RaftInvariants::on(Instant at, const PacketSent& fact) {
    const bool promises = fact.kind == PacketKind::vote ||
                          (!fact.reject && (fact.kind == PacketKind::append_reply ||
                                            fact.kind == PacketKind::vote_reply));
    if (!promises) return;
    const NodeId sender{fact.from.value};
    const NodeView& node = logs_.node(sender);
    bool kept = true;
    if (fact.kind == PacketKind::append_reply && !fact.reject) {
        kept = node.durable_term >= fact.term && node.durable_last >= fact.index;
    } else if (fact.kind == PacketKind::vote_reply && !fact.reject) {
        vote(at, sender, fact.term, NodeId{fact.to.value});
        kept = node.durable_term > fact.term || (node.durable_term == fact.term &&
                                                 node.durable_vote == NodeId{fact.to.value});
    } else if (fact.kind == PacketKind::vote) {
        kept = node.durable_term > fact.term ||
               (node.durable_term == fact.term && node.durable_vote == sender);
    }
    if (!kept) {
        findings_.add("S10", at, text(sender) + " sends a message of " + words(fact.term) +
                                     " whose promise is not durable");
    }
}

void RaftInvariants::on(Instant at, const SnapshotTaken& fact) {
    if (fact.index > ghosts_[fact.node.value].applied) {
        findings_.add("S6", at, text(fact.node) + " takes a snapshot at " + words(fact.index) +
                                    ", which it has not applied");
    }
    check_snapshot(at, fact.node, fact.index, fact.term, fact.state);
}

void RaftInvariants::on(Instant at, const SnapshotInstalled& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    if (ghost.role == Role::leader) {
        findings_.add("S3", at, text(fact.node) + " leads and replaces its log by a snapshot");
    }
    if (fact.index <= ghost.commit) {
        findings_.add("S6", at, text(fact.node) + " goes back to a snapshot at " +
                                    words(fact.index) + ", committed up to " +
                                    words(ghost.commit));
    }
    ghost.stored.clear();
    check_snapshot(at, fact.node, fact.index, fact.term, fact.state);
    ghost.commit = std::max(ghost.commit, fact.index);
    ghost.applied = fact.index;
    if (!ghost.check_recovery) {
        ghost.truncating = true;
        check_quorum_log(at);
    } else if (!logs_.node(fact.node).recovering) {
        check_recovered(at, fact.node);
    }
}

void RaftInvariants::check_snapshot(Instant at, NodeId id, LogIndex index, Term term,
                                    std::uint64_t state) {
    Ghost& ghost = ghosts_[id.value];
    if (index <= ghost.snapshot) {
        findings_.add("S9", at, text(id) + " has a snapshot at " + words(index) +
                                    " after one at " + words(ghost.snapshot));
    }
    ghost.snapshot = index;
    if (index.value > std::min(committed_.size(), states_.size())) {
        findings_.add("S6", at, text(id) + " has a snapshot at " + words(index) +
                                    ", which was not committed and applied");
        return;
    }
    if (logs_.tree().term(committed_[index.value - 1].prefix) != term) {
        findings_.add("S6", at, text(id) + " has a snapshot of another entry at " + words(index) +
                                    " than was committed");
    }
    if (states_[index.value - 1] != state) {
        findings_.add("S6", at, text(id) + " has a snapshot of another state after " +
                                    words(index) + " than the first that applied it");
    }
}

std::string RaftInvariants::text(NodeId node) const {
    if (node.is_none()) return "nobody";
    return node.value < names_.size() ? names_[node.value] : "node " + std::to_string(node.value);
}

// ---- S13

void RaftInvariants::on(Instant at, const ConfigurationAppended& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    const NodeView& node = logs_.node(fact.node);
    const bool first = ghost.stored.empty();
    const MemberSets& before = first ? node.members : ghost.stored.back().members;
    if (!first && !is_committed(fact.node, ghost.stored.back().index)) {
        findings_.add("S13", at, text(fact.node) + " holds a configuration at " +
                                     words(fact.index) + " after one at " +
                                     words(ghost.stored.back().index) +
                                     ", which is not committed");
    }
    if (ghost.role == Role::leader) {
        if (node.term_at(ghost.commit) != ghost.term) {
            findings_.add("S13", at, text(fact.node) + " changes the configuration in " +
                                         words(ghost.term) +
                                         " before it has committed an entry of that term");
        }
        if (!quorums_meet(before, fact.members)) {
            findings_.add("S13", at, text(fact.node) + " proposes a configuration at " +
                                         words(fact.index) +
                                         " that may decide without the one before");
        }
    }
    ghost.stored.push_back({fact.index, fact.members});
}

void RaftInvariants::on(Instant at, const ConfigurationActivated& fact) {
    if (fact.index.value > committed_.size()) {
        findings_.add("S13", at, text(fact.node) + " goes by a configuration at " +
                                     words(fact.index) + ", which is not committed");
        return;
    }
    std::vector<Configuration>& stored = ghosts_[fact.node.value].stored;
    std::erase_if(stored, [&](const Configuration& one) { return one.index < fact.index; });
    std::size_t newest = chain_.size() - 1;
    while (chain_[newest].index > fact.index) --newest;
    if (chain_[newest].members != fact.members) {
        findings_.add("S13", at, text(fact.node) + " goes by another configuration at " +
                                     words(fact.index) + " than was committed");
    }
}

// Who stands for election, or leads.
void RaftInvariants::check_candidate(Instant at, const RoleChanged& fact) {
    const NodeView& node = logs_.node(fact.node);
    if (!node.members.decides(fact.node)) {
        findings_.add("S13", at, text(fact.node) + " stands in " + words(fact.term) +
                                     " though it has no vote");
    }
    const Ghost& ghost = ghosts_[fact.node.value];
    const std::size_t size = ghost.stored.size();
    if (size > 1 && ghost.stored[size - 2].index > node.configured) {
        findings_.add("S13", at, text(fact.node) + " stands in " + words(fact.term) +
                                     " by an older configuration than its log proves committed");
    }
}

void RaftInvariants::check_votes(Instant at, const RoleChanged& fact) {
    NodeSet voters;
    for (std::uint32_t i = 0; i < ghosts_.size(); ++i) {
        const std::vector<NodeId>& votes = ghosts_[i].votes;
        if (votes.size() > fact.term.value && votes[fact.term.value] == fact.node) {
            voters.add(NodeId{i});
        }
    }
    if (logs_.node(fact.node).members.has_quorum(voters)) return;
    findings_.add("S1", at, text(fact.node) + " leads " + words(fact.term) +
                                " without the votes of a quorum");
}

bool RaftInvariants::is_committed(NodeId node, LogIndex index) const {
    return index.value <= committed_.size() &&
           committed_[index.value - 1].prefix == logs_.node(node).prefix(index);
}

NodeSet RaftInvariants::holders(LogIndex index, Prefix prefix) const {
    NodeSet set;
    const std::vector<NodeView>& nodes = logs_.nodes();
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        const NodeView& node = nodes[i];
        if (node.durable_last >= index && node.last() >= index && node.prefix(index) == prefix) {
            set.add(NodeId{i});
        }
    }
    return set;
}

void RaftInvariants::check_quorum_log(Instant at) {
    if (committed_.empty()) return;
    const auto recovering = [](const NodeView& node) { return node.recovering; };
    if (std::any_of(logs_.nodes().begin(), logs_.nodes().end(), recovering)) return;
    const LogIndex last{committed_.size()};
    const NodeSet durable = holders(last, committed_.back().prefix);
    const auto keeps = [&](const Configuration& one) { return one.members.has_quorum(durable); };
    const auto from = chain_.begin() + static_cast<std::ptrdiff_t>(decided_by_);
    if (!std::any_of(from, chain_.end(), keeps)) {
        findings_.add("S8", at, "what is committed up to " + words(last) +
                                    " is no longer durable on a quorum");
    }
}

}  // namespace shaketable
