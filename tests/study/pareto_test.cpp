// SPDX-License-Identifier: MIT
#include "sim/study/pareto.hpp"

#include <algorithm>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using Points = std::vector<std::vector<Weight>>;
using Front = std::vector<bool>;

const std::vector<Direction> kLess = {Direction::min, Direction::min};
const Weight kNone{};
const Weight kCensored{std::nullopt, true};

Weight w(double value) { return {value, false}; }

}  // namespace

TEST_CASE("pareto: what no point beats is the front") {
    CHECK(pareto_front({{w(1), w(3)}, {w(2), w(2)}, {w(3), w(1)}, {w(3), w(3)}}, kLess) ==
          Front{true, true, true, false});
    CHECK(pareto_front({}, kLess).empty());
    CHECK(pareto_front({{w(1), w(1)}}, kLess) == Front{true});
}

TEST_CASE("pareto: more can be better") {
    CHECK(pareto_front({{w(1), w(3)}, {w(2), w(2)}, {w(3), w(1)}},
                       {Direction::min, Direction::max}) == Front{true, false, false});
}

TEST_CASE("pareto: equal points stand or fall together, and a tie in one objective decides none") {
    CHECK(pareto_front({{w(1), w(2)}, {w(1), w(2)}, {w(2), w(2)}}, kLess) ==
          Front{true, true, false});
}

TEST_CASE("pareto: censored is worse than any number, and as bad as censored") {
    CHECK(pareto_front({{w(1e300), w(1)}, {kCensored, w(1)}}, kLess) == Front{true, false});
    CHECK(pareto_front({{kCensored, w(1)}, {kCensored, w(2)}}, kLess) == Front{true, false});
    CHECK(pareto_front({{kCensored, w(1)}, {w(1), w(2)}}, kLess) == Front{true, true});
    // Also where more is better.
    CHECK(pareto_front({{w(-1e300)}, {kCensored}}, {Direction::max}) == Front{true, false});
}

TEST_CASE("pareto: without evidence a point is neither on the front nor in anybody's way") {
    CHECK(pareto_front({{w(0), kNone}, {w(5), w(5)}}, kLess) == Front{false, true});
    CHECK(pareto_front({{kNone, kNone}}, kLess) == Front{false});
}

TEST_CASE("pareto: the front beats all that is off it and nothing on it, in any order") {
    const std::uint64_t seed = 4711;
    INFO("seed " << seed);
    novacron::Random random(seed);
    for (int round = 0; round < 200; ++round) {
        Points points;
        const std::uint64_t count = 1 + random.below(30);
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto a = static_cast<double>(random.below(8));
            const auto b = static_cast<double>(random.below(8));
            points.push_back({w(a), a == 7 ? kCensored : w(b)});
        }
        const auto number = [](const Weight& x) { return x.censored ? 1e9 : *x.value; };
        const auto beats = [&](const auto& p, const auto& q) {
            return number(p[0]) <= number(q[0]) && number(p[1]) <= number(q[1]) &&
                   (number(p[0]) < number(q[0]) || number(p[1]) < number(q[1]));
        };
        const Front front = pareto_front(points, kLess);
        for (std::size_t i = 0; i < points.size(); ++i) {
            bool beaten = false;
            for (std::size_t j = 0; j < points.size(); ++j) {
                beaten = beaten || (front[j] && beats(points[j], points[i]));
            }
            REQUIRE(front[i] == !beaten);
        }
        Points reversed(points.rbegin(), points.rend());
        Front back = pareto_front(reversed, kLess);
        std::reverse(back.begin(), back.end());
        REQUIRE(back == front);
    }
}
