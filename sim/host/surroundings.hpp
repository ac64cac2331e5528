// SPDX-License-Identifier: MIT
//
// What a simulated machine stands among: the queue of events, the record, the network.
#pragma once

#include "sim/engine/distribution.hpp"
#include "sim/host/process_neighbour.hpp"
#include "sim/net/network.hpp"

namespace shaketable {

// The machine's surroundings; all outlive it.
struct Surroundings {
    EventQueue& queue;
    Record& record;
    Receipts& receipts;
    Network& network;
    const Distribution& sync_latency;
    ProcessNeighbour* neighbour = nullptr;  // nobody
};

}  // namespace shaketable
