// SPDX-License-Identifier: MIT
//
// Probability distributions of durations, by inversion: one draw of the stream gives one sample.
//
// Intuition: a sample is the quantile function at a uniform number. The quantile function is tabulated
// once, on a grid that halves towards both ends (as floating-point numbers thicken towards zero), and
// read by linear interpolation in integers. So a draw costs one word of the stream, a table look-up
// and a multiplication; it takes no rejection loop and no libm; it is monotone in the word, so that
// paired runs keep their common random numbers when a parameter moves.
//
// Invariants: (1) exactly one word of the stream a draw. (2) a sample is never negative.
//             (3) monotone: a larger word never gives a smaller sample.
// Accuracy: within 2^-32 of either end the quantile is held at its value there; between grid points
// the relative error of the mean is below 1e-4 for every shape and parameter the bounds allow.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;
using novacron::Random;

struct Constant {
    Duration value;  // 0 or more
    friend bool operator==(const Constant&, const Constant&) = default;
};
struct Uniform {
    Duration low;   // 0 or more
    Duration high;  // at least low; both ends included
    friend bool operator==(const Uniform&, const Uniform&) = default;
};
struct Exponential {
    Duration mean;  // above 0
    friend bool operator==(const Exponential&, const Exponential&) = default;
};
struct Normal {
    Duration mean;    // 0 or more
    Duration stddev;  // 0 or more; what would fall below 0 is 0
    friend bool operator==(const Normal&, const Normal&) = default;
};
struct Lognormal {
    Duration median;  // above 0
    Duration p99;     // above the median
    friend bool operator==(const Lognormal&, const Lognormal&) = default;
};
struct Pareto {
    Duration scale;  // the smallest value, above 0
    double shape;    // above 1, so that the mean exists
    friend bool operator==(const Pareto&, const Pareto&) = default;
};
struct Empirical {
    std::vector<Duration> quantiles;  // at equal steps of probability from 0 to 1; ascending, 2 or more
    friend bool operator==(const Empirical&, const Empirical&) = default;
};
using DistributionOptions =
    std::variant<Constant, Uniform, Exponential, Normal, Lognormal, Pareto, Empirical>;

class Distribution {
public:
    // REQUIRES: the options are within the bounds stated above.
    explicit Distribution(const DistributionOptions& options);

    [[nodiscard]] Duration draw(Random& random) const;

    // The smallest value a draw can give.
    [[nodiscard]] Duration minimum() const;

private:
    std::vector<std::int64_t> table_;  // quantiles in nanoseconds, lower half then upper half
    std::int64_t constant_ = 0;        // the sample, when the table is empty
};

// Ranks 0 .. n-1 with probability proportional to 1 / (rank + 1)^s; s = 0 is uniform.
class Zipf {
public:
    // REQUIRES: n is 1 .. 100'000'000, s is 0 .. 10.
    Zipf(std::uint32_t n, double s);

    [[nodiscard]] std::uint32_t draw(Random& random) const;

private:
    std::vector<std::uint64_t> cumulative_;  // probability of rank or less, in units of 2^-64
    std::vector<std::uint32_t> guide_;       // where to start looking, by the word's leading bits
};

}  // namespace shaketable
