// SPDX-License-Identifier: MIT
//
// How much room on its disk a node keeps back for what it can't refuse.
//
// Intuition: a full disk must not surprise a node in the middle of a promise. So it refuses early,
// at the door, what would bring entries into its log: a leader its clients' writes, a follower the
// leader's appends and snapshots, by not answering, as if they had been lost. What then still must
// be written always fits: terms and votes, a new leader's first entry, changes of the
// configuration, truncations and restarts of the log, the starts of its segments and its seals;
// some hundreds of elections with all that belongs to them. And one snapshot, as it would be if it
// were taken now: that is what brings room back, so to turn something away is a reason to take one,
// if the log could forget a segment then.
//
// A new leader reads for nobody before its first entry is committed. So a follower without room
// takes an append that brings that entry, with what little of others comes before it, or a change
// of the configuration. So elections and reads go on. A leader without room hands over to others
// in turn, as their disks may be better; who has no room itself declines.
//
// Invariants: (1) an entry or a snapshot from outside is taken only if `kKeptBack` and a snapshot
//                 fit besides; an append that brings what a leader needs in office, if half of
//                 `kKeptBack` does. (2) a snapshot of one's own leaves half of `kKeptBack`.
// Units: bytes. Not here: room that others take faster than a node can notice. If an append fails
// all the same, its sync does, and the node is faulted.
#pragma once

#include <cstdint>

namespace novacron {

constexpr std::uint64_t kKeptBack = std::uint64_t{64} << 10U;

}  // namespace novacron
