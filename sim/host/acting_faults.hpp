// SPDX-License-Identifier: MIT
//
// What a host remembers of the faults that act on it.
#pragma once

#include <cstdint>

#include "sim/host/kill_point.hpp"
#include "sim/record/facts.hpp"

namespace shaketable::acting {

struct Drift {
    FaultId fault;
    std::int64_t ppb;
};
// The process is stopped so long after each start.
struct Doom {
    FaultId fault;
    Duration after;
    StopCause cause;
};
struct Kill {
    FaultId fault;
    KillPoint point;
};
struct Hog {
    FaultId fault;
    Duration cost;
};
struct Limit {
    FaultId fault;
    std::uint32_t connections;
};
// What a process dies of in the middle of what it does.
struct Death {
    FaultId fault;
    StopCause cause;
};

}  // namespace shaketable::acting
