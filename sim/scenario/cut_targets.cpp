// SPDX-License-Identifier: MIT
//
// Targets of a partition that are no split: shapes, and single links.
#include <algorithm>

#include "sim/fault/partition_shapes.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/places.hpp"

namespace shaketable {
namespace {

using Shape = Partition::Shape;

Shape shape_of(const std::string& word) {
    if (word == "halves") return Shape::halves;
    if (word == "isolate") return Shape::isolate;
    if (word == "minority") return Shape::minority;
    if (word == "bridge") return Shape::bridge;
    if (word == "majorities_ring") return Shape::majorities_ring;
    return Shape::partial_mesh;
}

}  // namespace

std::optional<Partition> Places::shape(const Node& target) const {
    const Fields fields(target);
    const Node* word = fields.valid("shape");
    if (word == nullptr) return std::nullopt;
    Partition partition;
    partition.shape = shape_of(word->text);
    partition.share = fields.probability("share");
    if (fields.has("share") && partition.shape != Shape::partial_mesh) {
        return report(*fields.any("share"), "share is for shape: partial_mesh only");
    }
    const std::string direction = fields.text("direction").value_or("both");
    if (direction != "both" && partition.shape == Shape::majorities_ring) {
        return report(*fields.any("direction"),
                      "in a ring of majorities nobody is first, so it is cut in both directions",
                      "leave 'direction' out");
    }
    const std::size_t fewest = fewest_nodes(partition.shape);
    if (nodes_.size() < fewest && !nodes_.empty()) {
        return report(*word, "the shape " + word->text + " takes " + std::to_string(fewest) +
                                 " nodes or more, and there are " + std::to_string(nodes_.size()));
    }
    return partition;
}

std::optional<Partition> Places::links(const Node& target) const {
    const Node* list = Fields(target).valid("links");
    if (list == nullptr) return std::nullopt;
    if (list->items.empty()) {
        return report(*list, "no link is cut here", "write links: [{from: node-1, to: node-2}]");
    }
    Partition partition;
    partition.shape = Shape::links;
    bool good = true;
    for (const Node& item : list->items) {
        const Fields link(item.is_map() ? &item : nullptr);
        const Node* from = link.valid("from");
        const Node* to = link.valid("to");
        if (from == nullptr || to == nullptr) return std::nullopt;
        auto one = select(*from, FaultWord::Hosts::any, Role::link_end);
        auto other = select(*to, FaultWord::Hosts::any, Role::link_end);
        if (one && other && *one == *other) {
            report(item, "both ends of the link are the same");
            good = false;
        }
        if (one && other) {
            partition.links.push_back({std::move(*one), std::move(*other)});
        } else {
            good = false;
        }
    }
    if (!good) return std::nullopt;
    return partition;
}

std::vector<std::string> names_of_clients(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const WorkloadSpec& workload : scenario.workloads) names.push_back(workload.id);
    for (const ClientSpec& clients : scenario.graph.clients) names.push_back(clients.id);
    return names;
}

std::optional<Selector> Places::workloads(const Node& target,
                                          const std::vector<std::string>& known) const {
    if (target.kind == Node::Kind::hole) return std::nullopt;
    std::vector<std::string> names{"clients"};
    names.insert(names.end(), known.begin(), known.end());
    if (target.is_map()) {
        return report(target, "this is about workloads, and not about nodes",
                      "write target: clients, or the names of workloads");
    }
    std::vector<const Node*> words;
    if (target.is_scalar()) words.push_back(&target);
    for (const Node& item : target.items) words.push_back(&item);
    Selector selector;
    bool good = !known.empty();
    if (known.empty()) report(target, "there is no workload, so nobody asks for anything");
    if (words.empty()) return report(target, "nobody is meant here", "write target: clients");
    for (const Node* word : words) {
        if (!word->is_scalar()) return std::nullopt;
        if (word->text == "clients") {
            selector.clients = true;
            continue;
        }
        std::uint32_t number = 0;
        while (number < known.size() && known[number] != word->text) ++number;
        if (number < known.size()) {
            selector.workloads.push_back(number);
            continue;
        }
        good = false;
        report(*word, "unknown workload '" + word->text.substr(0, 60) + "'",
               did_you_mean(word->text, names));
    }
    if (!good) return std::nullopt;
    if (selector.clients) selector.workloads.clear();  // all of them
    std::sort(selector.workloads.begin(), selector.workloads.end());
    selector.workloads.erase(std::unique(selector.workloads.begin(), selector.workloads.end()),
                             selector.workloads.end());
    return selector;
}

}  // namespace shaketable
