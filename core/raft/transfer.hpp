// SPDX-License-Identifier: MIT
//
// Handing the leadership to a chosen server, so that planned work on a leader costs no election
// timeout.
//
// The leader takes no more commands, brings the target's log up to its own end, and then tells it
// to stand for election at once. The target asks for votes without asking around first, and its
// request says that the leader wants this, so that servers that hear the leader grant it all the
// same.
//
// A hand-over that has not deposed the leader by the deadline is called off, and the leader takes
// commands again. The order to stand may have arrived even so: the target may win a later term, and
// that is no harm. The order is repeated with each heartbeat, since it may get lost.
//
// Invariants: (1) while a hand-over is under way, the leader's log does not grow. (2) the order is
// given only to a voter whose log is known to end where the leader's does.
// Source: thesis, section 3.10. The deadline is the longest election timeout, as there.
#pragma once

#include "core/base/id.hpp"
#include "core/base/time.hpp"

namespace novacron::raft {

struct Transfer {
    NodeId target;
    Instant deadline;
};

}  // namespace novacron::raft
