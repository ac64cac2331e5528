// SPDX-License-Identifier: MIT
#include "sim/scenario/spell_out.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/overloaded.hpp"
#include "sim/fault/partition_shapes.hpp"
#include "sim/scenario/bind_backup.hpp"
#include "sim/scenario/bind_deploy.hpp"
#include "sim/scenario/bind_traffic.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/host_options.hpp"
#include "sim/scenario/moment.hpp"
#include "sim/scenario/node.hpp"
#include "sim/scenario/places.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/scenario/service_options.hpp"
#include "sim/scenario/site_options.hpp"
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

Node names_of(const std::vector<NodeId>& ids, const std::vector<NodeSpec>& nodes) {
    std::vector<Node> names;
    for (const NodeId id : ids) names.push_back(text(nodes[id.value].name));
    return list(std::move(names));
}

// The knobs that are pushed.
Node with_of(const PushedConfiguration& pushed) {
    Node with = map({{"step", text(pushed.step)}});
    const auto add = [&with](const char* key, std::optional<std::string> value) {
        if (value) with.entries.push_back({key, {}, text(*std::move(value))});
    };
    const auto time = [](std::optional<Duration> value) {
        return value ? std::optional(format_duration(*value)) : std::nullopt;
    };
    const auto flag = [](std::optional<bool> value) {
        return value ? std::optional<std::string>(*value ? "true" : "false") : std::nullopt;
    };
    add("election_timeout_min", time(pushed.election_timeout_min));
    add("election_timeout_max", time(pushed.election_timeout_max));
    add("heartbeat_interval", time(pushed.heartbeat_interval));
    add("pre_vote", flag(pushed.pre_vote));
    add("check_quorum", flag(pushed.check_quorum));
    return with;
}

Node with_of(const BurstLossOptions& options) {
    return map({{"good", text(options.good)},
                {"bad", text(options.bad)},
                {"loss", text(format_probability(options.loss))},
                {"good_loss", text(format_probability(options.good_loss))}});
}

Node options_to_node(const std::vector<HostOption>& options) {
    std::vector<std::pair<std::string, Node>> entries;
    for (const auto& [key, value] : options) entries.emplace_back(key, text(value));
    return map(std::move(entries));
}

Node surging(Node with, ClosedLoopSurge closed_loop) {
    if (closed_loop == ClosedLoopSurge::less_thought) {
        with.entries.push_back({"closed_loop", {}, text("less_thought")});
    }
    return with;
}

// What differs from what it is anyhow.
Node with_of(const SiteOrder& order) {
    const SiteOrder usual;
    Node with = map({});
    const auto add = [&with](std::string_view key, Node value) {
        with.entries.push_back({std::string(key), {}, std::move(value)});
    };
    if (order.force) add("force", text("true"));
    if (order.fence) add("fence", text("true"));
    if (!order.skip_wait) add("skip_wait", text("false"));
    if (order.rejoin) add("rejoin", text("true"));
    if (order.timeout != usual.timeout) add("timeout", text(order.timeout));
    if (order.command_time != usual.command_time) add("command_time", to_node(order.command_time));
    if (order.detect_after != Duration{}) add("detect_after", text(order.detect_after));
    if (order.decide != usual.decide) add("decide", to_node(order.decide));
    if (order.verb == SiteOrder::Verb::reconcile) {
        add("writes", text(std::string(kAgainWords.at(static_cast<std::size_t>(order.again)))));
    }
    return with;
}

