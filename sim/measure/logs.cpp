// SPDX-License-Identifier: MIT
#include "sim/measure/logs.hpp"

#include <algorithm>
#include <tuple>

#include "core/base/check.hpp"

namespace shaketable {

Logs::Logs(Record& record, std::uint32_t nodes, std::optional<MemberSets> first)
    : first_(first ? *first : MemberSets{NodeSet::first(nodes), {}, {}}), newest_(first_) {
    nodes_.reserve(nodes);
    while (nodes_.size() < nodes) nodes_.emplace_back(tree_);
    record.listen(*this);
}

void Logs::begin_with(const SurvivingHistory& other, LogIndex upto, NodeSet nodes) {
    novacron::check(other.upto >= upto, "a history that is taken over is committed");
    Prefix prefix = kEmptyPrefix;
    while (committed_.size() < upto.value) {
        const LogIndex next{committed_.size() + 1};
        prefix = tree_.extend(prefix, Term{1}, other.holder.content_at(next));
        committed_.push_back(prefix);
    }
    lay_down(upto, nodes);
}

void Logs::begin_with(const Logs& other, novacron::LogPosition upto, NodeSet nodes) {
    novacron::check(other.committed_.size() >= upto.index.value, "what is restored was committed");
    Prefix prefix = kEmptyPrefix;
    while (committed_.size() < upto.index.value) {
        const std::uint64_t content = other.tree_.content(other.committed_[committed_.size()]);
        prefix = tree_.extend(prefix, upto.term, content);
        committed_.push_back(prefix);
    }
    lay_down(upto.index, nodes);
}

// The nodes' disks hold what is committed, up to there.
void Logs::lay_down(LogIndex upto, NodeSet nodes) {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (!nodes.contains(NodeId{i})) continue;
        while (nodes_[i].last() < upto) {
            nodes_[i].log.push_back(committed_[nodes_[i].last().value]);
        }
        nodes_[i].durable_last = upto;
    }
}

void Logs::on(Instant, const NodeStarted& fact) {
    NodeView& node = view(fact.node);
    node.running = true;
    node.role = novacron::raft::Role::follower;
    node.term = fact.term;
    node.vote = fact.vote;
    node.log.cut(0);
    node.found = fact.last;
    node.recovering = fact.last.value > 0;
    node.durable_last = std::min(node.durable_last, fact.last);
    node.commit = LogIndex{};
    node.applied = LogIndex{};
    node.installed = LogIndex{};
    node.members = first_.contains(fact.node) ? first_ : MemberSets{};
    node.configured = LogIndex{};
}

void Logs::on(Instant, const NodeStopped& fact) {
    view(fact.node).running = false;
    view(fact.node).paused = false;
}
void Logs::on(Instant, const NodePaused& fact) { view(fact.node).paused = true; }
void Logs::on(Instant, const NodeResumed& fact) { view(fact.node).paused = false; }

void Logs::on(Instant, const RoleChanged& fact) {
    NodeView& node = view(fact.node);
    node.role = fact.role;
    node.term = fact.term;
    node.vote = fact.vote;
}

void Logs::on(Instant, const EntryAppended& fact) {
    NodeView& node = view(fact.node);
    node.log.push_back(tree_.extend(node.prefix(node.last()), fact.term, fact.content));
    if (node.last() == node.found) node.recovering = false;
}

void Logs::on(Instant, const LogTruncated& fact) {
    NodeView& node = view(fact.node);
    node.log.cut(std::min<std::size_t>(node.log.size(), fact.from.value - 1));
    node.durable_last = std::min(node.durable_last, node.last());
}

void Logs::on(Instant, const Persisted& fact) {
    NodeView& node = view(fact.node);
    node.durable_term = fact.term;
    node.durable_vote = fact.vote;
    node.durable_last =
        fact.last < node.installed ? std::min(fact.last, node.replaced_after) : fact.last;
}

void Logs::on(Instant, const CommitAdvanced& fact) {
    NodeView& node = view(fact.node);
    node.commit = fact.index;
    const LogIndex known = std::min(node.commit, node.last());
    while (committed_.size() < known.value) {
        committed_.push_back(node.prefix(LogIndex{committed_.size() + 1}));
    }
}
void Logs::on(Instant, const EntryApplied& fact) { view(fact.node).applied = fact.index; }

// The part that the log has in common with the committed history stays as it is, found by halving:
// what agrees up to an index agrees before it.
void Logs::on(Instant, const SnapshotInstalled& fact) {
    NodeView& node = view(fact.node);
    const LogIndex upto = std::min(fact.index, LogIndex{committed_.size()});
    std::uint64_t agreed = 0;
    std::uint64_t differs = std::min(node.last(), upto).value + 1;
    while (agreed + 1 < differs) {
        const std::uint64_t middle = agreed + (differs - agreed) / 2;
        (node.log[middle - 1] == committed_[middle - 1] ? agreed : differs) = middle;
    }
    node.log.cut(agreed);
    while (node.last() < upto) node.log.push_back(committed_[node.last().value]);
    if (!node.recovering) {
        node.installed = fact.index;
        node.replaced_after = LogIndex{agreed};
        node.durable_last = std::min(node.durable_last, node.replaced_after);
    }
    node.commit = std::max(node.commit, fact.index);
    node.applied = fact.index;
    if (node.last() == node.found) node.recovering = false;
}

void Logs::on(Instant, const ConfigurationActivated& fact) {
    NodeView& node = view(fact.node);
    node.members = fact.members;
    node.configured = fact.index;
    if (fact.index <= newest_at_) return;
    newest_ = fact.members;
    newest_at_ = fact.index;
}

// Logs that agree up to an index agree before it, so the first agreement from the end is the last.
LogIndex Logs::committed_part_of(const NodeView& node) const {
    LogIndex upto = std::min(node.last(), LogIndex{committed_.size()});
    while (upto.value > 0 && node.prefix(upto) != committed_[upto.value - 1]) upto = upto - 1;
    return upto;
}

SurvivingHistory Logs::survivor() const {
    const auto rank = [this](const NodeView& node) {
        const NodeId id{static_cast<std::uint32_t>(&node - nodes_.data())};
        return std::tuple(newest_.contains(id), node.running, committed_part_of(node));
    };
    const auto less = [&rank](const NodeView& a, const NodeView& b) { return rank(a) < rank(b); };
    const NodeView& holder = *std::max_element(nodes_.begin(), nodes_.end(), less);
    return {holder, committed_part_of(holder)};
}

}  // namespace shaketable
