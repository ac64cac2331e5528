// SPDX-License-Identifier: MIT
#include "sim/scenario/leaves.hpp"

#include <algorithm>

#include "sim/scenario/assemble.hpp"

namespace shaketable {
namespace {

bool is_plain_list(const Node& node) {
    return node.is_list() && std::all_of(node.items.begin(), node.items.end(),
                                         [](const Node& item) { return item.is_scalar(); });
}

std::string text_of(const Node& node) {
    if (!node.is_list()) return node.text;
    std::string text;
    for (const Node& item : node.items) text += (text.empty() ? "" : ", ") + item.text;
    return "[" + text + "]";
}

void gather(const Node& node, const std::string& path, const Position& at,
            std::vector<Leaf>& found) {
    if (node.is_map()) {
        for (const Node::Entry& entry : node.entries) {
            gather(entry.value, path.empty() ? entry.key : path + "." + entry.key, entry.key_at,
                   found);
        }
    } else if (node.is_list() && !is_plain_list(node)) {
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const Node* id = node.items[i].find("id");
            const bool named = id != nullptr && id->is_scalar();
            gather(node.items[i], path + "[" + (named ? id->text : std::to_string(i)) + "]",
                   node.items[i].at, found);
        }
    } else if (node.is_scalar() || (node.is_list() && !node.items.empty())) {
        found.push_back({path, text_of(node), at});
    }
}

}  // namespace

std::vector<Leaf> leaves(const Node& root) {
    std::vector<Leaf> found;
    gather(root, "", root.at, found);
    return found;
}

std::vector<Leaf> leaves_of_file(const std::string& path, const std::vector<Override>& overrides) {
    const auto text = read_file(path, kMostFileBytes + 1);
    if (!text) return {};
    Diagnostics diagnostics;
    const auto assembled = assemble(*text, path, overrides, diagnostics);
    return assembled ? leaves(assembled->root) : std::vector<Leaf>();
}

const Leaf* find_leaf(const std::vector<Leaf>& leaves, std::string_view path) {
    const auto found = std::find_if(leaves.begin(), leaves.end(), [&](const Leaf& leaf) {
        if (!leaf.path.starts_with(path)) return false;
        return leaf.path.size() == path.size() || leaf.path[path.size()] == '.' ||
               leaf.path[path.size()] == '[';
    });
    return found == leaves.end() ? nullptr : &*found;
}

}  // namespace shaketable
