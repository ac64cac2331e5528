// SPDX-License-Identifier: MIT
//
// A result as JSON: what `shaketable run --json` prints and what the Python package hands on.
//
// The keys come in the order of this project's documents, each time in nanoseconds ends in `_ns`,
// and a measure that does not exist is null, never zero. `schema_version` grows when a key changes
// its meaning or goes away; new keys may come at any time.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "sim/run/result.hpp"

namespace shaketable {

constexpr int kResultSchemaVersion = 1;

// pass, fail or inconclusive: the spelling everywhere.
std::string_view word_of(Verdict verdict);

// All of the result but its timeline, roles, series and checkpoints. `replay` is the command that
// does the run again.
nlohmann::ordered_json to_json(const Result& result, std::string_view replay);

// A list of {at_ns, kind, node, text}.
nlohmann::ordered_json timeline_to_json(const Result& result);
// A list of {node, role, term, start_ns, end_ns}.
nlohmann::ordered_json roles_to_json(const Result& result);
// A list of {edge, caller, state, start_ns, end_ns}.
nlohmann::ordered_json breakers_to_json(const Result& result);
// A list of {workload, part, start_ns, end_ns, bucket_ns} with a list for each measure of buckets.
nlohmann::ordered_json series_to_json(const Result& result);

}  // namespace shaketable
