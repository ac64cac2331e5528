// SPDX-License-Identifier: MIT
//
// How well nodes watch one another: a fold of their opinions beside the truth, by the definitions
// of core/detector/quality.hpp, for every ordered pair of watcher and watched.
//
// The truth, of a peer for its watcher:
//   down         its process does not run, from the fact that it stopped to the fact that it serves
//   unreachable  it is paused, or the way from it to the watcher is cut: to suspect it is right,
//                but it is neither a detection of a crash nor a mistake
//   well         else; slow, lossy and narrow ways excuse nobody: they are what a detector must
//                tell from death
//
// A watcher that does not run has no opinions; it begins anew, trusting, when it starts. One that
// is paused keeps those it had. What is behind it when it wakes up counts, mistakes included.
//
// Counted is what happens from `from` on; a peer that was down then is not to be detected any more.
// With SWIM a peer that can't be reached directly may be trusted through others; it counts as
// unreachable all the same.
//
// Invariant: asking changes nothing.
#pragma once

#include <optional>
#include <vector>

#include "core/detector/quality.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

struct DetectionQuality {
    novacron::detector::Quality pairs;
    std::uint64_t convictions = 0;  // peers given up that were well
};

class Detection final
    : public ListensTo<NodeStarted, NodeStopped, NodePaused, NodeResumed, PathChanged,
                       PeerSuspected, PeerTrusted, PeerFailed> {
public:
    Detection(Record& record, std::uint32_t nodes, Instant from);

    // Up to an instant. REQUIRES: not before the last fact.
    DetectionQuality quality(Instant until) const;

private:
    struct Node {
        bool up = false;
        bool paused = false;
    };
    struct Pair {
        bool cut = false;  // the way from the watched to the watcher
        bool suspected = false;
        std::optional<novacron::detector::PairQuality> quality;  // while the watcher runs
    };

    void on(Instant at, const NodeStarted& fact) override;
    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const NodePaused& fact) override;
    void on(Instant at, const NodeResumed& fact) override;
    void on(Instant at, const PathChanged& fact) override;
    void on(Instant at, const PeerSuspected& fact) override;
    void on(Instant at, const PeerTrusted& fact) override;
    void on(Instant at, const PeerFailed& fact) override;

    void begin_if_due(Instant at);
    void watch(Instant at, NodeId watcher, NodeId watched);
    void think(Instant at, NodeId watcher, NodeId watched, bool suspected);
    void tell_truth(Instant at, NodeId watched);
    novacron::detector::Truth truth(NodeId watcher, NodeId watched) const;
    Pair& pair(NodeId watcher, NodeId watched) {
        return pairs_[std::size_t{watcher.value} * nodes_.size() + watched.value];
    }
    const Pair& pair(NodeId watcher, NodeId watched) const {
        return pairs_[std::size_t{watcher.value} * nodes_.size() + watched.value];
    }
    template <class F>
    void each_but(NodeId node, const F& visit) const {
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (i != node.value) visit(NodeId{i});
        }
    }

    Instant from_;
    bool begun_ = false;
    std::vector<Node> nodes_;
    std::vector<Pair> pairs_;  // watcher * nodes + watched
    DetectionQuality quality_;  // of what is over
};

}  // namespace shaketable
