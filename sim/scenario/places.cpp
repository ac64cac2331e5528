// SPDX-License-Identifier: MIT
#include "sim/scenario/places.hpp"

#include <algorithm>

#include "sim/scenario/fields.hpp"

namespace shaketable {
namespace {

using Hosts = FaultWord::Hosts;

void sort_unique(std::vector<NodeId>& nodes) {
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

bool is_static(const Selector& selector) {
    return selector.role == Selector::Role::any && !selector.pick && !selector.share &&
           !selector.others;
}

std::string quoted(const std::string& text) { return "'" + text.substr(0, 60) + "'"; }

}  // namespace

std::nullopt_t Places::report(const Node& node, std::string message, std::string hint) const {
    diagnostics_.add(about(node, std::move(message), std::move(hint)));
    return std::nullopt;
}

std::vector<NodeId> Places::all() const {
    std::vector<NodeId> result;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) result.push_back(NodeId{i});
    return result;
}

std::vector<std::string> Places::words() const {
    std::vector<std::string> result;
    for (const NodeSpec& node : nodes_) result.push_back(node.name);
    for (const NodeSpec& node : nodes_) result.push_back("zone:" + node.zone);
    for (const NodeSpec& node : nodes_) result.push_back("site:" + node.site);
    for (const NodeSpec& node : nodes_) {
        if (!node.rack.empty()) result.push_back("rack:" + node.rack);
    }
    for (const char* word : {"all", "clients", "leader", "others"}) result.emplace_back(word);
    return result;
}

std::optional<NodeId> Places::node(const std::string& name, const Diagnostic& position) const {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].name == name) return NodeId{i};
        names.push_back(nodes_[i].name);
    }
    Diagnostic diagnostic = position;
    diagnostic.message = "unknown node " + quoted(name);
    diagnostic.hint = did_you_mean(name, names);
    diagnostics_.add(std::move(diagnostic));
    return std::nullopt;
}

// Adds the nodes a word stands for: a name, zone:a, site:x, rack:r1 or all.
bool Places::add_nodes(const Node& word, std::vector<NodeId>& among) const {
    const std::size_t before = among.size();
    const std::string& text = word.text;
    const bool zone = text.starts_with("zone:");
    const bool site = text.starts_with("site:");
    const bool rack = text.starts_with("rack:");
    const std::string name = zone || site || rack ? text.substr(5) : text;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        const NodeSpec& node = nodes_[i];
        const std::string& own = zone   ? node.zone
                                 : site ? node.site
                                 : rack ? node.rack
                                        : node.name;
        if (text == "all" || own == name) among.push_back(NodeId{i});
    }
    if (among.size() > before) return true;
    // Without any node, the cluster itself is what is wrong, and that has been said.
    if (nodes_.empty()) return false;
    const std::string what = zone ? "zone" : site ? "site" : rack ? "rack" : "node";
    report(word, "unknown " + what + " " + quoted(name), did_you_mean(text, words()));
    return false;
}

std::optional<std::vector<NodeId>> Places::nodes(const Node& target) const {
    if (target.is_map())
        return report(target, "a link connects nodes, zones or sites, not a choice of them");
    std::vector<NodeId> result;
    bool good = true;
    if (target.is_scalar()) good = add_nodes(target, result);
    for (const Node& item : target.items)
        good = item.is_scalar() && add_nodes(item, result) && good;
    if (!good) return std::nullopt;
    if (result.empty())
        return report(target, "nobody is meant here", "name a node, zone:a, site:x or all");
    sort_unique(result);
    return result;
}

bool Places::add_word(const Node& word, Hosts hosts, Role role, Selector& selector) const {
    const bool group = role == Role::split_group || role == Role::link_end;
    if (word.text == "clients") {
        if ((hosts != Hosts::any && hosts != Hosts::split) || role == Role::pick_from) {
            report(word, "clients can't be hit by this", "it is for nodes");
            return false;
        }
        selector.clients = true;
        return true;
    }
    if (word.text == "leader" || word.text == "follower" || word.text == "followers") {
        if (!group || word.text != "leader") {
            const std::string one = word.text == "leader" ? "leader" : "follower";
            report(word, quoted(word.text) + " is a role, not a node", "write {role: " + one + "}");
            return false;
        }
        selector.role = Selector::Role::leader;
        return true;
    }
    if (word.text == "others") {
        if (role != Role::split_group) {
            report(word, "'others' is for the groups of a split only");
            return false;
        }
        selector.others = true;
        return true;
    }
    return add_nodes(word, selector.among);
}

