// SPDX-License-Identifier: MIT
//
// When things happen in a scenario, as far as that can be known before a seed is drawn.
//
// Intuition: every time is a constant plus some draws, each uniform between 0 and its own spread:
// the fault's own draw, and those of the faults it is anchored to. So the earliest and the latest
// value of a time, and of the difference of two, are exact: draws that both times share cancel out.
// Only `faults.end`, the latest of many times, is no sum of draws: it counts as one draw of its own
// between its earliest and its latest.
//
// When an alert fires is not known at all before the run: it counts as one draw of its own from the
// start of the run on, without a bound to speak of, and what hangs on it says so.
//
// Invariant: for every seed a time lies between its earliest and its latest.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/fault/faults.hpp"
#include "sim/fault/schedule.hpp"
#include "sim/scenario/node.hpp"

namespace shaketable {

struct TimeBounds {
    struct Draw {
        std::uint32_t source;  // which draw it is: twice the fault's index, plus one for its
                               // end; behind all of them that of faults.end, then those
                               // of alerts
        std::int64_t spread;
    };
    std::int64_t constant = 0;
    std::vector<Draw> draws;  // ascending by source
    bool on_alert = false;    // it hangs on an alert, and may never come

    Instant earliest() const { return {constant}; }
    Instant latest() const;
};

// The least that `later` can lie behind `earlier`; negative if it can lie before.
Duration least_gap(const TimeBounds& earlier, const TimeBounds& later);

struct FaultTimes {
    std::optional<TimeBounds> start;
    std::optional<TimeBounds> end;  // nothing: permanent, or not known because of an error
};

// A fault as far as it could be read, with the nodes of the file that its times stand in.
struct Planned {
    std::string id;
    std::optional<When> start;
    std::optional<When> end;
    Diagnostic at_start;  // where to report on its start, and on its end
    Diagnostic at_end;
};

// The times of all faults. Times that hang on each other in a circle are reported, once a circle,
// and left out.
std::vector<FaultTimes> plan_times(const std::vector<Planned>& faults, Instant warmup_end,
                                   Diagnostics& diagnostics);

}  // namespace shaketable
