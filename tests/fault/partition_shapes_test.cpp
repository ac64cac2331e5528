// SPDX-License-Identifier: MIT
//
// Who sees whom in each shape of a partition.
#include "sim/fault/partition_shapes.hpp"

#include <algorithm>
#include <set>

#include "tests/catch.hpp"
#include "tests/fault/struck.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using Shape = Partition::Shape;

Nodes first(std::uint32_t count) {
    Nodes ids;
    for (std::uint32_t i = 0; i < count; ++i) ids.push_back(NodeId{i});
    return ids;
}

NodeGroups groups(Shape shape, std::uint32_t count, std::uint64_t seed) {
    Random random(seed);
    return draw_groups(shape, first(count), random);
}
NodePairs links(Shape shape, std::uint32_t count, std::uint64_t seed,
                std::optional<double> share = std::nullopt) {
    Random random(seed);
    return draw_links(shape, share, first(count), random);
}

// Those that are in two groups, or in none.
std::size_t without_a_side(const NodeGroups& sides, std::uint32_t count) {
    std::size_t found = 0;
    for (const NodeId node : first(count)) {
        const auto in = std::count_if(sides.begin(), sides.end(), [&](const Nodes& side) {
            return std::binary_search(side.begin(), side.end(), node);
        });
        REQUIRE(in <= 1);
        found += in == 0 ? 1U : 0U;
    }
    return found;
}

}  // namespace

TEST_CASE("partition shapes: halves differ by one node at most, and nobody is left out") {
    std::set<NodeGroups> seen;
    for (std::uint32_t count = 2; count <= 9; ++count) {
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            const NodeGroups sides = groups(Shape::halves, count, seed);
            REQUIRE(sides.size() == 2);
            REQUIRE(without_a_side(sides, count) == 0);
            REQUIRE(sides[0].size() == count / 2);
            if (count == 4) seen.insert(sides);
        }
    }
    REQUIRE(seen.size() == 6);  // two of four
}

TEST_CASE("partition shapes: one is isolated, anybody") {
    std::set<Nodes> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const NodeGroups sides = groups(Shape::isolate, 5, seed);
        REQUIRE(sides[0].size() == 1);
        REQUIRE(without_a_side(sides, 5) == 0);
        seen.insert(sides[0]);
    }
    REQUIRE(seen.size() == 5);
}

TEST_CASE("partition shapes: a minority is of any number below half") {
    std::set<std::size_t> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const NodeGroups sides = groups(Shape::minority, 7, seed);
        REQUIRE(without_a_side(sides, 7) == 0);
        seen.insert(sides[0].size());
    }
    REQUIRE(seen == std::set<std::size_t>{1, 2, 3});
}

TEST_CASE("partition shapes: a bridge sees both halves, and is in neither") {
    std::set<NodeId> bridges;
    for (std::uint32_t count = 3; count <= 9; ++count) {
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            const NodeGroups sides = groups(Shape::bridge, count, seed);
            REQUIRE(without_a_side(sides, count) == 1);
            REQUIRE(sides[1].size() - sides[0].size() <= 1);
            for (const NodeId node : first(count)) {
                if (count != 5) continue;
                const bool sided = std::binary_search(sides[0].begin(), sides[0].end(), node) ||
                                   std::binary_search(sides[1].begin(), sides[1].end(), node);
                if (!sided) bridges.insert(node);
            }
        }
    }
    REQUIRE(bridges.size() == 5);
}

TEST_CASE("partition shapes: in a ring every node sees a majority, and no two the same one") {
    for (std::uint32_t count = 3; count <= 11; ++count) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            INFO(count << " nodes, seed " << seed);
            const NodePairs cut = links(Shape::majorities_ring, count, seed);
            REQUIRE_FALSE(cut.empty());
            std::set<Nodes> views;
            for (const NodeId node : first(count)) {
                Nodes seen = first(count);
                for (const auto& [one, other] : cut) {
                    if (one == node) std::erase(seen, other);
                    if (other == node) std::erase(seen, one);
                }
                REQUIRE(seen.size() > count / 2);
                views.insert(seen);
            }
            REQUIRE(views.size() == count);
        }
    }
    REQUIRE(links(Shape::majorities_ring, 5, 1) != links(Shape::majorities_ring, 5, 2));
}