std::optional<Selector> Places::select_words(const std::vector<const Node*>& words, Hosts hosts,
                                             Role role) const {
    Selector selector;
    bool good = true;
    for (const Node* word : words) {
        good = word->is_scalar() && add_word(*word, hosts, role, selector) && good;
    }
    if (!good) return std::nullopt;
    const bool leader = selector.role == Selector::Role::leader;
    if ((leader || selector.others) && (!selector.among.empty() || (leader && selector.others))) {
        return report(*words.front(),
                      "'leader' and 'others' stand alone in their group, clients aside");
    }
    if (leader) selector.among = all();
    sort_unique(selector.among);
    return selector;
}

std::optional<Selector> Places::select(const Node& target, Hosts hosts, Role role) const {
    if (target.kind == Node::Kind::hole) return std::nullopt;
    if (target.is_map()) return select_map(target, hosts);
    std::vector<const Node*> words;
    if (target.is_scalar()) words.push_back(&target);
    for (const Node& item : target.items) words.push_back(&item);
    if (words.empty())
        return report(target, "nobody is meant here", "name a node, zone:a, site:x or all");
    return select_words(words, hosts, role);
}

std::optional<Selector> Places::select_picked(const Node& map, Hosts hosts) const {
    const Fields fields(map);
    const bool share = fields.has("share");
    for (const std::string_view key : {"role", "zone", "site", "rack"}) {
        if (!fields.has(key)) continue;
        return report(*fields.any(key),
                      std::string(share ? "share" : "pick") + " goes with of, and nothing else",
                      "write {pick: 1, of: {role: follower}}");
    }
    if (share && fields.has("pick")) {
        return report(*fields.any("share"), "both 'pick' and 'share'", "one of pick or share");
    }
    if (share && !fields.has("of")) {
        return report(map, "share and of go together", "write {share: 50%, of: all}");
    }
    if (!share && (!fields.has("of") || !fields.has("pick"))) {
        return report(map, "pick and of go together", "write {pick: 1, of: all}");
    }
    const Node& of = *fields.any("of");
    if (of.is_map() && (of.find("pick") != nullptr || of.find("share") != nullptr ||
                        of.find("of") != nullptr)) {
        return report(of, "pick inside of pick");
    }
    auto selector = select(of, hosts, Role::pick_from);
    if (share) {
        const auto part = fields.probability("share");
        if (!selector || !part) return std::nullopt;
        if (*part == 0) return report(*fields.any("share"), "a share is above 0%");
        selector->share = *part;
        return selector;
    }
    const auto count = fields.integer("pick");
    if (!selector || !count) return std::nullopt;
    if (static_cast<std::size_t>(*count) > selector->among.size()) {
        return report(*fields.any("pick"),
                      "there are only " + std::to_string(selector->among.size()) + " to pick from",
                      "pick at most " + std::to_string(selector->among.size()));
    }
    if (selector->role == Selector::Role::leader && *count > 1) {
        return report(*fields.any("pick"), "there is one leader to pick from");
    }
    selector->pick = static_cast<std::uint32_t>(*count);
    return selector;
}

std::optional<Selector> Places::select_map(const Node& map, Hosts hosts) const {
    const Fields fields(map);
    for (const std::string_view key : {"split", "shape", "links", "direction"}) {
        if (!fields.has(key)) continue;
        return report(*fields.any(key), "'" + std::string(key) + "' is for network.partition only");
    }
    if (fields.has("pick") || fields.has("share") || fields.has("of")) {
        return select_picked(map, hosts);
    }
    if (map.entries.empty()) return report(map, "nobody is meant here", "write {role: leader}");
    for (const Node::Entry& entry : map.entries) {
        if (entry.value.kind == Node::Kind::hole) return std::nullopt;
    }
    Selector selector;
    selector.among = all();
    for (const std::string_view key : {"zone", "site", "rack"}) {
        const auto name = fields.text(key);
        if (!name) continue;
        Node word = *fields.valid(key);
        word.text = std::string(key) + ":" + *name;
        std::vector<NodeId> members;
        if (!add_nodes(word, members)) return std::nullopt;
        std::erase_if(selector.among, [&](NodeId id) {
            return std::find(members.begin(), members.end(), id) == members.end();
        });
    }
    if (selector.among.empty()) return report(map, "no node is in all of these places");
    const auto held = fields.text("role");
    if (held) selector.role = *held == "leader" ? Selector::Role::leader : Selector::Role::follower;
    return selector;
}

