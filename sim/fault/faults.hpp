// SPDX-License-Identifier: MIT
//
// What can be done to the simulated world: one struct a fault, plain data.
//
// What an operator does is one, too: it is planned, drawn and seen like the rest.
//
// A fault says *what* happens (its kind and options), *to whom* (a selector, resolved against the
// world at the moment it strikes) and *when* (instants relative to the run or to other faults).
// Every fault ends, unless it is declared permanent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "sim/backup/backup_faults.hpp"
#include "sim/deploy/deploy_orders.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/fault/clock_faults.hpp"
#include "sim/fault/host_faults.hpp"
#include "sim/fault/load_faults.hpp"
#include "sim/fault/network_faults.hpp"
#include "sim/fault/operator_faults.hpp"
#include "sim/fault/service_faults.hpp"
#include "sim/fault/site_faults.hpp"
#include "sim/site/site_orders.hpp"

namespace shaketable {

using novacron::NodeId;

// A set of hosts: those of `among` that hold the role at the moment of asking, or `pick` of them,
// or a share of them (rounded to a whole number, but never nobody), drawn from the fault's own
// random stream. Empty `among` with no clients selects nobody.
struct Selector {
    enum class Role : std::uint8_t { any, leader, follower };

    std::vector<NodeId> among;          // ascending
    Role role = Role::any;
    std::optional<std::uint32_t> pick;  // at least 1
    bool clients = false;               // the hosts the workloads run on, too
    bool others = false;  // in a split: everybody (clients aside) no other group names
    // Of faults of the load; with clients: all. Populations of a service's clients are numbered on
    // after the workloads.
    std::vector<std::uint32_t> workloads = {};
    std::optional<double> share = {};           // above 0, up to 1; not with pick
    std::vector<std::uint32_t> services = {};   // of faults of services
    friend bool operator==(const Selector&, const Selector&) = default;
};

// The process stops running (SIGSTOP, a VM pause, a collector's pause); messages wait for it.
struct NodePause {
    friend bool operator==(const NodePause&, const NodePause&) = default;
};
// Hosts of different groups can't reach each other. Hosts in no group are untouched. One-way:
// `outward` drops what the first group sends to the others, `inward` what it would receive from
// them. Other shapes than a split are drawn among all nodes when the fault strikes, or cut single
// links: see partition_shapes.hpp.
struct Partition {
    enum class Direction : std::uint8_t { both, outward, inward };
    enum class Shape : std::uint8_t {
        split, halves, isolate, minority, bridge, majorities_ring, partial_mesh, links
    };
    struct Link {
        Selector from;
        Selector to;
        friend bool operator==(const Link&, const Link&) = default;
    };
    std::vector<Selector> groups;  // of a split: two or more
    Direction direction = Direction::both;
    Shape shape = Shape::split;
    std::optional<double> share = {};  // partial_mesh: of all links; nothing: drawn
    std::vector<Link> links = {};      // of the shape of that name: one or more
    friend bool operator==(const Partition&, const Partition&) = default;
};
// Every message to or from the target takes longer by a drawn time.
struct NetworkDelay {
    DistributionOptions latency;
    friend bool operator==(const NetworkDelay&, const NetworkDelay&) = default;
};
// Every message to or from the target is lost with this probability.
struct NetworkLoss {
    double probability;  // 0 .. 1
    friend bool operator==(const NetworkLoss&, const NetworkLoss&) = default;
};
// Every message to or from the target arrives twice with this probability.
struct NetworkDuplicate {
    double probability;
    friend bool operator==(const NetworkDuplicate&, const NetworkDuplicate&) = default;
};
// Every message to or from the target may overtake earlier ones with this probability.
struct NetworkReorder {
    double probability;
    friend bool operator==(const NetworkReorder&, const NetworkReorder&) = default;
};
// A sync takes this long instead of the disk's own time, if the fault does not end before.
struct DiskSlow {
    DistributionOptions sync_latency;
    friend bool operator==(const DiskSlow&, const DiskSlow&) = default;
};
// A sync asked for while the fault acts completes only after it has ended.
struct DiskStall {
    friend bool operator==(const DiskStall&, const DiskStall&) = default;
};
// A sync reports success and makes nothing durable.
struct DiskSyncIgnored {
    friend bool operator==(const DiskSyncIgnored&, const DiskSyncIgnored&) = default;
};
// A sync reports failure; of what was pending in the file a random part is gone.
struct DiskSyncError {
    friend bool operator==(const DiskSyncError&, const DiskSyncError&) = default;
};
// Nothing can be read: a node can't start.
struct DiskReadError {
    friend bool operator==(const DiskReadError&, const DiskReadError&) = default;
};
// Somebody else fills the disk, up to so many bytes besides what the node has taken in and holds in
// memory until the disk is ready.
struct DiskFull {
    std::uint64_t free;
    friend bool operator==(const DiskFull&, const DiskFull&) = default;
};
// One bit of what is durable flips. Done at once; nobody notices before it is read.
struct DiskBitRot {
    friend bool operator==(const DiskBitRot&, const DiskBitRot&) = default;
};

// The host's clock runs faster by this much, or slower, than it does by itself. Several add up,
// within what a clock can do (sim/engine/clock.hpp).
struct ClockDrift {
    std::int64_t drift_ppb;  // parts per 10^9, within +-10^8
    friend bool operator==(const ClockDrift&, const ClockDrift&) = default;
};

// The leader is asked to hand over to the first of the target that is not it. Done at once.
struct LeadershipTransfer {
    friend bool operator==(const LeadershipTransfer&, const LeadershipTransfer&) = default;
};
// Whoever leads is asked to change who belongs to the group, again and again until that is done or
// the fault ends: see operator.hpp.
struct MembershipChange {
    enum class Wish : std::uint8_t { add, learn, demote, remove, replace, draw };
    Wish wish;
    std::vector<NodeId> by = {};  // replace: who comes in the place of the target; ascending
    friend bool operator==(const MembershipChange&, const MembershipChange&) = default;
};

using FaultKind =
    std::variant<NodeCrash, PowerLoss, NodePause, Partition, NetworkDelay, NetworkLoss,
                 NetworkDuplicate, NetworkReorder, NetworkJitter, NetworkBurstLoss,
                 NetworkCorrupt, NetworkBandwidth, NetworkHold, NetworkFlap, NetworkSwizzle,
                 LoadSpike, LoadRamp, LoadHotKey, LoadHerd, ClockStep, ClockSmear, ClockFreeze,
                 WrongRestart, RepeatedRemoval, PushedConfiguration,
                 DiskSlow, DiskStall, DiskSyncIgnored,
                 LeadershipTransfer, ClockDrift, DiskSyncError, DiskReadError, DiskFull,
                 DiskBitRot, MembershipChange, NodeRestart, CrashLoop, KillAt, TornWrite,
                 UnsyncedLoss, WriteError, MisdirectedWrite, DiskFailSlow, LostDisk, CpuHog,
                 MemoryLeak, ConnectionLimit, DependencyErrors, DependencyLatency,
                 DependencyBlackHole, StuckThreads, DescriptorLimit, ServiceCrash, CacheLoss,
                 KeyMistake, ObjectsSlow, ObjectsUnavailable, ObjectsRegionLost, ObjectsBitRot,
                 ObjectsLost, BackupSilentFailure, ArchiveStalled, BackupCreate, BackupVerify,
                 BackupRestore, SiteOrder, NameFault, BreakerReset, DeployOrder,
                 TrafficOrder>;

// Whether it is about backups, and so has no hosts for a target.
inline bool is_of_backups(const FaultKind& kind) {
    return std::visit([]<class F>(const F&) { return OfBackups<F>; }, kind);
}

// An instant that may depend on what is drawn for a seed: anchor + offset + U(0, spread).
struct When {
    // faults_end: when the last fault has ended that ends and does not itself hang on this anchor;
    // the end of the warm-up if there is none.
    // alert_firing: when an alert fires for the first time; alert_resolved: when nothing of it
    // fires any more for the first time after that. Known only when it has come to that.
    enum class Anchor : std::uint8_t {
        run_start, warmup_end, fault_start, fault_end, faults_end, alert_firing, alert_resolved
    };

