// SPDX-License-Identifier: MIT
//
// What a host takes for the time of day: its own clock's time, moved by what somebody has set.
//
// Intuition: a host's own clock (clock.hpp) only ever goes on. The wall clock is that plus shifts:
// a step moves it at once, a smear in a straight line. Each belongs to somebody who may take it
// back, at once.
//
// Nothing that decides reads it: consensus, detectors and leases go by the own clock alone. It is
// there so that a run can show that they do.
// Units: local time, so that a wall clock drifts and stands still with its host's own.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/time.hpp"
#include "core/base/wide.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

class WallClock {
public:
    // `over` 0: at once. REQUIRES: `over` is 0 or more.
    void shift(std::uint32_t owner, Instant local, Duration by, Duration over) {
        shifts_.push_back({owner, local, by, over});
    }
    void take_back(std::uint32_t owner) {
        std::erase_if(shifts_, [owner](const Shift& shift) { return shift.owner == owner; });
    }

    // What it shows when the own clock shows `local`. REQUIRES: not before an earlier shift.
    Instant at(Instant local) const {
        Instant shown = local;
        for (const Shift& shift : shifts_) shown = shown + so_far(shift, local - shift.since);
        return shown;
    }

private:
    struct Shift {
        std::uint32_t owner;
        Instant since;
        Duration by;
        Duration over;
    };

    static Duration so_far(const Shift& shift, Duration elapsed) {
        if (elapsed >= shift.over) return shift.by;
        const auto product = static_cast<novacron::Wide>(shift.by.ns) * elapsed.ns;
        return Duration{static_cast<std::int64_t>(product / shift.over.ns)};
    }

    std::vector<Shift> shifts_;
};

}  // namespace shaketable
