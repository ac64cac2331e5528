// SPDX-License-Identifier: MIT
//
// When an answer stops being of use, and how that knowledge travels with a call.
//
// Intuition: a caller that has given up still costs its callees work, and theirs. If each hop knows
// what is left of the caller's time, it refuses what it can't finish and asks its own callees for
// no longer than that.
//
// On the wire goes what is *left*, not the instant: clocks of two hosts show different times, but
// pass at the same rate. What the message itself takes is not seen by the receiver, whose deadline
// is therefore later than the sender's by the latency of one way: late by that, never early.
//
// Invariant: a child's deadline is never later than its parent's.
#pragma once

#include <algorithm>

#include "core/base/time.hpp"

namespace novacron::resilience {

class Deadline {
public:
    // Never.
    constexpr Deadline() = default;
    constexpr explicit Deadline(Instant at) : at_(at) {}
    static constexpr Deadline after(Instant now, Duration left) {
        return left.ns >= Instant::never().ns - std::max<std::int64_t>(now.ns, 0)
                   ? Deadline{}
                   : Deadline{now + left};
    }

    constexpr Instant at() const { return at_; }
    constexpr bool is_never() const { return at_ == Instant::never(); }
    // An answer at the very instant is in time.
    constexpr bool passed(Instant now) const { return now > at_; }
    // What goes on the wire; 0 if none is left.
    constexpr Duration left(Instant now) const {
        if (is_never()) return Duration{at_.ns};
        return std::max(Duration{}, at_ - now);
    }
    // Whether what takes at least so long can be done in time. If not, don't begin.
    constexpr bool allows(Instant now, Duration least) const { return left(now) >= least; }
    // For a call that is made on the way: its own timeout, but never beyond what is left, less
    // `reserve` for what is still to be done with its answer.
    constexpr Deadline child(Instant now, Duration timeout, Duration reserve = {}) const {
        const Deadline own = after(now, timeout);
        return is_never() ? own : Deadline{std::min(own.at_, at_ - reserve)};
    }

private:
    Instant at_ = Instant::never();
};

}  // namespace novacron::resilience
