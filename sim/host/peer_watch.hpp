// SPDX-License-Identifier: MIT
//
// What a node thinks of the others: a failure detector (core/detector) in a simulated process.
//
// Intuition: the detector lives and dies with its host's process, goes by its host's clock, and its
// messages travel the network. What it thinks becomes facts when that changes, and nothing else
// hangs on it: consensus has timers of its own.
//
// The host decides when an input gets its turn (it may be paused, or have no time) and hands it on;
// what the detector wants to be woken for comes to the host as the event it chose.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/detector/options.hpp"
#include "sim/engine/clock.hpp"
#include "sim/engine/timer.hpp"
#include "sim/net/network.hpp"

namespace shaketable {

struct PeerWatchOptions {
    std::uint32_t nodes = 0;  // everybody watches everybody of them
    novacron::detector::DetectorOptions detector;
};

// All outlive it.
struct PeerWatchParts {
    EventQueue& queue;
    Record& record;
    Network& network;
    const HostClock& clock;
};

class PeerWatch {
public:
    // `wake` is the event that comes back to `due`.
    PeerWatch(NodeId self, PeerWatchOptions options, PeerWatchParts parts, const Random& random,
              Event wake);

    // A life of the process, counted from 1.
    void begin(std::uint64_t life);
    void end();

    // REQUIRES of these: the process lives.
    void take(const novacron::detector::Message& message);
    void on_time();
    // The host's clock runs otherwise now.
    void arm();

    // How far the peer is suspected: 1 at the instant from which it is. Nothing without a process.
    std::optional<double> suspicion(novacron::NodeId peer) const {
        if (detector_ == nullptr) return std::nullopt;
        return detector_->suspicion(peer, local_now());
    }

    // Whether the event is what the detector waits for.
    [[nodiscard]] bool due() { return wake_.due(parts_.queue.now()); }

private:
    Instant local_now() const { return parts_.clock.local_at(parts_.queue.now()); }
    void carry_out();

    NodeId self_;
    PeerWatchOptions options_;
    PeerWatchParts parts_;
    Random random_;
    Timer wake_;
    std::unique_ptr<novacron::detector::FailureDetector> detector_;  // of this life
};

}  // namespace shaketable
