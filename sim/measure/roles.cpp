// SPDX-License-Identifier: MIT
#include "sim/measure/roles.hpp"

namespace shaketable {

RoleHistory::RoleHistory(Record& record, std::size_t nodes)
    : nodes_(nodes, std::vector<RoleSpan>(1)), before_pause_(nodes) {
    record.listen(*this);
}

void RoleHistory::on(Instant at, const NodeStarted& fact) {
    enter(fact.node, {at, Standing::follower, fact.term});
}

void RoleHistory::on(Instant at, const NodeStopped& fact) {
    enter(fact.node, {at, Standing::down, nodes_[fact.node.value].back().term});
}

void RoleHistory::on(Instant at, const NodePaused& fact) {
    const RoleSpan before = nodes_[fact.node.value].back();
    before_pause_[fact.node.value] = before;
    enter(fact.node, {at, Standing::paused, before.term});
}

void RoleHistory::on(Instant at, const NodeResumed& fact) {
    const RoleSpan& before = before_pause_[fact.node.value];
    enter(fact.node, {at, before.standing, before.term});
}

void RoleHistory::on(Instant at, const RoleChanged& fact) {
    enter(fact.node, {at, static_cast<Standing>(fact.role), fact.term});
}

void RoleHistory::enter(NodeId node, const RoleSpan& span) {
    std::vector<RoleSpan>& spans = nodes_[node.value];
    if (spans.back().start == span.start) spans.pop_back();
    const auto goes_on = [&span](const RoleSpan& last) {
        return span.standing == last.standing &&
               (span.standing == Standing::follower || span.term == last.term);
    };
    if (spans.empty() || !goes_on(spans.back())) spans.push_back(span);
}

}  // namespace shaketable
