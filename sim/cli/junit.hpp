// SPDX-License-Identifier: MIT
//
// The gate's findings as JUnit XML, for the test pages of CI systems.
//
// There is no norm; this follows what their readers share (https://github.com/testmoapp/junitxml):
// a suite a scenario, a case a question, `failure` for what failed, and `error` for what could not
// be judged, since a case that is `skipped` counts as good. The suite's wall time is that of its
// case "runs", so that readers who add up cases get the same sum. Virtual time is a property.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cli/gate_report.hpp"

namespace shaketable::cli {

std::string junit_xml(const std::vector<GateReport>& reports);

// Text as it may stand between tags and in attributes. What XML 1.0 can't hold (control characters,
// bytes that are no UTF-8) becomes U+FFFD.
std::string xml_text(std::string_view text);

}  // namespace shaketable::cli
