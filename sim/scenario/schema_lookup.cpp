// SPDX-License-Identifier: MIT
//
// Finding one's way in the table.
#include <algorithm>
#include <utility>

#include "sim/scenario/scalars.hpp"
#include "sim/scenario/schema.hpp"

namespace shaketable {
namespace {

using enum ValueType;

// The length of the path above, for `a.b`, `a[]` and `a.*`.
std::size_t parent_length(std::string_view path) {
    if (path.ends_with("[]")) return path.size() - 2;
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? 0 : dot;
}

bool is_compound(std::string_view path) {
    return path.starts_with("distribution.") || path.starts_with("target.") ||
           path.starts_with("policy.");
}

}  // namespace

const KeyDescriptor* find_key(std::string_view path) {
    const auto found = std::find_if(keys().begin(), keys().end(),
                                    [&](const KeyDescriptor& key) { return key.path == path; });
    return found == keys().end() ? nullptr : &*found;
}

std::vector<const KeyDescriptor*> children_of(std::string_view path) {
    std::vector<const KeyDescriptor*> result;
    for (const KeyDescriptor& key : keys()) {
        if (path.empty() && is_compound(key.path)) continue;
        if (key.path.substr(0, parent_length(key.path)) == path && !key.path.empty()) {
            result.push_back(&key);
        }
    }
    return result;
}

std::string_view type_in_words(ValueType type) {
    switch (type) {
        case map: return "a map of keys";
        case list: return "a list";
        case text: return "text";
        case identifier: return "a name of a-z, 0-9 and inner -";
        case name: return "a name of a-z, 0-9 and inner - or _";
        case boolean: return "true or false";
        case integer: return "a whole number";
        case number: return "a number";
        case duration: return "a duration with units, such as 150ms or 1h30m";
        case durations: return "a duration or a range of them, such as 10s or 500ms..10s";
        case at_most: return "a bound, such as \"< 30s\"";
        case rate: return "a rate, such as 500/s or 6/min";
        case probability: return "a probability, such as 0.1% or 0.001";
        case size: return "a number of bytes with a unit, such as 512B or 64MiB";
        case drift: return "parts per million, such as 50ppm";
        case seeds: return "a seed or a range of them, such as 7 or 1..100";
        case epoch: return "an instant in UTC, such as 2024-11-05T02:00:00Z";
        case choice: return "one of a few words";
        case predicate: return "one of a few words, or a bound on a measure of a service";
        case fault_word: return "a kind of fault, such as node.crash";
        case moment: return "a time, such as 90s, warmup.end + 10s, crash.end + 5s or faults.end";
        case fault_ref: return "the start of a fault, such as crash.start";
        case distribution: return "a duration, a range or a map with dist";
        case target: return "hosts, such as node-1, zone:a or {role: leader}";
        case policy: return "a policy of calls, such as {timeout: 200ms, retry: {max_attempts: 2}}";
        case axis: return "a list of values, or {from: 10ms, to: 50ms, step: 10ms}";
    }
    return {};
}

std::vector<std::string_view> fault_words() {
    std::vector<std::string_view> words;
    for (const FaultWord& fault : fault_table()) words.push_back(fault.word);
    return words;
}

std::vector<WithKey> with_keys(const FaultWord& fault) {
    std::vector<WithKey> found;
    for (std::string name : choices_in(fault.with)) {
        const bool required = !name.ends_with('?');
        if (!required) name.pop_back();
        found.push_back({std::move(name), required});
    }
    return found;
}

const FaultWord* find_fault_word(std::string_view word) {
    const auto table = fault_table();
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const FaultWord& fault) { return fault.word == word; });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace shaketable
