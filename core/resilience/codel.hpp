// SPDX-License-Identifier: MIT
//
// CoDel: when to drop from a queue, by how long what leaves it has waited.
//
// Intuition: a queue that is long for a moment absorbs a burst; one that never gets short is a
// delay that serves nobody. So not the length counts, but the *least* wait over an interval: as
// long as that is above the target, drop, and ever more often, until it is below.
//
// Formula: dropping begins when waits have stayed above `target` for `interval`; the n-th drop
// comes interval / sqrt(n) after the one before. If dropping ended only lately (16 intervals), it
// begins where it left off.
//
// Asked once for everything that is taken from the queue, in order; to refuse what is dropped, and
// take the next, is up to the caller.
//
// Invariants: (1) nothing is dropped before waits were above the target for an interval. (2) the
//             last in the queue is never dropped. (3) what has waited less than the target isn't.
// Source: RFC 8289, sections 5.3 to 5.5, asked by item instead of by loop.
#pragma once

#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/math.hpp"
#include "core/base/time.hpp"

namespace novacron::resilience {

struct CodelOptions {
    Duration target = milliseconds(5);      // above 0
    Duration interval = milliseconds(100);  // above the target

    friend bool operator==(const CodelOptions&, const CodelOptions&) = default;
};

class Codel {
public:
    // REQUIRES: options within the bounds stated above.
    explicit Codel(const CodelOptions& options) : options_(options) {
        check(options.target.ns > 0 && options.interval > options.target,
              "CoDel's interval is above its target, and that above 0");
    }

    // Something is taken from the queue that has waited so long; `last` if nothing is behind it.
    struct Taken {
        Duration wait{};
        bool last = false;
    };
    [[nodiscard]] bool drops(Instant now, const Taken& taken) {
        const bool too_long = has_been_too_long(now, taken);
        if (dropping_) {
            if (!too_long) {
                dropping_ = false;
                return false;
            }
            if (now < next_drop_) return false;
            ++count_;
            next_drop_ = next_drop_ + spacing();
            return true;
        }
        if (!too_long) return false;
        dropping_ = true;
        const std::uint32_t before = count_ - last_count_;
        const bool lately = now - next_drop_ < options_.interval * 16;
        count_ = before > 1 && lately ? before : 1;
        next_drop_ = now + spacing();
        last_count_ = count_;
        return true;
    }
    bool dropping() const { return dropping_; }

private:
    bool has_been_too_long(Instant now, const Taken& taken) {
        if (taken.wait < options_.target || taken.last) {
            above_until_ = Instant::never();
            return false;
        }
        if (above_until_ == Instant::never()) {
            above_until_ = now + options_.interval;
            return false;
        }
        return now >= above_until_;
    }
    Duration spacing() const {
        return Duration{static_cast<std::int64_t>(static_cast<double>(options_.interval.ns) /
                                                  math::sqrt(static_cast<double>(count_)))};
    }

    CodelOptions options_;
    Instant above_until_ = Instant::never();  // dropping may begin; never: the wait was short
    Instant next_drop_{};
    std::uint32_t count_ = 0;       // drops in this spell
    std::uint32_t last_count_ = 0;  // with which it began
    bool dropping_ = false;
};

}  // namespace novacron::resilience
