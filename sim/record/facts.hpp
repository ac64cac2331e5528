// SPDX-License-Identifier: MIT
//
// What can be known about a run: one plain struct for each kind of fact.
//
// A fact is something that happened at an instant. Everything that is reported (recovery times,
// lost writes, broken invariants, timelines) is folded from facts and from nothing else. A fact is
// a few words, without strings or memory of its own.
// To add one: write the struct with `name`, `fields` and `values()`, and list it in `Fact`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <variant>

#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "core/raft/types.hpp"
#include "sim/record/alert_facts.hpp"
#include "sim/record/backup_facts.hpp"
#include "sim/record/deploy_facts.hpp"
#include "sim/record/detection_facts.hpp"
#include "sim/record/fact_words.hpp"
#include "sim/record/membership_facts.hpp"
#include "sim/record/service_facts.hpp"
#include "sim/record/site_facts.hpp"

namespace shaketable {

using novacron::ClientId;
using novacron::Duration;
using novacron::Instant;
using novacron::LogIndex;
using novacron::Term;

// Anything with an address: nodes come first, with the number of their NodeId, then workloads.
using HostId = novacron::Id<struct HostTag>;
// A client operation, numbered from 1 in the order of issue over all workloads.
using OperationId = novacron::Ordinal<struct OperationTag>;
// What clients read and write: a register's key, and what it holds; 0 if it was never written.
using RegisterKey = novacron::Ordinal<struct RegisterKeyTag>;
using RegisterValue = novacron::Ordinal<struct RegisterValueTag>;
// A fault, numbered from 0 in the order of the run's schedule: FaultId (site_facts.hpp).

// The process of a node runs, with what it found on its disk. Its log is empty now, and what it
// found follows at once: a SnapshotInstalled fact if there is one, and the entries after that, or
// after 0, up to `last` as EntryAppended facts.
struct NodeStarted {
    NodeId node;
    Term term;
    NodeId vote;
    LogIndex last;
    static constexpr std::string_view name = "node-started";
    static constexpr std::array<std::string_view, 4> fields = {"node", "term", "vote", "last"};
    auto values() const { return std::tie(node, term, vote, last); }
};
struct NodeStopped {
    NodeId node;
    StopCause cause;
    static constexpr std::string_view name = "node-stopped";
    static constexpr std::array<std::string_view, 2> fields = {"node", "cause"};
    auto values() const { return std::tie(node, cause); }
};
struct NodePaused {
    NodeId node;
    static constexpr std::string_view name = "node-paused";
    static constexpr std::array<std::string_view, 1> fields = {"node"};
    auto values() const { return std::tie(node); }
};
struct NodeResumed {
    NodeId node;
    static constexpr std::string_view name = "node-resumed";
    static constexpr std::array<std::string_view, 1> fields = {"node"};
    auto values() const { return std::tie(node); }
};
// The role or the term of a running node changed.
struct RoleChanged {
    NodeId node;
    novacron::raft::Role role;
    Term term;
    NodeId vote;
    static constexpr std::string_view name = "role-changed";
    static constexpr std::array<std::string_view, 4> fields = {"node", "role", "term", "vote"};
    auto values() const { return std::tie(node, role, term, vote); }
};
// The entry is in the node's log, not yet necessarily on its disk. `content` is the digest of the
// entry's bytes, 0 for an entry without any.
struct EntryAppended {
    NodeId node;
    LogIndex index;
    Term term;
    std::uint64_t content;
    static constexpr std::string_view name = "entry-appended";
    static constexpr std::array<std::string_view, 4> fields = {"node", "index", "term", "content"};
    auto values() const { return std::tie(node, index, term, content); }
};
// All entries from this index on left the node's log.
struct LogTruncated {
    NodeId node;
    LogIndex from;
    static constexpr std::string_view name = "log-truncated";
    static constexpr std::array<std::string_view, 2> fields = {"node", "from"};
    auto values() const { return std::tie(node, from); }
};
// The node was told by its disk that all this is durable.
struct Persisted {
    NodeId node;
    Term term;
    NodeId vote;
    LogIndex last;
    static constexpr std::string_view name = "persisted";
    static constexpr std::array<std::string_view, 4> fields = {"node", "term", "vote", "last"};
    auto values() const { return std::tie(node, term, vote, last); }
};
struct CommitAdvanced {
    NodeId node;
    LogIndex index;
    static constexpr std::string_view name = "commit-advanced";
    static constexpr std::array<std::string_view, 2> fields = {"node", "index"};
    auto values() const { return std::tie(node, index); }
};
// The entry went into the node's state machine, which then had this digest.
struct EntryApplied {
    NodeId node;
    LogIndex index;
    std::uint64_t state;
    static constexpr std::string_view name = "entry-applied";
    static constexpr std::array<std::string_view, 3> fields = {"node", "index", "state"};
    auto values() const { return std::tie(node, index, state); }
};
// The node's snapshot of its state machine after this entry, then of that digest, is durable.
struct SnapshotTaken {
    NodeId node;
    LogIndex index;
    Term term;
    std::uint64_t state;
    static constexpr std::string_view name = "snapshot-taken";
    static constexpr std::array<std::string_view, 4> fields = {"node", "index", "term", "state"};
    auto values() const { return std::tie(node, index, term, state); }
};
// The node's state machine is what a snapshot says, that of the state after this entry, and its log
// is empty and goes on after it: the leader sent it, or it was found at the start.
struct SnapshotInstalled {
    NodeId node;
    LogIndex index;
    Term term;
    std::uint64_t state;
    static constexpr std::string_view name = "snapshot-installed";
    static constexpr std::array<std::string_view, 4> fields = {"node", "index", "term", "state"};
    auto values() const { return std::tie(node, index, term, state); }
};
// `term` and `index` are those of a message between nodes (index: position.index), else 0.
struct PacketSent {
    HostId from;
    HostId to;
    PacketKind kind;
    bool reject;
    Term term;
    LogIndex index;
    static constexpr std::string_view name = "packet-sent";
    static constexpr std::array<std::string_view, 6> fields = {"from", "to", "kind",
                                                               "reject", "term", "index"};
    auto values() const { return std::tie(from, to, kind, reject, term, index); }
};
struct PacketDelivered {
    HostId from;
    HostId to;
    PacketKind kind;
    Term term;
    static constexpr std::string_view name = "packet-delivered";
    static constexpr std::array<std::string_view, 4> fields = {"from", "to", "kind", "term"};
    auto values() const { return std::tie(from, to, kind, term); }
};
struct PacketDropped {
    HostId from;
    HostId to;
    PacketKind kind;
    DropCause cause;
    static constexpr std::string_view name = "packet-dropped";
    static constexpr std::array<std::string_view, 4> fields = {"from", "to", "kind", "cause"};
    auto values() const { return std::tie(from, to, kind, cause); }
};
// `workload` is its number in the scenario. `content` is the digest that the write's log entry will
// have; 0 for a read. `value` is what the write writes.
struct OperationIssued {
    OperationId operation;
    std::uint32_t workload;
    OperationKind kind;
    std::uint64_t content;
    RegisterKey key{};
    RegisterValue value{};
    static constexpr std::string_view name = "operation-issued";
    static constexpr std::array<std::string_view, 6> fields = {"operation", "workload", "kind",
                                                               "content",   "key",      "value"};
    auto values() const { return std::tie(operation, workload, kind, content, key, value); }
};
// The client has its answer, or gave up at the deadline. `index` is where a write was committed or
// at which a read was served; `value` is what was written, or read.
struct OperationEnded {
    OperationId operation;
    std::uint32_t workload;
    OperationKind kind;
    Outcome outcome;
    Instant issued;
    std::uint64_t content;
    std::uint32_t attempts;
    LogIndex index;
    NodeId by;
    RegisterValue value{};
    static constexpr std::string_view name = "operation-ended";
    static constexpr std::array<std::string_view, 10> fields = {
        "operation", "workload", "kind",  "outcome", "issued",
        "content",   "attempts", "index", "by",      "value"};
    auto values() const {
        return std::tie(operation, workload, kind, outcome, issued, content, attempts, index, by,
                        value);
    }
};
struct FaultStarted {
    FaultId fault;
    static constexpr std::string_view name = "fault-started";
    static constexpr std::array<std::string_view, 1> fields = {"fault"};
    auto values() const { return std::tie(fault); }
};
struct FaultEnded {
    FaultId fault;
    static constexpr std::string_view name = "fault-ended";
    static constexpr std::array<std::string_view, 1> fields = {"fault"};
    auto values() const { return std::tie(fault); }
};
// The first effect of a fault that anybody could see: its receipt.
struct FaultObserved {
    FaultId fault;
    FaultEffect effect;
    static constexpr std::string_view name = "fault-observed";
    static constexpr std::array<std::string_view, 2> fields = {"fault", "effect"};
    auto values() const { return std::tie(fault, effect); }
};
// Somebody set the node's wall clock, or began to smear it. `shows` is what it shows then, as time
// since the scenario's epoch.
struct WallClockSet {
    NodeId node;
    Instant shows;
    static constexpr std::string_view name = "wall-clock-set";
    static constexpr std::array<std::string_view, 2> fields = {"node", "shows"};
    auto values() const { return std::tie(node, shows); }
};

using Fact = std::variant<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged,
                          EntryAppended, LogTruncated, Persisted, CommitAdvanced, EntryApplied,
                          PacketSent, PacketDelivered, PacketDropped, OperationIssued,
                          OperationEnded, FaultStarted, FaultEnded, FaultObserved, SnapshotTaken,
                          SnapshotInstalled, ConfigurationAppended, ConfigurationActivated,
                          WallClockSet, SiteRoleChanged, SiteReadOnly, SiteLagged, SiteDiverged,
                          StaleEpochRefused, SiteReseeded, FailoverStep, DnsChanged, ClientRouted,
                          CallEnded, RequestEnded, InstanceStarted, InstanceStopped,
                          BreakerChanged, ReputeChanged, PanicChanged, QueueCrossed,
                          DegradationChanged,
                          BackupStarted, BackupCompleted, BackupFailed, BackupExpired,
                          SegmentArchived, ArchiveBacklog, RestoreStarted, RestoreStepped,
                          RestoreDone, VerifyDone, PeerSuspected, PeerTrusted, PeerFailed,
                          PathChanged, DivergentWrite, AlertPending, AlertFiring, AlertResolved,
                          NodesRestored, DeployStepped, VersionInstalled, FormatRefused,
                          FormatFinalized, SiteRecordCommitted, TimelineBegun, TrafficShifted,
                          VersionsCompared>;
constexpr std::size_t kFactKinds = std::variant_size_v<Fact>;

// The position of a kind of fact in `Fact`.
template <class F, std::size_t I = 0>
constexpr std::size_t fact_kind() {
    if constexpr (std::is_same_v<F, std::variant_alternative_t<I, Fact>>) {
        return I;
    } else {
        return fact_kind<F, I + 1>();
    }
}

}  // namespace shaketable
