// SPDX-License-Identifier: MIT
//
// What can be done to messages besides cutting, delaying, losing, doubling and shuffling them.
//
// All of them are about messages to or from the target.
#pragma once

#include <cstdint>

#include "sim/engine/distribution.hpp"
#include "sim/net/bottleneck.hpp"
#include "sim/net/burst_loss.hpp"

namespace shaketable {

// Each takes longer by a time of its own, so that later ones overtake earlier ones.
struct NetworkJitter {
    DistributionOptions latency;
    friend bool operator==(const NetworkJitter&, const NetworkJitter&) = default;
};
// They are lost in bursts.
struct NetworkBurstLoss {
    BurstLossOptions options;
    friend bool operator==(const NetworkBurstLoss&, const NetworkBurstLoss&) = default;
};
// Some of the bytes of each are changed on the way with this probability.
struct NetworkCorrupt {
    double probability;  // 0 .. 1
    friend bool operator==(const NetworkCorrupt&, const NetworkCorrupt&) = default;
};
// The target's line to the network carries so much, and keeps so much waiting.
struct NetworkBandwidth {
    BottleneckOptions options;
    friend bool operator==(const NetworkBandwidth&, const NetworkBandwidth&) = default;
};
// None arrives before the fault has ended; then all do, in the order in which they were sent.
struct NetworkHold {
    friend bool operator==(const NetworkHold&, const NetworkHold&) = default;
};
// The target is cut off for one time, connected for another, and so on.
struct NetworkFlap {
    Duration down;  // above 0
    Duration up;    // above 0
    friend bool operator==(const NetworkFlap&, const NetworkFlap&) = default;
};
// The nodes of the target are cut off one after the other, and healed one after the other in
// another order, both drawn; then it begins anew.
struct NetworkSwizzle {
    Duration step;  // from one node to the next; above 0
    friend bool operator==(const NetworkSwizzle&, const NetworkSwizzle&) = default;
};

}  // namespace shaketable
