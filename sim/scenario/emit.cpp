// SPDX-License-Identifier: MIT
#include "sim/scenario/emit.hpp"

#include <algorithm>
#include <array>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

constexpr std::size_t kColumns = 100;

// Plain only what no reader of YAML, in block or flow style, takes for anything but these
// characters.
bool is_plain(std::string_view text) {
    constexpr std::array<std::string_view, 5> nothing{"", "~", "null", "Null", "NULL"};
    if (std::find(nothing.begin(), nothing.end(), text) != nothing.end()) return false;
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const auto inner = [&](char c) {
        return letter(c) || std::string_view("_./%+-: ").find(c) != std::string_view::npos;
    };
    return letter(text.front()) && text.back() != ':' && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), inner) &&
           text.find(": ") == std::string_view::npos;
}

std::string scalar_text(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (c == '\n')
            result += "\\n";
        else if (c == '\r')
            result += "\\r";
        else if (c == '\t')
            result += "\\t";
        else
            result += c;
    }
    return result + "\"";
}

std::string flow(const Node& node) {
    std::string text;
    switch (node.kind) {
        case Node::Kind::scalar: return scalar_text(node.text);
        case Node::Kind::list:
            for (const Node& item : node.items) text += (text.empty() ? "" : ", ") + flow(item);
            return "[" + text + "]";
        case Node::Kind::map:
            for (const Node::Entry& entry : node.entries) {
                text +=
                    (text.empty() ? "" : ", ") + scalar_text(entry.key) + ": " + flow(entry.value);
            }
            return "{" + text + "}";
        case Node::Kind::null:
        case Node::Kind::hole: break;
    }
    throw novacron::BugError("a tree with holes was to be written");
}

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

// Each function starts behind what is already on the line, whose width is `column`.
void block(const Node& node, std::size_t indent, std::size_t column, std::string& out);

void block_map(const Node& node, std::size_t indent, bool continues_line, std::string& out) {
    for (const Node::Entry& entry : node.entries) {
        if (!continues_line) out += "\n" + std::string(indent, ' ');
        continues_line = false;
        const std::string key = scalar_text(entry.key) + ":";
        out += key;
        block(entry.value, indent + 2, indent + width(key) + 1, out);
    }
}

void block(const Node& node, std::size_t indent, std::size_t column, std::string& out) {
    const std::string line = flow(node);
    const bool of_maps = node.is_list() && !node.items.empty() && node.items.front().is_map();
    const bool fits = column + width(line) < kColumns && !of_maps;
    if (node.is_scalar() || fits || line.size() == 2) {
        out += " " + line;
        return;
    }
    if (node.is_map()) {
        block_map(node, indent, false, out);
        return;
    }
    for (const Node& item : node.items) {
        out += "\n" + std::string(indent, ' ') + "-";
        if (item.is_map() && indent + 2 + width(flow(item)) >= kColumns) {
            out += " ";
            block_map(item, indent + 2, true, out);
        } else {
            block(item, indent + 2, indent + 2, out);
        }
    }
}

}  // namespace

std::string emit_flow(const Node& node) { return flow(node); }

std::string emit_yaml(const Node& node) {
    std::string out;
    block_map(node, 0, true, out);
    return out + "\n";
}

}  // namespace shaketable
