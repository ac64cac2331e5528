// SPDX-License-Identifier: MIT
#include "core/detector/surprise.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/math.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {

constexpr double kLog10 = 2.30258509299404568402;
double phi(double y) { return normal_surprise(y) / kLog10; }
double relative(double value, double truth) { return std::abs(value / truth - 1); }

}  // namespace

TEST_CASE("surprise: phi of the normal model has the values of 40-digit arithmetic (FD-1)") {
    // -log10(erfc(y / sqrt 2) / 2), computed with mpmath.
    CHECK(relative(phi(5), 6.5426456723906544963) < 1e-14);
    CHECK(relative(phi(5.612), 7.9999968766592932737) < 1e-14);
    CHECK(relative(phi(8.2221), 16.000064416217043801) < 1e-14);
    CHECK(relative(phi(10), 23.118053405486075894) < 1e-14);
    CHECK(relative(phi(20), 88.56009534307559192) < 1e-14);
    CHECK(relative(phi(38), 315.53978970396250789) < 1e-14);
    CHECK(relative(phi(50), 544.966335861996655) < 1e-14);
    CHECK(relative(phi(100), 2173.8715428690343765) < 1e-14);
    CHECK(relative(phi(1000), 217150.64004199438628) < 1e-14);
}

TEST_CASE("surprise: the normal model agrees with the C library where that is exact") {
    Random random(1);
    double worst = 0;
    for (int i = 0; i < 20'000; ++i) {
        const double y = -8 + 20 * static_cast<double>(random.below(1'000'000)) / 1e6;
        const long double tail = erfcl(static_cast<long double>(y) / sqrtl(2)) / 2;
        const long double truth =
            y < 0 ? -log1pl(-erfcl(-static_cast<long double>(y) / sqrtl(2)) / 2) : -logl(tail);
        worst = std::max(worst, relative(normal_surprise(y), static_cast<double>(truth)));
    }
    CHECK(worst < 1e-13);
}

TEST_CASE("surprise: it grows from end to end, also where one formula hands over to the next") {
    for (const double seam : {0.0, 2.0, 3.0, 5.0}) {
        for (int i = -50; i < 50; ++i) {
            const double y = seam + i * 1e-9;
            REQUIRE(normal_surprise(y) <= normal_surprise(y + 1e-9));
        }
    }
    double before = 0;
    for (double y = -30; y < 3000; y += 0.37) {
        REQUIRE(normal_surprise(y) > before);
        before = normal_surprise(y);
    }
}

TEST_CASE("surprise: the silences of thresholds 6, 8 and 16 are those of the table") {
    CHECK(relative(normal_silence(6 * kLog10), 4.753424308823) < 1e-12);
    CHECK(relative(normal_silence(8 * kLog10), 5.612001244175) < 1e-12);
    CHECK(relative(normal_silence(16 * kLog10), 8.222082216130) < 1e-12);
}

TEST_CASE("surprise: silence is the inverse, for any surprise") {
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        const double surprise = math::exp(-11 + 28 * static_cast<double>(random.below(1000)) / 1e3);
        INFO("surprise " << surprise);
        REQUIRE(relative(normal_surprise(normal_silence(surprise)), surprise) < 1e-10);
        REQUIRE(relative(logistic_surprise(logistic_silence(surprise)), surprise) < 1e-10);
    }
    CHECK(normal_silence(0.69314718055994531) == Approx(0).margin(1e-15));
    CHECK_THROWS_AS(normal_silence(0), BugError);
    CHECK_THROWS_AS(logistic_silence(-1), BugError);
}

TEST_CASE("surprise: the logistic model differs from the normal one as published (FD-10)") {
    // The true phi 6, 8 and 16 are told as 6.59, 9.31 and 22.74.
    CHECK(logistic_surprise(normal_silence(6 * kLog10)) / kLog10 == Approx(6.59).epsilon(1e-3));
    CHECK(logistic_surprise(normal_silence(8 * kLog10)) / kLog10 == Approx(9.31).epsilon(1e-3));
    CHECK(logistic_surprise(normal_silence(16 * kLog10)) / kLog10 == Approx(22.74).epsilon(1e-3));
    // Its threshold 8 is reached at the true 7.06, 16 at the true 12.27.
    CHECK(logistic_silence(8 * kLog10) == Approx(5.226).epsilon(1e-3));
    CHECK(phi(logistic_silence(8 * kLog10)) == Approx(7.06).epsilon(1e-3));
    CHECK(logistic_silence(16 * kLog10) == Approx(7.120).epsilon(1e-3));
    CHECK(phi(logistic_silence(16 * kLog10)) == Approx(12.27).epsilon(1e-3));
    // In the middle it is right within 1.4e-4 of probability.
    for (double y = -4; y <= 4; y += 0.01) {
        const double mistake = std::exp(-logistic_surprise(y)) - std::exp(-normal_surprise(y));
        REQUIRE(std::abs(mistake) < 1.5e-4);
    }
    CHECK(logistic_surprise(1000) == Approx(1000 * (1.5976 + 0.070566e6)));  // no underflow
}

TEST_CASE("surprise: the bits of some values are these everywhere") {
    CHECK(std::bit_cast<std::uint64_t>(normal_surprise(1)) == 0x3ffd74d31cc8afc2U);
    CHECK(std::bit_cast<std::uint64_t>(normal_surprise(7.5)) == 0x403f136d9611f9faU);
    CHECK(std::bit_cast<std::uint64_t>(normal_silence(18.42)) == 0x4016729194db76e6U);
    CHECK(std::bit_cast<std::uint64_t>(logistic_silence(18.42)) == 0x4014e750dc0777a0U);
}
