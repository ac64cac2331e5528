// SPDX-License-Identifier: MIT
//
// Keeps a monitor that has itself been paused from suspecting everybody.
//
// Intuition: a virtual machine that is frozen for a second wakes up to timers that are a second
// late and to heartbeats that wait unread in its sockets. Suspicion by the clock would be a mistake
// about all peers at once, on account of the one process that did not run. Lateness tells: if an
// input finds a deadline overdue by more than `max_local_pause`, nothing is held against anybody
// then, nor for one more `max_local_pause`, in which what is queued can be read.
//
// Source: the idea is Cassandra's, which checks once a second and has 5 s. Deadlines are exact
// here, so that the bound may be as short as a heartbeat interval.
//
// Invariant: what is overdue by max_local_pause or less changes nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/base/check.hpp"
#include "core/base/time.hpp"

namespace novacron::detector {

class PauseGuard {
public:
    // REQUIRES: max_local_pause is above 0.
    explicit PauseGuard(Duration max_local_pause) : max_(max_local_pause) {
        check(max_local_pause.ns > 0, "the longest local pause is above 0");
    }

    // An input came now; the host was asked for one at `due`. Tells whether it has been paused.
    bool note(Instant now, Instant due) {
        if (due == Instant::never() || now <= due || now - due <= max_) return false;
        quiet_until_ = now + max_;
        return true;
    }
    // Whether nobody may be suspected yet.
    bool quiet(Instant now) const { return now <= quiet_until_; }
    // The clock has been set back: what it said before means nothing now.
    void forget() { quiet_until_ = kLongAgo; }
    // A deadline of suspicion, put off to when it may be raised.
    Instant put_off(Instant deadline) const {
        return std::max(deadline, quiet_until_ + nanoseconds(1));
    }

private:
    static constexpr Instant kLongAgo{std::numeric_limits<std::int64_t>::min()};

    Duration max_;
    Instant quiet_until_ = kLongAgo;
};

}  // namespace novacron::detector
