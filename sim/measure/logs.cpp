// SPDX-License-Identifier: MIT
#include "sim/measure/logs.hpp"

#include <algorithm>

namespace shaketable {

Logs::Logs(Record& record, std::uint32_t nodes) : nodes_(nodes) {
    record.subscribe<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged, EntryAppended,
                     LogTruncated, Persisted, CommitAdvanced, EntryApplied>(*this);
}

void Logs::on_fact(Instant, const Fact& fact) {
    if (const auto* appended = std::get_if<EntryAppended>(&fact)) {
        NodeView& node = nodes_[appended->node.value];
        const std::uint64_t before = node.chain(node.last());
        node.log.push_back({appended->term, appended->content,
                            chain_link(before, appended->term, appended->content)});
        if (node.last() == node.found) node.recovering = false;
    } else if (const auto* applied = std::get_if<EntryApplied>(&fact)) {
        nodes_[applied->node.value].applied = applied->index;
    } else if (const auto* persisted = std::get_if<Persisted>(&fact)) {
        NodeView& node = nodes_[persisted->node.value];
        node.durable_term = persisted->term;
        node.durable_vote = persisted->vote;
        node.durable_last = persisted->last;
    } else if (const auto* committed = std::get_if<CommitAdvanced>(&fact)) {
        nodes_[committed->node.value].commit = committed->index;
    } else if (const auto* role = std::get_if<RoleChanged>(&fact)) {
        NodeView& node = nodes_[role->node.value];
        node.role = role->role;
        node.term = role->term;
        node.vote = role->vote;
    } else if (const auto* truncated = std::get_if<LogTruncated>(&fact)) {
        NodeView& node = nodes_[truncated->node.value];
        node.log.resize(std::min<std::size_t>(node.log.size(), truncated->from.value - 1));
        node.durable_last = std::min(node.durable_last, node.last());
    } else if (const auto* started = std::get_if<NodeStarted>(&fact)) {
        NodeView& node = nodes_[started->node.value];
        node.running = true;
        node.role = novacron::raft::Role::follower;
        node.term = started->term;
        node.vote = started->vote;
        node.log.clear();
        node.found = started->last;
        node.recovering = started->last.value > 0;
        node.durable_last = std::min(node.durable_last, started->last);
        node.commit = LogIndex{};
        node.applied = LogIndex{};
    } else if (const auto* stopped = std::get_if<NodeStopped>(&fact)) {
        nodes_[stopped->node.value].running = false;
        nodes_[stopped->node.value].paused = false;
    } else if (const auto* paused = std::get_if<NodePaused>(&fact)) {
        nodes_[paused->node.value].paused = true;
    } else if (const auto* resumed = std::get_if<NodeResumed>(&fact)) {
        nodes_[resumed->node.value].paused = false;
    }
}

const NodeView& Logs::survivor() const {
    const auto less = [](const NodeView& a, const NodeView& b) {
        return std::pair(a.running, a.commit) < std::pair(b.running, b.commit);
    };
    return *std::max_element(nodes_.begin(), nodes_.end(), less);
}

}  // namespace shaketable
