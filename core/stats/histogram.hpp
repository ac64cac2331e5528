// SPDX-License-Identifier: MIT
//
// Counts of whole numbers in cells that grow with the number: any quantile of any amount of samples
// within a stated relative error, in memory that is fixed at the construction.
//
// Intuition: each power of two is cut into 2^p cells of equal width. So a cell is at most 2^-p of
// its number wide; numbers below 2^(p+1) have a cell each. This is the layout of HdrHistogram.
//
// Quantiles are by rank: the least recorded value such that `over / under` of all samples are not
// above it, rounded up to the end of its cell, and never beyond the largest sample. The rank is
// computed in whole numbers: a double 0.07 * 100 is more than 7, and asks for the eighth of 100.
//
// Invariants: (1) truth <= quantile <= truth * (1 + 2^-p), for samples up to `highest`.
//             (2) merging is adding: the order of merges and of samples makes no difference.
// Units: those of the samples. A sample above `highest` counts as `highest`, and is told by
// `clipped()`.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/wide.hpp"

namespace novacron::stats {

// A part of a whole. REQUIRES: 0 < under, over <= under.
struct Fraction {
    std::uint64_t over = 0;
    std::uint64_t under = 1;
};

class Histogram {
public:
    struct Shape {
        std::uint32_t precision_bits = 7;           // p above; 1 .. 16. 7: within 0.8 %
        std::uint64_t highest = 3'600'000'000'000;  // an hour in nanoseconds; at least 1

        friend bool operator==(const Shape&, const Shape&) = default;
    };

    Histogram() : Histogram(Shape{}) {}
    // REQUIRES: the shape is within the bounds stated above.
    explicit Histogram(Shape shape) : shape_(shape) {
        check(shape.precision_bits >= 1 && shape.precision_bits <= 16 && shape.highest >= 1,
              "a histogram has 1 to 16 bits of precision and room for a 1");
        cells_.resize(cell_of(shape.highest) + 1);
    }

    void add(std::uint64_t sample, std::uint64_t times = 1) {
        if (times == 0) return;
        if (sample > shape_.highest) {
            sample = shape_.highest;
            clipped_ += times;
        }
        cells_[cell_of(sample)] += times;
        count_ += times;
        sum_ += UnsignedWide{sample} * times;
        least_ = std::min(least_, sample);
        most_ = std::max(most_, sample);
    }
    // REQUIRES: both have one shape.
    void merge(const Histogram& other) {
        check(shape_ == other.shape_, "histograms of one shape can be merged");
        for (std::size_t i = 0; i < cells_.size(); ++i) cells_[i] += other.cells_[i];
        count_ += other.count_;
        clipped_ += other.clipped_;
        sum_ += other.sum_;
        least_ = std::min(least_, other.least_);
        most_ = std::max(most_, other.most_);
    }
    void clear() {
        std::fill(cells_.begin(), cells_.end(), 0);
        count_ = clipped_ = 0;
        sum_ = 0;
        least_ = std::numeric_limits<std::uint64_t>::max();
        most_ = 0;
    }

    Shape shape() const { return shape_; }
    std::uint64_t count() const { return count_; }
    std::uint64_t clipped() const { return clipped_; }
    bool empty() const { return count_ == 0; }

    // REQUIRES of these: not empty.
    std::uint64_t least() const { return require_samples(), least_; }
    std::uint64_t most() const { return require_samples(), most_; }
    double mean() const {
        require_samples();
        return static_cast<double>(sum_) / static_cast<double>(count_);
    }
    std::uint64_t quantile(Fraction part) const {
        require_samples();
        check(part.under > 0 && part.over <= part.under, "a quantile is of a part of the whole");
        const UnsignedWide scaled = UnsignedWide{count_} * part.over;
        const auto rank = std::max<std::uint64_t>(
            1, static_cast<std::uint64_t>((scaled + part.under - 1) / part.under));
        std::uint64_t seen = 0;
        std::size_t cell = 0;
        while ((seen += cells_[cell]) < rank) ++cell;
        return std::min(last_of(cell), most_);
    }
    // How many samples are in cells that end at the value or before it.
    std::uint64_t count_up_to(std::uint64_t value) const {
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < cells_.size() && last_of(i) <= value; ++i) seen += cells_[i];
        return value >= most_ ? count_ : seen;
    }

private:
    void require_samples() const { check(count_ > 0, "an empty histogram has no quantiles"); }

    // Numbers with p + 1 bits are in the first two rows; each further bit is a row of 2^p cells.
    std::size_t cell_of(std::uint64_t value) const {
        const auto bits = static_cast<std::uint32_t>(std::bit_width(value));
        const std::uint32_t p = shape_.precision_bits;
        if (bits <= p + 1) return static_cast<std::size_t>(value);
        const std::uint32_t row = bits - (p + 1);
        return (std::size_t{row} << p) + static_cast<std::size_t>(value >> row);
    }
    // The largest value of a cell.
    std::uint64_t last_of(std::size_t cell) const {
        const std::uint32_t p = shape_.precision_bits;
        if (cell < (std::size_t{2} << p)) return cell;
        const std::size_t row = (cell >> p) - 1;
        const std::uint64_t place = cell - (row << p);
        return ((place + 1) << row) - 1;
    }

    Shape shape_;
    std::vector<std::uint64_t> cells_;
    std::uint64_t count_ = 0;
    std::uint64_t clipped_ = 0;
    UnsignedWide sum_ = 0;
    std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t most_ = 0;
};

}  // namespace novacron::stats
