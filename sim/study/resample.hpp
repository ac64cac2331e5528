// SPDX-License-Identifier: MIT
//
// How large is the difference between two samples, and how sure is that? Answered by drawing from
// the samples themselves, for any statistic.
//
// Intuition: the bootstrap draws new samples of the same size from those at hand, with
// replacement, and looks how much the effect wanders: the percentiles of what it sees are an
// interval for the true effect.
//
// Percentiles and not the BCa correction: that needs the jackknife, which is inconsistent for
// quantiles, and has no answer where values are "never".
//
// The draws come from a stream of the caller's, so the same samples give the same answer.
//
// Source: B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "core/base/random.hpp"

namespace shaketable {

// Integers; kNever is "worse than any number".
using Values = std::vector<std::int64_t>;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// after - before; two nevers differ by 0, one never from a number by kNever or -kNever.
std::int64_t difference(std::int64_t before, std::int64_t after);
// The nearest-rank quantile.
// REQUIRES: values is not empty, 0 < q <= 1.
std::int64_t quantile_of(Values values, double q);
// Infinite if any value is kNever.
// REQUIRES: values is not empty.
double mean_of(const Values& values);

// Two samples; in pairs if before[i] belongs to after[i].
struct Samples {
    Values before, after;
    bool paired = true;  // then both have one size
};

// What changed from before to after, as a number: infinite where a never came or went.
using Effect = std::function<double(const Samples&)>;

// The median of the pairs' differences; unpaired, the difference of the medians.
double median_effect(const Samples& samples);
// The difference of the 95th percentiles.
double p95_effect(const Samples& samples);
double mean_effect(const Samples& samples);

struct Interval {
    double low = 0, high = 0;
};

constexpr int kBootstraps = 1'999;

// The central interval that holds this share of the bootstrapped effects.
// REQUIRES: neither sample is empty; 0 < confidence < 1.
Interval bootstrap_interval(const Samples& samples, const Effect& effect, double confidence,
                            novacron::Random random);

}  // namespace shaketable
