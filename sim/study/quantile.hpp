// SPDX-License-Identifier: MIT
//
// Quantiles of a sample, and how sure one can be of the true ones, with no assumption about the
// distribution.
//
// Intuition: sort n observations. The true q-quantile lies above each observation with probability
// 1 - q at most, independently, so the number of observations below it is binomial(n, q); the k-th
// smallest observation is at or above the true quantile unless k or more lie below it. Choosing k
// so that this is rare enough gives a bound that holds for every distribution.
//
// Source: H. A. David, H. N. Nagaraja, "Order Statistics", 3rd ed., section 7.1; the nearest-rank
// quantile is definition 1 of Hyndman and Fan, "Sample quantiles in statistical packages" (1996).
//
// Ranks count from 1 in ascending order. Observations that are known only to be worse than any
// number (a service that never came back) belong in the sample as its largest.
#pragma once

#include <cstdint>
#include <optional>

namespace shaketable {

// The rank of the q-quantile: the smallest observation with at least a share q of all at or below
// it.
// REQUIRES: n is at least 1, 0 < q <= 1.
std::uint64_t nearest_rank(double q, std::uint64_t n);

// The smallest rank whose observation is at or above the true q-quantile with this confidence;
// nothing if even the largest of n is not.
// REQUIRES: 0 < q < 1, 0 < confidence < 1.
std::optional<std::uint64_t> upper_bound_rank(double q, double confidence, std::uint64_t n);

// The largest rank whose observation is at or below the true q-quantile with this confidence;
// nothing if even the smallest of n is not.
// REQUIRES: as above.
std::optional<std::uint64_t> lower_bound_rank(double q, double confidence, std::uint64_t n);

// The fewest observations with which upper_bound_rank has an answer: the smallest n with
// 1 - q^n >= confidence. 59 for q = 0.95 at 0.95.
// REQUIRES: as above.
std::uint64_t observations_needed(double q, double confidence);

}  // namespace shaketable