TEST_CASE("partition shapes: of a mesh the given share of the links is cut, or a drawn one") {
    for (const auto& [share, expected] : {std::pair{0.0, 1U}, {0.3, 3U}, {0.5, 5U}, {1.0, 10U}}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const NodePairs cut = links(Shape::partial_mesh, 5, seed, share);
            REQUIRE(cut.size() == expected);
            std::set<std::set<NodeId>> different;
            for (const auto& [one, other] : cut) different.insert({one, other});
            REQUIRE(different.size() == expected);
            REQUIRE(std::none_of(cut.begin(), cut.end(),
                                 [](const auto& link) { return link.first == link.second; }));
        }
    }
    std::set<std::size_t> drawn;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        drawn.insert(links(Shape::partial_mesh, 5, seed).size());
    }
    REQUIRE(drawn.size() == 10);
}

TEST_CASE("partition shapes: what is drawn is cut, in both directions or in one") {
    const Shape shapes[] = {Shape::halves, Shape::isolate,         Shape::minority,
                            Shape::bridge, Shape::majorities_ring, Shape::partial_mesh};
    for (const Shape shape : shapes) {
        for (const auto direction : {Partition::Direction::both, Partition::Direction::outward,
                                     Partition::Direction::inward}) {
            PlannedFault fault = partition({}, direction);
            std::get<Partition>(fault.kind).shape = shape;
            Struck struck({fault});
            struck.run_until_s(8);
            INFO("shape " << static_cast<int>(shape));
            const auto& sets = struck.injector.hit(0);
            REQUIRE(sets.size() >= 2);
            REQUIRE(struck.effects() == std::vector{FaultEffect::packet_dropped});
            std::set<std::pair<HostId, HostId>> expected;
            for (std::size_t i = 0; i + 1 < sets.size(); i += 2) {
                for (const NodeId a : sets[i].nodes) {
                    for (const NodeId b : sets[i + 1].nodes) {
                        const HostId one{a.value};
                        const HostId other{b.value};
                        const bool out = direction != Partition::Direction::inward;
                        const bool in = direction != Partition::Direction::outward;
                        if (out) expected.emplace(one, other);
                        if (in) expected.emplace(other, one);
                    }
                }
            }
            // Not every cut path has been tried, but no other was cut.
            const auto cut = struck.partitioned();
            REQUIRE(std::includes(expected.begin(), expected.end(), cut.begin(), cut.end()));
            REQUIRE_FALSE(cut.empty());
        }
    }
}

TEST_CASE("partition shapes: links are cut as they are named, and a role is looked up") {
    PlannedFault fault = partition({}, Partition::Direction::both);
    Partition& cut = std::get<Partition>(fault.kind);
    cut.shape = Shape::links;
    cut.links = {{nodes({NodeId{0}}), nodes({NodeId{1}, NodeId{2}})},
                 {role(Selector::Role::leader), clients()}};
    Struck struck({fault});
    struck.run_until_s(8);
    const NodeId leader = struck.injector.hit(0).at(2).nodes.at(0);
    const auto paths = struck.partitioned();
    REQUIRE_FALSE(paths.empty());
    for (const auto& [from, to] : paths) {
        const bool named = std::set{from.value, to.value} == std::set{0U, 1U} ||
                           std::set{from.value, to.value} == std::set{0U, 2U};
        const bool served = is_node(from) != is_node(to) &&
                            (from.value == leader.value || to.value == leader.value);
        REQUIRE((named || served));
    }
}

TEST_CASE("partition shapes: a link that finds nobody is left out, the others are cut") {
    PlannedFault fault = partition({}, Partition::Direction::both);
    fault.start = Instant{} + novacron::milliseconds(1);  // nobody leads yet
    Partition& cut = std::get<Partition>(fault.kind);
    cut.shape = Shape::links;
    cut.links = {{role(Selector::Role::leader), nodes({NodeId{1}})},
                 {nodes({NodeId{3}}), nodes({NodeId{4}})}};
    Struck struck({fault});
    struck.run_until_s(4);
    REQUIRE(struck.injector.hit(0).size() == 2);
    REQUIRE(struck.injector.hit(0)[0].nodes == Nodes{NodeId{3}});

    cut.links.pop_back();
    Struck nobody({fault});
    nobody.run_until_s(4);
    REQUIRE(nobody.injector.hit(0).at(0).nodes.empty());
    REQUIRE(nobody.effects().empty());
}
