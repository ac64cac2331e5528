// SPDX-License-Identifier: MIT
//
// The gate's findings as workflow commands of GitHub Actions, which shows them beside the line of
// the scenario that asks for what failed. About ten of a kind are shown, so failures come first.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/gate_report.hpp"

namespace shaketable::cli {

// Lines such as "::error file=x.yaml,line=12,title=leader_crash: target rto.max::missed ...".
// Failures are errors, what could not be judged is a warning, what passed is silent.
std::string annotations(const std::vector<GateReport>& reports);

}  // namespace shaketable::cli
