// SPDX-License-Identifier: MIT
//
// Probability distributions of durations, by inversion: one draw of the stream gives one sample.
//
// Intuition: a sample is the quantile function at a uniform number. The quantile function is
// tabulated once, on a grid that halves towards both ends (as floating-point numbers thicken
// towards zero), and read by linear interpolation in integers. So a draw costs one word of the
// stream, a table look-up and a multiplication; it takes no rejection loop and no libm; it is
// monotone in the word, so that paired runs keep their common random numbers when a parameter
// moves.
//
// Grid: the lower half of the probabilities is cut into 40 octaves [2^-(k+1), 2^-k), each octave
// into 64 equal cells; the upper half is its mirror image. Uniform and empirical quantile functions
// are straight between few points, so they are read on a grid of equal steps instead, without
// error.
//
// Invariants: (1) exactly one word of the stream a draw, and none for a Constant. (2) a sample is
//             never negative. (3) monotone: a larger word never gives a smaller sample.
// Accuracy: within 2^-41 of either end the quantile is held at its value there. The relative error
// of the mean is below 1e-4 for every shape with a light tail, for a Pareto shape of 1.5 or more
// and for a lognormal whose p99 is at most 1000 times its median. Heavier tails lose what lies
// beyond 2^-41: of a Pareto's mean the share 2^(-41 (1 - 1 / shape)).
// Units: nanoseconds; a sample is rounded to the nearest one and is at most 2^62 (146 years).
// Cost: a table is 40 KiB and takes 5,000 logarithms to make; a draw is about 50 instructions.
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
    std::vector<Duration> quantiles;  // at equal steps of probability 0 to 1; ascending, 2 or more
    friend bool operator==(const Empirical&, const Empirical&) = default;
};
using DistributionOptions =
    std::variant<Constant, Uniform, Exponential, Normal, Lognormal, Pareto, Empirical>;

class Distribution {
public:
    // REQUIRES: the options are within the bounds stated above.
    explicit Distribution(const DistributionOptions& options);

    [[nodiscard]] Duration draw(Random& random) const {
        return grid_ == Grid::none ? Duration{table_[0]} : at(random.bits());
    }

    // The sample that a word of the stream gives: the quantile at word / 2^64.
    [[nodiscard]] Duration at(std::uint64_t word) const;

    // The smallest value a draw can give.
    [[nodiscard]] Duration minimum() const { return at(0); }

private:
    // Where the table's points lie: nowhere (a constant), at equal steps, or denser towards the
    // ends.
    enum class Grid : std::uint8_t { none, equal, dyadic };

    // In units of 2^-shift_ ns, half a nanosecond added. Equal: from probability 0 to 1. Dyadic:
    // the lower half outward in, then the upper half outward in.
    std::vector<std::int64_t> table_;
    Grid grid_ = Grid::none;
    std::uint32_t shift_ = 0;
};

// Ranks 0 .. n-1 with probability proportional to 1 / (rank + 1)^s; s = 0 is uniform.
class Zipf {
public:
    // Takes 8 bytes a rank (16 while it is made), and an exponential and a logarithm.
    // REQUIRES: n is 1 .. 100'000'000, s is 0 .. 10.
    Zipf(std::uint32_t n, double s);

    // Takes exactly one word of the stream.
    [[nodiscard]] std::uint32_t draw(Random& random) const { return at(random.bits()); }

    // The rank that a word of the stream gives; a larger word never gives a smaller rank.
    [[nodiscard]] std::uint32_t at(std::uint64_t word) const;

private:
    std::vector<std::uint64_t> cumulative_;  // the largest word of each rank
    std::vector<std::uint32_t> guide_;       // the rank of the first word of each cell
    std::uint32_t guide_shift_ = 0;          // a word's cell is its bits above these
};

}  // namespace shaketable