// All of a place: by its name, or its hosts written out, as a list.
bool Places::is_whole_place(const Node& target, std::string_view place) const {
    const std::string prefix = std::string(place) + ":";
    if (target.kind == Node::Kind::hole || target.is_list()) return true;
    if (target.is_scalar() && target.text.starts_with(prefix)) return true;
    if (target.is_map() && target.entries.size() == 1 && target.entries[0].key == place) {
        return true;
    }
    report(target, std::string(place) + ".loss hits a " + std::string(place) + " as a whole",
           "write target: " + prefix + "NAME, or inject: node.power_loss");
    return false;
}

std::optional<Selector> Places::hosts(const Node& target, Hosts hosts) const {
    const std::string_view place = hosts == Hosts::zone   ? "zone"
                                   : hosts == Hosts::site ? "site"
                                   : hosts == Hosts::rack ? "rack"
                                                          : "";
    if (!place.empty() && !is_whole_place(target, place)) return std::nullopt;
    return select(target, hosts, Role::whole_target);
}

// A node can't be on two sides. Roles and picks are known only when the fault strikes.
bool Places::disjoint(const std::vector<Selector>& groups, const Node& split) const {
    std::vector<bool> seen(nodes_.size(), false);
    int others = 0;
    bool clients = false;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const Selector& group = groups[i];
        const Node& node = split.items[i];
        others += group.others ? 1 : 0;
        if (others > 1 || (clients && group.clients)) {
            report(node, others > 1 ? "'others' in two groups" : "'clients' in two groups");
            return false;
        }
        clients = clients || group.clients;
        if (!is_static(group)) continue;
        for (const NodeId id : group.among) {
            if (seen[id.value]) {
                report(node, nodes_[id.value].name + " is in two groups of the split",
                       "leave it out of one of them");
                return false;
            }
            seen[id.value] = true;
        }
    }
    const bool nobody_left = std::find(seen.begin(), seen.end(), false) == seen.end();
    if (others == 1 && nobody_left) {
        report(split, "no node is left for 'others'");
        return false;
    }
    return true;
}

std::optional<Partition> Places::partition(const Node& target) const {
    if (target.kind == Node::Kind::hole) return std::nullopt;
    const Fields fields(target.is_map() ? &target : nullptr);
    const auto form = partition_form(target);
    if (!form) return std::nullopt;
    std::optional<Partition> partition = *form == "split"   ? split(target)
                                         : *form == "shape" ? shape(target)
                                                            : links(target);
    if (!partition) return std::nullopt;
    const std::string direction = fields.text("direction").value_or("both");
    if (direction == "outward") partition->direction = Partition::Direction::outward;
    if (direction == "inward") partition->direction = Partition::Direction::inward;
    return partition;
}

// Which of the three ways to say what is cut the target has, with what goes with it alone.
std::optional<std::string> Places::partition_form(const Node& target) const {
    const Fields fields(target.is_map() ? &target : nullptr);
    std::optional<std::string> form;
    for (const char* key : {"split", "shape", "links"}) {
        if (!fields.has(key)) continue;
        if (form) {
            return report(*fields.any(key),
                          "'" + std::string(key) + "' does not go with '" + *form + "'");
        }
        form = key;
    }
    if (!form) {
        return report(target, "network.partition needs a split in groups",
                      "write target: {split: [[leader], [others]]}, or a shape such as "
                      "{shape: halves}");
    }
    for (const Node::Entry& entry : target.entries) {
        if (entry.key == *form || entry.key == "direction") continue;
        if (entry.key == "share" && *form == "shape") continue;
        return report(entry.value, "'" + entry.key + "' does not go with " + *form);
    }
    return form;
}

std::optional<Partition> Places::split(const Node& target) const {
    const Fields fields(target);
    const Node* split = fields.valid("split");
    if (split == nullptr) return std::nullopt;
    if (split->items.size() < 2) return report(*split, "a split has two groups or more",
                      "write such as {split: [[node-1], [others]]}");
    Partition partition;
    bool good = true;
    for (const Node& item : split->items) {
        const auto group = select(item, Hosts::any, Role::split_group);
        if (group)
            partition.groups.push_back(*group);
        else
            good = false;
    }
    if (!good || !disjoint(partition.groups, *split)) return std::nullopt;
    return partition;
}

}  // namespace shaketable
