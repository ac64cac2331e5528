// SPDX-License-Identifier: MIT
#include "sim/scenario/assemble.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sim/scenario/bind_alerts.hpp"
#include "sim/scenario/configuration.hpp"

namespace shaketable {
namespace {

constexpr int kMostFiles = 64;  // also ends what grows by extending one file many times

// Lays `over` on `base`; both are maps.
void merge_maps(Node& base, Node over, Diagnostics& diagnostics);

void append(Node& base, Node::Entry entry, Diagnostics& diagnostics) {
    const std::string key = entry.key.substr(1);
    if (!entry.value.is_list()) {
        diagnostics.add(about(entry, "'" + entry.key + "' appends to a list, and this is " +
                                         std::string(kind_in_words(entry.value.kind))));
        return;
    }
    Node* list = base.find(key);
    if (list == nullptr) {
        base.entries.push_back({key, entry.key_at, std::move(entry.value)});
    } else if (list->is_list()) {
        std::move(entry.value.items.begin(), entry.value.items.end(),
                  std::back_inserter(list->items));
    } else {
        diagnostics.add(about(entry, "'" + key + "' is " + std::string(kind_in_words(list->kind)) +
                                         ", so nothing can be appended to it"));
    }
}

void merge_maps(Node& base, Node over, Diagnostics& diagnostics) {
    for (Node::Entry& entry : over.entries) {
        if (entry.key.size() > 1 && entry.key.front() == '+') {
            if (over.find_entry(std::string_view(entry.key).substr(1)) != nullptr) {
                diagnostics.add(about(entry, "both '" + entry.key.substr(1) + "' and '" +
                                                 entry.key + "' in one map: replace or append?"));
            } else {
                append(base, std::move(entry), diagnostics);
            }
            continue;
        }
        Node* under = base.find(entry.key);
        if (under == nullptr) {
            // Merged with an empty map, so that a '+' further down is understood here, too.
            base.entries.push_back({entry.key, entry.key_at, {}});
            under = &base.entries.back().value;
        }
        const bool distribution = entry.value.find("dist") != nullptr;
        if (entry.value.is_map() && (distribution || !under->is_map())) {
            under->entries.clear();
            under->kind = Node::Kind::map;
        }
        if (entry.value.is_map()) {
            under->at = entry.value.at;
            merge_maps(*under, std::move(entry.value), diagnostics);
        } else {
            *under = std::move(entry.value);
        }
    }
}

void remove_key(Node& map, std::string_view key) {
    std::erase_if(map.entries, [&](const Node::Entry& entry) { return entry.key == key; });
}

// Reads files and those they extend.
class Reader {
public:
    explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    std::optional<Node> read(std::string_view text, const std::string& path) {
        auto parsed = parse_yaml(text, path, diagnostics_);
        if (!parsed) return std::nullopt;
        if (is_configuration(*parsed)) {
            if (!chain_.empty()) return part_of_scenario(*std::move(parsed), diagnostics_);
            diagnostics_.add({parsed->at, 1, "this is a configuration of a cluster, not a scenario",
                              "lay a scenario upon it: extends: [" +
                                  std::filesystem::path(path).filename().string() + "]"});
            return std::nullopt;
        }
        if (!version_is_known(*parsed)) return std::nullopt;
        chain_.push_back(std::filesystem::path(path).lexically_normal().string());
        Node whole;
        whole.kind = Node::Kind::map;
        const bool complete = lay_bases(whole, *parsed, path);
        chain_.pop_back();
        if (!complete) return std::nullopt;
        remove_key(*parsed, "extends");
        whole.at = parsed->at;
        merge_maps(whole, std::move(*parsed), diagnostics_);
        return whole;
    }

private:
    // Of a file of another version nothing else can be said.
    bool version_is_known(const Node& file) {
        const Node* version = file.find("version");
        if (version == nullptr) {
            diagnostics_.add({file.at, 1, "the key 'version' is missing", "write version: 1"});
            return true;
        }
        if (version->text == "1") return true;
        diagnostics_.add(about(
            *version, "this program reads version 1, not '" + version->text.substr(0, 40) + "'",
            "write version: 1"));
        return false;
    }

    bool lay_bases(Node& whole, const Node& file, const std::string& path) {
        const Node* extends = file.find("extends");
        if (extends == nullptr) return true;
        if (!extends->is_list()) {
            diagnostics_.add(about(
                *extends,
                "extends is a list of files, not " + std::string(kind_in_words(extends->kind)),
                "write extends: [" +
                    (extends->is_scalar() ? extends->text.substr(0, 80) : "common/base.yaml") +
                    "]"));
            return false;
        }
        bool complete = true;
        for (const Node& item : extends->items) {
            auto base = read_base(item, path);
            if (base)
                merge_maps(whole, std::move(*base), diagnostics_);
            else
                complete = false;
        }
        return complete;
    }

    std::optional<Node> read_base(const Node& item, const std::string& path) {
        if (!item.is_scalar() || item.text.empty() || item.text.find('\0') != std::string::npos) {
            diagnostics_.add(about(item, "extends is a list of files"));
            return std::nullopt;
        }
        const auto joined = std::filesystem::path(path).parent_path() / item.text;
        const std::string name = joined.lexically_normal().string();
        if (std::find(chain_.begin(), chain_.end(), name) != chain_.end()) {
            std::string circle;
            for (const std::string& file : chain_) circle += file + " -> ";
            diagnostics_.add(about(item, "extends goes in a circle: " + circle + name,
                                   "what both need belongs in a third file"));
            return std::nullopt;
        }
        if (++files_ > kMostFiles) {
            diagnostics_.add(
                about(item, "more than " + std::to_string(kMostFiles) + " files extended"));
            return std::nullopt;
        }
        const auto text = read_file(name, kMostFileBytes + 1);
        if (!text) {
            diagnostics_.add(about(item, "can't read the file " + name,
                                   "paths are relative to the file that extends"));
            return std::nullopt;
        }
        return read(*text, name);
    }

    Diagnostics& diagnostics_;
    std::vector<std::string> chain_;  // the files being read, the outermost first
    int files_ = 0;
};

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::size_t most) {
    std::error_code status;
    if (std::filesystem::is_directory(path, status)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text;
    std::string block(std::size_t{64} << 10U, '\0');
    while (text.size() < most && file) {
        file.read(block.data(),
                  static_cast<std::streamsize>(std::min(block.size(), most - text.size())));
        text.append(block, 0, static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) return std::nullopt;
    return text;
}

std::optional<Assembled> assemble(std::string_view text, const std::string& path,
                                  const std::vector<Override>& overrides,
                                  Diagnostics& diagnostics) {
    auto root = Reader(diagnostics).read(text, path);
    if (!root) return std::nullopt;
    Node none;
    none.kind = Node::Kind::map;
    const Node* declared = root->find("params");
    Parameters parameters(declared == nullptr ? none : *declared, overrides, diagnostics);
    remove_key(*root, "params");
    std::optional<Node> sweep;
    if (Node* section = root->find("sweep")) sweep = std::move(*section);
    remove_key(*root, "sweep");
    lay_in_rules(*root, diagnostics);
    parameters.substitute(*root);
    return Assembled{std::move(*root), std::move(parameters), std::move(sweep)};
}

}  // namespace shaketable
