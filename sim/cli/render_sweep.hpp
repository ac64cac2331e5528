// SPDX-License-Identifier: MIT
//
// A study in words and as JSON: one row a point, the front marked, the most important line last.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sim/cli/terminal.hpp"
#include "sim/study/study.hpp"

namespace shaketable::cli {

std::string render(const Terminal& terminal, const Study& study,
                   const std::vector<StudyWeights::Point>& points);

// "front: 5 of 20 points", and in words what that means.
std::string front_line(const Study& study, const std::vector<StudyWeights::Point>& points);

nlohmann::ordered_json to_json(const Study& study, const std::vector<StudyWeights::Point>& points);

}  // namespace shaketable::cli
