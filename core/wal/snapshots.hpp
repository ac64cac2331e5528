// SPDX-License-Identifier: MIT
//
// Snapshots on a Disk, each a file of its own beside the log.
//
// Intuition: a snapshot is written whole, then made durable, and only then do older ones go, as may
// the segments of the log that it stands for. So at any moment the disk holds a whole one of all
// that the log has forgotten. A file that a crash left half-written is known by its length or its
// checksum, and passed over for the one before, unless the log has forgotten more than that holds:
// then it was whole, and is damaged (recovery.hpp). A whole one that was found at start-up may
// still be pending on the disk: it is synced before anything rests on it.
//
// A file is a head of 48 bytes, the configuration and the state; integers are little-endian:
//
//     magic 8 | checksum 4 | version 4 | term 8 | index 8 | length of the configuration 8 |
//     length of the state 8 | configuration | state
//
// `checksum` is the CRC-32C of all that follows it.
//
// Invariants: (1) what was written reads back equal. (2) a file that is not whole, or damaged, is
//                 no snapshot.
// Not modelled: a snapshot is held in memory as well.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/log_entry.hpp"
#include "core/ports/disk.hpp"

namespace novacron::wal {

constexpr std::size_t kSnapshotHeadSize = 48;

// The name of the file. Names ascend as indices do.
[[nodiscard]] std::string snapshot_name(LogIndex index);

// REQUIRES: there is no file of that name.
void write_snapshot(Disk& disk, const Snapshot& snapshot);
// Asks that the snapshot of that index becomes durable; the disk reports `id` done, once.
void sync_snapshot(Disk& disk, LogIndex index, SyncId id);

// What a file's bytes say, if they are a whole snapshot.
[[nodiscard]] std::optional<Snapshot> read_snapshot(std::span<const std::byte> bytes,
                                                    std::string_view name);

struct SnapshotFiles {
    Snapshot newest;                  // of the whole ones; an empty one at 0 if there is none
    std::vector<std::string> broken;  // ascending: half-written when a crash came, or damaged
    std::string unreadable;           // one that the disk can't read; empty if it can read all
};
[[nodiscard]] SnapshotFiles find_snapshots(Disk& disk);

// REQUIRES: a snapshot of at least that index is durable.
void remove_snapshots_before(Disk& disk, LogIndex index);

}  // namespace novacron::wal
