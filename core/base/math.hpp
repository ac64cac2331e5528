// SPDX-License-Identifier: MIT
//
// Logarithm, exponential, square root and the normal quantile, the same to the last bit everywhere.
//
// Intuition: C libraries differ in the last bits of these functions, and a run that must repeat on
// every platform can't hang on whose library is there. IEEE 754 fixes + - * / exactly, so what is
// composed of these alone (in this order, uncontracted) agrees on all machines and at compile time.
//
// Formulas: log splits x = m * 2^e with m in [sqrt(1/2), sqrt(2)) and sums the series of
// 2 atanh((m - 1) / (m + 1)); exp takes out the nearest multiple of log 2 and sums Taylor's series;
// sqrt is Newton's iteration. The normal quantile is algorithm AS 241 (PPND16) of M. J. Wichura,
// "The percentage points of the normal distribution", Applied Statistics 37 (1988).
//
// Invariants: (1) log, exp and sqrt are within 2 units in the last place of the true value.
//             (2) normal_quantile has a relative error below 2e-15 for p of 1e-300 .. 1/2, apart
//                 from what rounding p itself costs near 1/2, and is odd about 1/2.
// Not modelled: signalling, rounding modes, NaN (a NaN in is a NaN or an unspecified value out).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/base/check.hpp"

namespace novacron::math {

namespace detail {

// log 2 in two parts; the first has so few bits that its product with any exponent is exact.
constexpr double kLog2High = 6.93147180369123816490e-01;
constexpr double kLog2Low = 1.90821492927058770002e-10;

// c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule.
template <std::size_t N>
constexpr double polynomial(const std::array<double, N>& c, double x) {
    double sum = c[N - 1];
    for (std::size_t i = N - 1; i > 0; --i) sum = sum * x + c[i - 1];
    return sum;
}

// A positive finite number as mantissa * 2^exponent, with the mantissa in [1, 2).
struct Parts {
    double mantissa;
    int exponent;
};
constexpr Parts split(double x) {
    constexpr double kTwoTo54 = 18014398509481984.0;
    int exponent = 0;
    if (x < std::numeric_limits<double>::min()) {  // subnormal
        x *= kTwoTo54;
        exponent = -54;
    }
    const auto bits = std::bit_cast<std::uint64_t>(x);
    exponent += static_cast<int>(bits >> 52U) - 1023;
    return {std::bit_cast<double>((bits & 0x000fffffffffffffU) | 0x3ff0000000000000U), exponent};
}

// 2^n. REQUIRES: n is -1022 .. 1023.
constexpr double power_of_two(int n) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52U);
}

}  // namespace detail

// The natural logarithm. REQUIRES: x is above 0 and finite.
constexpr double log(double x) {
    check(x > 0 && x <= std::numeric_limits<double>::max(), "the logarithm's argument is positive");
    auto [m, exponent] = detail::split(x);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        ++exponent;
    }
    // 2 atanh(s) = 2s + 2s (z/3 + z^2/5 + ...) with z = s^2 at most 0.0295: the terms left out are
    // below 1e-18 of the sum.
    constexpr std::array<double, 11> kSeries = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,
                                                1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17,
                                                1.0 / 19, 1.0 / 21, 1.0 / 23};
    const double f = m - 1;  // exact
    const double s = f / (m + 1);
    const double z = s * s;
    const double tail = z * detail::polynomial(kSeries, z);
    // 2s = f - s f, which keeps f's exact bits for the leading part.
    const double small = s * (f - 2 * tail);
    return exponent * detail::kLog2High - ((small - exponent * detail::kLog2Low) - f);
}

