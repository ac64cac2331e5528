// SPDX-License-Identifier: MIT
#include "sim/measure/detection.hpp"

#include <algorithm>

namespace shaketable {

using novacron::detector::Truth;

Detection::Detection(Record& record, std::uint32_t nodes, Instant from)
    : from_(from), nodes_(nodes), pairs_(std::size_t{nodes} * nodes) {
    record.listen(*this);
}

DetectionQuality Detection::quality(Instant until) const {
    DetectionQuality all = quality_;
    if (until < from_) return all;
    if (!begun_) {
        Detection begun = *this;
        begun.begin_if_due(until);
        return begun.quality(until);
    }
    for (const Pair& one : pairs_) {
        if (one.quality) one.quality->finish_into(all.pairs, until);
    }
    return all;
}

Truth Detection::truth(NodeId watcher, NodeId watched) const {
    const Node& node = nodes_[watched.value];
    if (!node.up) return Truth::down;
    return node.paused || pair(watcher, watched).cut ? Truth::unreachable : Truth::well;
}

void Detection::watch(Instant at, NodeId watcher, NodeId watched) {
    Pair& one = pair(watcher, watched);
    one.quality.emplace(quality_.pairs, truth(watcher, watched), at);
    if (one.suspected) one.quality->opinion(at, true);
}

void Detection::begin_if_due(Instant at) {
    if (begun_ || at < from_) return;
    begun_ = true;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (!nodes_[i].up) continue;
        each_but(NodeId{i}, [&](NodeId peer) { watch(from_, NodeId{i}, peer); });
    }
}

void Detection::tell_truth(Instant at, NodeId watched) {
    each_but(watched, [&](NodeId watcher) {
        Pair& one = pair(watcher, watched);
        if (one.quality) one.quality->truth(at, truth(watcher, watched));
    });
}

void Detection::think(Instant at, NodeId watcher, NodeId watched, bool suspected) {
    begin_if_due(at);
    Pair& one = pair(watcher, watched);
    one.suspected = suspected;
    if (one.quality) one.quality->opinion(at, suspected);
}

void Detection::on(Instant at, const NodeStarted& fact) {
    begin_if_due(at);
    nodes_[fact.node.value] = {true, false};
    tell_truth(at, fact.node);
    each_but(fact.node, [&](NodeId peer) {
        pair(fact.node, peer).suspected = false;
        if (begun_) watch(at, fact.node, peer);
    });
}

void Detection::on(Instant at, const NodeStopped& fact) {
    begin_if_due(at);
    nodes_[fact.node.value] = {};
    tell_truth(at, fact.node);
    each_but(fact.node, [&](NodeId peer) {
        Pair& one = pair(fact.node, peer);
        if (one.quality) one.quality->leave(at);
        one.quality.reset();
    });
}

void Detection::on(Instant at, const NodePaused& fact) {
    begin_if_due(at);
    nodes_[fact.node.value].paused = true;
    tell_truth(at, fact.node);
}

void Detection::on(Instant at, const NodeResumed& fact) {
    begin_if_due(at);
    nodes_[fact.node.value].paused = false;
    tell_truth(at, fact.node);
}

void Detection::on(Instant at, const PathChanged& fact) {
    begin_if_due(at);
    Pair& one = pair(fact.to, fact.from);
    one.cut = fact.cut;
    if (one.quality) one.quality->truth(at, truth(fact.to, fact.from));
}

void Detection::on(Instant at, const PeerSuspected& fact) {
    think(at, fact.node, fact.peer, true);
}

void Detection::on(Instant at, const PeerTrusted& fact) { think(at, fact.node, fact.peer, false); }

void Detection::on(Instant at, const PeerFailed& fact) {
    think(at, fact.node, fact.peer, true);
    if (begun_ && truth(fact.node, fact.peer) == Truth::well) ++quality_.convictions;
}

}  // namespace shaketable
