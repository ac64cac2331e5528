// SPDX-License-Identifier: MIT
//
// The knobs of the consensus layer, with the defaults of the NovaCron runbook.
//
// Bytes are those of entries' data; entries without any count for nothing.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace novacron::raft {

struct Options {
    Duration election_timeout_min = milliseconds(150);  // at least twice the heartbeat interval
    Duration election_timeout_max = milliseconds(300);  // at least the minimum
    Duration heartbeat_interval = milliseconds(50);     // above 0
    std::uint32_t max_append_entries = 100;     // entries in one message, at least 1
    std::uint64_t max_message_bytes = std::uint64_t{1} << 20U;    // in one message, at least 1; a
                                                //   single entry may be larger
    std::uint32_t max_inflight_messages = 256;  // unacknowledged appends a follower, at least 1
    std::uint64_t max_inflight_bytes = std::uint64_t{64} << 20U;  // unacknowledged a follower, at
                                                //   least 1, and should be that of a message
    std::uint64_t max_uncommitted_bytes = std::uint64_t{64} << 20U;  // a leader takes on before
                                                //   they are committed, at least 1
    std::uint64_t max_apply_bytes = 0;  // a host applies after one input; 0: all that is committed
    std::uint64_t snapshot_part_bytes = std::uint64_t{64} << 10U;  // in one message, at least 1
    std::uint64_t snapshot_threshold = 10'000;  // entries applied from snapshot to snapshot; 0: no
                                                //   snapshots
    std::uint64_t trailing_entries = 5'000;     // kept before a snapshot, for slow followers
    bool pre_vote = true;      // ask whether an election could be won before starting one
    bool check_quorum = true;  // a leader that hears no majority steps down
    friend bool operator==(const Options&, const Options&) = default;
};

}  // namespace novacron::raft
