// SPDX-License-Identifier: MIT
#include "sim/run/owed_liveness.hpp"

#include <algorithm>

namespace shaketable {
namespace {

// Of messages, above which elections may fail ten times in a row.
constexpr double kMostLoss = 0.05;

bool leads_out(const LinkSpec& link, const std::vector<NodeId>& nodes) {
    const auto is_outside = [&](NodeId node) {
        return !std::binary_search(nodes.begin(), nodes.end(), node);
    };
    return std::all_of(link.from.begin(), link.from.end(), is_outside) ||
           std::all_of(link.to.begin(), link.to.end(), is_outside);
}

}  // namespace

Duration slowest(const Distribution& distribution) {
    return distribution.at(~(~std::uint64_t{0} / 100'000));
}

std::optional<LivenessOptions> owed_liveness(const Scenario& scenario,
                                             const std::vector<NodeId>& nodes,
                                             Duration slowest_sync) {
    const Duration patience = scenario.consensus.election_timeout_min;
    Duration latency = slowest(Distribution(scenario.default_link.latency));
    double loss = scenario.default_link.loss;
    for (const LinkSpec& link : scenario.links) {
        if (leads_out(link, nodes)) continue;
        latency = std::max(latency, slowest(Distribution(link.latency)));
        loss = std::max(loss, link.loss);
    }
    if (latency * 2 + slowest_sync >= patience || loss > kMostLoss) return std::nullopt;
    Duration longest;
    for (const NodeId node : nodes) {
        longest = std::max(longest, scenario.consensus.election_timeout_max +
                                        scenario.nodes.at(node.value).election_delay);
    }
    return LivenessOptions{longest * 10, loss == 0 && latency * 10 <= patience};
}

}  // namespace shaketable
