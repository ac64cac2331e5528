// SPDX-License-Identifier: MIT
//
// A host's own clock: it may be off, and it may run fast or slow.
//
// Intuition: local = offset + true * (1 + drift). All in integers, so that converting there and
// back never loses a deadline: the true time of a local deadline is the *first* nanosecond at which
// the host's clock shows it.
//
// Invariant: local_at(true_at(l)) >= l > local_at(true_at(l) - 1 ns).
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
    // REQUIRES: drift within +- 10^8.
    HostClock(Duration offset, std::int64_t drift_ppb)
        : offset_(offset), rate_(kBillion + drift_ppb) {
        novacron::check(drift_ppb >= -kBillion / 10 && drift_ppb <= kBillion / 10,
                        "a clock's drift is within 10 percent");
    }

    // REQUIRES: not before the start of the run.
    Instant local_at(Instant true_time) const {
        if (rate_ == kBillion) return true_time + offset_;
        return Instant{scale(true_time.ns, rate_, kBillion)} + offset_;
    }

    // The first true instant at which this clock shows `local` or more; never, for never.
    Instant true_at(Instant local) const {
        if (local == Instant::never()) return local;
        const Instant elapsed = local - offset_;
        if (elapsed.ns <= 0) return Instant{0};
        if (rate_ == kBillion) return elapsed;
        // ceil(elapsed * 10^9 / rate)
        const auto product = static_cast<Wide>(elapsed.ns) * kBillion;
        return Instant{static_cast<std::int64_t>((product + rate_ - 1) / rate_)};
    }

private:
    using Wide = novacron::Wide;
    static constexpr std::int64_t kBillion = 1'000'000'000;

    static std::int64_t scale(std::int64_t value, std::int64_t by, std::int64_t over) {
        return static_cast<std::int64_t>(static_cast<Wide>(value) * by / over);
    }

    Duration offset_;
    std::int64_t rate_;  // local nanoseconds in 10^9 true ones
};

}  // namespace shaketable
