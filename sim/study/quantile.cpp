// SPDX-License-Identifier: MIT
#include "sim/study/quantile.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/check.hpp"

namespace shaketable {

using novacron::check;

namespace {

// Walks k = 0, 1 ... n with P(B = k) for B binomial(n, q), in logarithms so that nothing underflows
// before it matters.
class BinomialWalk {
public:
    BinomialWalk(std::uint64_t n, double q)
        : n_(n),
          log_odds_(std::log(q) - std::log1p(-q)),
          log_probability_(static_cast<double>(n) * std::log1p(-q)) {}

    double probability() const { return std::exp(log_probability_); }
    void next() {
        log_probability_ += std::log(static_cast<double>(n_ - k_)) -
                            std::log(static_cast<double>(k_ + 1)) + log_odds_;
        ++k_;
    }

private:
    std::uint64_t n_;
    double log_odds_;
    double log_probability_;
    std::uint64_t k_ = 0;
};

// Sums of n terms are off by about this much; a bound is not withheld for want of it.
constexpr double kRounding = 1e-12;

}  // namespace

std::uint64_t nearest_rank(double q, std::uint64_t n) {
    check(n >= 1 && q > 0 && q <= 1, "a quantile of at least one observation");
    // A product that misses a whole number by rounding must not move to the next rank.
    const double rank = std::ceil(q * static_cast<double>(n) * (1 - 1e-12));
    return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, n);
}

// P(x_(k) >= quantile) = P(B <= k - 1).
std::optional<std::uint64_t> upper_bound_rank(double q, double confidence, std::uint64_t n) {
    check(q > 0 && q < 1 && confidence > 0 && confidence < 1, "probabilities within 0 .. 1");
    BinomialWalk walk(n, q);
    double below = 0;  // P(B <= k - 1)
    for (std::uint64_t k = 1; k <= n; ++k, walk.next()) {
        below += walk.probability();
        if (below >= confidence - kRounding) return k;
    }
    return std::nullopt;
}

// P(x_(k) <= quantile) = P(B >= k) = 1 - P(B <= k - 1).
std::optional<std::uint64_t> lower_bound_rank(double q, double confidence, std::uint64_t n) {
    check(q > 0 && q < 1 && confidence > 0 && confidence < 1, "probabilities within 0 .. 1");
    BinomialWalk walk(n, q);
    double below = 0;
    std::optional<std::uint64_t> rank;
    for (std::uint64_t k = 1; k <= n; ++k, walk.next()) {
        below += walk.probability();
        if (1 - below < confidence - kRounding) break;
        rank = k;
    }
    return rank;
}

std::uint64_t observations_needed(double q, double confidence) {
    check(q > 0 && q < 1 && confidence > 0 && confidence < 1, "probabilities within 0 .. 1");
    std::uint64_t n = 1;
    for (double missed = q; 1 - missed < confidence - kRounding; missed *= q) ++n;
    return n;
}

}  // namespace shaketable
