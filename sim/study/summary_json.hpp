// SPDX-License-Identifier: MIT
//
// The summary over seeds as JSON, by the same conventions as a single result
// (sim/run/result_json.hpp): times in nanoseconds end in `_ns`, and what does not exist is null. A
// quantile that fell on a run which never recovered is null, too; `censored` says how many such
// runs there are.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sim/study/ensemble.hpp"

namespace shaketable {

nlohmann::ordered_json to_json(const Summary& summary);

}  // namespace shaketable
