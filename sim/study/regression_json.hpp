// SPDX-License-Identifier: MIT
//
// A comparison as JSON, by the conventions of a result (sim/run/result_json.hpp). Values of
// durations are in nanoseconds; null stands for "never".
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sim/study/regression.hpp"

namespace shaketable {

std::string_view word_of(Statistic statistic);
std::string_view word_of(Movement movement);

nlohmann::ordered_json to_json(const Comparison& comparison);

}  // namespace shaketable
