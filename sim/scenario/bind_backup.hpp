// SPDX-License-Identifier: MIT
//
// What a scenario says about backups: the section `backup`, and what `with` says about faults of
// backups.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/fields.hpp"
#include "sim/scenario/places.hpp"

namespace shaketable {

// Fills in scenario.backup, if there is such a section.
// REQUIRES: nodes, epoch and duration are filled in.
void bind_backup(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics);

// What a fault of this word does; nothing for other words. Reports what contradicts the scenario.
std::optional<FaultKind> bind_backup_fault(std::string_view word, const Node& fault,
                                           const Node& all_faults, const Scenario& scenario,
                                           Diagnostics& diagnostics);

// The options of such a fault, as `with` has them; those that have their default are left out.
using BackupOptionTexts = std::vector<std::pair<std::string, std::string>>;
BackupOptionTexts backup_options_of(const FaultKind& kind);

}  // namespace shaketable
