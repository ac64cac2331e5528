// SPDX-License-Identifier: MIT
#include "sim/scenario/normalise.hpp"

#include <algorithm>
#include <array>

#include "core/base/check.hpp"
#include "sim/alert/labels.hpp"
#include "sim/scenario/moment.hpp"
#include "sim/scenario/other_words.hpp"
#include "sim/scenario/repeat.hpp"
#include "sim/scenario/scalars.hpp"
#include "sim/scenario/schema.hpp"

namespace shaketable {
namespace {

Node hole(const Node& node) {
    Node result;
    result.kind = Node::Kind::hole;
    result.at = node.at;
    return result;
}

Node map_at(Position at) {
    Node result;
    result.kind = Node::Kind::map;
    result.at = std::move(at);
    return result;
}

// The last name of a path: `warmup` of time.warmup, `*` of params.*.
std::string_view last_name(std::string_view path) { return path.substr(path.rfind('.') + 1); }

struct Shape {
    std::string_view dist;
    std::array<std::string_view, 2> keys;  // all required
};
constexpr std::array<Shape, 7> kShapes{{{"constant", {"value", ""}},
                                        {"uniform", {"low", "high"}},
                                        {"exponential", {"mean", ""}},
                                        {"normal", {"mean", "stddev"}},
                                        {"lognormal", {"median", "p99"}},
                                        {"pareto", {"scale", "shape"}},
                                        {"empirical", {"quantiles", ""}}}};

class Normaliser {
public:
    explicit Normaliser(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    // A value of the given key; a hole if it is refused.
    Node value(const Node& node, const KeyDescriptor& key) {
        if (node.kind == Node::Kind::hole) return node;
        switch (key.type) {
            case ValueType::map: return map(node, key.path);
            case ValueType::list: return list(node, key);
            case ValueType::distribution: return distribution(node);
            case ValueType::target: return target(node);
            case ValueType::policy: return map(node, "policy");
            case ValueType::axis: return axis(node, key);
            default: return scalar(node, key);
        }
    }

    Node map(const Node& node, std::string_view path) {
        const auto children = children_of(path);
        if (!node.is_map()) return refuse(node, "a map of keys is expected here, not ", children);
        if (children.size() == 1 && last_name(children.front()->path) == "*") {
            return named(node, *children.front());
        }
        const std::vector<std::string> meant = report_unknown(node, children, path);
        Node result = map_at(node.at);
        for (const KeyDescriptor* child : children) {
            const Node::Entry* entry = node.find_entry(last_name(child->path));
            if (entry != nullptr) {
                result.entries.push_back({entry->key, entry->key_at, value(entry->value, *child)});
            } else if (std::find(meant.begin(), meant.end(), last_name(child->path)) !=
                       meant.end()) {
                // A misspelt key: that it is missing as well need not be said.
                result.entries.push_back(
                    {std::string(last_name(child->path)), node.at, hole(node)});
            } else if (child->required) {
                const std::string key(last_name(child->path));
                diagnostics_.add(
                    {node.at, 1, "the key '" + key + "' is missing", what_to_write(*child)});
            } else if (!child->default_value.empty()) {
                result.entries.push_back(
                    {std::string(last_name(child->path)), node.at, default_of(*child, node.at)});
            }
        }
        if (path == "network") inherit_links(result);
        return result;
    }

private:
    // Keys that a map of that place has are named.
    Node refuse(const Node& node, std::string_view expected,
                const std::vector<const KeyDescriptor*>& keys = {}) {
        std::string hint;
        for (const KeyDescriptor* key : keys) {
            if (last_name(key->path) == "*") continue;
            hint += (hint.empty() ? "its keys are " : ", ") + std::string(last_name(key->path));
        }
        diagnostics_.add(
            about(node, std::string(expected) + std::string(kind_in_words(node.kind)), hint));
        return hole(node);
    }

    // A map whose keys are names the file chose.
    Node named(const Node& node, const KeyDescriptor& child) {
        Node result = map_at(node.at);
        const bool parameter =
            child.path.starts_with("params") || child.path == "sweep.matrix.*";
        const bool label = child.path.starts_with("alerts.");
        for (const Node::Entry& entry : node.entries) {
            if (label && !is_label_name(entry.key)) {
                diagnostics_.add(about(entry, "not a label: '" + entry.key.substr(0, 60) + "'",
                                       "labels are made of letters, digits and _"));
                continue;
            }
            if (!label && (parameter ? !is_name(entry.key) : !is_identifier(entry.key))) {
                diagnostics_.add(
                    about(entry, "not a name: '" + entry.key.substr(0, 60) + "'",
                          "names are made of a-z, 0-9 and inner -, at most 63 of them"));
                continue;
            }
            result.entries.push_back({entry.key, entry.key_at, value(entry.value, child)});
            Node& site = result.entries.back().value;
            if (child.path == "cluster.sites.*" && site.is_map() && site.find("zone") == nullptr) {
                site.entries.push_back(
                    {"zone", entry.key_at, Node::scalar(entry.key, entry.key_at)});
            }
        }
        return result;
    }

    // For a key that must be there, with the keys below it that must be.
    static std::string what_to_write(const KeyDescriptor& key) {
        const std::string name(last_name(key.path));
        if (name == "version") return "write version: 1";
        const std::string value = outline(key);
        if (value == "...") return "it is " + std::string(type_in_words(key.type));
        return "write " + name + ": " + value;
    }
    static std::string outline(const KeyDescriptor& key) {
        std::string inside;
        for (const KeyDescriptor* child : children_of(key.path)) {
            const std::string_view name = last_name(child->path);
            if (!child->required && name != "*") continue;
            inside += inside.empty() ? "" : ", ";
            inside += (name == "*" ? "NAME" : std::string(name)) + ": " + outline(*child);
        }
        return key.type == ValueType::map && !inside.empty() ? "{" + inside + "}" : "...";
    }

    // Where a key of this name is at home, as a hint: below this place, or anywhere if this is the
    // top level and there is one such place.
    static std::string home_of(std::string_view name, std::string_view path) {
        std::string_view home;
        for (const KeyDescriptor& key : keys()) {
            const std::size_t dot = key.path.rfind('.');
            if (dot == std::string_view::npos || last_name(key.path) != name) continue;
            if (!key.path.starts_with(path)) continue;
            const bool in_list = key.path.find("[]") != std::string_view::npos;
            if (path.empty() && in_list) continue;
            if (!home.empty() && path.empty()) return "";
            if (home.empty()) home = key.path.substr(0, dot);
        }
        return home.empty() || home == path ? "" : "it belongs in " + std::string(home);
    }

    // Gives the keys that were meant by those that are unknown, as far as that can be guessed.
    std::vector<std::string> report_unknown(const Node& node,
                                            const std::vector<const KeyDescriptor*>& children,
                                            std::string_view path) {
        std::vector<std::string> meant;
        std::vector<std::string> known;
        for (const KeyDescriptor* child : children) known.emplace_back(last_name(child->path));
        for (const Node::Entry& entry : node.entries) {
            if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
            // That another place has this very key says more than that another key looks like it.
            std::string hint = home_of(entry.key, path);
            const std::string near = hint.empty() ? closest(entry.key, known) : "";
            if (!near.empty()) {
                hint = did_you_mean(entry.key, known);
                meant.push_back(near);
            }
            const std::string before = entry.key.substr(0, entry.key.find(':'));
            if (before != entry.key &&
                std::find(known.begin(), known.end(), before) != known.end()) {
                hint = "a colon needs a space behind it: " + before + ": " +
                       entry.key.substr(before.size() + 1, 40);
                meant.push_back(before);
            }
            if (hint.empty()) {
                for (const std::string& key : known)
                    hint += (hint.empty() ? "known are " : ", ") + key;
            }
            const std::string where = path.empty() ? "" : " in " + std::string(path);
            diagnostics_.add(
                about(entry, "unknown key '" + entry.key.substr(0, 60) + "'" + where, hint));
        }
        return meant;
    }

    Node default_of(const KeyDescriptor& key, const Position& at) {
        if (key.default_value == "{}") return map(map_at(at), key.path);
        if (key.default_value == "[]") {
            Node list = map_at(at);
            list.kind = Node::Kind::list;
            return list;
        }
        return value(Node::scalar(std::string(key.default_value), at), key);
    }

    // What a link does not say is as in the network around it.
    static void inherit_links(Node& network) {
        Node* links = network.find("links");
        if (links == nullptr) return;
        for (Node& link : links->items) {
            if (!link.is_map()) continue;
            for (const std::string_view key : {"latency", "loss", "duplicate", "reorder"}) {
                const Node::Entry* entry = network.find_entry(key);
                if (entry != nullptr && link.find(key) == nullptr) link.entries.push_back(*entry);
            }
            const auto rank = [](const Node::Entry& entry) {
                const auto children = children_of("network.links[]");
                return std::find_if(children.begin(), children.end(),
                                    [&](const KeyDescriptor* child) {
                                        return last_name(child->path) == entry.key;
                                    }) -
                       children.begin();
            };
            std::stable_sort(
                link.entries.begin(), link.entries.end(),
                [&](const Node::Entry& a, const Node::Entry& b) { return rank(a) < rank(b); });
        }
    }

    Node list(const Node& node, const KeyDescriptor& key) {
        if (!node.is_list()) return refuse(node, "a list is expected here, not ");
        const KeyDescriptor& element = *children_of(key.path).front();
        Node result = map_at(node.at);
        result.kind = Node::Kind::list;
        for (const Node& item : node.items) result.items.push_back(value(item, element));
        return result;
    }

    // Of which type the values are is the parameter's business.
    Node axis(const Node& node, const KeyDescriptor& key) {
        if (node.is_map()) return map(node, key.path);
        if (!node.is_list()) return refuse(node, "a list of values is expected here, not ");
        Node result = node;
        for (Node& item : result.items) {
            if (!item.is_scalar() && item.kind != Node::Kind::hole) {
                item = refuse(item, "a value of the parameter is expected here, not ");
            }
        }
        return result;
    }

    Node scalar(const Node& node, const KeyDescriptor& key) {
        if (!node.is_scalar()) {
            return refuse(node, std::string(type_in_words(key.type)) + " is expected here, not ");
        }
        const auto text = canonical_scalar(key, node.text);
        if (text) return Node::scalar(*text, node.at);
        diagnostics_.add(about(node, text.error, text.hint));
        return hole(node);
    }

    Node distribution(const Node& node) {
        if (node.is_map()) return shaped_distribution(node);
        if (!node.is_scalar()) {
            return refuse(node, "a duration, a range or a map with dist is expected here, not ");
        }
        const bool range = node.text.find("..") != std::string::npos;
        if (!range) return scalar(node, *find_key("distribution.value"));
        const auto parsed = parse_duration_range(node.text);
        if (!parsed) {
            diagnostics_.add(about(node, parsed.error, parsed.hint));
            return hole(node);
        }
        return uniform(node, Node::scalar(format_duration(parsed->low), node.at),
                       Node::scalar(format_duration(parsed->high), node.at));
    }

    Node uniform(const Node& node, const Node& low, const Node& high) {
        const Node first = scalar(low, *find_key("distribution.low"));
        const Node second = scalar(high, *find_key("distribution.high"));
        if (!first.is_scalar() || !second.is_scalar()) return hole(node);
        if (*parse_duration(first.text) > *parse_duration(second.text)) {
            diagnostics_.add(about(node, "a range goes from low to high"));
            return hole(node);
        }
        return Node::scalar(first.text + ".." + second.text, node.at);
    }

    Node shaped_distribution(const Node& node) {
        const Node whole = map(node, "distribution");
        const Node* dist = whole.find("dist");
        if (dist == nullptr || !dist->is_scalar()) return hole(node);
        const auto* shape = std::find_if(kShapes.begin(), kShapes.end(),
                                         [&](const Shape& s) { return s.dist == dist->text; });
        novacron::check(shape != kShapes.end(), "every choice of dist has a shape");
        std::string needs(shape->keys[0]);
        if (!shape->keys[1].empty()) needs += " and " + std::string(shape->keys[1]);
        bool complete = true;
        for (const Node::Entry& entry : whole.entries) {
            if (entry.value.kind == Node::Kind::hole) complete = false;
            if (entry.key == "dist" || entry.key == shape->keys[0] || entry.key == shape->keys[1])
                continue;
            diagnostics_.add(about(entry,
                                   "a " + dist->text + " distribution has no '" + entry.key + "'",
                                   "it has " + needs));
            complete = false;
        }
        for (const std::string_view key : shape->keys) {
            if (key.empty() || whole.find(key) != nullptr) continue;
            diagnostics_.add(
                about(*dist, "a " + dist->text + " distribution needs '" + std::string(key) + "'",
                      "it has " + needs));
            complete = false;
        }
        if (!complete || !relations_hold(whole, dist->text)) return hole(node);
        if (shape->dist == "constant") return Node::scalar(whole.find("value")->text, node.at);
        if (shape->dist == "uniform") return uniform(node, *whole.find("low"), *whole.find("high"));
        return whole;
    }

    // What the bounds of single keys can't say. REQUIRES: all keys of the shape are there and
    // valid.
    bool relations_hold(const Node& whole, std::string_view dist) {
        const auto time = [&](std::string_view key) {
            return *parse_duration(whole.find(key)->text);
        };
        if (dist == "exponential" && time("mean") == Duration{}) {
            diagnostics_.add(about(*whole.find("mean"), "the mean of an exponential is above 0s"));
            return false;
        }
        if (dist == "lognormal" && time("p99") <= time("median")) {
            diagnostics_.add(
                about(*whole.find("p99"), "the p99 of a lognormal is above its median"));
            return false;
        }
        if (dist != "empirical") return true;
        const std::vector<Node>& quantiles = whole.find("quantiles")->items;
        if (quantiles.size() < 2) {
            diagnostics_.add(about(*whole.find("quantiles"),
                                   "an empirical distribution has two or more "
                                   "quantiles"));
            return false;
        }
        for (std::size_t i = 0; i < quantiles.size(); ++i) {
            if (!quantiles[i].is_scalar()) return false;
            if (i > 0 &&
                *parse_duration(quantiles[i].text) < *parse_duration(quantiles[i - 1].text)) {
                diagnostics_.add(about(quantiles[i], "quantiles ascend"));
                return false;
            }
        }
        return true;
    }

    // Words are looked up when the names are known; here they are only gathered.
    Node target(const Node& node) {
        if (node.is_scalar()) return Node::scalar(node.text, node.at);
        if (node.is_list()) {
            Node result = map_at(node.at);
            result.kind = Node::Kind::list;
            for (const Node& item : node.items) {
                if (item.is_scalar())
                    result.items.push_back(Node::scalar(item.text, item.at));
                else if (item.kind == Node::Kind::hole)
                    result.items.push_back(item);
                else
                    result.items.push_back(refuse(item, "a list of targets holds names, not "));
            }
            return result;
        }
        if (!node.is_map()) return refuse(node, "hosts are expected here, not ");
        Node result = map(node, "target");
        const bool cuts = result.find("split") != nullptr || result.find("shape") != nullptr ||
                          result.find("links") != nullptr;
        if (cuts && result.find("direction") == nullptr) {
            result.entries.push_back({"direction", node.at, Node::scalar("both", node.at)});
        }
        return result;
    }

    Diagnostics& diagnostics_;
};

}  // namespace

std::optional<Node> normalise(const Node& node, std::string_view path, Diagnostics& diagnostics) {
    const bool whole = path.empty();
    Node result = Normaliser(diagnostics).map(whole ? in_our_words(node) : node, path);
    if (!result.is_map()) return std::nullopt;
    if (whole) write_out_repeats(result, diagnostics);
    return result;
}

}  // namespace shaketable
