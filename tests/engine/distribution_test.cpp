// SPDX-License-Identifier: MIT
#include "sim/engine/distribution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::microseconds;
using novacron::milliseconds;
using novacron::nanoseconds;
using novacron::seconds;

constexpr double kZ99 = 2.3263478740408408;
constexpr std::uint64_t kSeed = 1;

// One shape with what theory says of it, in nanoseconds.
struct Shape {
    std::string name;
    DistributionOptions options;
    double mean;
    double stddev;
    double kurtosis;  // fourth central moment over the variance squared
    std::function<double(double)> cdf;
};

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

std::vector<Shape> shapes() {
    const double sigma = std::log(3.0) / kZ99;  // of the lognormal below: p99 is 3 medians
    const double s2 = sigma * sigma;
    return {
        {"uniform", Uniform{milliseconds(150), milliseconds(300)}, 225e6, 150e6 / std::sqrt(12.0),
         1.8, [](double x) { return (x - 150e6) / 150e6; }},
        {"exponential", Exponential{milliseconds(20)}, 20e6, 20e6, 9,
         [](double x) { return 1 - std::exp(-x / 20e6); }},
        {"normal", Normal{milliseconds(50), milliseconds(5)}, 50e6, 5e6, 3,
         [](double x) { return normal_cdf((x - 50e6) / 5e6); }},
        {"lognormal", Lognormal{milliseconds(40), milliseconds(120)}, 40e6 * std::exp(s2 / 2),
         40e6 * std::exp(s2 / 2) * std::sqrt(std::exp(s2) - 1),
         std::exp(4 * s2) + 2 * std::exp(3 * s2) + 3 * std::exp(2 * s2) - 3,
         [sigma](double x) { return normal_cdf(std::log(x / 40e6) / sigma); }},
        {"Pareto", Pareto{milliseconds(1), 10}, 1e6 * 10 / 9, 1e6 / 9 * std::sqrt(10.0 / 8),
         3 + 6.0 * (1000 + 100 - 60 - 2) / (10.0 * 7 * 6),
         [](double x) { return 1 - std::pow(1e6 / x, 10); }},
        {"empirical", Empirical{{milliseconds(0), milliseconds(10), milliseconds(40)}}, 15e6,
         std::sqrt(2200.0 / 6 - 225) * 1e6, 1.9993,
         [](double x) { return x <= 10e6 ? x / 20e6 : 0.5 + (x - 10e6) / 60e6; }},
    };
}

// The exact mean of what `at` interpolates: the trapezium rule over the points of its own grid.
double mean_of(const Distribution& distribution) {
    double mean = 0;
    for (const bool upper : {false, true}) {
        for (unsigned octave = 23; octave < 63; ++octave) {
            const std::uint64_t step = 1ULL << (octave - 6);
            for (std::uint64_t i = 64; i < 128; ++i) {
                const std::uint64_t from = i * step;
                const std::uint64_t to = from + step - 1;
                const auto a = distribution.at(upper ? ~from : from).ns;
                const auto b = distribution.at(upper ? ~to : to).ns;
                mean +=
                    0.5 * static_cast<double>(a + b) * std::ldexp(static_cast<double>(step), -64);
            }
        }
        const auto end = distribution.at(upper ? ~0ULL : 0);
        mean += static_cast<double>(end.ns) * std::ldexp(1, -41);
    }
    return mean;
}

}  // namespace

TEST_CASE("distribution: mean and variance of a million draws lie within three standard errors") {
    constexpr int kDraws = 1'000'000;
    for (const Shape& shape : shapes()) {
        INFO(shape.name << ", seed " << kSeed);
        const Distribution distribution(shape.options);
        Random random = Random(kSeed).fork(shape.name);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < kDraws; ++i) {
            const double off = static_cast<double>(distribution.draw(random).ns) - shape.mean;
            sum += off;
            squares += off * off;
        }
        const double variance = shape.stddev * shape.stddev;
        CHECK(std::abs(sum / kDraws) < 3 * shape.stddev / std::sqrt(kDraws));
        CHECK(std::abs(squares / kDraws - variance) <
              3 * variance * std::sqrt((shape.kurtosis - 1) / kDraws));
    }
}

