// SPDX-License-Identifier: MIT
#include "sim/scenario/spell_out.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/overloaded.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/node.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

Node text(std::string what) { return Node::scalar(std::move(what), {}); }
Node text(Duration duration) { return text(format_duration(duration)); }

Node list(std::vector<Node> items) {
    Node node;
    node.kind = Node::Kind::list;
    node.items = std::move(items);
    return node;
}

Node map(std::vector<std::pair<std::string, Node>> entries) {
    Node node;
    node.kind = Node::Kind::map;
    for (auto& [key, value] : entries)
        node.entries.push_back({std::move(key), {}, std::move(value)});
    return node;
}

Node to_node(const DistributionOptions& options) {
    return std::visit(
        novacron::Overloaded{
            [](const Constant& d) { return text(d.value); },
            [](const Uniform& d) {
                return map(
                    {{"dist", text("uniform")}, {"low", text(d.low)}, {"high", text(d.high)}});
            },
            [](const Exponential& d) {
                return map({{"dist", text("exponential")}, {"mean", text(d.mean)}});
            },
            [](const Normal& d) {
                return map(
                    {{"dist", text("normal")}, {"mean", text(d.mean)}, {"stddev", text(d.stddev)}});
            },
            [](const Lognormal& d) {
                return map({{"dist", text("lognormal")},
                            {"median", text(d.median)},
                            {"p99", text(d.p99)}});
            },
            [](const Pareto& d) {
                return map({{"dist", text("pareto")},
                            {"scale", text(d.scale)},
                            {"shape", text(format_number(d.shape))}});
            },
            [](const Empirical& d) {
                std::vector<Node> quantiles;
                for (const Duration quantile : d.quantiles) quantiles.push_back(text(quantile));
                return map(
                    {{"dist", text("empirical")}, {"quantiles", list(std::move(quantiles))}});
            }},
        options);
}

Node hosts(const HostSet& set, const std::vector<NodeSpec>& nodes) {
    std::vector<Node> names;
    for (const NodeId node : set.nodes) names.push_back(text(nodes[node.value].name));
    if (set.clients) names.push_back(text("clients"));
    return list(std::move(names));
}

// What the fault needs to know; an empty map if nothing.
Node with_of(const FaultKind& kind, const std::vector<NodeSpec>& nodes) {
    const auto probable = [](double probability) {
        return map({{"probability", text(format_probability(probability))}});
    };
    const auto nothing = [] { return map({}); };
    return std::visit(
        novacron::Overloaded{[&](const NodeCrash&) { return nothing(); },
                             [&](const PowerLoss&) { return nothing(); },
                             [&](const NodePause&) { return nothing(); },
                             [&](const Partition&) { return nothing(); },
                             [&](const NetworkDelay& f) {
                                 return map({{"latency", to_node(f.latency)}});
                             },
                             [&](const NetworkLoss& f) { return probable(f.probability); },
                             [&](const NetworkDuplicate& f) { return probable(f.probability); },
                             [&](const NetworkReorder& f) { return probable(f.probability); },
                             [&](const DiskSlow& f) {
                                 return map({{"sync_latency", to_node(f.sync_latency)}});
                             },
                             [&](const DiskStall&) { return nothing(); },
                             [&](const DiskSyncIgnored&) { return nothing(); },
                             [&](const LeadershipTransfer&) { return nothing(); },
                             [&](const MembershipChange& f) {
                                 if (f.by.empty()) return nothing();
                                 return map({{"by", hosts({f.by}, nodes)}});
                             }},
        kind);
}

bool is_empty(const HostSet& set) { return set.nodes.empty() && !set.clients; }

Node target_of(const StruckFault& struck, const std::vector<NodeSpec>& nodes) {
    const auto* partition = std::get_if<Partition>(&struck.fault.kind);
    if (partition == nullptr) return hosts(struck.hit[0], nodes);
    std::vector<Node> groups;
    for (const HostSet& group : struck.hit) groups.push_back(hosts(group, nodes));
    Node target = map({{"split", list(std::move(groups))}});
    using Direction = Partition::Direction;
    if (partition->direction != Direction::both) {
        const bool inward = partition->direction == Direction::inward;
        target.entries.push_back({"direction", {}, text(inward ? "inward" : "outward")});
    }
    return target;
}

Node to_node(const StruckFault& struck, const std::vector<NodeSpec>& nodes) {
    const PlannedFault& fault = struck.fault;
    Node node = map({{"id", text(fault.id)},
                     {"at", text(fault.start - Instant{})},
                     {"inject", text(fault.inject)},
                     {"target", target_of(struck, nodes)}});
    if (Node with = with_of(fault.kind, nodes); !with.entries.empty()) {
        node.entries.push_back({"with", {}, std::move(with)});
    }
    const FaultWord* word = find_fault_word(fault.inject);
    novacron::check(word != nullptr, "a planned fault is of a kind that the language knows");
    if (word->at_once) return node;
    if (fault.end) {
        node.entries.push_back({"for", {}, text(*fault.end - fault.start)});
    } else {
        node.entries.push_back({"permanent", {}, text("true")});
    }
    return node;
}

// The clock of a target starts with a fault of the file; with the first of a storm if that is gone.
void rename_clocks(Node& tree, const Scenario& scenario, const std::vector<StruckFault>& kept) {
    Node* targets = tree.find("targets");
    if (targets == nullptr) return;
    for (Node::Entry& target : targets->entries) {
        Node* from = target.value.find("from");
        if (from == nullptr || !from->text.ends_with(".start")) continue;
        const std::string id = from->text.substr(0, from->text.size() - 6);
        const auto found = std::find_if(kept.begin(), kept.end(), [&](const StruckFault& struck) {
            return scenario.faults[struck.fault.origin].id == id;
        });
        if (found == kept.end()) {
            std::erase_if(target.value.entries,
                          [](const Node::Entry& entry) { return entry.key == "from"; });
        } else {
            from->text = found->fault.id + ".start";
        }
    }
}

}  // namespace

std::string spell_out(const Scenario& scenario, const std::vector<StruckFault>& faults) {
    Diagnostics diagnostics;
    auto tree = parse_yaml(scenario.resolved, scenario.path, diagnostics);
    novacron::check(tree.has_value(), "a scenario's resolved text can be read");
    std::vector<StruckFault> kept;
    std::copy_if(faults.begin(), faults.end(), std::back_inserter(kept),
                 [](const StruckFault& struck) {
                     return !struck.hit.empty() &&
                            std::none_of(struck.hit.begin(), struck.hit.end(), is_empty);
                 });
    Node* list_of_faults = tree->find("faults");
    novacron::check(list_of_faults != nullptr, "a canonical scenario has faults");
    list_of_faults->items.clear();
    for (const StruckFault& struck : kept) {
        list_of_faults->items.push_back(to_node(struck, scenario.nodes));
    }
    rename_clocks(*tree, scenario, kept);
    return emit_yaml(*tree);
}

}  // namespace shaketable
