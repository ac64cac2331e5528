// SPDX-License-Identifier: MIT
#include "core/backup/retention.hpp"

#include <algorithm>
#include <set>

namespace novacron::backup {
namespace {

// The full backup from which on everything is kept; nothing if nothing may go.
const Entry* keeps_from(const Catalogue& catalogue, const RecoveryWindow& rule, Instant now) {
    const Instant start = now - rule.window;
    std::uint32_t fulls = 0;
    for (const Entry* backup : catalogue.usable_backups(catalogue.timelines().current())) {
        if (backup->head.kind != Kind::full) continue;
        ++fulls;
        if (backup->completed <= start && fulls >= rule.fulls_min) return backup;
    }
    return nullptr;
}

}  // namespace

std::vector<ObjectId> expired(const Catalogue& catalogue, const RecoveryWindow& rule, Instant now) {
    const Entry* oldest = keeps_from(catalogue, rule, now);
    if (oldest == nullptr) return {};
    const Timelines& timelines = catalogue.timelines();
    const TimelineId current = timelines.current();
    const Instant start = now - rule.window;

    // Of another timeline, or a segment that is shared with one: by its age alone.
    const auto is_old = [&](const Entry& entry) {
        const Head& head = entry.head;
        if (!timelines.is_on_path(current, {head.timeline, head.first})) {
            return head.through <= start;
        }
        if (head.last <= oldest->head.last && !timelines.is_on_path(current, entry.position())) {
            return head.through <= start;
        }
        return entry.is_backup() ? head.last < oldest->head.last ||
                                       (head.last == oldest->head.last && entry.id < oldest->id)
                                 : head.last <= oldest->head.last &&
                                       head.through <= oldest->head.from;
    };
    std::set<ObjectId> goes;
    for (const auto& [id, entry] : catalogue.entries()) {
        if (entry.condition != Condition::running && !entry.keep && is_old(entry)) goes.insert(id);
    }
    // What stays takes along what it rests on.
    for (const auto& [id, entry] : catalogue.entries()) {
        if (!entry.is_backup() || goes.contains(id)) continue;
        for (const Entry* each = &entry; each != nullptr; each = catalogue.find(each->base)) {
            goes.erase(each->id);
        }
    }
    return {goes.begin(), goes.end()};
}

std::vector<ObjectId> expired(const Catalogue& catalogue, const PlainAges& rule, Instant now) {
    std::vector<ObjectId> goes;
    for (const auto& [id, entry] : catalogue.entries()) {
        if (entry.condition == Condition::running || entry.keep) continue;
        const Duration age = now - entry.head.through;
        const Duration limit = entry.head.kind == Kind::full          ? rule.full
                               : entry.head.kind == Kind::incremental ? rule.incremental
                                                                      : rule.segment;
        if (age >= limit) goes.push_back(id);
    }
    return goes;
}

std::vector<ObjectId> orphans(const Catalogue& catalogue) {
    std::vector<ObjectId> found;
    for (const auto& [id, entry] : catalogue.entries()) {
        if (entry.is_backup() && entry.condition == Condition::complete &&
            !catalogue.usable_chain(id)) {
            found.push_back(id);
        }
    }
    return found;
}

}  // namespace novacron::backup
