// SPDX-License-Identifier: MIT
#include "core/base/math.hpp"

#include <cmath>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;

// How many units in the last place a value is from the truth.
double ulps(double value, long double truth) {
    const double rounded = std::abs(static_cast<double>(truth));
    const double unit = std::nextafter(rounded, HUGE_VAL) - rounded;
    return static_cast<double>(std::abs(value - truth) / static_cast<long double>(unit));
}

// Uniform over (0, 1).
double fraction(Random& random) {
    return std::ldexp(static_cast<double>(random.bits() >> 11U) + 0.5, -53);
}

// Spread evenly over the exponents of all finite positive doubles, subnormals included.
double any_positive(Random& random) {
    const int exponent = static_cast<int>(random.below(2097)) - 1073;
    return std::ldexp(0.5 + fraction(random) / 2, exponent);
}

// The relative error of a quantile, by how far its probability is off.
double quantile_error(double p) {
    const long double x = math::normal_quantile(p);
    const long double q = erfcl(-x / sqrtl(2)) / 2;
    const long double density = expl(-x * x / 2) / sqrtl(2 * 3.141592653589793238462643L);
    return static_cast<double>(std::abs((q - p) / density / x));
}

constexpr int kTrials = 200'000;

}  // namespace

TEST_CASE("math: log, exp, sqrt and the normal quantile can be computed at compile time") {
    STATIC_REQUIRE(math::log(1) == 0);
    STATIC_REQUIRE(math::exp(0) == 1);
    STATIC_REQUIRE(math::sqrt(2.25) == 1.5);
    STATIC_REQUIRE(math::normal_quantile(0.5) == 0);
}

TEST_CASE("math: log is within two units in the last place") {
    Random random(1);
    double worst = 0;
    for (int i = 0; i < kTrials; ++i) {
        const double x = any_positive(random);
        worst = std::max(worst, ulps(math::log(x), logl(x)));
        const double near_one = 0.5 + 1.5 * fraction(random);
        worst = std::max(worst, ulps(math::log(near_one), logl(near_one)));
        const double very_near = 1 + (fraction(random) - 0.5) * 1e-6;
        worst = std::max(worst, ulps(math::log(very_near), logl(very_near)));
    }
    CHECK(worst < 2);
}

TEST_CASE("math: exp is within two units in the last place, subnormal results aside") {
    Random random(1);
    double worst = 0;
    for (int i = 0; i < kTrials; ++i) {
        const double x = -708 + fraction(random) * (708 + 709.7);
        worst = std::max(worst, ulps(math::exp(x), expl(x)));
        const double small = fraction(random) - 0.5;
        worst = std::max(worst, ulps(math::exp(small), expl(small)));
    }
    CHECK(worst < 2);
}

TEST_CASE("math: exp ends in zero and infinity where doubles end") {
    CHECK(math::exp(709.78) == Approx(1.7928e308).epsilon(1e-3));
    CHECK(math::exp(709.79) == HUGE_VAL);
    CHECK(math::exp(-740) == Approx(4.2e-322).epsilon(0.02));
    CHECK(math::exp(-750) == 0);
}

TEST_CASE("math: sqrt is within two units in the last place, and exact for squares") {
    Random random(1);
    double worst = 0;
    for (int i = 0; i < kTrials; ++i) {
        const double x = any_positive(random);
        worst = std::max(worst, ulps(math::sqrt(x), sqrtl(x)));
    }
    CHECK(worst < 2);
    CHECK(math::sqrt(0) == 0);
    for (int i = 1; i < 1000; ++i) CHECK(math::sqrt(double{1} * i * i) == i);
}

TEST_CASE("math: the normal quantile inverts the distribution to 2e-15 down to 1e-300") {
    Random random(1);
    double worst = 0;
    for (int i = 0; i < kTrials; ++i) {
        worst = std::max(worst, quantile_error(fraction(random) * 0.499));
        worst = std::max(worst, quantile_error(math::exp(-690 * fraction(random) - 0.7)));
    }
    CHECK(worst < 2e-15);
}

TEST_CASE("math: the normal quantile is odd about a half and has the values of the tables") {
    for (const double p : {0.25, 0.0625, 0.03125, 0.46875}) {
        CHECK(math::normal_quantile(1 - p) == -math::normal_quantile(p));
    }
    CHECK(math::normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
    CHECK(math::normal_quantile(0.99) == Approx(2.3263478740408408).epsilon(1e-15));
}

TEST_CASE("math: the bits of some values, not all rounded to nearest, are these everywhere") {
    CHECK(std::bit_cast<std::uint64_t>(math::log(10)) == 0x40026bb1bbb55516U);
    CHECK(std::bit_cast<std::uint64_t>(math::exp(1)) == 0x4005bf0a8b14576aU);
    CHECK(std::bit_cast<std::uint64_t>(math::sqrt(2)) == 0x3ff6a09e667f3bccU);
    CHECK(std::bit_cast<std::uint64_t>(math::normal_quantile(1e-10)) == 0xc0197203597a2154U);
}

TEST_CASE("math: arguments outside a function's domain are a bug") {
    CHECK_THROWS_AS(math::log(0), BugError);
    CHECK_THROWS_AS(math::log(-1), BugError);
    CHECK_THROWS_AS(math::sqrt(-1), BugError);
    CHECK_THROWS_AS(math::normal_quantile(0), BugError);
    CHECK_THROWS_AS(math::normal_quantile(1), BugError);
}
