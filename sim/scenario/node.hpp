// SPDX-License-Identifier: MIT
//
// A YAML file as a strict tree: scalars, lists and maps with names as keys, each with its position.
//
// Intuition: YAML is a large language with traps; a scenario needs a small one without. What YAML
// would silently accept or guess is refused here, where both the text and the position are still
// known:
//   - a key twice in one map, a key that is not a name, merge keys (`<<`), tags (`!!int`);
//   - several documents in a file, an empty file, bytes that are not UTF-8 text;
//   - aliases nested more than 8 deep, nesting deeper than 64, more than a million nodes (aliases
//     expanded), files larger than 16 MiB: small files that would take the memory of the machine.
// Scalars stay text: what `no` or `1:30` means is decided by the key they stand under, by name and
// with a hint, never guessed from their looks.
//
// This is the only user of yaml-cpp, by its events: its own tree drops duplicate keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/diagnostics.hpp"

namespace shaketable {

struct Node {
    // A hole is where a value was refused: it has been reported, and nothing more is said about it.
    enum class Kind : std::uint8_t { null, scalar, list, map, hole };

    struct Entry;  // of a map

    Kind kind = Kind::null;
    bool plain = true;         // a scalar without quotes
    bool substituted = false;  // a scalar that took in a parameter: its text is not the file's
    std::string text;          // of a scalar
    Position at;               // of the first character
    std::vector<Node> items;   // of a list
    std::vector<Entry> entries;

    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_list() const { return kind == Kind::list; }
    bool is_map() const { return kind == Kind::map; }

    const Node* find(std::string_view key) const;
    Node* find(std::string_view key);
    const Entry* find_entry(std::string_view key) const;

    static Node scalar(std::string text, Position at);
};

struct Node::Entry {
    std::string key;
    Position key_at;
    Node value;
};

std::string_view kind_in_words(Node::Kind kind);

// A diagnostic that underlines the node's first line, or the key.
Diagnostic about(const Node& node, std::string message, std::string hint = {});
Diagnostic about(const Node::Entry& entry, std::string message, std::string hint = {});

inline constexpr std::size_t kMostFileBytes = std::size_t{16} << 20U;
inline constexpr std::size_t kMostNodes = 1'000'000;
inline constexpr int kMostNesting = 64;
inline constexpr int kMostAliasDepth = 8;

// The tree of `text`, a map, or nothing with at least one diagnostic added. `name` is what
// diagnostics call the file.
std::optional<Node> parse_yaml(std::string_view text, const std::string& name,
                               Diagnostics& diagnostics);
// The same, and it may be a list as well.
std::optional<Node> parse_yaml_of_any_kind(std::string_view text, const std::string& name,
                                           Diagnostics& diagnostics);

}  // namespace shaketable
