// SPDX-License-Identifier: MIT
//
// From a scenario file to a `Scenario`, or to everything that is wrong with the file.
//
// The steps, each in a file of its own: text -> strict tree (node), `extends` and parameters
// (assemble), shape, units, bounds and defaults by the table of keys (schema, normalise), names,
// times and their relations (bind), canonical text (emit).
//
// Invariants: (1) a result has a scenario or at least one diagnostic, never both.
//             (2) loading a scenario's `resolved` text gives the same `resolved` text and hash.
//             (3) the result is a function of the bytes of the files read and the overrides.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// A value for one of the scenario's parameters, as in `--set heartbeat=20ms`.
struct Override {
    std::string name;
    std::string value;
    friend bool operator==(const Override&, const Override&) = default;
};

// Splits "name=value"; nothing if there is no '=' or no name before it.
std::optional<Override> parse_override(std::string_view text);

struct LoadResult {
    std::optional<Scenario> scenario;
    std::vector<Diagnostic> diagnostics;  // sorted, all of them; format() prints them
    std::vector<Diagnostic> warnings = {};  // if asked: what may not be meant, sorted

    bool ok() const { return scenario.has_value(); }
};

// Never throws for what a file holds; an unreadable file is a diagnostic at its line 1, column 1.
LoadResult load_scenario(const std::string& path, const std::vector<Override>& overrides = {});

// The same for text that is already in memory. `path` names it in diagnostics, and the files it
// extends are looked up beside it.
LoadResult load_scenario_text(std::string_view text, const std::string& path,
                              const std::vector<Override>& overrides = {});

// The same with warnings, which take longer to find than the scenario to load.
LoadResult check_scenario(const std::string& path, const std::vector<Override>& overrides = {});
LoadResult check_scenario_text(std::string_view text, const std::string& path,
                               const std::vector<Override>& overrides = {});

}  // namespace shaketable
