// SPDX-License-Identifier: MIT
#include "sim/scenario/configuration.hpp"

#include <algorithm>
#include <array>

namespace shaketable {
namespace {

// Sections of cluster, and those of cluster.resilience.
constexpr std::array<std::string_view, 2> kOfCluster = {"consensus", "failure_detector"};
constexpr std::array<std::string_view, 4> kOfResilience = {"circuit_breaker", "rate_limiter",
                                                           "bulkhead", "retry"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_section(std::string_view name) {
    return is_among(kOfCluster, name) || is_among(kOfResilience, name);
}

Node map_at(const Position& at) {
    Node node;
    node.kind = Node::Kind::map;
    node.at = at;
    return node;
}

}  // namespace

bool is_configuration(const Node& file) {
    return file.is_map() && file.find_entry("version") == nullptr &&
           std::any_of(file.entries.begin(), file.entries.end(),
                       [](const Node::Entry& entry) { return is_section(entry.key); });
}

Node part_of_scenario(Node configuration, Diagnostics& diagnostics) {
    const Position at = configuration.at;
    Node cluster = map_at(at);
    Node resilience = map_at(at);
    std::vector<std::string> known;
    for (const std::string_view name : kOfCluster) known.emplace_back(name);
    for (const std::string_view name : kOfResilience) known.emplace_back(name);
    for (Node::Entry& entry : configuration.entries) {
        if (is_among(kOfCluster, entry.key)) {
            cluster.entries.push_back(std::move(entry));
        } else if (is_among(kOfResilience, entry.key)) {
            resilience.entries.push_back(std::move(entry));
        } else {
            std::string hint = did_you_mean(entry.key, known);
            if (hint.empty()) {
                for (const std::string& name : known)
                    hint += (hint.empty() ? "known are " : ", ") + name;
            }
            diagnostics.add(about(
                entry, "a configuration of the cluster has no section '" + entry.key + "'", hint));
        }
    }
    if (!resilience.entries.empty()) {
        cluster.entries.push_back({"resilience", at, std::move(resilience)});
    }
    Node part = map_at(at);
    part.entries.push_back({"cluster", at, std::move(cluster)});
    return part;
}

}  // namespace shaketable
