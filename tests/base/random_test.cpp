// SPDX-License-Identifier: MIT
#include "core/base/random.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <string>

#include "tests/catch.hpp"

namespace {

using namespace novacron;

}  // namespace

TEST_CASE("random: the stream of seed 0 is SplitMix64's published sequence") {
    Random random(0);
    CHECK(random.bits() == 0xe220a8397b1dcdafU);
    CHECK(random.bits() == 0x6e789e6aa1b965f4U);
    CHECK(random.bits() == 0x06c45d188009454fU);
    CHECK(random.bits() == 0xf88bb8a8724c81ecU);
}

TEST_CASE("random: draws of other seeds and of forks are these, on every platform") {
    CHECK(Random(1).bits() == 0xbfef8030ddc2d772U);
    CHECK(Random(1).fork("net/latency").bits() == 0x6a0395c58e7d71c0U);
    CHECK(Random(1).fork("node", 3).bits() == 0x2dfe533a097e3d51U);
    CHECK(Random(1).fork("node", 3).fork("raft").bits() == 0xf45372f38f3d99a1U);
}

TEST_CASE("random: a fork depends on the names and the seed, not on what was drawn before") {
    Random random(7);
    const std::uint64_t before = random.fork("disk").bits();
    (void)random.bits();
    (void)random.fork("net").bits();
    CHECK(random.fork("disk").bits() == before);
    CHECK(random.fork("disk").bits() != Random(8).fork("disk").bits());
    CHECK(random.fork("disk").bits() != random.fork("dist").bits());
    CHECK(random.fork("disk").bits() != random.fork("disk", 0).bits());
    CHECK(random.fork("disk", 0).bits() != random.fork("disk", 1).bits());
    CHECK(random.fork("a").fork("b").bits() != random.fork("b").fork("a").bits());
}

TEST_CASE("random: forking draws nothing") {
    Random random(7);
    (void)random.fork("disk");
    CHECK(random.drawn() == 0);
    CHECK(random.bits() == Random(7).bits());
}

TEST_CASE("random: skipping n draws is drawing n times") {
    Random drawn(3);
    Random skipped(3);
    for (int i = 0; i < 1000; ++i) (void)drawn.bits();
    skipped.skip(1000);
    CHECK(skipped.drawn() == drawn.drawn());
    CHECK(skipped.bits() == drawn.bits());
}

TEST_CASE("random: the first words of ten thousand neighbouring forks differ and balance") {
    std::set<std::uint64_t> seen;
    std::array<int, 64> ones{};
    constexpr int kForks = 10'000;
    for (std::uint64_t i = 0; i < kForks; ++i) {
        const std::uint64_t word = Random(1).fork("node", i).bits();
        seen.insert(word);
        for (std::size_t bit = 0; bit < 64; ++bit) ones[bit] += static_cast<int>(word >> bit & 1U);
    }
    CHECK(seen.size() == kForks);
    for (const int count : ones) CHECK(std::abs(count - kForks / 2) < 4 * std::sqrt(kForks) / 2);
}

TEST_CASE("random: one flipped bit of the seed flips half of the bits drawn") {
    double flipped = 0;
    int pairs = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            const std::uint64_t a = Random(seed).bits();
            const std::uint64_t b = Random(seed ^ (1ULL << bit)).bits();
            flipped += std::popcount(a ^ b);
            ++pairs;
        }
    }
    CHECK(flipped / pairs == Approx(32.0).margin(0.15));  // four standard errors
}

TEST_CASE("random: below a bound every number is as likely as another") {
    constexpr std::size_t kBound = 10;
    constexpr int kDraws = 100'000;
    Random random(1);
    std::array<int, kBound> seen{};
    for (int i = 0; i < kDraws; ++i) ++seen.at(random.below(kBound));
    double chi_squared = 0;
    for (const int count : seen) {
        const double off = count - kDraws / double{kBound};
        chi_squared += off * off / (kDraws / double{kBound});
    }
    CHECK(chi_squared < 21.67);  // one per cent, nine degrees of freedom
    CHECK(random.below(1) == 0);
    CHECK_THROWS_AS(random.below(0), BugError);
}

TEST_CASE("random: between two durations includes both, and nothing beyond") {
    Random random(1);
    std::set<std::int64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random.between({-2}, {2}).ns);
    CHECK(seen == std::set<std::int64_t>{-2, -1, 0, 1, 2});
    CHECK(random.between(seconds(5), seconds(5)) == seconds(5));
    CHECK_THROWS_AS(random.between(seconds(2), seconds(1)), BugError);
}
