// SPDX-License-Identifier: MIT
//
// The write-ahead log: what a server of a replicated log must never forget, in segments on a Disk.
//
// Intuition: records are collected in memory, handed to the disk when the owner asks for a sync,
// and count when that sync is reported done. A segment that has reached its size is closed by the
// sync that filled it. Files are independent of each other, so nothing goes into the next segment
// before the last sync of the one before has succeeded: records wait in memory meanwhile, and so do
// the syncs asked for. Hence any segment but the last is durable as a whole, and only the end of
// the last one can be torn.
//
// When a sync is done and nothing has come meanwhile, the log ends with what others may have been
// promised: damage to it would look like a torn tail, and be cut. So a *seal* goes behind it, a
// record that says nothing. (If records are collected, the next sync is near, and puts them there.)
// It needs no sync of its own: it becomes durable with the next one, and survives a crash of the
// process as it is.
//
// Segments wholly before a durable snapshot are removed, once the start
// of the segment after them, which repeats what they said of the server, is durable.
//
// The owner's duties:
//   1. Write a hard state before the first entry of its term, and its commit index after the
//      entries that it covers: a crash may part any two records.
//   2. Hand every completion that the disk reports to on_synced, in the order of the reports.
//   3. After `open`, sync once before anything rests on what was recovered: bytes that outlived a
//      crash of the process may still be pending on the disk.
//   4. Make a snapshot durable (snapshots.hpp) before asking to forget what comes before it, and
//      before the sync that covers a restart after it.
//   5. After a failed sync, open the log again before going on: nobody knows what is durable.
//
// Invariants: (1) each sync(id) is reported done at most once, in ascending order, and then every
//                 record appended before that call is durable.
//             (2) at any moment, what a crash leaves opens again to a prefix of the appended
//                 records that holds all those of the syncs reported done.
//             (3) nothing is reported durable after a sync has failed.
//             (4) once a sync is reported done and no record is collected, a sound record, durable
//                 or pending, comes after all that it covers: behind it, or as the next segment.
//             (5) no record but seals and starts of segments is handed to the disk before a sync
//                 that covers it is asked for.
// Units: bytes; a segment may exceed its size by what one sync covers. A seal takes 16; where there
// is no room for it, it is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/base/log_entry.hpp"
#include "core/ports/disk.hpp"
#include "core/wal/record.hpp"
#include "core/wal/recovery.hpp"

namespace novacron::wal {

struct LogOptions {
    std::uint64_t segment_bytes = std::uint64_t{1} << 20U;  // at least 1
};

struct Opened;

class Log {
public:
    // Recovers what the disk holds, cutting a torn tail off, or says what is damaged and changes
    // nothing. REQUIRES: the disk outlives the log.
    [[nodiscard]] static std::variant<Opened, Damage> open(Disk& disk, LogOptions options = {});

    // Takes no room if it is the hard state written last.
    // REQUIRES: the term doesn't decrease, the commit index is at most last_index().
    void append(const HardState& state);
    // REQUIRES: the index is the one after the last, the term is at most the hard state's.
    void append(const Entry& entry);
    // Voids all entries from here on. REQUIRES: `from` is above the commit index, up to
    // last_index().
    void truncate_from(LogIndex from);
    // Voids all entries; the next one is the one after `index`.
    // REQUIRES: `index` is a snapshot's, and above the commit index.
    void restart_after(LogIndex index);
    // Removes segments that hold nothing after `index`.
    // REQUIRES: a snapshot of at least that index is durable.
    void forget_through(LogIndex index);
    // Whether it would remove any.
    bool would_forget(LogIndex index) const {
        return segments_.size() > 1 && segments_[1].number <= durable_start_ &&
               segments_[1].starts_after <= index;
    }

    // Asks that everything appended so far becomes durable. The disk reports `id` done, once.
    // REQUIRES: ids ascend.
    void sync(SyncId id);

    // Takes the disk's report. Answers whether everything appended before sync(id) is durable: true
    // unless this sync or one before it has failed.
    [[nodiscard]] bool on_synced(SyncId id, DiskStatus status);

    LogIndex last_index() const { return last_; }
    const HardState& hard_state() const { return hard_state_; }
    // How many bytes are collected and not yet handed to the disk.
    std::uint64_t unwritten() const { return buffer_.size(); }
    // How many bytes can still be appended, to the log or anything else on its disk.
    std::uint64_t room() const {
        const std::uint64_t free = disk_->free();
        if (free == kNoLimit) return free;
        return free > unwritten() ? free - unwritten() : 0;
    }

private:
    Log(Disk& disk, LogOptions options, const Recovery& recovery);

    void start_segment(std::uint32_t segment);
    void flush();
    void close_if_full(SyncId by);
    void begin_after_close();
    void seal();

    Disk* disk_;
    LogOptions options_;
    FileId file_{};                  // of the segment being written; none until it is needed
    Tail tail_;                      // after what is collected
    std::vector<std::byte> buffer_;  // records not yet handed to the disk, of one segment
    HardState hard_state_;
    LogIndex last_;
    std::vector<Segment> segments_;  // ascending; the last one is where tail_ is
    std::uint32_t durable_start_ = 0;  // the latest segment whose start is durable
    SyncId newest_{};           // sync asked for
    SyncId closing_{};          // the last sync of the segment before tail_'s; 0 when it is done
    std::vector<SyncId> held_;  // syncs asked for while a segment is being closed
    std::uint64_t sealed_ = 0;  // where the last seal, or the start, of this segment ends; 0: it is
                                //   not known
    bool failed_ = false;
};

struct Opened {
    Log log;
    Recovered recovered;
};

}  // namespace novacron::wal
