// SPDX-License-Identifier: MIT
//
// Everybody watches everybody: a heartbeat to each peer every interval, and an estimator for each.
//
// Cost. A heartbeat that arrives moves one deadline and touches nothing else. Deadlines stand in a
// heap with one entry a peer, which is not moved when its deadline is put off, only when that turns
// out at the top: once per patience and peer, whatever the number of heartbeats. So an arrival
// costs constant time, and a timer the logarithm of the number of peers.
//
// Sequence numbers count intervals since this watch began, sent or not: a sender that could not run
// for five intervals goes on with a number that is five higher. So a receiver may take differences
// of numbers for differences of sending times (Chen's estimator does).
//
// A clock that goes back: the schedule goes on from there, and silence of those who are trusted
// counts from then.
//
// Invariants: (1) a peer that sends nothing is suspected a nanosecond after its patience ends,
//             unless this host was paused. (2) one heartbeat an interval and peer, at most.
#pragma once

#include <cstdint>
#include <vector>

#include "core/detector/failure_detector.hpp"
#include "core/detector/pause_guard.hpp"
#include "core/detector/peer_detector.hpp"

namespace novacron::detector {

struct HeartbeatWatchOptions {
    EstimatorOptions estimator = PhiOptions{};
    Duration heartbeat_interval = milliseconds(50);  // at which we send; above 0
    Duration max_local_pause = milliseconds(50);     // see pause_guard.hpp; above 0
};

class HeartbeatWatch final : public FailureDetector {
public:
    // Peers may be any but oneself, each once. REQUIRES: options within the bounds stated above.
    HeartbeatWatch(NodeId self, std::uint64_t incarnation, std::vector<NodeId> peers,
                   const HeartbeatWatchOptions& options, Instant now);

    void on_message(Instant now, const Message& message) override;
    void on_time(Instant now) override;
    Instant next_deadline() const override;
    Status status(NodeId peer) const override { return watched(peer).detector.status(); }
    double suspicion(NodeId peer, Instant now) const override {
        return watched(peer).detector.suspicion(now);
    }
    // REQUIRES: the peer is watched.
    const PeerDetector& detector(NodeId peer) const { return watched(peer).detector; }

private:
    struct Watched {
        NodeId peer;
        PeerDetector detector;
    };
    // When to look at a peer: at its deadline, or before.
    struct Look {
        Instant at;
        std::size_t place;  // of the peer

        friend bool operator<(const Look& a, const Look& b) {  // the earliest on top
            return a.at != b.at ? a.at > b.at : a.place > b.place;
        }
    };

    void note_time(Instant now);
    void step_back(Instant now);
    void send_heartbeats(Instant now);
    void look(Instant now);
    void arm(std::size_t place, Instant at);
    void tell(Instant now, NodeId peer, Status before, Status after);
    std::size_t place_of(NodeId peer) const;
    const Watched& watched(NodeId peer) const;

    NodeId self_;
    std::uint64_t incarnation_;
    Duration interval_;
    std::vector<Watched> watched_;  // by peer
    PauseGuard guard_;
    Instant now_;  // of the newest input
    Instant began_;
    Instant next_heartbeat_;
    std::vector<Look> looks_;       // a heap; at most one of each peer is current
    std::vector<Instant> look_at_;  // the current one, by place; never: none
};

}  // namespace novacron::detector