TEST_CASE("distribution: a hundred thousand draws pass Kolmogorov's test at one per cent") {
    constexpr std::size_t kDraws = 100'000;
    for (const Shape& shape : shapes()) {
        INFO(shape.name << ", seed " << kSeed);
        const Distribution distribution(shape.options);
        Random random = Random(kSeed).fork(shape.name);
        std::vector<std::int64_t> draws(kDraws);
        for (auto& draw : draws) draw = distribution.draw(random).ns;
        std::sort(draws.begin(), draws.end());
        double gap = 0;
        for (std::size_t i = 0; i < kDraws; ++i) {
            const double p = shape.cdf(static_cast<double>(draws[i]));
            gap = std::max(gap, std::abs(p - static_cast<double>(i) / kDraws));
            gap = std::max(gap, std::abs(p - static_cast<double>(i + 1) / kDraws));
        }
        CHECK(gap * std::sqrt(kDraws) < 1.63);
    }
}

TEST_CASE("distribution: the quantile at every octave is the true one, from 2^-41 to 1 - 2^-41") {
    for (const Shape& shape : shapes()) {
        if (std::holds_alternative<Empirical>(shape.options)) continue;
        INFO(shape.name);
        const Distribution distribution(shape.options);
        for (unsigned bit = 23; bit < 63; ++bit) {
            const std::uint64_t word = (1ULL << bit) + (1ULL << bit) / 3;  // inside a cell
            const double p = std::ldexp(static_cast<double>(word), -64);
            const double x = static_cast<double>(distribution.at(word).ns);
            const double slope_error = 1e-4 * p + 2 * std::abs(shape.cdf(x + 1) - shape.cdf(x));
            CHECK(std::abs(shape.cdf(x) - p) < slope_error + 1e-15);
        }
    }
}

