// SPDX-License-Identifier: MIT
//
// Which rare situations a campaign met, in words and as JSON.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/study/coverage.hpp"

namespace shaketable::cli {

// A line a probe, those that were never met last.
std::string render_coverage(const Coverage& coverage);
// "30 of 36 situations met; never: ..."
std::string coverage_line(const Coverage& coverage);
nlohmann::ordered_json coverage_to_json(const Coverage& coverage);

}  // namespace shaketable::cli
