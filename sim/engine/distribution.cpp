// SPDX-License-Identifier: MIT
#include "sim/engine/distribution.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "core/base/check.hpp"
#include "core/base/math.hpp"
#include "core/base/overloaded.hpp"
#include "core/base/wide.hpp"

namespace shaketable {

namespace {

using novacron::check;
using novacron::UnsignedWide;
using novacron::Wide;
namespace math = novacron::math;

constexpr int kOctaves = 40;
constexpr int kCells = 64;  // an octave
constexpr int kCellBits = 6;
constexpr int kFirstBit = 63 - kOctaves;  // of the smallest word the grid tells apart
constexpr std::size_t kHalf = kOctaves * kCells + 1;
constexpr std::int64_t kLargest = std::int64_t{1} << 62U;
constexpr double kLargestNs = 4611686018427387904.0;  // kLargest
constexpr double kNormal99 = math::normal_quantile(0.99);

double in_ns(Duration d) { return static_cast<double>(d.ns); }

// `from` at fraction 0, towards `to` as the fraction nears 2^64. Rounds down, so it is monotone.
std::int64_t between(std::int64_t from, std::int64_t to, std::uint64_t fraction) {
    return from + static_cast<std::int64_t>((static_cast<Wide>(to - from) * fraction) >> 64U);
}

// The quantiles at p and at 1 - p, for p up to 1/2. Both are computed from p itself, because 1 - p
// would lose a small tail's digits.
struct Quantiles {
    double lower;
    double upper;
};
struct ExponentialQuantiles {
    double mean;
    Quantiles at(double p) const { return {-math::log(1 - p) * mean, -math::log(p) * mean}; }
};
struct NormalQuantiles {
    double mean, stddev;
    Quantiles at(double p) const {
        const double off = -stddev * math::normal_quantile(p);
        return {std::max(0.0, mean - off), mean + off};
    }
};
struct LognormalQuantiles {
    double median, sigma;
    Quantiles at(double p) const {
        const double factor = math::exp(-sigma * math::normal_quantile(p));
        return {median / factor, median * factor};
    }
};
struct ParetoQuantiles {
    double scale, shape;
    Quantiles at(double p) const {
        return {scale * math::exp(-math::log(1 - p) / shape),
                scale * math::exp(-math::log(p) / shape)};
    }
};

struct Table {
    std::vector<std::int64_t> points;
    std::uint32_t shift;  // points are in units of 2^-shift ns
};

// Fractions of a nanosecond, as many as the largest point leaves room for, keep the mean of a
// distribution of few nanoseconds true. Half a nanosecond is added, so that rounding down rounds.
Table fixed_point(const std::vector<double>& points_ns) {
    const double largest = std::min(points_ns.back(), kLargestNs);
    Table table;
    table.shift = 0;
    while (table.shift < 16 && largest * static_cast<double>(2ULL << table.shift) < kLargestNs) {
        ++table.shift;
    }
    const auto unit = static_cast<double>(1ULL << table.shift);
    const std::int64_t half = table.shift == 0 ? 0 : std::int64_t{1} << (table.shift - 1);
    table.points.reserve(points_ns.size());
    for (const double ns : points_ns) {
        check(ns >= 0, "a quantile is not negative");
        table.points.push_back(static_cast<std::int64_t>(std::min(ns, kLargestNs) * unit) + half);
    }
    return table;
}

// Point i of a half lies at probability 2^-(octaves + 1 - i / cells) * (1 + (i % cells) / cells).
template <class Shape>
Table dyadic(const Shape& shape) {
    std::vector<double> lower;
    std::vector<double> upper;
    for (std::size_t i = 0; i < kHalf; ++i) {
        const int octave = static_cast<int>(i / kCells);
        const double p = math::detail::power_of_two(octave - kOctaves - 1) *
                         (1 + static_cast<double>(i % kCells) / kCells);
        const Quantiles quantiles = shape.at(p);
        lower.push_back(quantiles.lower);
        upper.push_back(quantiles.upper);
    }
    // fixed_point scales by the last of ascending points, and the upper half descends.
    std::reverse(upper.begin(), upper.end());
    lower.insert(lower.end(), upper.begin(), upper.end());
    check(std::is_sorted(lower.begin(), lower.end()), "a quantile function ascends");
    Table table = fixed_point(lower);
    std::reverse(table.points.begin() + kHalf, table.points.end());
    return table;
}

Table tabulate(const Exponential& o) {
    check(o.mean.ns > 0, "an exponential's mean is above 0");
    return dyadic(ExponentialQuantiles{in_ns(o.mean)});
}
Table tabulate(const Normal& o) {
    check(o.mean.ns >= 0 && o.stddev.ns >= 0, "a normal's mean and deviation are not negative");
    return dyadic(NormalQuantiles{in_ns(o.mean), in_ns(o.stddev)});
}
Table tabulate(const Lognormal& o) {
    check(o.median.ns > 0 && o.p99 > o.median, "a lognormal has 0 < median < p99");
    const double sigma = math::log(in_ns(o.p99) / in_ns(o.median)) / kNormal99;
    return dyadic(LognormalQuantiles{in_ns(o.median), sigma});
}
Table tabulate(const Pareto& o) {
    check(o.scale.ns > 0 && o.shape > 1, "a Pareto's scale is above 0 and its shape above 1");
    return dyadic(ParetoQuantiles{in_ns(o.scale), o.shape});
}
Table tabulate(const Empirical& o) {
    check(o.quantiles.size() >= 2, "an empirical distribution has two quantiles or more");
    check(o.quantiles.front().ns >= 0 && std::is_sorted(o.quantiles.begin(), o.quantiles.end()),
          "empirical quantiles ascend from 0 or more");
    std::vector<double> points;
    points.reserve(o.quantiles.size());
    for (const Duration d : o.quantiles) points.push_back(in_ns(d));
    return fixed_point(points);
}

}  // namespace

Distribution::Distribution(const DistributionOptions& options) {
    const auto use = [this](Table table, Grid grid) {
        table_ = std::move(table.points);
        shift_ = table.shift;
        grid_ = grid;
    };
    std::visit(novacron::Overloaded{
                   [this](const Constant& o) {
                       check(o.value.ns >= 0, "a constant duration is not negative");
                       table_ = {o.value.ns};
                   },
                   // Each whole nanosecond has an equal share: the part below high + 1, rounded
                   // down.
                   [this](const Uniform& o) {
                       check(o.low.ns >= 0 && o.low <= o.high, "a uniform has 0 <= low <= high");
                       const std::int64_t low = std::min(o.low.ns, kLargest - 1);
                       table_ = {low, std::min(o.high.ns, kLargest - 1) + 1};
                       grid_ = Grid::equal;
                   },
                   [&use](const Empirical& o) { use(tabulate(o), Grid::equal); },
                   [&use](const auto& o) { use(tabulate(o), Grid::dyadic); },
               },
               options);
}

Duration Distribution::at(std::uint64_t word) const {
    if (grid_ == Grid::dyadic) {
        // Mirrored, both halves read outward in: the distance from the end, kept on the grid.
        const bool upper = (word >> 63U) != 0;
        const std::uint64_t distance =
            std::max(upper ? ~word : word, std::uint64_t{1} << kFirstBit);
        const auto above = static_cast<unsigned>(std::countl_zero(distance));  // 1 .. octaves
        const std::uint64_t leading = distance << above;
        const std::size_t in_octave = (leading >> (63U - kCellBits)) - kCells;
        const std::size_t cell = std::size_t{kOctaves - above} * kCells + in_octave;
        const std::int64_t* point = table_.data() + (upper ? kHalf : 0) + cell;
        return {between(point[0], point[1], leading << (1U + kCellBits)) >> shift_};
    }
    if (grid_ == Grid::none) return {table_[0]};
    const auto product = static_cast<UnsignedWide>(word) * (table_.size() - 1);
    const std::int64_t* point = table_.data() + static_cast<std::size_t>(product >> 64U);
    const auto fraction = static_cast<std::uint64_t>(product);
    return {between(point[0], point[1], fraction) >> shift_};
}

Zipf::Zipf(std::uint32_t n, double s) {
    check(n >= 1 && n <= 100'000'000, "a Zipf distribution has 1 to 100,000,000 ranks");
    check(s >= 0 && s <= 10, "a Zipf exponent is 0 to 10");
    std::vector<double> sums;  // each off by at most n / 2^53 of itself
    sums.reserve(n);
    double sum = 0;
    for (std::uint32_t rank = 0; rank < n; ++rank) {
        sum += math::exp(-s * math::log(static_cast<double>(rank) + 1));
        sums.push_back(sum);
    }
    constexpr double kTwoTo64 = 18446744073709551616.0;
    cumulative_.reserve(n);
    for (const double part : sums) {
        const double scaled = part / sum * kTwoTo64;
        cumulative_.push_back(scaled < kTwoTo64 ? static_cast<std::uint64_t>(scaled) : ~0ULL);
    }
    cumulative_.back() = ~0ULL;

    // About one cell a rank, so that few ranks share a cell; at most 2^20 of them, 4 MiB.
    const auto bits = std::clamp(static_cast<std::uint32_t>(std::bit_width(n)), 1U, 20U);
    guide_shift_ = 64 - bits;
    std::uint32_t rank = 0;
    for (std::uint64_t cell = 0; cell < (1ULL << bits); ++cell) {
        while (cumulative_[rank] < cell << guide_shift_) ++rank;
        guide_.push_back(rank);
    }
    guide_.push_back(n - 1);
}

std::uint32_t Zipf::at(std::uint64_t word) const {
    const auto cell = static_cast<std::size_t>(word >> guide_shift_);
    std::uint32_t low = guide_[cell];
    std::uint32_t high = guide_[cell + 1];
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (cumulative_[middle] < word) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace shaketable
