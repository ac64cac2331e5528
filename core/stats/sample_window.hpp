// SPDX-License-Identifier: MIT
//
// The mean and the variance of the last N samples, exactly.
//
// Intuition: a ring of whole numbers and two running sums, of the samples and of their squares. A
// sample that falls out is subtracted again; since all is integer arithmetic, nothing is left of
// it, however many samples have come and gone.
//
// Formula: variance = (n * sum(x^2) - sum(x)^2) / n^2, the numerator in 128 bits. Computed with
// doubles as E[x^2] - E[x]^2 the same expression turns negative for samples that differ little,
// and its root is no number: here it is 0 or more by construction, and 0 for equal samples.
//
// Invariants: (1) size() <= capacity(). (2) sums are those of the samples held, to the last bit.
// Units: whatever the samples have, nanoseconds as a rule. Not modelled: weights; medians (see
// histogram.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/math.hpp"
#include "core/base/wide.hpp"

namespace novacron::stats {

class SampleWindow {
public:
    static constexpr std::size_t kMaxCapacity = 65'536;
    static constexpr std::int64_t kMaxSample = std::int64_t{1} << 47U;  // 39 hours in nanoseconds

    // REQUIRES: capacity is 1 .. kMaxCapacity.
    explicit SampleWindow(std::size_t capacity) : samples_(capacity) {
        check(capacity >= 1 && capacity <= kMaxCapacity, "a window holds 1 to 65536 samples");
    }

    std::size_t capacity() const { return samples_.size(); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    // A sample beyond +-kMaxSample counts as the bound: sums must not overflow.
    void add(std::int64_t sample) {
        sample = std::clamp(sample, -kMaxSample, kMaxSample);
        if (size_ == samples_.size()) {
            const Wide oldest = samples_[next_];
            sum_ -= oldest;
            squares_ -= oldest * oldest;
        } else {
            ++size_;
        }
        samples_[next_] = sample;
        next_ = next_ + 1 == samples_.size() ? 0 : next_ + 1;
        sum_ += sample;
        squares_ += Wide{sample} * sample;
    }
    void clear() {
        size_ = next_ = 0;
        sum_ = squares_ = 0;
    }

    // REQUIRES of these: not empty.
    double mean() const {
        require_samples();
        return static_cast<double>(sum_) / static_cast<double>(size_);
    }
    // Rounded down to a whole number.
    std::int64_t whole_mean() const {
        require_samples();
        const Wide n = static_cast<Wide>(size_);
        const Wide quotient = sum_ / n;
        return static_cast<std::int64_t>(sum_ % n < 0 ? quotient - 1 : quotient);
    }
    // Of the samples themselves, not an estimate of what they were drawn from.
    double variance() const {
        require_samples();
        const Wide n = static_cast<Wide>(size_);
        const Wide over = n * squares_ - sum_ * sum_;
        const auto count = static_cast<double>(size_);
        return static_cast<double>(over) / count / count;
    }
    double standard_deviation() const { return math::sqrt(variance()); }

private:
    void require_samples() const { check(size_ > 0, "an empty window has no mean"); }

    std::vector<std::int64_t> samples_;  // a ring
    std::size_t size_ = 0;
    std::size_t next_ = 0;  // where the next sample goes, and the oldest is once the ring is full
    Wide sum_ = 0;
    Wide squares_ = 0;
};

}  // namespace novacron::stats
