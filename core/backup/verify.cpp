// SPDX-License-Identifier: MIT
#include "core/backup/verify.hpp"

#include <algorithm>
#include <variant>

#include "core/backup/plan.hpp"
#include "core/backup/retention.hpp"
#include "core/base/crc32c.hpp"

namespace novacron::backup {
namespace {

// The places, from the oldest usable backup on, after which the log of the current timeline is
// missing though it goes on.
std::vector<LogIndex> gaps(const Catalogue& catalogue, LogIndex from) {
    struct Range {
        LogIndex first;
        LogIndex last;
    };
    std::vector<Range> ranges;
    LogIndex end = from;
    const auto path = catalogue.timelines().path(catalogue.timelines().current());
    for (const auto& [key, id] : catalogue.segments()) {
        const Entry& entry = *catalogue.find(id);
        for (const Stretch& stretch : path) {
            if (stretch.timeline != entry.head.timeline) continue;
            const LogIndex first = std::max(entry.head.first, stretch.after + 1);
            const LogIndex last = std::min(entry.head.last, stretch.through);
            if (first > last) continue;
            end = std::max(end, last);
            if (entry.condition == Condition::complete) ranges.push_back({first, last});
        }
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& a, const Range& b) { return a.first < b.first; });
    std::vector<LogIndex> found;
    LogIndex reached = from;
    for (const Range& range : ranges) {
        if (range.last <= reached) continue;
        if (range.first > reached + 1) found.push_back(reached);
        reached = range.last;
    }
    if (reached < end) found.push_back(reached);
    return found;
}

}  // namespace

Condition check_object(const Entry& entry, std::optional<std::span<const std::byte>> bytes) {
    if (!bytes) return Condition::missing;
    if (bytes->size() != entry.size || crc32c(*bytes) != entry.checksum) return Condition::damaged;
    const auto object = read_object(*bytes);
    return object && object->head == entry.head ? Condition::complete : Condition::damaged;
}

std::vector<AuditFinding> audit(const Catalogue& catalogue, const AuditLimits& limits,
                                Instant now) {
    using Found = AuditFinding::Kind;
    std::vector<AuditFinding> findings;
    for (const auto& [id, entry] : catalogue.entries()) {
        if (entry.condition != Condition::complete && entry.condition != Condition::running) {
            findings.push_back({Found::broken_object, id, {}});
        }
    }
    for (const ObjectId id : orphans(catalogue)) findings.push_back({Found::orphan, id, {}});
    const TimelineId current = catalogue.timelines().current();
    const auto backups = catalogue.usable_backups(current);
    if (backups.empty()) {
        findings.push_back({Found::no_usable_backup, {}, {}});
        return findings;
    }
    for (const LogIndex after : gaps(catalogue, backups.back()->head.last)) {
        findings.push_back({Found::gap, {}, after});
    }
    const Entry& newest = *backups.front();
    if (now - newest.head.from > limits.backup_age_max) {
        findings.push_back({Found::backup_overdue, newest.id, {}});
    }
    const auto windows = claimed_windows(catalogue, current, now);
    const Instant until = windows.empty() ? newest.head.from : windows.back().until;
    if (now - until > limits.archive_age_max) {
        findings.push_back({Found::archive_overdue, {}, {}});
    }
    return findings;
}

}  // namespace novacron::backup
