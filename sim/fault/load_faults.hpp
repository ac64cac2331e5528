// SPDX-License-Identifier: MIT
//
// What users can do to a cluster: ask more of it than usual, or all of them the same.
//
// The target is a set of workloads. What comes in addition comes from streams of its own, so that
// the usual operations stay as they are: they have the same times and keys as without the fault.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;

// Clients in a closed loop do not ask at a rate of theirs. What happens to them instead: there are
// so many times as many, or each of them thinks so many times shorter.
enum class ClosedLoopSurge : std::uint8_t { more_clients, less_thought };

// Operations come so many times as often.
struct LoadSpike {
    double factor;  // above 1
    ClosedLoopSurge closed_loop = ClosedLoopSurge::more_clients;
    friend bool operator==(const LoadSpike&, const LoadSpike&) = default;
};
// The rate grows in a straight line up to so many times the usual, and then stays there.
struct LoadRamp {
    double factor;  // above 1
    Duration over;  // above 0
    ClosedLoopSurge closed_loop = ClosedLoopSurge::more_clients;
    friend bool operator==(const LoadRamp&, const LoadRamp&) = default;
};
// This share of the operations goes to one key, drawn when the fault strikes.
struct LoadHotKey {
    double share;  // 0 .. 1
    friend bool operator==(const LoadHotKey&, const LoadHotKey&) = default;
};
// So many operations come in addition, all at one instant. Done at once.
struct LoadHerd {
    std::uint32_t operations;  // of each workload, at least 1
    friend bool operator==(const LoadHerd&, const LoadHerd&) = default;
};

}  // namespace shaketable