// What the fault needs to know; an empty map if nothing.
Node with_of(const FaultKind& kind, const Scenario& scenario) {
    const std::vector<NodeSpec>& nodes = scenario.nodes;
    const auto probable = [](double probability) {
        return map({{"probability", text(format_probability(probability))}});
    };
    return std::visit(
        novacron::Overloaded{
            [&](const NetworkDelay& f) { return map({{"latency", to_node(f.latency)}}); },
            [&](const NetworkLoss& f) { return probable(f.probability); },
            [&](const NetworkDuplicate& f) { return probable(f.probability); },
            [&](const NetworkReorder& f) { return probable(f.probability); },
            [&](const NetworkJitter& f) { return map({{"latency", to_node(f.latency)}}); },
            [&](const NetworkBurstLoss& f) { return with_of(f.options); },
            [&](const NetworkCorrupt& f) { return probable(f.probability); },
            [&](const NetworkBandwidth& f) {
                return map({{"bandwidth", text(format_size(f.options.bytes_per_second))},
                            {"queue", text(format_size(f.options.queue))}});
            },
            [&](const NetworkFlap& f) {
                return map({{"down", text(f.down)}, {"up", text(f.up)}});
            },
            [&](const NetworkSwizzle& f) { return map({{"step", text(f.step)}}); },
            [&](const LoadSpike& f) {
                Node with = map({{"factor", text(format_number(f.factor))}});
                return surging(std::move(with), f.closed_loop);
            },
            [&](const LoadRamp& f) {
                Node with =
                    map({{"factor", text(format_number(f.factor))}, {"over", text(f.over)}});
                return surging(std::move(with), f.closed_loop);
            },
            [&](const LoadHotKey& f) {
                return map({{"share", text(format_probability(f.share))}});
            },
            [&](const LoadHerd& f) {
                return map({{"operations", text(std::to_string(f.operations))}});
            },
            [&](const ClockStep& f) { return map({{"offset", text(f.offset)}}); },
            [&](const ClockSmear& f) {
                return map({{"offset", text(f.offset)}, {"over", text(f.over)}});
            },
            [&](const KeyMistake& f) {
                return map({{"share", text(format_probability(f.share))}});
            },
            [&](const RepeatedRemoval& f) {
                return map({{"times", text(std::to_string(f.times))},
                            {"every", text(f.every)},
                            {"keep", text(std::to_string(f.keep))}});
            },
            [&](const PushedConfiguration& f) { return with_of(f); },
            [&](const DiskSlow& f) { return map({{"sync_latency", to_node(f.sync_latency)}}); },
            [&](const DiskFull& f) { return map({{"free", text(format_size(f.free))}}); },
            [&](const ClockDrift& f) { return map({{"drift", text(format_drift(f.drift_ppb))}}); },
            [&](const MembershipChange& f) {
                return f.by.empty() ? map({}) : map({{"by", names_of(f.by, nodes)}});
            },
            [&](const OfHosts auto& f) { return options_to_node(host_options_of(f)); },
            [&](const OfServices auto& f) {
                Node with = options_to_node(service_options_of(kind, scenario.graph));
                if constexpr (std::is_same_v<std::decay_t<decltype(f)>, DependencyLatency>) {
                    with.entries.push_back({"latency", {}, to_node(f.latency)});
                }
                return with;
            },
            [&](const OfBackups auto&) { return options_to_node(backup_options_of(kind)); },
            [&](const SiteOrder& f) { return with_of(f); },
            [&](const DeployOrder& f) { return options_to_node(deploy_options_of(f, scenario)); },
            [&](const TrafficOrder& f) {
                Node with = options_to_node(traffic_options_of(f, scenario.graph));
                if (f.steps_ppm == TrafficOrder{}.steps_ppm) return with;
                std::vector<Node> steps;
                for (const auto step : f.steps_ppm) steps.push_back(text(share_text(step)));
                with.entries.push_back({"steps", {}, list(std::move(steps))});
                return with;
            },
            [&](const NameFault& f) {
                const bool slow = f.what == NameFault::What::slow;
                return slow ? map({{"latency", to_node(f.latency)}}) : map({});
            },
            // The rest has no options.
            [&](const auto&) { return map({}); }},
        kind);
}

Node hosts(const HostSet& set, const Scenario& scenario) {
    Node names = names_of(set.nodes, scenario.nodes);
    const std::vector<std::string> clients = names_of_clients(scenario);
    for (const std::uint32_t number : set.workloads) names.items.push_back(text(clients[number]));
    for (const std::uint32_t number : set.services) {
        names.items.push_back(text(scenario.graph.services[number].id));
    }
    if (set.clients) names.items.push_back(text("clients"));
    return names;
}

bool is_empty(const HostSet& set) {
    return set.nodes.empty() && set.workloads.empty() && set.services.empty() && !set.clients;
}

// Whatever its shape was, as the groups or the links that it came to.
Node cut_of(const StruckFault& struck, const Partition& partition, const Scenario& scenario) {
    const std::vector<HostSet>& sets = struck.hit;
    std::vector<Node> parts;
    if (!cuts_links(partition.shape)) {
        for (const HostSet& group : sets) parts.push_back(hosts(group, scenario));
        return map({{"split", list(std::move(parts))}});
    }
    for (std::size_t i = 0; i + 1 < sets.size(); i += 2) {
        parts.push_back(
            map({{"from", hosts(sets[i], scenario)}, {"to", hosts(sets[i + 1], scenario)}}));
    }
    return map({{"links", list(std::move(parts))}});
}

Node target_of(const StruckFault& struck, const Scenario& scenario) {
    // Of a wrong restart, who was meant.
    if (std::holds_alternative<WrongRestart>(struck.fault.kind)) {
        return hosts(struck.hit[1], scenario);
    }
    const auto* partition = std::get_if<Partition>(&struck.fault.kind);
    if (partition == nullptr) return hosts(struck.hit[0], scenario);
    Node target = cut_of(struck, *partition, scenario);
    using Direction = Partition::Direction;
    if (partition->direction != Direction::both) {
        const bool inward = partition->direction == Direction::inward;
        target.entries.push_back({"direction", {}, text(inward ? "inward" : "outward")});
    }
    return target;
}

