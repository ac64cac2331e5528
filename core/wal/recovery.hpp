// SPDX-License-Identifier: MIT
//
// Reads a write-ahead log back from its segments: what it says, where it ends, and whether it may
// be believed.
//
// Intuition: a crash can only harm the end of the last segment, because that is all that was not
// durable. So a log whose end is broken is mended by cutting the end off: a *torn tail*. Anything
// else that is wrong (damage with sound records behind it, damage in an earlier segment, records
// that contradict each other) no crash explains: it is *damage*, and is reported. To cut there
// would drop what others were told is safe.
//
// The log's oldest segments may be gone, if a snapshot stands for all that they held. What is left
// is replayed from its first record, also what lies before the snapshot: an entry there may have
// voided a later one. Only then is the log cut to what follows on the snapshot. If it does not hold
// the snapshot's last entry, a crash parted the snapshot's coming from the log's restart after it,
// and none of its entries counts.
//
// Invariants: (1) a torn tail gives exactly the records wholly before it.
//             (2) damage is never cut: the segments are left as they were found.
//             (3) what is recovered is coherent: entries are contiguous from the snapshot on, their
//                 terms never decrease and don't exceed the hard state's, the commit index is at
//                 most the last.
//             (4) a truncated entry does not come back.
//             (5) damage to a record with a sound one behind it is never taken for a torn tail; and
//                 the log puts a seal behind what has become durable (log.hpp).
// Not modelled: if the power goes before the last seal is durable itself, what it sealed is the end
// of the log, and damage done to *that* afterwards looks like a torn tail, as does the loss of
// whole records at the end. A disk that writes the pages of one sync out of order can make a torn
// tail look like damage, which errs to the safe side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/log_entry.hpp"
#include "core/ports/disk.hpp"
#include "core/wal/record.hpp"
#include "core/wal/snapshots.hpp"

namespace novacron::wal {

// What the log holds. An empty log has the hard state of a server that was never started.
struct Recovered {
    HardState hard_state;
    Snapshot snapshot;
    std::vector<Entry> entries;   // contiguous from the snapshot on
    std::uint64_t bytes_cut = 0;  // length of the torn tail; 0 if there was none
};

// Why a log can't be believed, and where.
struct Damage {
    enum class Kind : std::uint8_t {
        missing_segment,  // there are later ones, and no snapshot stands for it
        broken_record,    // and no crash can have broken it
        wrong_order,      // a sound record that is not its predecessor's successor
        unknown_format,   // a sound record that is not of this version
        contradiction,    // a sound record that can't follow what came before
        broken_snapshot,  // the log has forgotten what it stood for, so it was whole once
        unreadable        // the disk could not read it: perhaps it can, another time
    };
    Kind kind = Kind::broken_record;
    std::string file;  // its name
    std::uint64_t offset = 0;
    friend bool operator==(const Damage&, const Damage&) = default;
};

// The name of a segment's file. Names ascend as segments do.
[[nodiscard]] std::string segment_name(std::uint32_t segment);

// A segment, and the last index of the log when it was started.
struct Segment {
    std::uint32_t number = 1;
    LogIndex starts_after;
};

struct Recovery {
    Recovered recovered;
    LogIndex last;              // of the log as it was written
    bool needs_restart = false;  // it has to go on after the snapshot instead
    std::vector<Segment> segments;
    Tail tail;  // where the log goes on; at offset 0 its segment is yet to be started
    std::string torn_segment;  // the file to be cut there; empty if no tail is torn
    std::vector<std::string> broken_snapshots;  // files that are of no use
};

// Reads, and changes nothing on the disk.
[[nodiscard]] std::variant<Recovery, Damage> recover(Disk& disk);

}  // namespace novacron::wal
