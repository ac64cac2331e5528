// SPDX-License-Identifier: MIT
//
// Which backups and segments may go.
//
// By recovery window (what Barman and pgBackRest do): to reach any time of the last `window`, keep
// the newest full backup that was complete when the window began, whatever rests on it or is newer,
// and the log from it on. So seven daily fulls and a window of seven days keep eight.
//
// By plain ages (what the runbook says): each kind goes when it is as old. That breaks twice. The
// reach oscillates: right after the oldest full goes it is that of the next one, a day less. And an
// increment outlives the one that it adds to, by the schedule's step: it is kept, listed, and
// useless. `orphans` finds those.
//
// Invariants, of the recovery window:
//             (1) what could be recovered within the window before, can be after.
//             (2) nothing goes before a newer full backup is complete.
//             (3) no chain is broken by it.
//             (4) full backups marked to be kept, and all that is being made, stay.
#pragma once

#include <cstdint>
#include <vector>

#include "core/backup/catalogue.hpp"

namespace novacron::backup {

struct RecoveryWindow {
    Duration window;
    std::uint32_t fulls_min = 1;  // that many usable full backups stay, however old
};
struct PlainAges {
    Duration full;
    Duration incremental;
    Duration segment;
};

// Ascending by id.
[[nodiscard]] std::vector<ObjectId> expired(const Catalogue& catalogue, const RecoveryWindow& rule,
                                            Instant now);
[[nodiscard]] std::vector<ObjectId> expired(const Catalogue& catalogue, const PlainAges& rule,
                                            Instant now);

// Complete backups that rest on something that is gone, or not whole.
[[nodiscard]] std::vector<ObjectId> orphans(const Catalogue& catalogue);

}  // namespace novacron::backup
