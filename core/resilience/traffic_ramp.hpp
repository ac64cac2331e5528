// SPDX-License-Identifier: MIT
//
// Traffic let back in by steps, each of which must prove itself before the next.
//
// Intuition: the full load, let in at once after an outage, meets cold caches and empty pools, and
// is the next outage. A step goes on when `gate` has passed and the health check is good.
//
// On a bad check, hold stays at the present step, for ever: that is what a script does that leaves
// its loop with `break`. rollback goes back to `fallback_percent`, and may be started again.
//
// Invariant: the percentage rises by one step at a time, a gate apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/time.hpp"

namespace novacron::resilience {

struct TrafficRampOptions {
    enum class OnFail : std::uint8_t { hold, rollback };

    std::vector<std::uint32_t> percents = {10, 25, 50, 75, 100};  // rising, 100 at most, not empty
    Duration gate = seconds(60);                                  // above 0
    OnFail on_fail = OnFail::rollback;
    std::uint32_t fallback_percent = 0;  // rollback: 0 .. 100

    friend bool operator==(const TrafficRampOptions&, const TrafficRampOptions&) = default;
};

class TrafficRamp {
public:
    enum class State : std::uint8_t { rising, done, failed };

    // The first step begins now. REQUIRES: options within the bounds stated above.
    TrafficRamp(const TrafficRampOptions& options, Instant now)
        : options_(options), next_(now + options.gate), percent_(0) {
        check(!options.percents.empty() && options.gate.ns > 0 && options.fallback_percent <= 100,
              "a ramp has a step, and a gate above 0");
        for (const std::uint32_t percent : options.percents) {
            check(percent > percent_ && percent <= 100, "a ramp rises, to 100 percent at most");
            percent_ = percent;
        }
        percent_ = options.percents.front();
    }

    // When a health check is wanted.
    Instant next_deadline() const { return next_; }
    // The check of the present step. Before its gate has passed it says nothing.
    void checked(Instant now, bool healthy) {
        if (state_ != State::rising || now < next_) return;
        if (!healthy) {
            state_ = State::failed;
            next_ = Instant::never();
            if (options_.on_fail == TrafficRampOptions::OnFail::rollback) {
                percent_ = options_.fallback_percent;
            }
        } else if (++step_ == options_.percents.size()) {
            state_ = State::done;
            next_ = Instant::never();
        } else {
            percent_ = options_.percents[step_];
            next_ = now + options_.gate;
        }
    }
    State state() const { return state_; }
    std::uint32_t percent() const { return percent_; }

private:
    TrafficRampOptions options_;
    Instant next_;
    std::size_t step_ = 0;
    std::uint32_t percent_;
    State state_ = State::rising;
};

}  // namespace novacron::resilience