Node to_node(const StruckFault& struck, const Scenario& scenario) {
    const PlannedFault& fault = struck.fault;
    Node node = map({{"id", text(fault.id)},
                     {"at", text(fault.start - Instant{})},
                     {"inject", text(fault.inject)}});
    if (!is_of_backups(fault.kind)) {
        node.entries.push_back({"target", {}, target_of(struck, scenario)});
    }
    Node with = with_of(fault.kind, scenario);
    if (std::holds_alternative<WrongRestart>(fault.kind)) {
        with.entries.push_back({"instead", {}, hosts(struck.hit[0], scenario)});
    }
    if (!with.entries.empty()) {
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

std::string text_of(const Partition& partition) {
    using Shape = Partition::Shape;
    using Direction = Partition::Direction;
    std::string_view shape = "split";
    switch (partition.shape) {
        case Shape::split: break;
        case Shape::halves: shape = "halves"; break;
        case Shape::isolate: shape = "isolate"; break;
        case Shape::minority: shape = "minority"; break;
        case Shape::bridge: shape = "bridge"; break;
        case Shape::majorities_ring: shape = "majorities_ring"; break;
        case Shape::partial_mesh: shape = "partial_mesh"; break;
        case Shape::links: shape = "links"; break;
    }
    std::string all(shape);
    if (partition.direction == Direction::outward) all += ", outward";
    if (partition.direction == Direction::inward) all += ", inward";
    return all;
}

std::string text_of(const Selector& selector) {
    if (selector.clients) return "clients";
    if (selector.role == Selector::Role::leader) return "the leader";
    const std::size_t count = selector.pick.value_or(
        static_cast<std::uint32_t>(selector.among.size()));
    return std::to_string(count) + (count == 1 ? " node" : " nodes");
}

// A check that counts from a fault that is not there any more, or looks while it acts, can't be
// asked.
void drop_checks(Node& tree, const std::vector<StruckFault>& kept) {
    Node* checks = tree.find("checks");
    if (checks == nullptr) return;
    const auto is_gone = [&kept](const std::string& id) {
        return std::none_of(kept.begin(), kept.end(),
                            [&](const StruckFault& struck) { return struck.fault.id == id; });
    };
    std::erase_if(checks->items, [&](const Node& check) {
        const Node* during = check.find("during");
        if (during != nullptr && is_gone(during->text)) return true;
        const Node* after = check.find("after");
        const auto moment = after == nullptr ? Parsed<Moment>{} : parse_moment(after->text);
        if (!moment || moment->edge == Moment::Edge::none) return false;
        return moment->anchor != "warmup" && moment->anchor != "faults" && is_gone(moment->anchor);
    });
}

}  // namespace

std::string drawn_options(const PlannedFault& fault, const Scenario& scenario) {
    const Node with = with_of(fault.kind, scenario);
    std::string all = with.entries.empty() ? "" : emit_flow(with);
    if (!fault.drawn) return all;
    const auto add = [&all](const std::string& more) { all += (all.empty() ? "" : " ") + more; };
    const auto* partition = std::get_if<Partition>(&fault.kind);
    if (partition != nullptr) add("(" + text_of(*partition) + ")");
    const bool of_all = partition != nullptr && partition->shape != Partition::Shape::split;
    if (!of_all) add("on " + text_of(fault.target));
    return all;
}

std::string spell_out(const Scenario& scenario, const std::vector<StruckFault>& faults) {
    Diagnostics diagnostics;
    auto tree = parse_yaml(scenario.resolved, scenario.path, diagnostics);
    novacron::check(tree.has_value(), "a scenario's resolved text can be read");
    std::vector<StruckFault> kept;
    std::copy_if(faults.begin(), faults.end(), std::back_inserter(kept),
                 [](const StruckFault& struck) {
                     if (is_of_backups(struck.fault.kind)) return !struck.hit.empty();
                     return !struck.hit.empty() &&
                            std::none_of(struck.hit.begin(), struck.hit.end(), is_empty);
                 });
    Node* list_of_faults = tree->find("faults");
    novacron::check(list_of_faults != nullptr, "a canonical scenario has faults");
    list_of_faults->items.clear();
    for (const StruckFault& struck : kept) {
        list_of_faults->items.push_back(to_node(struck, scenario));
    }
    rename_clocks(*tree, scenario, kept);
    drop_checks(*tree, kept);
    return emit_yaml(*tree);
}

}  // namespace shaketable
