// SPDX-License-Identifier: MIT
//
// What can be known about backups and restores: one plain struct for each kind of fact, as
// facts.hpp has them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "core/base/id.hpp"
#include "core/base/time.hpp"

namespace shaketable {

// What an object of the archive is: a backup, whole or what has changed, or a piece of the log.
enum class BackupKind : std::uint8_t { full, incremental, segment };
constexpr std::array<std::string_view, 3> kBackupKindNames = {"full", "incremental", "segment"};

// Load: the backups were fetched. Replay: the log was fetched and applied to them.
enum class RestoreStep : std::uint8_t { locate, provision, load, replay, verify };
constexpr std::array<std::string_view, 5> kRestoreStepNames = {"locate", "provision", "load",
                                                               "replay", "verify"};
// Fell back: something was bad, and a new plan was made.
enum class RestoreStepOutcome : std::uint8_t { done, fell_back, failed };
constexpr std::array<std::string_view, 3> kRestoreStepOutcomeNames = {"done", "fell-back",
                                                                       "failed"};

// Reached: the state is that at the target. Short: it is the nearest before it that could be had.
enum class RestoreOutcome : std::uint8_t { reached, fell_short, refused };
constexpr std::array<std::string_view, 3> kRestoreOutcomeNames = {"reached", "fell-short",
                                                                  "refused"};
// Why a restore did not reach its target: as core/backup says it.
enum class RestoreWhy : std::uint8_t {
    nothing, unknown_name, unknown_timeline, unknown_backup, broken_backup, no_backup, before_first,
    gap, not_archived, in_the_future, abandoned_timeline
};
constexpr std::array<std::string_view, 11> kRestoreWhyNames = {
    "nothing", "unknown-name", "unknown-timeline", "unknown-backup", "broken-backup", "no-backup",
    "before-first", "gap", "not-archived", "in-the-future", "abandoned-timeline"};

// Backups and archived segments have the numbers of their catalogue, from 1.
using BackupNumber = novacron::Ordinal<struct BackupNumberTag>;
// Restores are counted from 1.
using RestoreNumber = novacron::Ordinal<struct RestoreNumberTag>;
using ByteCount = novacron::Ordinal<struct ByteCountTag>;
using Count = novacron::Ordinal<struct CountTag>;

// A backup was begun, of the state after the entry at `index`.
struct BackupStarted {
    BackupNumber backup;
    BackupKind kind;
    novacron::LogIndex index;
    static constexpr std::string_view name = "backup-started";
    static constexpr std::array<std::string_view, 3> fields = {"backup", "kind", "index"};
    auto values() const { return std::tie(backup, kind, index); }
};
// The object store claims to have it.
struct BackupCompleted {
    BackupNumber backup;
    BackupKind kind;
    ByteCount bytes;
    static constexpr std::string_view name = "backup-completed";
    static constexpr std::array<std::string_view, 3> fields = {"backup", "kind", "bytes"};
    auto values() const { return std::tie(backup, kind, bytes); }
};
// `backup` is 0 if it was due and could not even begin.
struct BackupFailed {
    BackupNumber backup;
    BackupKind kind;
    static constexpr std::string_view name = "backup-failed";
    static constexpr std::array<std::string_view, 2> fields = {"backup", "kind"};
    auto values() const { return std::tie(backup, kind); }
};
// A backup or a segment was thrown away.
struct BackupExpired {
    BackupNumber backup;
    BackupKind kind;
    static constexpr std::string_view name = "backup-expired";
    static constexpr std::array<std::string_view, 2> fields = {"backup", "kind"};
    auto values() const { return std::tie(backup, kind); }
};
// The log up to `last` is in the archive.
struct SegmentArchived {
    BackupNumber segment;
    novacron::LogIndex last;
    ByteCount bytes;
    static constexpr std::string_view name = "segment-archived";
    static constexpr std::array<std::string_view, 3> fields = {"segment", "last", "bytes"};
    auto values() const { return std::tie(segment, last, bytes); }
};
// The segments that wait to be archived have about twice, or half, as many bytes as at the fact
// before.
struct ArchiveBacklog {
    ByteCount bytes;
    static constexpr std::string_view name = "archive-backlog";
    static constexpr std::array<std::string_view, 1> fields = {"bytes"};
    auto values() const { return std::tie(bytes); }
};
// A restore was begun, for a drill or in earnest.
struct RestoreStarted {
    RestoreNumber restore;
    bool drill;
    static constexpr std::string_view name = "restore-started";
    static constexpr std::array<std::string_view, 2> fields = {"restore", "drill"};
    auto values() const { return std::tie(restore, drill); }
};
// A step of it has ended.
struct RestoreStepped {
    RestoreNumber restore;
    RestoreStep step;
    RestoreStepOutcome outcome;
    static constexpr std::string_view name = "restore-stepped";
    static constexpr std::array<std::string_view, 3> fields = {"restore", "step", "outcome"};
    auto values() const { return std::tie(restore, step, outcome); }
};
// A restore has ended. Unless it was refused, the state after the entry at `index`, of the digest
// `state`, was restored; `recovery_point` is when the newest entry in it was committed, as far as
// that is known, and otherwise when the backup was made. `why` it did not reach its target.
struct RestoreDone {
    RestoreNumber restore;
    RestoreOutcome outcome;
    RestoreWhy why;
    novacron::LogIndex index;
    novacron::Instant recovery_point;
    std::uint64_t state;
    ByteCount bytes;  // that were read
    Count replayed;   // entries
    static constexpr std::string_view name = "restore-done";
    static constexpr std::array<std::string_view, 8> fields = {
        "restore", "outcome", "why", "index", "recovery_point", "state", "bytes", "replayed"};
    auto values() const {
        return std::tie(restore, outcome, why, index, recovery_point, state, bytes, replayed);
    }
};
// All nodes of the group were made anew from what the restore has brought: the state after `entry`,
// of the digest `state`. Their log goes on after it, in the term after `term`, on a timeline of its
// own.
struct NodesRestored {
    RestoreNumber restore;
    novacron::LogIndex entry;
    novacron::Term term;
    std::uint64_t state;
    static constexpr std::string_view name = "nodes-restored";
    static constexpr std::array<std::string_view, 4> fields = {"restore", "entry", "term", "state"};
    auto values() const { return std::tie(restore, entry, term, state); }
};
// Everything in the catalogue was read: `objects` of them, of which so many were bad; `findings`
// are what an audit had to say then.
struct VerifyDone {
    Count objects;
    Count bad;
    Count findings;
    static constexpr std::string_view name = "verify-done";
    static constexpr std::array<std::string_view, 3> fields = {"objects", "bad", "findings"};
    auto values() const { return std::tie(objects, bad, findings); }
};

}  // namespace shaketable
