// SPDX-License-Identifier: MIT
//
// Words that mean what another word of the language says, as people write them who come from
// elsewhere. They are replaced before anything is looked at, so below there is one word for one
// thing, and two spellings of a run share a hash:
//
//   targets.rto.to: service.writable       of: write   (what ends the time: service.readable, too)
//   targets.rpo.of: acknowledged_writes_lost           nothing: there is no other RPO
//   checks[].eventually: X == true         X           (and so for always, sometime and at_end)
//   faults[].with.fsync_latency            sync_latency
//   inject: disk.stall with sync_latency   disk.slow: a stall that lets a sync through each time
#pragma once

#include "sim/scenario/node.hpp"

namespace shaketable {

// REQUIRES: the root of a scenario. What has another shape than the language's is left alone.
Node in_our_words(Node root);

}  // namespace shaketable
