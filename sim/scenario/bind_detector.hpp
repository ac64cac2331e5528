// SPDX-License-Identifier: MIT
//
// The section cluster.failure_detector: which detector there is, and what its knobs say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/detector/options.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/node.hpp"

namespace shaketable {

// Knobs that are absent get the defaults that the schema states; what contradicts another knob is
// reported.
novacron::detector::DetectorOptions bind_detector(const Node& section, Diagnostics& diagnostics);

// The word of its `detector`: "phi".
std::string_view word_of(const novacron::detector::DetectorOptions& options);

// What the knobs of a detector come to, as one JSON object: {"threshold": 8, ...}. Durations end in
// _ns.
std::string knobs_json(const novacron::detector::DetectorOptions& options);

// The keys of the section that the chosen detector does not heed, in order.
std::vector<std::string> idle_knobs(const Node& section);

}  // namespace shaketable
