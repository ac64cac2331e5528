// SPDX-License-Identifier: MIT
//
// How to get back to a point: which backup, which segments of the log; or honestly why not.
//
// Intuition: a backup is a state at one record; the log rolls it forward, record by record, as far
// as segments follow on each other. So a backup *reaches* every record from its own to the first
// gap. Of all backups that reach the target, the one nearest before it is taken: the least to
// replay. Which log is followed, where timelines fork, the target's timeline says; what lies on an
// abandoned one is never replayed.
//
// The state *at a time t* is that after all records committed up to and including t (or before it,
// if the bound is exclusive). It is known only if the archive is known to hold all of them: a
// segment says before which moment it and its predecessors hold everything. So a backup vouches
// for the times from when it was taken to the end of the log that follows on it, that end excluded.
//
// Invariants: (1) every time within claimed_windows has a plan, and no other time has one.
//             (2) a plan contains only complete objects, each once.
// Not modelled: the parts of several damaged copies; each object is whole, or of no use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/backup/catalogue.hpp"

namespace novacron::backup {

struct Latest {};  // as far as it goes
struct AtTime {
    enum class Bound : std::uint8_t { inclusive, exclusive };
    Instant time{};
    Bound bound = Bound::inclusive;
};
struct AtIndex {
    LogIndex index;
    // If it is named, the record must be part of the log that is followed.
    TimelineId timeline{};
};
struct AtName {
    std::string name;
};
// The state of that backup, and no log: what a drill does that forgets to replay.
struct OfBackup {
    ObjectId backup;
};

struct Target {
    std::variant<Latest, AtTime, AtIndex, AtName, OfBackup> what;
    TimelineId follow{};  // 0: the current one
};

// What of a segment is replayed.
struct Replay {
    ObjectId segment;
    LogIndex after;
    LogIndex through;
};

struct Plan {
    TimelineId timeline;          // that is followed
    std::vector<ObjectId> chain;  // the full one first
    std::vector<Replay> replays;  // in the order of the log
    Position reaches;             // after them, unless the time ends it earlier
    std::optional<AtTime> until;  // the first record past it, and all after, are left out
    std::uint64_t backup_bytes = 0;
    std::uint64_t replay_bytes = 0;
    // The archive has later records, behind a gap: the latest is not what it could have been.
    bool stops_at_gap = false;
};

struct Unreachable {
    enum class Why : std::uint8_t {
        unknown_name,
        unknown_timeline,
        unknown_backup,
        broken_backup,        // the backup named, or one that it rests on, is not there or whole
        no_backup,            // there is none that could be used, whatever the target
        before_first,         // the oldest usable one is later
        gap,                  // the log is missing after `reachable`, and goes on behind
        not_archived,         // the log that is archived ends at `reachable`
        in_the_future,        // later than now
        abandoned_timeline,   // the record is no part of the log that is followed
    };
    Why why = Why::no_backup;
    // The last record before the target that can be reached; nothing if there is none.
    std::optional<Position> reachable;
};
[[nodiscard]] std::string text_of(Unreachable::Why why);

using Planned = std::variant<Plan, Unreachable>;

[[nodiscard]] Planned plan_recovery(const Catalogue& catalogue, const Target& target, Instant now);

// The times from `from` up to, but without, `until`.
struct Window {
    Instant from;
    Instant until;
    friend bool operator==(const Window&, const Window&) = default;
};
// All times, up to now, to which the timeline can be recovered, ascending, none touching the next.
[[nodiscard]] std::vector<Window> claimed_windows(const Catalogue& catalogue, TimelineId timeline,
                                                  Instant now);

// How long it takes. Bytes per second, above 0.
struct Rates {
    Duration locate;
    Duration provision;
    std::uint64_t bytes_per_second = 1;
    std::uint64_t replay_bytes_per_second = 1;
    std::uint64_t verify_bytes_per_second = 1;
};
// locate + provision + all bytes / bandwidth + log bytes / replay rate + all bytes / verify rate;
// each part rounded up to whole nanoseconds.
[[nodiscard]] Duration restore_time(const Plan& plan, const Rates& rates);

}  // namespace novacron::backup
