// SPDX-License-Identifier: MIT
//
// A scenario as plain data: what a YAML file says after `extends`, parameters, defaults and units
// have been resolved. Nothing here knows YAML, and nothing that runs a scenario knows where it came
// from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/detector/options.hpp"
#include "core/ports/disk.hpp"
#include "core/raft/options.hpp"
#include "sim/alert/rules.hpp"
#include "sim/backup/backup_options.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/fault/faults.hpp"
#include "sim/fleet/names.hpp"
#include "sim/scenario/objective.hpp"
#include "sim/scenario/service_predicate.hpp"
#include "sim/service/spec.hpp"
#include "sim/site/sites_options.hpp"

namespace shaketable {

struct NodeSpec {
    std::string name;
    std::string site;
    std::string zone;
    std::string rack = {};             // of the site; empty: in none that is named
    Duration clock_offset{};           // local minus true time at the start; may be negative
    std::int64_t clock_drift_ppb = 0;  // parts per 10^9 the local clock gains; within +-10^8
    Duration election_delay{};         // added to its election timeouts
    bool spare = false;                // it runs, but does not belong to the group at first
    friend bool operator==(const NodeSpec&, const NodeSpec&) = default;
};

// The behaviour of messages between two sets of nodes; the first link that matches a pair of hosts
// counts, then the default. A workload's hosts use the default link.
struct LinkSpec {
    std::vector<NodeId> from;  // empty in the default link
    std::vector<NodeId> to;    // a link holds in both directions
    DistributionOptions latency = Constant{novacron::microseconds(500)};
    double loss = 0;       // probability a message is lost
    double duplicate = 0;  // probability a message arrives twice
    double reorder = 0;    // probability a message may overtake earlier ones of its pair
    friend bool operator==(const LinkSpec&, const LinkSpec&) = default;
};

struct DiskSpec {
    DistributionOptions sync_latency = Constant{novacron::milliseconds(1)};
    std::uint64_t capacity = novacron::kNoLimit;  // in bytes
    friend bool operator==(const DiskSpec&, const DiskSpec&) = default;
};

struct KeysSpec {
    std::uint32_t n = 1000;  // 1 .. 100'000'000
    double zipf_s = 0;       // 0 .. 10; 0 is uniform
    friend bool operator==(const KeysSpec&, const KeysSpec&) = default;
};

// Each site's nodes are a Raft group of their own, and one site's log is shipped to the others.
struct ReplicationSpec {
    std::vector<std::string> sites;  // by number, which is the order of their first nodes
    SitesOptions options;            // all but the nodes
    friend bool operator==(const ReplicationSpec&, const ReplicationSpec&) = default;
};

struct WorkloadSpec {
    enum class Operation : std::uint8_t { write, read };
    enum class Nodes : std::uint8_t { leader, any };

