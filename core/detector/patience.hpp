// SPDX-License-Identifier: MIT
//
// How long a silence is borne: the last instants at which a heartbeat still comes in time.
//
// Intuition: a detector is asked once, after each heartbeat, when its patience ends. A heartbeat at
// that very instant wins over the suspicion, in whichever order its host sees the two: so a status
// changes a nanosecond later, and only if nothing has come.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace novacron::detector {

enum class Status : std::uint8_t { trusted, suspected, failed };

struct Patience {
    Instant suspected = Instant::never();  // the peer is suspected when this has passed
    Instant failed = Instant::never();     // and failed when this has; not before the other

    Status status(Instant now) const {
        if (now > failed) return Status::failed;
        return now > suspected ? Status::suspected : Status::trusted;
    }
    // The first instant at which the status is another than now, if nothing is heard.
    Instant next_change(Instant now) const {
        if (now <= suspected) return next_to(suspected);
        return now <= failed ? next_to(failed) : Instant::never();
    }
    friend bool operator==(const Patience&, const Patience&) = default;

private:
    static Instant next_to(Instant t) { return t == Instant::never() ? t : t + nanoseconds(1); }
};

}  // namespace novacron::detector
