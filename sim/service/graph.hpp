// SPDX-License-Identifier: MIT
//
// Questions to a graph of who calls whom: what a service rests on, who fails because of whom, what
// there is only one of, and what one must cut to part two places.
//
// Intuition: a call that is required hands failure on; an optional one does not. So a failing
// service is explained by what it requires and fails as well, and what is left unexplained is where
// to look first. And clients need what they reach by required calls: of that, whatever has a single
// unit (an instance, a node, a site) to run on is a single point of failure.
//
// Pure and small: a graph of services has tens of vertices, and is asked by people. Answers are in
// ascending order of numbers, whatever the order of the calls. The algorithms are Boost.Graph's:
// strong components, articulation points, maximum flow.
// Not modelled: how likely a call is made, how much load the others can take over.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shaketable {

struct CallEdge {
    std::uint32_t from = 0;  // the caller
    std::uint32_t to = 0;    // whom it calls and waits for
    bool optional = false;   // the caller does without an answer
    friend bool operator==(const CallEdge&, const CallEdge&) = default;
};

// REQUIRES, of every function here: ends of calls and entries are below `services`.
struct CallGraph {
    std::uint32_t services = 0;
    std::vector<CallEdge> calls;
    std::vector<std::uint32_t> entries;  // whom clients call
};

// One line of the dependency map.
struct Dependencies {
    std::vector<std::uint32_t> direct;      // called by the service itself
    std::vector<std::uint32_t> required;    // without which it fails, at any distance
    std::vector<std::uint32_t> all;         // called on its behalf, at any distance
    std::vector<std::uint32_t> dependants;  // which fail without it, at any distance
    bool needed = false;                    // clients need it
};

// One for each service. A service is not among its own, unless it calls itself in a circle.
std::vector<Dependencies> dependency_map(const CallGraph& graph);

// Which of the failing services no failing dependency explains: they fail, and nothing that they
// require does. Services that require each other in a circle explain nothing to each other: if
// nothing else explains the circle, all its failing members are roots.
// REQUIRES: `failing` has one entry for each service.
std::vector<std::uint32_t> root_failures(const CallGraph& graph, const std::vector<bool>& failing);

// Calls that wait for each other in a circle: each of them would wait for itself. For every knot of
// such calls the shortest circle through its lowest service, which it begins with. Optional calls
// are waited for as well.
std::vector<std::vector<std::uint32_t>> circles(const CallGraph& graph);

// Where a service runs: on which units, of whatever kind is asked about.
struct Placement {
    std::vector<std::vector<std::uint32_t>> units_of;  // by service; each unit below `units`
    std::uint32_t units = 0;
};

struct SinglePoint {
    std::uint32_t unit = 0;
    std::vector<std::uint32_t> services;  // that clients need and that run nowhere else
    friend bool operator==(const SinglePoint&, const SinglePoint&) = default;
};

// The units whose loss parts clients from something that they need: the articulation points of the
// graph in which clients reach each needed service through each of its units.
// REQUIRES: the placement has an entry for each service. A service without units needs none.
std::vector<SinglePoint> single_points(const CallGraph& graph, const Placement& placement);

// A line between two places; `cost` says how hard it is to cut.
struct Line {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::int64_t cost = 1;  // 0 or more
    bool one_way = false;   // from a to b only
};

// The cheapest set of lines to cut so that no path is left from any of the first side to any of the
// other, by their numbers; of several such sets the one nearest to the first side. A place on both
// sides can't be parted from itself: then nothing, and `possible` is false.
struct Cut {
    bool possible = true;
    std::int64_t cost = 0;
    std::vector<std::size_t> lines;
};
// REQUIRES: all places are below `places`.
Cut smallest_cut(std::uint32_t places, std::span<const Line> lines,
                 std::span<const std::uint32_t> one, std::span<const std::uint32_t> other);

}  // namespace shaketable
