// SPDX-License-Identifier: MIT
//
// What a server of a replicated log must never forget: its hard state, its entries, and the
// snapshot that stands for those that it has forgotten.
//
// The consensus layer decides by these values and the write-ahead log stores them; they stand here,
// below both, so that the log knows nothing of consensus and consensus nothing of files.
//
// Source of the terms: D. Ongaro, "Consensus: bridging theory and practice" (2014), figure 3.1.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/id.hpp"

namespace novacron {

// Term and vote are one value, written as one record: a crash between the two could vote twice.
struct HardState {
    Term term;             // the latest term seen; never decreases
    NodeId vote{};         // who got this server's vote in `term`; none() if nobody did
    LogIndex commit;       // a hint to start from: an older value than the true one is safe
    friend bool operator==(const HardState&, const HardState&) = default;
};

// The position of an entry, and all that elections compare: by term first, then by index.
struct LogPosition {
    Term term;
    LogIndex index;
    friend constexpr auto operator<=>(LogPosition, LogPosition) = default;
};

enum class EntryKind : std::uint8_t {
    command,  // `data` is for the state machine
    noop,     // a new leader's first entry, which carries no command
    configuration,  // `data` says who belongs to the group from now on
};
constexpr EntryKind kLastEntryKind = EntryKind::configuration;

// One entry of the log. Invariant: indices are contiguous from 1, terms never decrease along the
// log.
struct Entry {
    Term term;
    LogIndex index;
    EntryKind kind = EntryKind::command;
    Bytes data;
    friend bool operator==(const Entry&, const Entry&) = default;
};

// What a snapshot is of, apart from the state itself.
struct SnapshotMeta {
    LogPosition position;  // of the last entry that went into it; 0 if there is no snapshot
    // Who belonged to the group there, as the consensus layer writes it; empty if that had never
    // changed.
    Bytes configuration{};
    friend bool operator==(const SnapshotMeta&, const SnapshotMeta&) = default;
};

// The state machine after the entry at `meta.position`, as bytes: all that is left of the log up to
// there. Equal positions of one group have equal states.
struct Snapshot {
    SnapshotMeta meta;
    Bytes state;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

}  // namespace novacron