TEST_CASE("distribution: the mean is within 1e-4 of theory at the edges of what is promised") {
    const auto lognormal_mean = [](double median, double p99) {
        const double sigma = std::log(p99 / median) / kZ99;
        return median * std::exp(sigma * sigma / 2);
    };
    const auto close = [](const DistributionOptions& options, double mean) {
        return std::abs(mean_of(Distribution(options)) / mean - 1) < 1e-4;
    };
    CHECK(close(Exponential{nanoseconds(1000)}, 1e3));
    CHECK(close(Exponential{seconds(86'400 * 365)}, 86'400e9 * 365));
    CHECK(close(Pareto{milliseconds(1), 1.5}, 3e6));
    CHECK(close(Pareto{milliseconds(1), 3}, 1.5e6));
    CHECK(close(Lognormal{milliseconds(1), seconds(1)}, lognormal_mean(1e6, 1e9)));
    CHECK(close(Lognormal{milliseconds(1), microseconds(1001)}, lognormal_mean(1e6, 1.001e6)));
    CHECK(close(Normal{milliseconds(1), milliseconds(0)}, 1e6));
}

TEST_CASE("distribution: a mean of few nanoseconds survives the rounding to whole ones") {
    const Distribution distribution(Exponential{nanoseconds(3)});
    Random random(kSeed);
    double sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += static_cast<double>(distribution.draw(random).ns);
    CHECK(sum / 1e6 == Approx(3).margin(0.02));  // rounding to nearest alone costs 0.014
}

TEST_CASE("distribution: draws of a fixed seed are these, on every platform") {
    const auto first_three = [](const DistributionOptions& options) {
        const Distribution distribution(options);
        Random random(kSeed);
        std::array<std::int64_t, 3> draws{};
        for (auto& draw : draws) draw = distribution.draw(random).ns;
        return draws;
    };
    using Draws = std::array<std::int64_t, 3>;
    CHECK(first_three(Constant{milliseconds(7)}) == Draws{7'000'000, 7'000'000, 7'000'000});
    CHECK(first_three(Uniform{milliseconds(150), milliseconds(300)}) ==
          Draws{262'462'236, 205'859'013, 215'742'586});
    CHECK(first_three(Exponential{milliseconds(20)}) == Draws{27'705'902, 9'316'922, 11'535'252});
    CHECK(first_three(Normal{milliseconds(50), milliseconds(5)}) ==
          Draws{53'368'504, 48'372'376, 49'223'386});
    CHECK(first_three(Lognormal{milliseconds(40), milliseconds(120)}) ==
          Draws{54'983'550, 34'300'289, 37'171'056});
    CHECK(first_three(Pareto{milliseconds(1), 2.5}) == Draws{1'740'407, 1'204'831, 1'259'488});
    CHECK(first_three(Empirical{{milliseconds(0), milliseconds(10), milliseconds(40)}}) ==
          Draws{24'984'894, 7'447'868, 8'765'678});
}

TEST_CASE("distribution: a larger word never gives a smaller sample, nor any a negative one") {
    auto all = shapes();
    all.push_back({"truncated normal", Normal{milliseconds(1), milliseconds(1)}, 0, 0, 0, {}});
    all.push_back({"heavy Pareto", Pareto{seconds(1), 1.01}, 0, 0, 0, {}});
    for (const Shape& shape : all) {
        INFO(shape.name << ", seed " << kSeed);
        const Distribution distribution(shape.options);
        std::vector<std::uint64_t> words = {0, 1, ~0ULL, ~0ULL - 1, 1ULL << 63U, (1ULL << 63U) - 1};
        Random random(kSeed);
        for (unsigned shift = 0; shift < 64; ++shift) {
            for (int i = 0; i < 500; ++i) {
                const std::uint64_t word = random.bits() >> shift;
                words.insert(words.end(), {word, word + 1, ~word});
            }
        }
        std::sort(words.begin(), words.end());
        bool monotone = true;
        Duration previous = distribution.minimum();
        CHECK(previous.ns >= 0);
        for (const std::uint64_t word : words) {
            const Duration sample = distribution.at(word);
            monotone = monotone && previous <= sample;
            previous = sample;
        }
        CHECK(monotone);
    }
}

TEST_CASE("distribution: a draw takes one word, a constant none") {
    for (const Shape& shape : shapes()) {
        Random random(kSeed);
        (void)Distribution(shape.options).draw(random);
        CHECK(random.drawn() == 1);
    }
    Random random(kSeed);
    CHECK(Distribution(Constant{seconds(1)}).draw(random) == seconds(1));
    CHECK(random.drawn() == 0);
}

TEST_CASE("distribution: a uniform reaches both ends, each nanosecond as often as another") {
    const Distribution die(Uniform{nanoseconds(1), nanoseconds(6)});
    CHECK(die.at(0) == nanoseconds(1));
    CHECK(die.at(~0ULL) == nanoseconds(6));
    std::array<int, 7> seen{};
    for (std::uint64_t i = 0; i < 600; ++i)
        ++seen[static_cast<std::size_t>(die.at(i * (~0ULL / 600)).ns)];
    for (std::size_t face = 1; face <= 6; ++face) CHECK(std::abs(seen[face] - 100) <= 1);
    CHECK(Distribution(Uniform{seconds(2), seconds(2)}).at(12345) == seconds(2));
}

TEST_CASE(
    "distribution: an empirical one passes through its quantiles and is straight between them") {
    const Distribution distribution(Empirical{
        {milliseconds(1), milliseconds(2), milliseconds(4), milliseconds(8), milliseconds(16)}});
    CHECK(distribution.at(0) == milliseconds(1));
    CHECK(distribution.at(1ULL << 62U) == milliseconds(2));
    CHECK(distribution.at(1ULL << 63U) == milliseconds(4));
    CHECK(distribution.at(3ULL << 62U) == milliseconds(8));
    CHECK(distribution.at(7ULL << 61U) == milliseconds(12));
    CHECK(distribution.at(~0ULL) == milliseconds(16));
}

TEST_CASE("distribution: samples beyond 146 years are held there instead of overflowing") {
    const Distribution distribution(Pareto{seconds(1'000'000'000), 1.001});
    CHECK(distribution.at(~0ULL).ns == 1LL << 62U);
}

TEST_CASE("distribution: options out of bounds are a bug, not a sample") {
    CHECK_THROWS_AS(Distribution(Constant{nanoseconds(-1)}), BugError);
    CHECK_THROWS_AS(Distribution(Uniform{seconds(2), seconds(1)}), BugError);
    CHECK_THROWS_AS(Distribution(Exponential{seconds(0)}), BugError);
    CHECK_THROWS_AS(Distribution(Normal{seconds(1), nanoseconds(-1)}), BugError);
    CHECK_THROWS_AS(Distribution(Lognormal{seconds(1), seconds(1)}), BugError);
    CHECK_THROWS_AS(Distribution(Pareto{seconds(1), 1.0}), BugError);
    CHECK_THROWS_AS(Distribution(Empirical{{seconds(2), seconds(1)}}), BugError);
    CHECK_THROWS_AS(Zipf(0, 1), BugError);
    CHECK_THROWS_AS(Zipf(10, -1), BugError);
}

TEST_CASE("zipf: the frequencies of a million draws are the weights, within four standard errors") {
    constexpr std::uint32_t kRanks = 100;
    constexpr double kDraws = 1e6;
    for (const double s : {0.0, 0.9, 1.1, 2.0}) {
        INFO("s = " << s << ", seed " << kSeed);
        double total = 0;
        for (std::uint32_t k = 1; k <= kRanks; ++k) total += std::pow(k, -s);
        const Zipf zipf(kRanks, s);
        Random random(kSeed);
        std::array<int, kRanks> seen{};
        for (int i = 0; i < static_cast<int>(kDraws); ++i) ++seen[zipf.draw(random)];
        for (std::uint32_t k = 0; k < kRanks; ++k) {
            const double p = std::pow(k + 1, -s) / total;
            CHECK(std::abs(seen[k] - kDraws * p) < 4 * std::sqrt(kDraws * p * (1 - p)));
        }
    }
}

TEST_CASE("zipf: the guide finds the rank that a search from the start finds") {
    for (const std::uint32_t ranks : {1U, 2U, 3U, 1000U, 65'536U, 2'000'000U}) {
        const Zipf zipf(ranks, 1.1);
        INFO(ranks << " ranks, seed " << kSeed);
        CHECK(zipf.at(0) == 0);
        CHECK(zipf.at(~0ULL) == ranks - 1);
        // The ranks' borders, found by bisection, must be where the running sums put them.
        double total = 0;
        for (std::uint32_t k = 1; k <= ranks; ++k) total += std::pow(k, -1.1);
        double sum = 0;
        for (std::uint32_t k = 0; k + 1 < ranks; ++k) {
            sum += std::pow(k + 1, -1.1) / total;
            if (k > 100 && k % 9973 != 0) continue;
            std::uint64_t low = 0;
            std::uint64_t high = ~0ULL;
            while (low < high) {
                const std::uint64_t middle = low + (high - low) / 2;
                if (zipf.at(middle) > k) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            CHECK(std::ldexp(static_cast<double>(low), -64) == Approx(sum).epsilon(1e-9));
        }
    }
}

TEST_CASE("zipf: ranks too rare for a word of 64 bits are never drawn, the others keep order") {
    const Zipf zipf(1000, 10);
    std::uint32_t previous = 0;
    for (unsigned bits = 0; bits <= 64; ++bits) {  // words ever closer to the last
        const std::uint32_t rank = zipf.at(bits == 64 ? ~0ULL : ~(~0ULL >> bits));
        CHECK(rank >= previous);
        previous = rank;
    }
    CHECK(zipf.at(1ULL << 63U) == 0);
    CHECK(previous > 10);
}

TEST_CASE("zipf: a draw takes one word, and those of a fixed seed are these") {
    const Zipf zipf(10'000, 1.1);
    Random random(kSeed);
    const std::uint32_t first = zipf.draw(random);
    const std::uint32_t second = zipf.draw(random);
    const std::uint32_t third = zipf.draw(random);
    CHECK(random.drawn() == 3);
    CHECK(std::array{first, second, third} == std::array{310U, 7U, 13U});
}
