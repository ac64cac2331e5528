// SPDX-License-Identifier: MIT
//
// Leases: what lets a leader answer reads by itself.
//
// Intuition: whoever hears a leader gives nobody a vote for a while. A leader that knows a quorum
// to have heard it just now knows that no other quorum elects anybody meanwhile: so nothing is
// committed that it does not know of. It trades a round of messages for trust in clocks, and that
// is why it must be asked for.
//
// The promise. A server that hears its leader at t, on its own clock, neither gives a vote nor
// stands for election before t + p, where p is its election_timeout_min. This binds it in every
// term, and even when it no longer knows of that leader: it is more than the courtesy towards a
// leader that is heard (elections.cpp), which ends when a server learns of a later term, as it may
// from anybody who has been away. A server that starts may have promised in an earlier life: it
// acts as if it had heard a leader just then. The answer to a heartbeat tells p, or 0 where leases
// are off, so that the servers' options need not agree.
//
// The lease. A heartbeat carries the time on the leader's clock, and the answer brings it back. The
// promise was given no earlier than that; no two clocks are compared, only how fast they run. Of
// any two clocks one runs faster by at most the ratio d: while the promiser's clock shows p, the
// leader's shows p / (1 + d) or more. So the promise is kept, by the leader's clock, until
//
//     sent_at + p / (1 + d)
//
// less a nanosecond, because clocks show whole ones. The leader has a lease while the promises of a
// quorum last, its own among them: as long as it leads it votes for nobody.
//
// Why it is enough. Who is elected in a later term has the votes of a quorum, in which there is a
// server that promised. If it voted first, it was in that later term when the heartbeat came, and
// did not answer it in this one. If it promised first, it voted when the promise had ended, and so
// had the lease. Quorums are those of the configuration that the leader goes by at that moment,
// both of a joint one; those of servers that go by the one before or after meet them
// (membership.hpp). A learner's promise counts from when its vote does. What was committed before
// this leader's term it knows once it has committed in its own; until then it has no lease.
//
// Hand-overs are the exception: votes that the leader itself wants are given in spite of promises.
// So the lease is void from the beginning of a hand-over. If that comes to nothing, the order to
// stand may still be on its way, for as long as a network may keep a message, and a vote that it
// leads to as well; and a target that starts anew remembers nothing that could tell a late order
// from a fresh one. The end of the term alone makes it harmless. So a leader that has given the
// order has no lease for the rest of its term: its reads are confirmed as if leases were off.
//
// Pauses: the lease is compared with the time of the input that brings the read. A server that
// stands still before that sees that the lease is over; one that stands still after it answers
// late, and right: the value was the latest at a moment between question and answer.
//
// What the operator owes: clocks whose rates differ by no more than max_clock_drift, and no start
// of a server with a lower election_timeout_min, or without leases, while a leader may count on
// what it promised before: election_timeout_min must pass between its end and its new start.
//
// Source: thesis, section 6.4.1, which leaves restarts, hand-overs and the exact bound open.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"
#include "core/base/wide.hpp"

namespace novacron::raft {

// How long the leader may count on a promise, from when it asked for it, on its own clock.
// REQUIRES: the promise is not negative, and the drift is 0 .. 10^9, in parts per 10^9.
constexpr Duration lease_of(Duration promise, std::int64_t max_clock_drift_ppb) {
    constexpr std::int64_t kBillion = 1'000'000'000;
    const Wide scaled = Wide{promise.ns} * kBillion / (kBillion + max_clock_drift_ppb);
    return Duration{static_cast<std::int64_t>(scaled)} - nanoseconds(1);
}

}  // namespace novacron::raft
