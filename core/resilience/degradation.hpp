// SPDX-License-Identifier: MIT
//
// Levels of degradation: what a service gives up, step by step, to keep doing what matters.
//
// Intuition: a level is a bundle of decisions made in peace: whose requests are admitted, whether
// features that nobody needs to live are on, how much work is put into an answer. Load decides
// which holds, and an operator may.
//
//   level      admits                   features   work
//   normal     all                      on         100 %
//   reduced    all but background       on          80 %
//   essential  all but background       off         60 %
//   emergency  critical only            off         40 %
//
// Up at once, as far as the pressure asks for; down one level at a time, and only when the pressure
// has been below that level's `leave` for `min_dwell`, again for each level. Leave lies below
// enter: without that, the relief that a level brings ends the level, and brings the load back.
//
// Pressure is the caller's measure, in percent; utilisation or the share of a wait, say.
//
// Invariants: (1) a higher pressure never gives a lower level at once. (2) two steps down are at
//             least min_dwell apart. (3) a level set by hand stays until released.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/check.hpp"
#include "core/base/time.hpp"
#include "core/resilience/criticality.hpp"

namespace novacron::resilience {

enum class DegradationLevel : std::uint8_t { normal, reduced, essential, emergency };

struct DegradationOptions {
    struct Step {
        std::uint32_t enter = 0;  // at this pressure or above
        std::uint32_t leave = 0;  // below this; below `enter`

        friend bool operator==(const Step&, const Step&) = default;
    };
    Step reduced{80, 70};  // enter and leave rise from level to level
    Step essential{90, 80};
    Step emergency{97, 90};
    Duration min_dwell = seconds(30);  // 0 or more

    friend bool operator==(const DegradationOptions&, const DegradationOptions&) = default;
};

// What a level means.
struct Degraded {
    Criticality least;  // of the requests that are admitted
    bool features;      // those of the category non-critical
    std::uint32_t work_percent;
};
constexpr Degraded degraded_at(DegradationLevel level) {
    switch (level) {
        case DegradationLevel::normal: return {Criticality::background, true, 100};
        case DegradationLevel::reduced: return {Criticality::standard, true, 80};
        case DegradationLevel::essential: return {Criticality::standard, false, 60};
        case DegradationLevel::emergency: return {Criticality::critical, false, 40};
    }
    return {Criticality::critical, false, 40};
}

class Degradation {
public:
    // REQUIRES: options within the bounds stated above.
    explicit Degradation(const DegradationOptions& options) : options_(options) {
        for (std::size_t i = 1; i <= 3; ++i) {
            check(step(i).leave < step(i).enter, "a level is left below where it is entered");
            check(i == 1 ||
                      (step(i).enter >= step(i - 1).enter && step(i).leave >= step(i - 1).leave),
                  "thresholds rise from level to level");
        }
        check(options.min_dwell.ns >= 0, "a dwell is not negative");
    }

    // The pressure is this now.
    DegradationLevel observe(Instant now, std::uint32_t pressure) {
        std::size_t wanted = 0;
        for (std::size_t i = 1; i <= 3; ++i) {
            if (pressure >= step(i).enter) wanted = i;
        }
        if (wanted > level_) {
            level_ = wanted;
            below_since_.reset();
        } else if (level_ > 0 && pressure < step(level_).leave) {
            if (!below_since_ || now < *below_since_) below_since_ = now;
            if (now - *below_since_ >= options_.min_dwell) {
                --level_;
                below_since_ = now;  // the dwell of the next step begins
                if (level_ == 0 || pressure >= step(level_).leave) below_since_.reset();
            }
        } else {
            below_since_.reset();
        }
        return level();
    }
    // An operator's wish, until it is released. Again is no other than once.
    void set(DegradationLevel level) { by_hand_ = level; }
    void release() { by_hand_.reset(); }

    DegradationLevel level() const {
        return by_hand_ ? *by_hand_ : static_cast<DegradationLevel>(level_);
    }
    bool admits(Criticality criticality) const { return criticality <= meaning().least; }
    Degraded meaning() const { return degraded_at(level()); }

private:
    const DegradationOptions::Step& step(std::size_t level) const {
        return level == 1 ? options_.reduced : level == 2 ? options_.essential : options_.emergency;
    }

    DegradationOptions options_;
    std::size_t level_ = 0;
    std::optional<Instant> below_since_;
    std::optional<DegradationLevel> by_hand_;
};

}  // namespace novacron::resilience