    std::string id;
    Operation operation = Operation::write;
    double rate_per_second = 100;                               // of a Poisson process, above 0
    KeysSpec keys;
    Duration attempt_timeout = novacron::milliseconds(500);     // then another node is tried
    Duration deadline = novacron::seconds(5);                   // then the outcome is unknown
    Duration backoff_initial = novacron::milliseconds(10);      // full jitter, doubling
    Duration backoff_max = novacron::milliseconds(500);
    Nodes nodes = Nodes::leader;                                // whom it asks first
    friend bool operator==(const WorkloadSpec&, const WorkloadSpec&) = default;
};

// When service counts as given: see sim/measure/recovery.hpp.
struct ServiceLevelSpec {
    double success_ratio = 0.99;  // of operations, at every moment of the hold
    Duration latency_p95 = novacron::milliseconds(500);     // at most 5 % of operations take longer
    Duration hold = novacron::seconds(30);
    friend bool operator==(const ServiceLevelSpec&, const ServiceLevelSpec&) = default;
};

// A bound on a measured duration or ratio: `max` binds every run, the quantiles bind the seeds.
struct RtoTarget {
    std::optional<std::uint32_t> from;  // the fault that starts the clock; nothing: the first
    // Whose service: write, read, service:NAME; or which site's part: site:NAME.
    std::string scope = "write";
    std::optional<Duration> max, p50, p95, p99;
    double confidence = 0.95;           // of the bound on a quantile, 0.5 .. 0.9999
    friend bool operator==(const RtoTarget&, const RtoTarget&) = default;
};
struct RpoTarget {
    std::optional<std::uint32_t> from;
    std::optional<Duration> max;        // of RPO_time
    std::optional<std::uint64_t> max_operations;
    friend bool operator==(const RpoTarget&, const RpoTarget&) = default;
};
struct AvailabilityTarget {
    double min = 0;                     // acknowledged / ended operations, after the warm-up
    friend bool operator==(const AvailabilityTarget&, const AvailabilityTarget&) = default;
};
// A share of what is asked for that must go well, over a window of time: see sim/measure/slo.hpp.
struct SloSpec {
    std::string id;
    std::string of;                  // a workload or clients; empty: all of them
    std::uint32_t objective_ppm = 0;  // 1 .. 999'999
    std::optional<Duration> window;  // nothing: from the end of the warm-up to the end of the run
    friend bool operator==(const SloSpec&, const SloSpec&) = default;
};
// Bounds on what failure detectors do: see core/detector/quality.hpp.
struct DetectionTarget {
    std::optional<Duration> max;                   // of T_D, of every crash that is detected
    std::optional<std::uint64_t> max_mistakes;     // suspicions of who is well
    std::optional<std::uint64_t> max_convictions;  // peers given up that are well
    friend bool operator==(const DetectionTarget&, const DetectionTarget&) = default;
};

// Bounds on every restore that ends in the run.
struct RestoreTarget {
    std::optional<Duration> max;  // of the time that it takes
    std::optional<Duration> rpo;  // of RPO_time, counted from its begin
    friend bool operator==(const RestoreTarget&, const RestoreTarget&) = default;
};

// What must be true, beyond the invariants, which always must.
enum class Predicate : std::uint8_t {
    acknowledged_writes_survive,  // every acknowledged write is in the surviving history
    logs_agree,                   // all running nodes hold the same committed history
    service_writable,             // writes succeed
    service_readable,             // reads succeed
    cluster_has_leader,           // some running node leads
    cluster_healthy,              // a leader, all nodes running and caught up with it
    history_linearizable,         // some order of the clients' operations explains all answers
    restores_reached,             // every restore has reached its target
    backups_sound,                // the last verification of the backups found nothing
    deploys_completed,            // every order about versions did all it was to do
    deploys_contained,            // every one was refused, or stopped by its first gate
    service_measure,              // a number of a service is within a bound: `of_service`
};
struct CheckSpec {
    enum class Mode : std::uint8_t { at_end, eventually, always, sometime };
    std::string id;
    Mode mode = Mode::at_end;
    Predicate predicate = Predicate::acknowledged_writes_survive;
    ServicePredicate of_service;          // service_measure
    Duration within{};                    // eventually: so soon after `after`
    std::optional<When> after;            // eventually; nothing: when the last fault has ended
    std::optional<std::uint32_t> during;  // always, sometime: while this fault acts; nothing: from
                                          // the end of the warm-up to the end of the run
    friend bool operator==(const CheckSpec&, const CheckSpec&) = default;
};

struct SeedRange {
    std::uint64_t first = 1;
    std::uint64_t last = 1;  // included, at least first
    friend bool operator==(const SeedRange&, const SeedRange&) = default;
};

struct ParameterValue {
    std::string name;
    std::string value;  // as the scenario spells it
    friend bool operator==(const ParameterValue&, const ParameterValue&) = default;
};

// A parameter that varies over a grid, with its values in order.
struct Axis {
    std::string parameter;
    std::string type;  // of the parameter
    std::vector<std::string> values;
    friend bool operator==(const Axis&, const Axis&) = default;
};

// A grid of parameter values and what its points are weighed by: sim/scenario/sweep.hpp.
struct SweepSpec {
    enum class Invalid : std::uint8_t { refuse, skip };  // points that are no scenario

    std::vector<Axis> axes;
    SeedRange seeds;
    Invalid invalid = Invalid::refuse;
    std::vector<Objective> objectives;
    friend bool operator==(const SweepSpec&, const SweepSpec&) = default;
};

struct Scenario {
    std::string name;
    std::string description;
    std::string path;           // the file it was read from, as the user named it
    std::string resolved;       // the whole scenario as canonical YAML text; parameters filled in
    std::string hash;           // of `resolved`, 16 hexadecimal digits: the scenario's identity
    std::vector<ParameterValue> parameters;

    std::int64_t epoch_unix_seconds = 0;  // of a simulated host's wall clock at the start
    Duration warmup{};
    Duration duration{};                  // of the whole run, warm-up included
    SeedRange seeds;

    std::vector<NodeSpec> nodes;          // 1 .. 99
    novacron::raft::Options consensus;
    std::optional<novacron::detector::DetectorOptions> failure_detector;  // nothing: nobody watches
    Duration boot_time = novacron::milliseconds(500);  // from power or process start to serving
    std::vector<LinkSpec> links;
    LinkSpec default_link;
    std::optional<ReplicationSpec> replication;  // nothing: all nodes are one group
    std::optional<NamesOptions> names;           // with replication only
    bool encode_messages = false;         // what nodes say to each other goes through bytes
    DiskSpec disk;
    std::optional<BackupOptions> backup;  // nothing: none are made
    Versions versions;                    // of the software; nodes begin with the first. None: one
                                          // that reads everything
    std::vector<std::string> version_names;  // by number
    std::vector<WorkloadSpec> workloads;
    ServiceGraph graph;                   // empty: there are no services
    std::optional<AlertsSpec> alerts;     // nothing: nobody monitors
    std::vector<FaultSpec> faults;

    ServiceLevelSpec service_level;
    std::optional<RtoTarget> rto;
    std::optional<RpoTarget> rpo;
    std::optional<AvailabilityTarget> availability;
    std::vector<SloSpec> slos;
    std::optional<RestoreTarget> restore;
    std::optional<DetectionTarget> detection;
    std::vector<CheckSpec> checks;

    std::optional<SweepSpec> sweep;       // neither in `resolved` nor in the hash
};

}  // namespace shaketable
