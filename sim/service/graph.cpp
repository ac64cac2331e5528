// SPDX-License-Identifier: MIT
#include "sim/service/graph.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/edmonds_karp_max_flow.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/property_map/property_map.hpp>
#include <deque>
#include <iterator>
#include <limits>
#include <optional>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

using Numbers = std::vector<std::uint32_t>;
using Directed = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
using Undirected =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                          boost::property<boost::edge_index_t, std::size_t>>;

enum class Which : std::uint8_t { required, all };

void sort_unique(Numbers& numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

// Whom each service calls, in ascending order, each once.
std::vector<Numbers> callees(const CallGraph& graph, Which which) {
    std::vector<Numbers> of(graph.services);
    for (const CallEdge& call : graph.calls) {
        novacron::check(call.from < graph.services && call.to < graph.services,
                        "a call goes from a service to a service");
        if (which == Which::required && call.optional) continue;
        of[call.from].push_back(call.to);
    }
    for (Numbers& each : of) sort_unique(each);
    return of;
}

std::vector<Numbers> reversed(const std::vector<Numbers>& of) {
    std::vector<Numbers> result(of.size());
    for (std::uint32_t i = 0; i < of.size(); ++i) {
        for (const std::uint32_t to : of[i]) result[to].push_back(i);
    }
    return result;
}

// What is reached from there in one step or more, in ascending order.
Numbers reached(const std::vector<Numbers>& next, const Numbers& from) {
    std::vector<bool> seen(next.size(), false);
    Numbers result;
    std::deque<std::uint32_t> open(from.begin(), from.end());
    while (!open.empty()) {
        const std::uint32_t at = open.front();
        open.pop_front();
        for (const std::uint32_t to : next[at]) {
            if (seen[to]) continue;
            seen[to] = true;
            result.push_back(to);
            open.push_back(to);
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

// Entries, and what they require.
std::vector<bool> needed_services(const CallGraph& graph, const std::vector<Numbers>& required) {
    std::vector<bool> needed(graph.services, false);
    for (const std::uint32_t entry : graph.entries) needed[entry] = true;
    for (const std::uint32_t each : reached(required, graph.entries)) needed[each] = true;
    return needed;
}

Directed directed(const std::vector<Numbers>& next) {
    Directed graph(next.size());
    for (std::uint32_t i = 0; i < next.size(); ++i) {
        for (const std::uint32_t to : next[i]) boost::add_edge(i, to, graph);
    }
    return graph;
}

// The number of the strong component of each vertex.
std::vector<std::size_t> components(const std::vector<Numbers>& next) {
    const Directed graph = directed(next);
    std::vector<std::size_t> component(next.size());
    if (next.empty()) return component;
    boost::strong_components(
        graph, boost::make_iterator_property_map(component.begin(),
                                                 boost::get(boost::vertex_index, graph)));
    return component;
}

// The shortest way from a vertex back to itself within its component; empty if there is none.
Numbers shortest_circle(const std::vector<Numbers>& next, std::uint32_t start) {
    std::vector<std::optional<std::uint32_t>> before(next.size());
    std::deque<std::uint32_t> open{start};
    while (!open.empty()) {
        const std::uint32_t at = open.front();
        open.pop_front();
        for (const std::uint32_t to : next[at]) {
            if (to == start) {
                Numbers circle;
                for (std::uint32_t each = at; each != start; each = *before[each]) {
                    circle.push_back(each);
                }
                circle.push_back(start);
                std::reverse(circle.begin(), circle.end());
                return circle;
            }
            if (before[to]) continue;
            before[to] = at;
            open.push_back(to);
        }
    }
    return {};
}

}  // namespace

std::vector<Dependencies> dependency_map(const CallGraph& graph) {
    const std::vector<Numbers> required = callees(graph, Which::required);
    const std::vector<Numbers> all = callees(graph, Which::all);
    const std::vector<Numbers> requiring = reversed(required);
    const std::vector<bool> needed = needed_services(graph, required);
    std::vector<Dependencies> map(graph.services);
    for (std::uint32_t i = 0; i < graph.services; ++i) {
        map[i] = {all[i], reached(required, {i}), reached(all, {i}), reached(requiring, {i}),
                  needed[i]};
    }
    return map;
}

std::vector<std::uint32_t> root_failures(const CallGraph& graph, const std::vector<bool>& failing) {
    novacron::check(failing.size() == graph.services, "of each service it is known if it fails");
    std::vector<Numbers> next = callees(graph, Which::required);
    for (std::uint32_t i = 0; i < next.size(); ++i) {
        if (!failing[i]) next[i].clear();
        std::erase_if(next[i], [&](std::uint32_t to) { return !failing[to]; });
    }
    const std::vector<std::size_t> component = components(next);
    std::vector<bool> explained(graph.services, false);  // by component
    for (std::uint32_t i = 0; i < next.size(); ++i) {
        for (const std::uint32_t to : next[i]) {
            if (component[i] != component[to]) explained[component[i]] = true;
        }
    }
    Numbers roots;
    for (std::uint32_t i = 0; i < graph.services; ++i) {
        if (failing[i] && !explained[component[i]]) roots.push_back(i);
    }
    return roots;
}

std::vector<std::vector<std::uint32_t>> circles(const CallGraph& graph) {
    const std::vector<Numbers> next = callees(graph, Which::all);
    const std::vector<std::size_t> component = components(next);
    std::vector<bool> done(graph.services, false);  // by component
    std::vector<Numbers> found;
    for (std::uint32_t i = 0; i < graph.services; ++i) {
        if (done[component[i]]) continue;
        done[component[i]] = true;
        Numbers circle = shortest_circle(next, i);
        if (!circle.empty()) found.push_back(std::move(circle));
    }
    return found;
}

std::vector<SinglePoint> single_points(const CallGraph& graph, const Placement& placement) {
    novacron::check(placement.units_of.size() == graph.services, "every service has its place");
    const std::vector<bool> needed = needed_services(graph, callees(graph, Which::required));
    // Clients are vertex 0; a needed service is a vertex, and so is each of its units, once for
    // each service: that a unit runs two services connects nothing.
    Undirected paths(1);
    std::size_t edges = 0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> unit_at{{}};  // by vertex: unit, service
    std::vector<bool> is_unit{false};
    for (std::uint32_t service = 0; service < graph.services; ++service) {
        if (!needed[service] || placement.units_of[service].empty()) continue;
        Numbers units = placement.units_of[service];
        sort_unique(units);
        const auto end = boost::add_vertex(paths);
        unit_at.emplace_back(0, service);
        is_unit.push_back(false);
        for (const std::uint32_t unit : units) {
            const auto through = boost::add_vertex(paths);
            unit_at.emplace_back(unit, service);
            is_unit.push_back(true);
            boost::add_edge(boost::vertex(0, paths), through, edges++, paths);
            boost::add_edge(through, end, edges++, paths);
        }
    }
    std::vector<Undirected::vertex_descriptor> points;
    boost::articulation_points(paths, std::back_inserter(points));
    std::vector<Numbers> lost(placement.units);
    for (const auto point : points) {
        if (is_unit[point]) lost[unit_at[point].first].push_back(unit_at[point].second);
    }
    std::vector<SinglePoint> result;
    for (std::uint32_t unit = 0; unit < placement.units; ++unit) {
        if (lost[unit].empty()) continue;
        sort_unique(lost[unit]);
        result.push_back({unit, std::move(lost[unit])});
    }
    return result;
}

Cut smallest_cut(std::uint32_t places, std::span<const Line> lines,
                 std::span<const std::uint32_t> one, std::span<const std::uint32_t> other) {
    using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
    using Flow = boost::adjacency_list<
        boost::vecS, boost::vecS, boost::directedS, boost::no_property,
        boost::property<
            boost::edge_capacity_t, std::int64_t,
            boost::property<boost::edge_residual_capacity_t, std::int64_t,
                            boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;
    Cut cut;
    for (const std::uint32_t place : one) {
        if (std::find(other.begin(), other.end(), place) != other.end()) cut.possible = false;
    }
    if (!cut.possible || one.empty() || other.empty()) return cut;
    Flow flow(places + std::size_t{2});
    const auto capacity = boost::get(boost::edge_capacity, flow);
    const auto residual = boost::get(boost::edge_residual_capacity, flow);
    const auto reverse = boost::get(boost::edge_reverse, flow);
    std::int64_t uncuttable = 1;
    for (const Line& line : lines) {
        novacron::check(line.a < places && line.b < places && line.cost >= 0,
                        "a line connects two places and costs 0 or more to cut");
        uncuttable += line.cost;
    }
    const auto connect = [&](std::uint32_t a, std::uint32_t b, std::int64_t there,
                             std::int64_t back) {
        const auto forward = boost::add_edge(a, b, flow).first;
        const auto backward = boost::add_edge(b, a, flow).first;
        capacity[forward] = there;
        capacity[backward] = back;
        reverse[forward] = backward;
        reverse[backward] = forward;
    };
    for (const Line& line : lines) connect(line.a, line.b, line.cost, line.one_way ? 0 : line.cost);
    const std::uint32_t source = places;
    const std::uint32_t sink = places + 1;
    for (const std::uint32_t place : one) connect(source, place, uncuttable, 0);
    for (const std::uint32_t place : other) connect(place, sink, uncuttable, 0);
    cut.cost = boost::edmonds_karp_max_flow(flow, source, sink);
    // What can still be reached from the first side is its part; the lines that leave it are cut.
    std::vector<bool> near(places + std::size_t{2}, false);
    std::deque<std::uint32_t> open{source};
    near[source] = true;
    while (!open.empty()) {
        const std::uint32_t at = open.front();
        open.pop_front();
        const auto out = boost::out_edges(at, flow);
        for (auto edge = out.first; edge != out.second; ++edge) {
            const auto to = static_cast<std::uint32_t>(boost::target(*edge, flow));
            if (near[to] || residual[*edge] == 0) continue;
            near[to] = true;
            open.push_back(to);
        }
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool back = !lines[i].one_way && near[lines[i].b] && !near[lines[i].a];
        if ((near[lines[i].a] && !near[lines[i].b]) || back) cut.lines.push_back(i);
    }
    return cut;
}

}  // namespace shaketable
