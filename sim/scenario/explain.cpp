// SPDX-License-Identifier: MIT
#include <algorithm>

#include "sim/alert/metric_table.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/scalars.hpp"
#include "sim/scenario/schema.hpp"

namespace shaketable {
namespace {

constexpr std::string_view kOneOf = "one of ";

std::string choices_in_words(std::string_view choices) {
    std::string words(choices);
    for (std::size_t at = words.find('|'); at != std::string::npos; at = words.find('|', at + 2)) {
        words.replace(at, 1, ", ");
    }
    return words;
}

std::string type_of(const KeyDescriptor& key) {
    if (key.type == ValueType::predicate) {
        return std::string(kOneOf) + choices_in_words(key.choices) +
               ", or a bound on a measure of a service";
    }
    if (key.type != ValueType::choice) return std::string(type_in_words(key.type));
    const bool single = key.choices.find('|') == std::string_view::npos;
    return (single ? "" : std::string(kOneOf)) + choices_in_words(key.choices);
}

std::string bounds_of(const KeyDescriptor& key) {
    const std::string low(key.low);
    const std::string high(key.high);
    if (!low.empty() && !high.empty()) return low + " to " + high;
    if (!low.empty()) return "at least " + low;
    return high.empty() ? "" : "at most " + high;
}

// Elements of a list and chosen names are there if somebody writes them: no word about that.
bool says_presence(const KeyDescriptor& key) {
    return !key.path.ends_with("[]") && !key.path.ends_with("*");
}

std::string explain_key(const KeyDescriptor& key) {
    std::string text = std::string(key.path) + "\n  " + std::string(key.description) + "\n";
    text += "  type:     " + type_of(key) + "\n";
    const std::string bounds = bounds_of(key);
    if (!bounds.empty()) text += "  bounds:   " + bounds + "\n";
    if (key.required && says_presence(key)) text += "  required\n";
    const bool plain_default = !key.default_value.empty() && key.default_value != "{}";
    if (plain_default) text += "  default:  " + std::string(key.default_value) + "\n";
    const std::string_view below = key.type == ValueType::distribution ? "distribution"
                                   : key.type == ValueType::target     ? "target"
                                   : key.type == ValueType::policy     ? "policy"
                                                                       : key.path;
    const auto children = children_of(below);
    if (!children.empty()) text += "  keys:\n";
    std::size_t widest = 0;
    for (const KeyDescriptor* child : children) widest = std::max(widest, child->path.size());
    for (const KeyDescriptor* child : children) {
        const std::string path(child->path);
        text += "    " + path + std::string(widest - path.size() + 2, ' ') +
                std::string(child->description) + "\n";
    }
    return text;
}

std::string hosts_in_words(FaultWord::Hosts hosts) {
    switch (hosts) {
        case FaultWord::Hosts::nodes: return "nodes";
        case FaultWord::Hosts::any: return "nodes and clients";
        case FaultWord::Hosts::split: return "a split: {split: [[leader], [others]]}, or a shape";
        case FaultWord::Hosts::load:
            return "workloads and clients of services: their names, or clients for all of them";
        case FaultWord::Hosts::zone: return "zones, such as zone:a";
        case FaultWord::Hosts::site: return "sites, such as site:primary";
        case FaultWord::Hosts::rack: return "racks, such as rack:r1";
        case FaultWord::Hosts::service: return "services: their names";
        case FaultWord::Hosts::none: return "none: it is about backups";
    }
    return {};
}

std::string explain_fault(const FaultWord& fault) {
    std::string text = std::string(fault.word) + "\n  " + std::string(fault.summary) + "\n  " +
                       std::string(fault.details) + "\n  target:   " + hosts_in_words(fault.hosts) +
                       "\n";
    std::string with;
    for (const WithKey& key : with_keys(fault)) {
        with += (with.empty() ? "" : ", ") + key.name + (key.required ? "" : " (may be left out)");
    }
    if (!with.empty()) text += "  with:     " + with + "\n";
    return text + "  example:  - " + std::string(fault.example) + "\n";
}

std::string explain_type(std::string_view name) {
    std::string text = std::string(name) + "\n  ";
    text += type_in_words(name == "target"   ? ValueType::target
                          : name == "policy" ? ValueType::policy
                                             : ValueType::distribution);
    text += "\n  keys:\n";
    for (const KeyDescriptor* child : children_of(name)) {
        text += "    " + std::string(child->path) + "  " + std::string(child->description) + "\n";
    }
    return text;
}

// Follows the words of a path through the table: an index or a bracket pair is an element, a word
// that is not a key is a chosen name where the table has one, and values of compound types lead on
// to them.
const KeyDescriptor* follow(std::string_view written) {
    const KeyDescriptor* key = nullptr;
    std::string path;
    for (const std::string_view compound : {"distribution", "target", "policy"}) {
        if (!written.starts_with(std::string(compound) + ".")) continue;
        path = compound;
        written.remove_prefix(compound.size() + 1);
    }
    while (!written.empty()) {
        const std::size_t end = std::min(written.find('.'), written.size());
        std::string word(written.substr(0, end));
        written.remove_prefix(std::min(end + 1, written.size()));
        const std::size_t bracket = word.find('[');
        const bool element = bracket != std::string::npos && word.back() == ']';
        if (element) word.resize(bracket);
        const std::string prefix = path.empty() ? "" : path + ".";
        key = find_key(prefix + word);
        if (key == nullptr) key = find_key(prefix + "*");
        // faults.at is short for faults[].at.
        if (key == nullptr) key = find_key(path + "[]." + word);
        if (key != nullptr && element) key = find_key(std::string(key->path) + "[]");
        if (key == nullptr) return nullptr;
        path = key->path;
        if (key->type == ValueType::distribution && !written.empty()) path = "distribution";
        if (key->type == ValueType::target && !written.empty()) path = "target";
        if (key->type == ValueType::policy && !written.empty()) path = "policy";
    }
    return key;
}

// Keys whose path ends with the words.
std::vector<const KeyDescriptor*> ending_with(std::string_view words) {
    std::vector<const KeyDescriptor*> result;
    const std::string suffix = "." + std::string(words);
    for (const KeyDescriptor& key : keys()) {
        if (key.path.ends_with(suffix)) result.push_back(&key);
    }
    return result;
}

}  // namespace

std::optional<std::string> explain(std::string_view key) {
    if (const FaultWord* fault = find_fault_word(key)) return explain_fault(*fault);
    if (const KeyDescriptor* found = follow(key)) return explain_key(*found);
    if (key == "distribution" || key == "target" || key == "policy") return explain_type(key);
    std::string text;
    for (const KeyDescriptor* found : ending_with(key)) {
        text += (text.empty() ? "" : "\n") + explain_key(*found);
    }
    if (text.empty()) return std::nullopt;
    return text;
}

std::string explain_suggestion(std::string_view key) {
    std::vector<std::string> known;
    for (const std::string_view word : fault_words()) known.emplace_back(word);
    for (const KeyDescriptor& descriptor : keys()) {
        std::string path(descriptor.path);
        known.push_back(path.substr(path.rfind('.') + 1));
        // As people write it: without the brackets.
        for (std::size_t at = path.find("[]"); at != std::string::npos; at = path.find("[]")) {
            path.erase(at, 2);
        }
        known.push_back(std::move(path));
    }
    return closest(key, known);
}

std::string reference_markdown() {
    std::string text =
        "# What a scenario file may say\n\n"
        "One flat YAML file per scenario. Unknown and duplicate keys are errors, durations carry "
        "units, and\n"
        "only `true` and `false` are booleans. `shaketable check FILE` finds all mistakes at "
        "once,\n"
        "`shaketable explain KEY` prints what stands here, `shaketable plan FILE` the file with "
        "everything\n"
        "filled in.\n\n"
        "This page is made from the table that validates the files (sim/scenario/schema.cpp); a "
        "test holds\n"
        "them together.\n\n"
        "## Keys\n\n"
        "`*` stands for a name the file chooses, `[]` for each element of a list.\n\n"
        "| key | type | default | bounds | meaning |\n|---|---|---|---|---|\n";
    const auto cell = [](std::string content) {
        for (std::size_t at = content.find('|'); at != std::string::npos;
             at = content.find('|', at + 2)) {
            content.replace(at, 1, "\\|");
        }
        return content;
    };
    bool compound = false;
    for (const KeyDescriptor& key : keys()) {
        if (!compound && key.path.starts_with("distribution.")) {
            compound = true;
            text +=
                "\n## Distributions, targets and policies\n\n"
                "A distribution is a duration (`500us`), a range (`1ms..2ms`, uniform) or a map "
                "with `dist`. A\n"
                "target is a node's name, `zone:a`, `site:x`, `rack:r1`, `all`, `clients` (faults "
                "of the network and the load only), a\n"
                "list of these, or a map with the keys below. A policy says how calls are made: it "
                "is a map, and what it\n"
                "leaves out is said by `cluster.resilience` or by the words below.\n\n"
                "| key | type | default | bounds | meaning |\n|---|---|---|---|---|\n";
        }
        const bool plain = !key.default_value.empty() && key.default_value != "{}";
        const std::string presence = plain ? "`" + std::string(key.default_value) + "`"
                                     : key.required && says_presence(key) ? "required"
                                                                          : "";
        text += "| `" + std::string(key.path) + "` | " + cell(type_of(key)) + " | " + presence +
                " | " + bounds_of(key) + " | " + cell(std::string(key.description)) + " |\n";
    }
    text += "\n## Faults\n\n";
    for (const FaultWord& fault : fault_table()) {
        text += "**`" + std::string(fault.word) + "`** " + std::string(fault.summary) + " " +
                std::string(fault.details) + "\n\n```yaml\n- " + std::string(fault.example) +
                "\n```\n\n";
    }
    text +=
        "## Times\n\n"
        "A time is a duration since the start of the run (`90s`), or an anchor with or without an "
        "offset:\n"
        "`warmup.end + 10s`, `crash.start`, `crash.end + 5s`. Durations are sums of parts, the "
        "largest unit\n"
        "first, of ns us ms s m h d: `1h30m`, `2.5s`, `150ms`. `faults.end` is the end of the last "
        "fault that\n"
        "ends and waits neither for it nor for an alert. `repeat: {times: 3, every: 10s}` is short "
        "for three\n"
        "faults.\n\n"
        "`alert:NodeDown.firing + 20s` counts from when an alert fires for the first time, "
        "`alert:NodeDown.resolved`\n"
        "from when nothing of it fires any more for the first time after that. If it does not come "
        "to that, what waits\n"
        "for it does not happen, and the run is inconclusive.\n\n"
        "## Metrics\n\n"
        "What the rules of `alerts` can ask for. A histogram has `_bucket` (with the label `le`), "
        "`_sum` and `_count`.\n\n"
        "| metric | type | labels | needs | meaning |\n|---|---|---|---|---|\n";
    for (const MetricDescriptor& metric : metric_table()) {
        text += "| `" + std::string(metric.name) + "` | " + std::string(metric.type) + " | " +
                std::string(metric.labels) + " | " + std::string(metric.needs) + " | " +
                std::string(metric.help) + " |\n";
    }
    text +=
        "\n"
        "## Configuration of the system\n\n"
        "`extends` takes the runbook's own files as they are: `extends: [raft_config.yaml, "
        "resilience_config.yaml,\n"
        "phi_detector_config.yaml]`. Their sections are those of `cluster` and of "
        "`cluster.resilience` above. Raft\n"
        "goes by its knobs; `shaketable check` warns of those that nothing uses yet.\n\n"
        "## Before the first fault\n\n"
        "A run proves something about a fault only if service was given before it. Of the "
        "operations issued\n"
        "after the warm-up and within `service_level.hold` before the first fault, as many must "
        "succeed, and as\n"
        "quickly, as `service_level` asks; otherwise the run is inconclusive and says so.\n";
    return text;
}

}  // namespace shaketable
