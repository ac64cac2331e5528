// SPDX-License-Identifier: MIT
//
// Faults that act on services now, as the engine keeps them until they end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/random.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/net/chance.hpp"
#include "sim/record/facts.hpp"

namespace shaketable {

using novacron::Random;

// A fault of a dependency.
struct EdgeFault {
    enum class Kind : std::uint8_t { errors, latency, black_hole };
    FaultId fault;
    Kind kind;
    std::vector<bool> covers;
    Chance chance;
    const Distribution* latency;
    Random random;
};
struct ServiceFault {
    enum class Kind : std::uint8_t { stuck_workers, descriptor_limit };
    FaultId fault;
    Kind kind;
    std::uint32_t service;
    std::uint32_t number;
};

// What a fault adds to a closed loop.
struct ClosedLoopGrowth {
    FaultId fault;
    std::uint32_t population;
    std::optional<Random> thoughts;  // of the clients that came; nothing: none did
    double factor;                   // by which thoughts are shorter in the end
    Instant start;
    Duration over;
};

}  // namespace shaketable
