// SPDX-License-Identifier: MIT
//
// What a result says of backups and restores, and how they are judged.
#pragma once

#include <vector>

#include "sim/run/world.hpp"

namespace shaketable {

// Fills in the result's rows of backups, restores and the archive. Nothing without backups.
void add_backup_rows(const World& world, Result& result);
std::vector<TargetRow> judge_restores(const World& world);
// Whether every restore has reached its target.
CheckRow restores_reached(const World& world);
// Whether the last verification found nothing to say.
CheckRow backups_sound(const World& world);

}  // namespace shaketable
