// SPDX-License-Identifier: MIT
//
// The phi accrual failure detector: suspicion as a number that grows with silence, on a scale that
// adapts to how the peer's heartbeats come.
//
// Intuition: phi = 8 says that, going by the intervals seen so far, a heartbeat this late or later
// comes once in 10^8. A threshold is therefore a mistake rate and not a time; the time follows from
// the mean and the deviation of the last intervals.
//
// Formula: phi(t) = -log P(a heartbeat comes later than t), surprise.hpp has it. Solved for t, it
// turns thresholds into instants,
//
//     last heartbeat + mean + acceptable_pause + z(threshold) * deviation,
//
// so that nobody needs to poll: z depends on the threshold alone and is computed once.
// (Exponential: last heartbeat + acceptable_pause + surprise * mean.)
//
// The logarithm's base. The paper's is 10, and so is the default. The runbook's "8.0 (P_later ~
// 0.0003)" is the natural logarithm's reading: e^-8 = 0.00034. `phi_base: ln` gives that, and
// suspects a jitter-free peer 1 ms after its next heartbeat but one is due.
//
// Deviation: the largest of that of the window, `network_jitter_factor` times the mean, and
// `min_standard_deviation`. Without the second, a network without jitter would be suspected a
// nanosecond after the mean.
//
// What is learnt. The first heartbeat starts a history of two intervals, a quarter above and below
// the expected one. An interval at whose end the peer was already suspected is not learnt: a long
// pause says nothing about the rhythm. Neither are the short ones behind it, of heartbeats that had
// to wait as well and arrive in a burst, until as many have come as the pause was long.
//
// A clock that goes back: the interval counts as 0, is not learnt, and silence is counted anew.
//
// Invariants: (1) phi never falls while nothing is heard. (2) a higher threshold is reached later.
//             (3) with constant intervals nothing is reached before mean + z * floor.
// Units: nanoseconds. Source: Hayashibara et al., "The phi accrual failure detector", SRDS 2004.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"
#include "core/detector/patience.hpp"
#include "core/stats/sample_window.hpp"

namespace novacron::detector {

enum class PhiModel : std::uint8_t { normal, logistic, exponential };
enum class PhiBase : std::uint8_t { log10, ln };

// The knobs of phi_detector_config.yaml by their names, then ours.
struct PhiOptions {
    double threshold = 8.0;              // suspected from here; above 0, 1e6 at most
    bool adaptive = true;                // false: interval and jitter are what is configured
    std::uint32_t window_size = 200;     // intervals; 2 .. 65536
    double network_jitter_factor = 0.3;  // least deviation, as a part of the mean; above 0
    double failed_threshold = 16.0;      // failed from here; at least the threshold
    Duration heartbeat_interval = milliseconds(50);  // expected; above 0
    Duration acceptable_pause{};                     // granted on top; 0 or more
    Duration min_standard_deviation{};               // 0 or more
    PhiModel model = PhiModel::normal;
    PhiBase phi_base = PhiBase::log10;

    friend bool operator==(const PhiOptions&, const PhiOptions&) = default;
};

class PhiAccrual {
public:
    // REQUIRES: options within the bounds stated above.
    explicit PhiAccrual(const PhiOptions& options);

    // Watching begins, as if a heartbeat had come just now; forgets what was learnt.
    void expect(Instant now);
    // A heartbeat. The sequence is of no interest here.
    void heard(Instant now, std::uint64_t sequence = 0);

    // 0 before watching begins.
    double phi(Instant now) const;
    // The first whole nanosecond at which phi has reached this. REQUIRES: 1e-6 .. 1e15.
    Instant reaches(double phi) const;
    Patience patience() const;

    // Of intervals, as phi uses them, in nanoseconds.
    double mean() const { return mean_; }
    double deviation() const { return deviation_; }
    std::size_t learnt() const { return intervals_.size(); }

private:
    double surprise_of(double phi) const;      // a phi in natural units
    double silence_of(double surprise) const;  // in deviations above the mean, or in means
    Instant after(double silence) const;
    void learn(std::int64_t interval);
    void estimate();

    PhiOptions options_;
    double suspected_silence_;
    double failed_silence_;
    stats::SampleWindow intervals_;
    double mean_ = 0;
    double deviation_ = 0;
    bool watching_ = false;
    bool has_heard_ = false;  // since watching began
    Instant last_{};
    std::int64_t not_learnt_ = 0;  // heartbeats that may still be of a burst after a pause
};

}  // namespace novacron::detector
