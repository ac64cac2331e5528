// SPDX-License-Identifier: MIT
//
// What the gate found, in words, for a person at a terminal.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/gate_report.hpp"
#include "sim/cli/terminal.hpp"

namespace shaketable::cli {

// One scenario: its targets and checks, what has changed since the baseline, and each measure that
// moved.
std::string render(const Terminal& terminal, const GateReport& report);

// "fail: rto.write median +179.8ms (+100 %), mostly detect", and below it the replay. Of several
// scenarios, how many of them, and the first of the worst.
std::string verdict_lines(const Terminal& terminal, const std::vector<GateReport>& reports);

}  // namespace shaketable::cli
