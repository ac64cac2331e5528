// SPDX-License-Identifier: MIT
//
// A host's own clock: it may be off, and it may run fast or slow, now more and now less.
//
// Intuition: local = offset + true * (1 + drift). All in integers, so that converting there and
// back never loses a deadline: the true time of a local deadline is the *first* nanosecond at which
// the host's clock shows it. When the drift changes, the clock goes on from what it shows then. It
// may also stand still for a while: then what it does not show yet it never shows.
//
// Invariants, of times since the drift changed last, the start of the run if it never did:
//   (1) local_at(true_at(l)) >= l > local_at(true_at(l) - 1 ns), unless that is never. (2) it never
//       goes backwards.
// Units: drift in parts per 10^9; a drift of 50 ppm is 50'000.
#pragma once

#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/time.hpp"
#include "core/base/wide.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

class HostClock {
public:
    static constexpr std::int64_t kMostDrift = 100'000'000;

    // REQUIRES: drift within +- kMostDrift, here and below.
    HostClock(Duration offset, std::int64_t drift_ppb)
        : local_base_(Instant{} + offset), rate_(rate_of(drift_ppb)) {}

    // From now on it drifts like this. REQUIRES: now is not before an earlier change.
    void set_drift(Instant now, std::int64_t drift_ppb) {
        local_base_ = local_at(now);
        true_base_ = now;
        rate_ = rate_of(drift_ppb);
    }

    // From now on it stands still, until a drift is set. REQUIRES: as above.
    void stop(Instant now) {
        local_base_ = local_at(now);
        true_base_ = now;
        rate_ = 0;
    }

    // REQUIRES: not before the start of the run, or the last change.
    Instant local_at(Instant true_time) const {
        const Duration elapsed = true_time - true_base_;
        if (rate_ == kBillion) return local_base_ + elapsed;
        return local_base_ + Duration{scale(elapsed.ns, rate_, kBillion)};
    }

    // The first true instant at which this clock shows `local` or more, the last change if it was
    // before that; never, for never.
    Instant true_at(Instant local) const {
        if (local == Instant::never()) return local;
        const Duration elapsed = local - local_base_;
        if (elapsed.ns <= 0) return true_base_;
        if (rate_ == kBillion) return true_base_ + elapsed;
        if (rate_ == 0) return Instant::never();
        // ceil(elapsed * 10^9 / rate)
        const auto product = static_cast<Wide>(elapsed.ns) * kBillion;
        return true_base_ + Duration{static_cast<std::int64_t>((product + rate_ - 1) / rate_)};
    }

private:
    using Wide = novacron::Wide;
    static constexpr std::int64_t kBillion = 1'000'000'000;

    static std::int64_t rate_of(std::int64_t drift_ppb) {
        novacron::check(drift_ppb >= -kMostDrift && drift_ppb <= kMostDrift,
                        "a clock's drift is within 10 percent");
        return kBillion + drift_ppb;
    }
    static std::int64_t scale(std::int64_t value, std::int64_t by, std::int64_t over) {
        return static_cast<std::int64_t>(static_cast<Wide>(value) * by / over);
    }

    Instant true_base_{};  // the last change
    Instant local_base_;   // what it showed then
    std::int64_t rate_;    // local nanoseconds in 10^9 true ones; 0: it stands still
};

}  // namespace shaketable
