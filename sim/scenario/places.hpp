// SPDX-License-Identifier: MIT
//
// Who is meant: the names of nodes, sites, racks and zones, and targets made of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/node.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/schema.hpp"

namespace shaketable {

class Places {
public:
    // REQUIRES: the nodes outlive this.
    Places(const std::vector<NodeSpec>& nodes, Diagnostics& diagnostics)
        : nodes_(nodes), diagnostics_(diagnostics) {}

    // Each of these reports what is wrong with the target and then gives nothing.

    // The nodes on one end of a link: names, zone:a, site:x, rack:r1, all.
    std::optional<std::vector<NodeId>> nodes(const Node& target) const;
    // The target of a fault that hits `hosts`, which is not a split.
    std::optional<Selector> hosts(const Node& target, FaultWord::Hosts hosts) const;
    // The target of a partition.
    std::optional<Partition> partition(const Node& target) const;
    // The target of a fault of the load: names of these.
    std::optional<Selector> workloads(const Node& target,
                                      const std::vector<std::string>& known) const;

    // The index of a node by its name; reports an unknown one.
    std::optional<NodeId> node(const std::string& name, const Diagnostic& position) const;

private:
    enum class Role : std::uint8_t { whole_target, pick_from, split_group, link_end };

    std::optional<Selector> select(const Node& target, FaultWord::Hosts hosts, Role role) const;
    std::optional<Selector> select_words(const std::vector<const Node*>& words,
                                         FaultWord::Hosts hosts, Role role) const;
    std::optional<Selector> select_map(const Node& map, FaultWord::Hosts hosts) const;
    std::optional<Selector> select_picked(const Node& map, FaultWord::Hosts hosts) const;
    std::optional<std::string> partition_form(const Node& target) const;
    std::optional<Partition> split(const Node& target) const;
    std::optional<Partition> shape(const Node& target) const;
    std::optional<Partition> links(const Node& target) const;
    bool is_whole_place(const Node& target, std::string_view place) const;
    bool add_word(const Node& word, FaultWord::Hosts hosts, Role role, Selector& selector) const;
    bool add_nodes(const Node& word, std::vector<NodeId>& among) const;
    bool disjoint(const std::vector<Selector>& groups, const Node& split) const;
    std::vector<NodeId> all() const;
    std::vector<std::string> words() const;
    std::nullopt_t report(const Node& node, std::string message, std::string hint = {}) const;

    const std::vector<NodeSpec>& nodes_;
    Diagnostics& diagnostics_;
};

// Workloads, and after them the populations of services' clients: in the order of their hosts.
std::vector<std::string> names_of_clients(const Scenario& scenario);

}  // namespace shaketable