// e to the x; 0 when that is too small for a double, infinity when it is too large.
constexpr double exp(double x) {
    if (x > 709.782712893384) return std::numeric_limits<double>::infinity();
    if (x < -745.1332191019412) return 0;
    constexpr double kLog2E = 1.4426950408889634;
    const int n = static_cast<int>(x * kLog2E + (x < 0 ? -0.5 : 0.5));
    const double r = (x - n * detail::kLog2High) - n * detail::kLog2Low;  // |r| is at most 0.35
    // Taylor's series of (e^r - 1 - r) / r^2; the terms left out are below 1e-18.
    constexpr std::array<double, 13> kSeries = [] {
        std::array<double, 13> c{};
        double factorial = 2;
        for (std::size_t i = 0; i < c.size(); ++i) {
            c[i] = 1 / factorial;
            factorial *= static_cast<double>(i) + 3;
        }
        return c;
    }();
    const double power = 1 + (r + r * r * detail::polynomial(kSeries, r));
    // Two steps, because 2^n alone may be out of range at either end.
    const int half = n / 2;
    return power * detail::power_of_two(half) * detail::power_of_two(n - half);
}

// The square root. REQUIRES: x is 0 or more and finite.
constexpr double sqrt(double x) {
    check(x >= 0 && x <= std::numeric_limits<double>::max(), "the root's argument is not negative");
    if (x == 0) return 0;
    auto [m, exponent] = detail::split(x);
    if (exponent % 2 != 0) {
        m *= 2;
        --exponent;
    }
    double root = 0.5 * (1 + m);  // within 25 % for m in [1, 4); each step squares the error
    for (int i = 0; i < 6; ++i) root = 0.5 * (root + m / root);
    return root * detail::power_of_two(exponent / 2);
}

namespace detail {

// Wichura's rational approximations: the centre, by q^2; the tails, by sqrt(-log p).
constexpr std::array<double, 8> kCentreOver = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr std::array<double, 8> kCentreUnder = {1.0,
                                                4.2313330701600911252e+1,
                                                6.8718700749205790830e+2,
                                                5.3941960214247511077e+3,
                                                2.1213794301586595867e+4,
                                                3.9307895800092710610e+4,
                                                2.8729085735721942674e+4,
                                                5.2264952788528545610e+3};
constexpr std::array<double, 8> kNearOver = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                             5.76949722146069140550e0,  3.64784832476320460504e0,
                                             1.27045825245236838258e0,  2.41780725177450611770e-1,
                                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array<double, 8> kNearUnder = {1.0,
                                              2.05319162663775882187e0,
                                              1.67638483018380384940e0,
                                              6.89767334985100004550e-1,
                                              1.48103976427480074590e-1,
                                              1.51986665636164571966e-2,
                                              5.47593808499534494600e-4,
                                              1.05075007164441684324e-9};
constexpr std::array<double, 8> kFarOver = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                            1.78482653991729133580e0,  2.96560571828504891230e-1,
                                            2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                            2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array<double, 8> kFarUnder = {1.0,
                                             5.99832206555887937690e-1,
                                             1.36929880922735805310e-1,
                                             1.48753612908506148525e-2,
                                             7.86869131145613259100e-4,
                                             1.84631831751005468180e-5,
                                             1.42151175831644588870e-7,
                                             2.04426310338993978564e-15};

constexpr double ratio(const std::array<double, 8>& over, const std::array<double, 8>& under,
                       double x) {
    return polynomial(over, x) / polynomial(under, x);
}

}  // namespace detail

// The x that a standard normal variable stays below with probability p. For p close to 1 ask for
// -normal_quantile(1 - p) with the tail 1 - p computed exactly: 1 is coarse ground for small tails.
// REQUIRES: 0 < p < 1.
constexpr double normal_quantile(double p) {
    check(p > 0 && p < 1, "a quantile's probability is between 0 and 1");
    const double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) {
        return q * detail::ratio(detail::kCentreOver, detail::kCentreUnder, 0.180625 - q * q);
    }
    const double r = sqrt(-log(q < 0 ? p : 1 - p));
    const double x = r <= 5 ? detail::ratio(detail::kNearOver, detail::kNearUnder, r - 1.6)
                            : detail::ratio(detail::kFarOver, detail::kFarUnder, r - 5);
    return q < 0 ? -x : x;
}

}  // namespace novacron::math
