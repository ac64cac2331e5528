// SPDX-License-Identifier: MIT
//
// Whether what is in the catalogue would serve: chains closed, log continuous, objects whole, and a
// backup young enough.
//
// Intuition: a backup that nobody has read is a hope. `check_object` reads one; `audit` says what
// follows from all that is known, without reading anything. Together they are the job that turns a
// silent failure into an alert.
//
// Invariants: (1) audit has nothing to say of a catalogue from whose oldest usable full backup on
//             every record of the current timeline, up to the last one archived, can be recovered,
//             and whose newest backup is as young as it should be.
//             (2) check_object finds any change of a byte, and an object under another's name.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/backup/catalogue.hpp"

namespace novacron::backup {

// What the bytes under the entry's name are worth; nothing: there are none.
[[nodiscard]] Condition check_object(const Entry& entry,
                                     std::optional<std::span<const std::byte>> bytes);

struct AuditFinding {
    enum class Kind : std::uint8_t {
        broken_object,     // `object` failed, or was found damaged or missing
        orphan,            // `object` rests on something that is not there
        gap,               // after the record `after`, the log is missing
        no_usable_backup,
        backup_overdue,    // the newest usable one was taken longer ago than it may be
        archive_overdue,   // the log is archived up to a moment longer ago than it may be
    };
    Kind kind;
    ObjectId object{};
    LogIndex after{};
    friend bool operator==(const AuditFinding&, const AuditFinding&) = default;
};

struct AuditLimits {
    Duration backup_age_max;
    Duration archive_age_max;
};

[[nodiscard]] std::vector<AuditFinding> audit(const Catalogue& catalogue, const AuditLimits& limits,
                                              Instant now);

}  // namespace novacron::backup
