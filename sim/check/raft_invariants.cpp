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
typename List::value_type& at_grown(List& list, std::uint64_t place) {
    if (list.size() <= place) list.resize(place + 1);
    return list[place];
}

}  // namespace

RaftInvariants::RaftInvariants(Record& record, const Logs& logs, Findings& findings,
                               std::vector<std::string> names)
    : logs_(logs),
      findings_(findings),
      names_(std::move(names)),
      ghosts_(logs.nodes().size()) {
    record.listen(*this);
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
    ghost.check_recovery = true;
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
        } else if (node.chain(ghost.vouched_last) != ghost.vouched_chain) {
            findings_.add("S16", at, text(id) + " starts with another log than the durable one");
        }
    }
    ghost.vouched_last = std::min(ghost.vouched_last, node.last());
    ghost.vouched_chain = node.chain(ghost.vouched_last);
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
    if (to_leader) check_new_leader(at, fact);
}

void RaftInvariants::check_new_leader(Instant at, const RoleChanged& fact) {
    NodeId& leader = at_grown(leaders_, fact.term.value);
    if (!leader.is_none() && leader != fact.node) {
        findings_.add("S1", at, text(fact.node) + " leads " + words(fact.term) +
                                    ", which " + text(leader) + " has led");
    }
    leader = fact.node;
    const auto later = std::partition_point(
        committed_.begin(), committed_.end(),
        [&fact](const Committed& committed) { return committed.in < fact.term; });
    if (later == committed_.begin()) return;
    const NodeView& node = logs_.node(fact.node);
    const LogIndex last{static_cast<std::uint64_t>(later - committed_.begin())};
    if (node.last() < last || node.chain(last) != committed_[last.value - 1].chain) {
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
    TermEntries& entries = at_grown(entries_, fact.term.value);
    if (entries.chains.empty()) entries.first = fact.index;
    const std::uint64_t chain = node.chain(fact.index);
    if (fact.index < entries.first) {
        findings_.add("S4", at, text(fact.node) + " has an entry of " + words(fact.term) + " at " +
                                    words(fact.index) + ", before that term's first");
    } else {
        std::uint64_t& known = at_grown(entries.chains, fact.index - entries.first);
        if (known != 0 && known != chain) {
            findings_.add("S4", at, text(fact.node) + " has another log up to " +
                                        words(fact.index) + " of " + words(fact.term) +
                                        " than the first that had it");
        }
        known = chain;
    }
    if (ghost.check_recovery && !node.recovering) check_recovered(at, fact.node);
}

void RaftInvariants::on(Instant at, const LogTruncated& fact) {
    Ghost& ghost = ghosts_[fact.node.value];
    ghost.truncating = true;
    if (ghost.role == Role::leader) {
        findings_.add("S3", at, text(fact.node) + " leads and removes its entries from " +
                                    words(fact.from) + " on");
    }
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
    ghost.vouched_last = fact.last;
    ghost.vouched_chain = node.chain(fact.last);
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
    ghost.commit = fact.index;
    const std::uint64_t chain = node.chain(fact.index);
    if (ghost.role == Role::leader && (node.term_at(fact.index) != ghost.term ||
                                       !durable_on_quorum(fact.index, chain))) {
        findings_.add("S7", at, text(fact.node) + " commits " + words(fact.index) + " in " +
                                    words(ghost.term) +
                                    " without its own entry durable on a quorum");
    }
    if (fact.index.value <= committed_.size()) {
        if (committed_[fact.index.value - 1].chain != chain) {
            findings_.add("S6", at, text(fact.node) + " commits another history up to " +
                                        words(fact.index) + " than was committed before");
        }
        return;
    }
    if (!committed_.empty() && node.chain(LogIndex{committed_.size()}) != committed_.back().chain) {
        findings_.add("S6", at, text(fact.node) + " commits up to " + words(fact.index) +
                                    " on another history than was committed before");
        return;
    }
    while (committed_.size() < fact.index.value) {
        committed_.push_back({ghost.term, node.log[committed_.size()].chain});
    }
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
    if (committed_[fact.index.value - 1].chain != node.chain(fact.index)) {
        findings_.add("S6", at, text(fact.node) + " applies another entry at " +
                                    words(fact.index) + " than was committed");
    }
    std::uint64_t& state = at_grown(states_, fact.index.value - 1);
    if (state != 0 && state != fact.state) {
        findings_.add("S6", at, text(fact.node) + " is in another state after " +
                                    words(fact.index) + " than the first that applied it");
    }
    state = fact.state;
}

void RaftInvariants::on(Instant at, const PacketSent& fact) {
    if (fact.from.value >= ghosts_.size()) return;
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

std::string RaftInvariants::text(NodeId node) const {
    if (node.is_none()) return "nobody";
    return node.value < names_.size() ? names_[node.value] : "node " + std::to_string(node.value);
}

bool RaftInvariants::durable_on_quorum(LogIndex index, std::uint64_t chain) const {
    std::size_t holders = 0;
    for (const NodeView& node : logs_.nodes()) {
        holders += node.durable_last >= index && node.last() >= index &&
                           node.chain(index) == chain
                       ? 1U
                       : 0U;
    }
    return holders > logs_.nodes().size() / 2;
}

void RaftInvariants::check_quorum_log(Instant at) {
    if (committed_.empty()) return;
    const auto recovering = [](const NodeView& node) { return node.recovering; };
    if (std::any_of(logs_.nodes().begin(), logs_.nodes().end(), recovering)) return;
    const LogIndex last{committed_.size()};
    if (!durable_on_quorum(last, committed_.back().chain)) {
        findings_.add("S8", at, "what is committed up to " + words(last) +
                                    " is no longer durable on a quorum");
    }
}

}  // namespace shaketable
