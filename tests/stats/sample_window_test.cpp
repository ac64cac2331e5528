// SPDX-License-Identifier: MIT
#include "core/stats/sample_window.hpp"

#include <cmath>
#include <deque>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using stats::SampleWindow;

TEST_CASE("sample window: mean and variance are those of the last samples, whatever came before") {
    Random random(1);
    SampleWindow window(50);
    std::deque<std::int64_t> model;
    for (int i = 0; i < 3000; ++i) {
        const auto sample = static_cast<std::int64_t>(random.below(1'000'000'000)) - 300'000'000;
        window.add(sample);
        model.push_back(sample);
        if (model.size() > 50) model.pop_front();
        long double sum = 0;
        for (const std::int64_t x : model) sum += static_cast<long double>(x);
        const long double mean = sum / static_cast<long double>(model.size());
        long double squares = 0;
        for (const std::int64_t x : model) squares += (x - mean) * (x - mean);
        const auto variance = static_cast<double>(squares / static_cast<long double>(model.size()));
        REQUIRE(window.size() == model.size());
        REQUIRE(window.mean() == Approx(static_cast<double>(mean)).epsilon(1e-14));
        REQUIRE(window.variance() == Approx(variance).epsilon(1e-12));
        REQUIRE(window.whole_mean() == static_cast<std::int64_t>(std::floor(mean)));
    }
}

TEST_CASE("sample window: equal samples have no variance, however large; it is never negative") {
    SampleWindow window(1000);
    for (int i = 0; i < 5000; ++i) {
        window.add(3'600'000'000'007);
        REQUIRE(window.variance() == 0);
    }
    window.add(3'600'000'000'008);
    CHECK(window.variance() == Approx(0.000999));  // doubles would have lost it: 1e-13 of 1e25
    CHECK(window.standard_deviation() == Approx(std::sqrt(0.000999)));
}

TEST_CASE("sample window: the largest samples of the largest window don't overflow") {
    SampleWindow window(SampleWindow::kMaxCapacity);
    for (std::size_t i = 0; i < window.capacity(); ++i) {
        window.add(i % 2 == 0 ? INT64_MAX : INT64_MIN + 1);
    }
    CHECK(window.mean() == 0);
    CHECK(window.standard_deviation() == static_cast<double>(SampleWindow::kMaxSample));
}

TEST_CASE("sample window: once cleared it remembers nothing") {
    SampleWindow window(3);
    window.add(5);
    window.clear();
    CHECK(window.empty());
    CHECK_THROWS_AS(window.mean(), BugError);
    window.add(-7);
    CHECK(window.mean() == -7);
    CHECK(window.whole_mean() == -7);
    window.add(-8);
    CHECK(window.whole_mean() == -8);  // down, not towards 0
}

TEST_CASE("sample window: its capacity has bounds") {
    CHECK_THROWS_AS(SampleWindow(0), BugError);
    CHECK_THROWS_AS(SampleWindow(65'537), BugError);
}
