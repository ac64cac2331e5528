// SPDX-License-Identifier: MIT
//
// The one table of what a scenario file may say: every key with its type, default, bounds and
// meaning. The same table drives validation, suggestions, `explain KEY` and scenarios/README.md, so
// none of them can disagree with another.
//
// A path names a key: `time.warmup`; `*` stands for any name (`cluster.sites.*.nodes`) and `[]` for
// each element of a list (`faults[].at`). Values of compound types are described once, under the
// type's own name: `distribution.median`, `target.role`, `policy.timeout`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable {

enum class ValueType : std::uint8_t {
    map,           // keys of its own
    list,          // elements of one type
    text,          // any characters
    identifier,    // [a-z0-9]([-a-z0-9]*[a-z0-9])?
    name,          // an identifier that may hold _ as well
    boolean,       // true or false, nothing else
    integer,       // digits
    number,        // a decimal number
    duration,      // 150ms, 1h30m
    durations,     // a duration, or a range a..b
    at_most,       // "< 30s"
    rate,          // 500/s
    probability,   // 0.1% or 0.001
    size,          // 64MiB
    drift,         // 50ppm
    seeds,         // 1..100
    epoch,         // 2024-11-05T02:00:00Z
    choice,        // one of the words in `choices`
    predicate,     // one of the words in `choices`, or service.store.goodput >= 90%
    fault_word,    // one of fault_words()
    moment,        // warmup.end + 10s
    fault_ref,     // crash.start
    distribution,  // 500us, 1ms..2ms or {dist: ...}
    target,        // node-1, zone:a, {role: leader} ...
    policy,        // how a call is made: {timeout: 200ms, retry: {max_attempts: 2}}
    axis,          // [10ms, 20ms] or {from: 10ms, to: 50ms, step: 10ms}
};

struct KeyDescriptor {
    std::string_view path;
    ValueType type;
    std::string_view default_value;  // as a file would spell it; empty: no default
    std::string_view low, high;      // bounds of the type, both included; empty: none
    std::string_view choices;        // words separated by '|'
    bool required;
    std::string_view description;  // sentences; never empty
};

// All keys, each parent before its children, in the order of the canonical text.
std::span<const KeyDescriptor> keys();
const KeyDescriptor* find_key(std::string_view path);
// The keys one level below, in order. An empty path means the top level.
std::vector<const KeyDescriptor*> children_of(std::string_view path);

// "duration, such as 150ms or 1h30m"
std::string_view type_in_words(ValueType type);

// Words of `inject`, with what each does and needs.
struct FaultWord {
    enum class Hosts : std::uint8_t {
        nodes, any, split, load, zone, site, rack, service, none
    };

    std::string_view word;
    Hosts hosts;               // nodes only; clients too; a split in groups; workloads; all nodes
                               // of a place; services; or none at all: it has no target
    std::string_view with;     // the keys of `with` it has, separated by '|'; which it may leave
                               // out end in '?'
    std::string_view summary;  // a line, for `list faults`
    std::string_view details;  // sentences
    std::string_view example;  // one element of `faults`
    bool at_once = false;      // it has no duration
};
std::span<const FaultWord> fault_table();
// A key of `with` that a fault has.
struct WithKey {
    std::string name;
    bool required;
};
std::vector<WithKey> with_keys(const FaultWord& fault);
std::vector<std::string_view> fault_words();
const FaultWord* find_fault_word(std::string_view word);

// What `explain KEY` prints, for a path (indexes and names in place of [] and * are understood), a
// key by its last words, a fault word or a value type's name. Nothing if there is no such key.
std::optional<std::string> explain(std::string_view key);
// The nearest thing `explain` knows, or empty.
std::string explain_suggestion(std::string_view key);

// scenarios/README.md, whole.
std::string reference_markdown();

}  // namespace shaketable
