// SPDX-License-Identifier: MIT
//
// A run's series and what its rules made of them, as a unit test for `promtool test rules`: whether
// Prometheus itself fires the same alerts at the same times.
//
// Series begin at Unix time 0 there, so what is a Unix time loses the run's epoch. promtool
// evaluates all groups at one interval.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/alert/monitor.hpp"

namespace shaketable {

// Why it can't be told to promtool; nothing: it can.
std::optional<std::string> untellable(const AlertsSpec& alerts);

// A rules file with the rules, without annotations: people's texts have templates.
std::string promtool_rules(const AlertsSpec& alerts);

struct PromtoolRun {
    Instant end;                  // of the run
    double epoch_unix_seconds = 0;
    std::string_view rules_file;  // as the test names it
};
// REQUIRES: the monitor has kept all samples; the alerts are its own, and can be told.
std::string promtool_test(const AlertsSpec& alerts, const Monitor& monitor,
                          const PromtoolRun& run);

}  // namespace shaketable
