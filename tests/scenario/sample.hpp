// SPDX-License-Identifier: MIT
//
// A small scenario that loads, and how to change it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/loader.hpp"

namespace shaketable::testing {

// Top-level keys of a scenario that is right; `more` is added, and takes the place of keys it
// names.
inline std::string scenario_text(std::string_view more = {}) {
    struct Part {
        std::string_view key, text;
    };
    constexpr Part parts[] = {
        {"name:", "name: sample\n"},
        {"time:", "time: {warmup: 5s, duration: 60s}\n"},
        {"cluster:",
         "cluster:\n  sites:\n    east: {nodes: [node-1, node-2, node-3], zone: a}\n"
         "    west: {nodes: [node-4, node-5], zone: b}\n"},
        {"workload:",
         "workload: [{id: writes, rate: 10/s}, {id: reads, operation: read, rate: 5/s}]\n"},
        {"service_level:", "service_level: {hold: 10s}\n"},
    };
    std::string text = "version: 1\n";
    const std::string added = "\n" + std::string(more);
    for (const Part& part : parts) {
        if (added.find("\n" + std::string(part.key)) == std::string::npos) text += part.text;
    }
    return text + std::string(more);
}

inline LoadResult load(std::string_view more, const std::vector<Override>& overrides = {}) {
    return load_scenario_text(scenario_text(more), "sample.yaml", overrides);
}

// The messages, in order, each ended by a newline.
inline std::string messages(const LoadResult& result) {
    std::string text;
    for (const Diagnostic& diagnostic : result.diagnostics) text += diagnostic.message + "\n";
    return text;
}

// The messages of a sample with a fault of this text.
inline std::string fault_messages(std::string_view fault) {
    return messages(load("faults:\n  - {id: f, " + std::string(fault) + "}\n"));
}

}  // namespace shaketable::testing
