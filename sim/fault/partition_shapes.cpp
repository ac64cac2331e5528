// SPDX-License-Identifier: MIT
#include "sim/fault/partition_shapes.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

using Shape = Partition::Shape;

template <class T>
void shuffle(std::vector<T>& items, Random& random) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        std::swap(items[i], items[i + static_cast<std::size_t>(random.below(items.size() - i))]);
    }
}

std::vector<NodeId> sorted(std::vector<NodeId> nodes) {
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

NodeGroups cut_after(const std::vector<NodeId>& nodes, std::size_t count) {
    const auto middle = nodes.begin() + static_cast<std::ptrdiff_t>(count);
    return {sorted({nodes.begin(), middle}), sorted({middle, nodes.end()})};
}

// Those that are not neighbours in the ring, whose order is the nodes' own.
NodePairs cut_ring(const std::vector<NodeId>& ring) {
    const std::size_t count = ring.size();
    const std::size_t others_seen = count / 2;       // with itself, a majority
    const std::size_t reach = (others_seen + 1) / 2;  // to either side
    NodePairs cut;
    for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = a + 1; b < count; ++b) {
            const std::size_t apart = std::min(b - a, count - (b - a));
            if (apart > reach) cut.emplace_back(ring[a], ring[b]);
        }
    }
    // Three in a ring are all neighbours; in a row, the ends are not.
    if (count == 3) cut.emplace_back(ring[0], ring[2]);
    return cut;
}

NodePairs cut_share(const std::vector<NodeId>& nodes, std::optional<double> share,
                    Random& random) {
    NodePairs links;
    for (std::size_t a = 0; a < nodes.size(); ++a) {
        for (std::size_t b = a + 1; b < nodes.size(); ++b) links.emplace_back(nodes[a], nodes[b]);
    }
    std::size_t count = 0;
    if (share) {
        count = static_cast<std::size_t>(*share * static_cast<double>(links.size()) + 0.5);
    } else {
        count = static_cast<std::size_t>(1 + random.below(links.size()));
    }
    shuffle(links, random);
    links.resize(std::clamp<std::size_t>(count, 1, links.size()));
    return links;
}

}  // namespace

std::size_t fewest_nodes(Shape shape) {
    switch (shape) {
        case Shape::split:
        case Shape::links: return 1;
        case Shape::halves:
        case Shape::isolate:
        case Shape::partial_mesh: return 2;
        case Shape::minority:
        case Shape::bridge:
        case Shape::majorities_ring: return 3;
    }
    throw novacron::BugError("a partition has a known shape");
}

bool cuts_links(Shape shape) {
    return shape == Shape::majorities_ring || shape == Shape::partial_mesh || shape == Shape::links;
}

NodeGroups draw_groups(Shape shape, std::vector<NodeId> nodes, Random& random) {
    novacron::check(nodes.size() >= fewest_nodes(shape), "a shape has its nodes");
    shuffle(nodes, random);
    if (shape == Shape::halves) return cut_after(nodes, nodes.size() / 2);
    if (shape == Shape::isolate) return cut_after(nodes, 1);
    if (shape == Shape::minority) {
        const std::size_t most = (nodes.size() - 1) / 2;
        return cut_after(nodes, static_cast<std::size_t>(1 + random.below(most)));
    }
    novacron::check(shape == Shape::bridge, "a shape of groups is drawn");
    nodes.pop_back();  // the bridge, which no group holds
    return cut_after(nodes, nodes.size() / 2);
}

NodePairs draw_links(Shape shape, std::optional<double> share, std::vector<NodeId> nodes,
                     Random& random) {
    novacron::check(nodes.size() >= fewest_nodes(shape), "a shape has its nodes");
    NodePairs links;
    if (shape == Shape::majorities_ring) {
        shuffle(nodes, random);
        links = cut_ring(nodes);
    } else {
        novacron::check(shape == Shape::partial_mesh, "a shape of links is drawn");
        links = cut_share(nodes, share, random);
    }
    for (auto& [one, other] : links) {
        if (other < one) std::swap(one, other);
    }
    std::sort(links.begin(), links.end());
    for (auto& [one, other] : links) {
        if (random.below(2) == 0) std::swap(one, other);
    }
    return links;
}

}  // namespace shaketable
