// SPDX-License-Identifier: MIT
//
// What a fault does to the paths it covers.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/base/random.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/net/bottleneck.hpp"
#include "sim/net/burst_loss.hpp"
#include "sim/net/chance.hpp"
#include "sim/net/flapping.hpp"
#include "sim/net/swizzle.hpp"
#include "sim/record/facts.hpp"

namespace shaketable {

struct PathRule {
    enum class Action : std::uint8_t {
        drop, lose, delay, duplicate, reorder, jitter, corrupt, hold,
        by_model  // what the model says
    };
    using Model = std::variant<std::monostate, BurstLoss, Bottleneck, Flapping, Swizzle>;

    FaultId fault;
    Action action = Action::drop;
    Chance chance;                          // of lose, duplicate, reorder and corrupt
    const Distribution* latency = nullptr;  // of delay and jitter; outlives the rule
    std::vector<bool> covers;               // by path: from * hosts + to
    Random random;                          // the fault's own stream
    Model model = {};
    Random watch_random = random.fork("watch");  // what detectors' messages draw from

    bool weighs() const { return std::holds_alternative<Bottleneck>(model); }
};

}  // namespace shaketable