    Anchor anchor = Anchor::run_start;
    std::uint32_t fault = 0;  // index into the scenario's faults, for fault_start and fault_end
    Duration offset{};
    Duration spread{};        // 0 or more
    std::uint32_t alert = 0;  // index into the names of the scenario's alerts
    friend bool operator==(const When&, const When&) = default;
};

// Faults drawn at random between `start` and `until`: a Poisson stream, each kind equally likely.
//
// Tolerance: within what Raft is made to survive, or beyond. Within, a host keeps its power while
// its disk holds what it has only claimed to have made durable, and damage stays with a minority of
// the first voters: a fault that would break this spares the host.
struct RandomFaults {
    enum class Tolerance : std::uint8_t { beyond, within };
    // Partitions are splits in two, or of any shape.
    enum class Partitions : std::uint8_t { splits, any };
    Duration mean_gap;               // between two strikes
    Duration shortest, longest;      // how long one acts, uniform
    std::vector<std::string> kinds;  // words of `inject`
    Tolerance tolerance = Tolerance::beyond;
    Partitions partitions = Partitions::splits;
    friend bool operator==(const RandomFaults&, const RandomFaults&) = default;
};

struct FaultSpec {
    std::string id;
    std::string inject;         // the scenario's word, such as network.partition, or "random"
    std::variant<FaultKind, RandomFaults> what;
    Selector target;            // unused by Partition, which has its groups, and by RandomFaults
    When start;
    std::optional<When> end;    // nothing: permanent
    friend bool operator==(const FaultSpec&, const FaultSpec&) = default;
};

}  // namespace shaketable
