// SPDX-License-Identifier: MIT
//
// Exponentially weighted means whose memory is a span of time: what was seen one half-life ago
// counts half.
//
// Intuition: "weight 0.1 a sample" forgets ten times faster when ten times as many samples come. A
// half-life forgets with time, however often one looks: two looks at an unchanged value move a mean
// as far as one at the later time.
//
// Two of them, for two kinds of value:
//   `Ewma` takes samples (latencies, waits). The first is the mean; each later one enters with
//     weight 1 - 2^(-gap / half_life), where the gap is the time since the sample before. Samples
//     of one instant have no gap and would not count: they are averaged first, each alike.
//   `LevelEwma` follows a level that holds between changes (busy servers, length of a queue), and
//     weights it with the time that it held.
//
// No libm: 2^x is exp of core/base/math.hpp. A clock that goes back is a gap of 0.
//
// Invariant: a mean lies between the least and the largest value seen.
#pragma once

#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/math.hpp"
#include "core/base/time.hpp"

namespace novacron::stats {

// What is left of a weight of 1 after so long: 2^(-gap / half_life). REQUIRES: half_life above 0.
constexpr double decay(Duration gap, Duration half_life) {
    check(half_life.ns > 0, "a half-life is above 0");
    if (gap.ns <= 0) return 1;
    constexpr double kLog2 = 0.69314718055994530942;
    return math::exp(-kLog2 * (static_cast<double>(gap.ns) / static_cast<double>(half_life.ns)));
}

class Ewma {
public:
    // REQUIRES: half_life is above 0.
    explicit Ewma(Duration half_life) : half_life_(half_life) {
        check(half_life.ns > 0, "a half-life is above 0");
    }

    void add(Instant now, double sample) {
        if (samples_at_ == 0) {
            before_ = mean_ = sample;
            weight_ = 1;
        } else if (now > at_) {
            before_ = mean_;
            weight_ = 1 - decay(now - at_, half_life_);
            samples_at_ = 0;
            sum_ = 0;
        }
        if (samples_at_ == 0 || now > at_) at_ = now;
        ++samples_at_;
        sum_ += sample;
        const double here = sum_ / static_cast<double>(samples_at_);
        mean_ = before_ + weight_ * (here - before_);
    }
    bool empty() const { return samples_at_ == 0; }
    // REQUIRES: not empty.
    double mean() const {
        check(!empty(), "a mean of no samples");
        return mean_;
    }

private:
    Duration half_life_;
    Instant at_{};  // of the newest samples
    std::uint64_t samples_at_ = 0;
    double sum_ = 0;     // of the samples at that instant
    double before_ = 0;  // the mean without them
    double weight_ = 1;  // of their average
    double mean_ = 0;
};

class LevelEwma {
public:
    // REQUIRES: half_life is above 0.
    LevelEwma(Duration half_life, double level, Instant now)
        : half_life_(half_life), at_(now), level_(level), mean_(level) {
        check(half_life.ns > 0, "a half-life is above 0");
    }

    // From now on the level is this.
    void set(Instant now, double level) {
        mean_ = mean(now);
        if (now > at_) at_ = now;
        level_ = level;
    }
    double level() const { return level_; }
    double mean(Instant now) const {
        return level_ + decay(now - at_, half_life_) * (mean_ - level_);
    }

private:
    Duration half_life_;
    Instant at_;
    double level_;
    double mean_;  // at that instant
};

}  // namespace novacron::stats
