// SPDX-License-Identifier: MIT
//
// What can be done to processes, disks and whole hosts besides stopping them: plain data.
//
// A `spread` above zero strikes each host of the target at its own time, drawn uniformly from the
// strike on: a failure that goes round, as by a bad update or a rack that overheats.
#pragma once

#include <concepts>
#include <cstdint>

#include "core/base/time.hpp"
#include "sim/host/kill_point.hpp"

namespace shaketable {

using novacron::Duration;

// The process dies at once and starts again when the fault ends. The operating system lives on, so
// bytes written but not synced are still there.
struct NodeCrash {
    Duration spread{};
    friend bool operator==(const NodeCrash&, const NodeCrash&) = default;
};
// The host loses power: the process dies, and of the unsynced bytes a random prefix survives, its
// end possibly damaged. Power and process come back when the fault ends. Also of all hosts of a
// zone, a site or a rack.
struct PowerLoss {
    Duration spread{};
    friend bool operator==(const PowerLoss&, const PowerLoss&) = default;
};
// The process is stopped and started again, so much later. Done at once: the fault lasts as long as
// the process is held down.
struct NodeRestart {
    Duration downtime{};
    friend bool operator==(const NodeRestart&, const NodeRestart&) = default;
};
// The process dies at once, and again so long after each time it has come back.
struct CrashLoop {
    Duration up_time;  // above 0
    friend bool operator==(const CrashLoop&, const CrashLoop&) = default;
};
// The process dies when it passes the point for the first time, and starts again when the fault
// ends.
struct KillAt {
    KillPoint point;
    friend bool operator==(const KillAt&, const KillAt&) = default;
};

// The power goes in the middle of the next write: of the last record that was handed to the disk a
// part is left, its end possibly damaged. It comes back when the fault ends.
struct TornWrite {
    bool spares_lies = false;  // it waits while a power cut might take what was reported durable
    friend bool operator==(const TornWrite&, const TornWrite&) = default;
};
// A process that ends leaves nothing behind that was not synced.
struct UnsyncedLoss {
    bool spares_lies = false;  // likewise, a process that ends meanwhile is spared
    friend bool operator==(const UnsyncedLoss&, const UnsyncedLoss&) = default;
};
// The disk takes nothing in; syncs of what it should have taken fail.
struct WriteError {
    friend bool operator==(const WriteError&, const WriteError&) = default;
};
// The next write lands in another place of the disk, over what was durable there.
struct MisdirectedWrite {
    friend bool operator==(const MisdirectedWrite&, const MisdirectedWrite&) = default;
};
// A sync takes longer and longer: from the first time to the last, evenly over the fault's length.
// REQUIRES: the fault ends.
struct DiskFailSlow {
    Duration from, to;
    friend bool operator==(const DiskFailSlow&, const DiskFailSlow&) = default;
};

// The host loses power, and its disk is gone for good; it comes back with an empty one.
struct LostDisk {
    // Refused: a node that finds nothing where its promises were does not start. Amnesiac: it
    // starts as on its first day, with its old name and none of its promises.
    enum class Return : std::uint8_t { refused, amnesiac };
    Return comes_back = Return::refused;
    Duration spread{};
    friend bool operator==(const LostDisk&, const LostDisk&) = default;
};
// Somebody else takes the processor: whatever comes in takes the process so long.
struct CpuHog {
    Duration cost;  // above 0
    friend bool operator==(const CpuHog&, const CpuHog&) = default;
};
// The process takes more and more memory, is killed at the limit, and started again, empty.
struct MemoryLeak {
    std::uint64_t bytes_per_second;  // at least 1
    std::uint64_t limit;
    friend bool operator==(const MemoryLeak&, const MemoryLeak&) = default;
};
// The process serves so many requests of clients at a time and refuses the rest.
struct ConnectionLimit {
    std::uint32_t connections;
    friend bool operator==(const ConnectionLimit&, const ConnectionLimit&) = default;
};

// What is done to hosts by host_breaker.hpp.
template <class F>
concept OfHosts =
    std::same_as<F, NodeCrash> || std::same_as<F, PowerLoss> || std::same_as<F, NodeRestart> ||
    std::same_as<F, CrashLoop> || std::same_as<F, KillAt> || std::same_as<F, TornWrite> ||
    std::same_as<F, UnsyncedLoss> || std::same_as<F, WriteError> ||
    std::same_as<F, MisdirectedWrite> || std::same_as<F, DiskFailSlow> ||
    std::same_as<F, LostDisk> || std::same_as<F, CpuHog> || std::same_as<F, MemoryLeak> ||
    std::same_as<F, ConnectionLimit>;

}  // namespace shaketable
