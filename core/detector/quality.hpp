// SPDX-License-Identifier: MIT
//
// How good a failure detector is, measured against the truth: the quality of service of Chen, Toueg
// and Aguilera.
//
//   T_D   detection time: from the crash to the suspicion that is not withdrawn any more
//   T_M   mistake duration: from a suspicion of a peer that is well until it is withdrawn
//   T_MR  mistake recurrence: from one mistake's start to the next one's
//   T_G   good period: from a mistake's end to the next one's start
//   lambda_M  mistakes a second of the time in which the peer was well
//   P_A   query accuracy: the part of that time without a mistake
//
// Intuition: only someone who knows the truth can say what was a mistake. A peer behind a broken
// network is not well: to suspect it is right, and counted apart from crashes. When a peer comes
// back, the time until it is trusted again is no mistake either: nobody could know sooner.
//
// Times of a mistake that the truth overtakes (the peer crashes while it is wrongly suspected) end
// there, and the crash is detected after 0. A spell without the peer that ends, or the record does,
// before it is suspected for good is *missed*.
//
// Invariant: mistaken time <= well time. Units: nanoseconds; rates a second.
// Source: "On the quality of service of failure detectors", IEEE Transactions on Computers 51
// (2002).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/base/wide.hpp"
#include "core/stats/histogram.hpp"

namespace novacron::detector {

// What is true of a peer, for whoever watches it.
enum class Truth : std::uint8_t { well, unreachable, down };

struct Spells {
    stats::Histogram detection;  // from their beginning to the lasting suspicion
    std::uint64_t missed = 0;    // ended without one

    void merge(const Spells& other);
};

// Any number of pairs of watcher and watched may count into one.
struct Quality {
    Spells crashes;  // detection: T_D
    Spells partitions;
    std::uint64_t mistakes = 0;
    stats::Histogram mistake_duration;    // T_M
    stats::Histogram mistake_recurrence;  // T_MR
    stats::Histogram good_period;         // T_G
    stats::Histogram trust_after_return;  // how long a peer that is back was suspected still
    Wide well_ns = 0;
    Wide mistaken_ns = 0;

    void merge(const Quality& other);
    // REQUIRES of these: the peer was well for some time.
    double mistake_rate() const;    // lambda_M
    double query_accuracy() const;  // P_A
};

// One watcher's opinions of one peer, beside the truth. Times don't go back.
class PairQuality {
public:
    PairQuality(Quality& into, Truth truth, Instant now) : into_(&into), truth_(truth), at_(now) {}

    void truth(Instant now, Truth truth);
    void opinion(Instant now, bool suspected);
    // The record ends.
    void finish(Instant now);
    // The watcher is gone. What it has not noticed yet it can't miss any more.
    void leave(Instant now);
    // What there is to count if the record ended now is counted elsewhere; this goes on.
    void finish_into(Quality& other, Instant now) const {
        PairQuality last = *this;
        last.into_ = &other;
        last.finish(now);
    }

private:
    void pass(Instant now);
    void begin_mistake(Instant now);
    void end_mistake(Instant now);
    void end_spell();
    void end_return(Instant now);

    Quality* into_;
    Truth truth_;
    Instant at_;  // up to which time is accounted for
    bool suspected_ = false;
    std::optional<Instant> mistake_;       // since when
    std::optional<Instant> last_mistake_;  // start of the last, mistaken or over
    std::optional<Instant> good_since_;    // end of the last mistake
    std::optional<Instant> spell_;         // since when the peer is not well
    std::optional<Instant> suspected_at_;  // within that spell
    std::optional<Instant> returned_;      // and still suspected
};

}  // namespace novacron::detector
