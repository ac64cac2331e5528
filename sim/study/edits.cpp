// SPDX-License-Identifier: MIT
#include "sim/study/edits.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/check.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::edits {
namespace {

Node& list(Node& tree, std::string_view key) {
    Node* found = tree.find(key);
    novacron::check(found != nullptr && found->is_list(), "a canonical scenario has its lists");
    return *found;
}

// Whether it is a link with this host at one of its ends.
bool joins(const Node& link, std::string_view name) {
    if (!link.is_map()) return false;
    return std::any_of(link.entries.begin(), link.entries.end(), [&](const Node::Entry& end) {
        const auto is_it = [&](const Node& host) { return host.text == name; };
        return is_it(end.value) ||
               std::any_of(end.value.items.begin(), end.value.items.end(), is_it);
    });
}

// A fault that is left with nobody goes.
void forget_host(Node& tree, std::string_view name) {
    std::erase_if(faults(tree), [&](Node& fault) {
        bool nobody = false;
        for (Node* hosts : host_lists(fault)) {
            std::erase_if(hosts->items,
                          [&](const Node& host) { return host.text == name || joins(host, name); });
            nobody = nobody || hosts->items.empty();
        }
        return nobody;
    });
}

}  // namespace

Node* find(Node& tree, std::initializer_list<std::string_view> path) {
    Node* node = &tree;
    for (const std::string_view key : path) {
        if (node == nullptr || !node->is_map()) return nullptr;
        node = node->find(key);
    }
    return node;
}

std::string text(const Node& map, std::string_view key) {
    const Node* value = map.find(key);
    return value == nullptr ? std::string() : value->text;
}

Duration duration(const Node& map, std::string_view key) {
    return parse_duration(text(map, key)).value.value_or(Duration{});
}

void erase(Node& map, std::string_view key) {
    std::erase_if(map.entries, [&](const Node::Entry& entry) { return entry.key == key; });
}

std::vector<Node>& faults(Node& tree) { return list(tree, "faults").items; }
std::vector<Node>& workloads(Node& tree) { return list(tree, "workload").items; }

std::vector<Node*> host_lists(Node& fault) {
    Node* target = fault.find("target");
    if (target == nullptr) return {};
    if (target->is_list()) return {target};
    // One end of each link would not do without the other, so links are a list of their own.
    if (Node* links = find(*target, {"links"})) return {links};
    Node* split = find(*target, {"split"});
    if (split == nullptr) return {};
    std::vector<Node*> lists;
    for (Node& group : split->items) lists.push_back(&group);
    return lists;
}

void keep(std::vector<Node>& items, const std::vector<std::size_t>& kept) {
    std::vector<Node> fewer;
    for (const std::size_t i : kept) fewer.push_back(std::move(items[i]));
    items = std::move(fewer);
}

void forget_node(Node& tree, std::string_view name) {
    Node* sites = find(tree, {"cluster", "sites"});
    novacron::check(sites != nullptr, "a canonical scenario has sites");
    for (Node::Entry& site : sites->entries) {
        std::erase_if(list(site.value, "nodes").items,
                      [&](const Node& node) { return node.text == name; });
        Node* racks = find(site.value, {"racks"});
        if (racks == nullptr) continue;
        for (Node::Entry& rack : racks->entries) {
            std::erase_if(rack.value.items, [&](const Node& node) { return node.text == name; });
        }
    }
    std::erase_if(sites->entries,
                  [](Node::Entry& site) { return list(site.value, "nodes").items.empty(); });
    if (Node* clocks = find(tree, {"cluster", "clocks"})) erase(*clocks, name);
    forget_host(tree, name);
}

void end_at(Node& tree, Duration length) {
    Node* whole = find(tree, {"time", "duration"});
    novacron::check(whole != nullptr, "a scenario has a duration");
    whole->text = format_duration(length);
    std::erase_if(faults(tree), [&](Node& fault) { return duration(fault, "at") >= length; });
    for (Node& fault : faults(tree)) {
        Node* lasts = fault.find("for");
        if (lasts == nullptr) continue;
        const Duration left = length - duration(fault, "at");
        lasts->text = format_duration(std::min(duration(fault, "for"), left));
    }
}

void hold_briefly(Node& tree) {
    const Duration second = novacron::seconds(1);
    Node* hold = find(tree, {"service_level", "hold"});
    if (hold == nullptr || parse_duration(hold->text).value.value_or(second) <= second) return;
    hold->text = format_duration(second);
}

void mend_clocks(Node& tree) {
    Node* targets = find(tree, {"targets"});
    if (targets == nullptr) return;
    const std::vector<Node>& left = faults(tree);
    for (Node::Entry& target : targets->entries) {
        const std::string from = text(target.value, "from");
        const auto is_it = [&](const Node& fault) { return text(fault, "id") + ".start" == from; };
        if (std::none_of(left.begin(), left.end(), is_it)) erase(target.value, "from");
    }
}

std::vector<Duration> simpler(Duration time) {
    constexpr std::array<std::int64_t, 7> units = {
        10'000'000'000, 1'000'000'000, 500'000'000, 100'000'000, 10'000'000, 1'000'000, 1'000};
    std::vector<Duration> values;
    for (const std::int64_t unit : units) {
        const Duration rounded{time.ns / unit * unit};
        if (rounded.ns > 0 && rounded < time) values.push_back(rounded);
    }
    return values;
}

}  // namespace shaketable::edits
