// SPDX-License-Identifier: MIT
#include "sim/service/graph.hpp"

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace shaketable {
namespace {

using Numbers = std::vector<std::uint32_t>;

// shop (0) calls cart (1), prices (2) and, if it can, hints (3); cart and prices call the store
// (4); hints calls a model (5).
CallGraph shop() {
    return {6, {{0, 1, false}, {0, 2, false}, {0, 3, true}, {1, 4, false}, {2, 4, false},
                {3, 5, false}}, {0}};
}

std::vector<bool> failing(std::uint32_t services, const Numbers& which) {
    std::vector<bool> set(services, false);
    for (const std::uint32_t each : which) set[each] = true;
    return set;
}

TEST_CASE("service graph: the dependency map tells required from optional, both ways") {
    const std::vector<Dependencies> map = dependency_map(shop());
    CHECK(map[0].direct == Numbers{1, 2, 3});
    CHECK(map[0].required == Numbers{1, 2, 4});
    CHECK(map[0].all == Numbers{1, 2, 3, 4, 5});
    CHECK(map[0].dependants.empty());
    CHECK(map[4].dependants == Numbers{0, 1, 2});
    CHECK(map[5].dependants == Numbers{3});
    CHECK(map[4].needed);
    CHECK_FALSE(map[3].needed);
    CHECK_FALSE(map[5].needed);
}

TEST_CASE("service graph: the root of a failure is what fails while all that it requires works") {
    CHECK(root_failures(shop(), failing(6, {0, 1, 2, 4})) == Numbers{4});
    CHECK(root_failures(shop(), failing(6, {0, 1})) == Numbers{1});
    CHECK(root_failures(shop(), failing(6, {})).empty());
    CHECK(root_failures(shop(), failing(6, {1, 2})) == Numbers{1, 2});
}

TEST_CASE("service graph: an optional call explains no failure") {
    CHECK(root_failures(shop(), failing(6, {0, 3, 5})) == Numbers{0, 5});
}

TEST_CASE("service graph: a circle that nothing explains is the root as a whole") {
    const CallGraph graph{4, {{0, 1, false}, {1, 2, false}, {2, 1, false}, {2, 3, false}}, {0}};
    CHECK(root_failures(graph, failing(4, {0, 1, 2})) == Numbers{1, 2});
    CHECK(root_failures(graph, failing(4, {0, 1, 2, 3})) == Numbers{3});
}

TEST_CASE("service graph: circles of calls are found and begin with their lowest service") {
    CHECK(circles(shop()).empty());
    const CallGraph graph{6,
                          {{0, 3, false}, {3, 1, false}, {1, 4, true}, {4, 3, false},
                           {4, 1, false}, {5, 5, false}, {0, 2, false}},
                          {0}};
    const std::vector<Numbers> found = circles(graph);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == Numbers{1, 4});
    CHECK(found[1] == Numbers{5});
}

TEST_CASE("service graph: a unit that alone runs what clients need is a single point of failure") {
    // Store on unit 2 alone, prices on 1 and 2, the model (not needed) on 3 alone.
    const Placement placement{{{0, 1}, {0, 1}, {1, 2}, {3}, {2}, {3}}, 4};
    CHECK(single_points(shop(), placement) == std::vector<SinglePoint>{{2, {4}}});
}

TEST_CASE("service graph: that two services share two units makes neither a single point") {
    const CallGraph graph{3, {{0, 1, false}, {1, 2, false}}, {0}};
    CHECK(single_points(graph, {{{0, 1}, {1, 2}, {2, 0}}, 3}).empty());
    CHECK(single_points(graph, {{{0, 1}, {1}, {1, 1}}, 2}) ==
          std::vector<SinglePoint>{{1, {1, 2}}});
}

TEST_CASE("service graph: two sites are parted by the fewest lines, and by the cheapest") {
    // A square 0-1-2-3 with a diagonal 0-2.
    const std::vector<Line> square{{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 0, 1}, {0, 2, 5}};
    const Cut single = smallest_cut(4, square, Numbers{1}, Numbers{3});
    CHECK(single.cost == 2);
    CHECK(single.lines == std::vector<std::size_t>{0, 1});
    const Cut diagonal = smallest_cut(4, square, Numbers{0}, Numbers{2});
    CHECK(diagonal.cost == 7);
    CHECK(diagonal.lines == std::vector<std::size_t>{0, 3, 4});
    CHECK_FALSE(smallest_cut(4, square, Numbers{0, 1}, Numbers{1}).possible);
    CHECK(smallest_cut(4, {}, Numbers{0}, Numbers{1}).cost == 0);
}

// By trying all divisions of the places.
std::int64_t cheapest_by_trying(std::uint32_t places, const std::vector<Line>& lines) {
    std::int64_t best = INT64_MAX;
    for (std::uint32_t side = 0; side < (1U << places); ++side) {
        if ((side & 1U) == 0 || (side >> (places - 1) & 1U) != 0) continue;
        std::int64_t cost = 0;
        for (const Line& line : lines) {
            const bool a = (side >> line.a & 1U) != 0;
            const bool b = (side >> line.b & 1U) != 0;
            if ((a && !b) || (b && !a && !line.one_way)) cost += line.cost;
        }
        best = std::min(best, cost);
    }
    return best;
}

TEST_CASE("service graph: the smallest cut is that of trying all, and does part the places") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        INFO("seed " << seed);
        novacron::Random random(seed);
        const auto places = static_cast<std::uint32_t>(2 + random.below(6));
        std::vector<Line> lines;
        const std::uint64_t count = random.below(14);
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto a = static_cast<std::uint32_t>(random.below(places));
            const auto b = static_cast<std::uint32_t>(random.below(places));
            const auto cost = static_cast<std::int64_t>(random.below(5));
            lines.push_back({a, b, cost, random.below(2) == 0});
        }
        const Cut cut = smallest_cut(places, lines, Numbers{0}, Numbers{places - 1});
        CHECK(cut.cost == cheapest_by_trying(places, lines));
        std::int64_t cost = 0;
        std::vector<Line> left;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const bool gone = std::find(cut.lines.begin(), cut.lines.end(), i) != cut.lines.end();
            if (gone) cost += lines[i].cost;
            else left.push_back(lines[i]);
        }
        CHECK(cost == cut.cost);
        CHECK(smallest_cut(places, left, Numbers{0}, Numbers{places - 1}).cost == 0);
    }
}

}  // namespace
}  // namespace shaketable
