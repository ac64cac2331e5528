// SPDX-License-Identifier: MIT
#include "core/detector/surprise.hpp"

#include "core/base/check.hpp"
#include "core/base/math.hpp"

namespace novacron::detector {

namespace {

constexpr double kLog2 = 0.69314718055994530942;
constexpr double kHalfLog2Pi = 0.91893853320467274178;
constexpr double kSeriesEnds = 2;  // beyond, the series loses digits to the subtraction
constexpr double kLogisticSlope = 1.5976;
constexpr double kLogisticCube = 0.070566;

// log(1 + x) without loss for small x. REQUIRES: x above -1.
double log1p(double x) {
    const double u = 1 + x;
    return math::log(u) - ((u - 1) - x) / u;  // what 1 + x rounded away is put back
}

double density(double y) { return math::exp(-y * y / 2 - kHalfLog2Pi); }

// Q(y) for 0 <= y < kSeriesEnds.
double tail_by_series(double y) {
    double term = y;
    double sum = y;
    for (int k = 1; term > sum * 1e-18; ++k) {
        term *= y * y / (2 * k + 1);
        sum += term;
    }
    return 0.5 - density(y) * sum;
}

// Density over tail. REQUIRES: y is at least kSeriesEnds; 100 terms are enough there, 60 from 3 on.
double hazard_by_fraction(double y) {
    double c = y;
    for (int k = y < 3 ? 100 : 60; k > 0; --k) c = y + k / c;
    return c;
}

double hazard(double y) {
    if (y >= kSeriesEnds) return hazard_by_fraction(y);
    return density(y) / math::exp(-normal_surprise(y));
}

void require_invertible(double surprise) {
    check(surprise >= 1e-6 && surprise <= 1e15, "a surprise to invert is 1e-6 .. 1e15");
}

}  // namespace

double normal_surprise(double y) {
    if (y < 0) return -log1p(-math::exp(-normal_surprise(-y)));
    if (y < kSeriesEnds) return -math::log(tail_by_series(y));
    return y * y / 2 + kHalfLog2Pi + math::log(hazard_by_fraction(y));
}

double logistic_surprise(double y) {
    const double u = y * (kLogisticSlope + kLogisticCube * y * y);
    return u > 0 ? u + log1p(math::exp(-u)) : log1p(math::exp(u));
}

double normal_silence(double surprise) {
    require_invertible(surprise);
    if (surprise < kLog2) return math::normal_quantile(1 - math::exp(-surprise));
    double y = math::sqrt(2 * surprise);  // to the right: Q(y) is at most exp(-y^2 / 2) / 2
    for (;;) {
        const double next = y - (normal_surprise(y) - surprise) / hazard(y);
        if (next >= y) return y;
        if (next <= 0) return 0;
        y = next;
    }
}

double logistic_silence(double surprise) {
    require_invertible(surprise);
    // u = ln(e^surprise - 1), then the cubic's only real root; it is odd in u.
    const double u = surprise + log1p(-math::exp(-surprise));
    const double size = u < 0 ? -u : u;
    double y = size / kLogisticSlope;  // to the right: the cube only adds
    for (;;) {
        const double excess = y * (kLogisticSlope + kLogisticCube * y * y) - size;
        const double next = y - excess / (kLogisticSlope + 3 * kLogisticCube * y * y);
        if (!(next < y)) break;
        y = next;
    }
    return u < 0 ? -y : y;
}

}  // namespace novacron::detector
