// SPDX-License-Identifier: MIT
//
// What one run says: plain data, the same for the terminal, JSON, SQLite and Python.
//
// Times are virtual nanoseconds since the start of the run. A measure that does not exist (no
// fault, no write) is absent, never zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "sim/measure/series.hpp"
#include "sim/run/alert_rows.hpp"
#include "sim/run/deploy_rows.hpp"
#include "sim/run/service_rows.hpp"

namespace shaketable {

enum class Verdict : std::uint8_t { pass, fail, inconclusive };

// A fault as it really struck, with the first effect anybody observed: its receipt.
struct FaultRow {
    std::string id;
    std::string inject;
    std::string target;  // who was hit, in words: "node-3", "node-1 | node-2 node-4 clients"
    std::optional<Instant> start;     // nothing: the run ended before
    std::optional<Instant> end;       // nothing: permanent, or still acting when the run ended
    std::optional<Instant> observed;  // nothing: no effect was seen
    std::string effect;               // the first effect in words, empty if none
};

struct SpanRow {
    Instant start;
    Instant end;
};

struct PhaseRow {
    std::string name;  // detect, elect, catch-up, client; or as in sim/measure/site_history.hpp
    Duration duration;
};

// Whom a part of a recovery waited for: sim/run/explanation.hpp.
struct AccountRow {
    std::string phase;     // as in the recovery's phases
    std::string account;   // node, disk, link, timer, clients
    std::string who;       // "node-3", "node-1 to node-4"
    Duration duration;
    std::string words;     // what it waited for, in words
};

// One recovery a scope: reads and writes apart.
struct RecoveryRow {
    std::string scope;                     // "write", "read", "site:NAME" or "service:NAME"
    std::string fault;                     // id of the fault that started the clock
    std::optional<Duration> rto;           // absent when censored
    bool censored = false;                 // service had not recovered when the run ended
    std::vector<PhaseRow> phases;          // sum to the rto; empty when censored
    std::optional<Duration> first_success; // from the fault to the first acknowledged operation
    Duration unavailable{};                // total time out of service after the fault
    std::uint64_t flaps = 0;               // times service was lost again after having come back
    std::vector<SpanRow> outages;          // out of service; their lengths sum to `unavailable`
    std::vector<AccountRow> accounts;      // if it was explained: phase by phase; sum to the rto
    std::string stall;                     // if it was explained, of one censored: what is missing
};

struct LossRow {
    std::string fault;                          // the fault before which acknowledgements count
    std::uint64_t acknowledged_ops = 0;         // writes acknowledged in the whole run
    std::uint64_t lost_acked_ops = 0;  // acknowledged before the fault, not surviving: RPO_ops
    std::uint64_t lost_after_fault_ops = 0;     // acknowledged after it, not surviving
    std::uint64_t applied_unacked_ops = 0;      // surviving without an acknowledgement
    Duration rpo_time{};                        // fault minus acknowledgement of the oldest lost
    std::optional<Duration> recovery_point_age;  // fault minus newest surviving acknowledgement
    std::uint64_t lost_bytes = 0;                // of the operations lost that count for RPO_ops
    // Of a service with sites: what old primaries acknowledged after another had been promoted, and
    // how far the site that was promoted was known to lag when last looked at before the fault.
    std::uint64_t divergent_ops = 0;
    std::uint64_t lag_ops = 0;
    Duration lag_time{};
};

// A site of a replicated service.
struct SiteRow {
    std::string id;
    std::string role;               // at the end: primary, standby
    std::uint64_t promotions = 0;
    std::uint64_t lag_ops_max = 0;  // as its primary knew, looked at once a second
    std::uint64_t lag_bytes_max = 0;
    Duration lag_time_max{};
    std::uint64_t diverged_records = 0;   // that its primary had not
    std::uint64_t discarded_records = 0;  // of these, by making its nodes anew
    std::uint64_t reapplied_records = 0;  // of the discarded: made again at the primary
    std::uint64_t refused_records = 0;    // ... and not, as somebody had written there since
};

// When clients went to the site that is primary at the end, counted from the first fault.
struct RoutingRow {
    std::uint64_t clients = 0;
    Duration p50{}, p99{}, max{};
};

// A backup, as the catalogue has it at the end of the run.
struct BackupRow {
    std::uint64_t number = 0;       // 0: it was due, and could not begin
    std::string kind;               // full, incremental
    std::uint64_t index = 0;        // the state that it holds is that after this entry
    Instant started;
    std::optional<Instant> ended;
    std::string state;              // running, complete, failed, expired
    std::uint64_t bytes = 0;
};
// The archive of the log, and what verifications found.
struct ArchiveRow {
    std::uint64_t segments = 0;       // that were uploaded
    std::uint64_t bytes = 0;
    std::uint64_t expired = 0;        // segments
    std::uint64_t last_index = 0;
    std::uint64_t backlog_max = 0;    // bytes that waited, as far as it was recorded
    std::uint64_t verifications = 0;
    std::uint64_t bad = 0;            // objects found damaged or missing
    std::uint64_t findings = 0;       // of the last verification
    std::optional<Instant> first_bad;
};
struct RestoreStepRow {
    std::string name;     // locate, provision, load, replay, verify
    std::string outcome;  // done, fell-back, failed
    Duration duration;
};
struct RestoreRow {
    std::uint64_t number = 0;
    bool drill = false;
    std::string outcome;  // running, reached, fell-short, refused
    std::string why;      // it did not reach its target; empty if it did
    Instant started;
    std::optional<Instant> ended;
    std::vector<RestoreStepRow> steps;      // if it has ended, they sum to the time it took
    std::uint64_t index = 0;                // the state is that after this entry
    std::optional<Instant> recovery_point;  // when the newest entry in it was committed
    std::uint64_t bytes = 0;                // that were read
    std::uint64_t replayed = 0;             // entries
    std::uint64_t lost_ops = 0;             // acknowledged before it began, and not in the state
    std::uint64_t lost_bytes = 0;
    Duration rpo_time{};
    std::optional<Duration> recovery_point_age;
    std::optional<Instant> in_place;        // when the nodes were made anew from it
};
struct WorkloadRow {
    std::string id;
    std::uint64_t issued = 0;        // after the warm-up, as are the rest
    std::uint64_t acknowledged = 0;
    std::uint64_t unknown = 0;       // deadline passed without an answer
    std::uint64_t in_flight = 0;     // at the end of the run
    std::uint64_t attempts = 0;
    std::optional<Duration> latency_p50, latency_p95, latency_p99, latency_max;
};

// Ends of processes, or cuts, that watchers were to notice: one for each watcher.
struct SpellsRow {
    std::uint64_t detected = 0;
    std::uint64_t missed = 0;               // over before the lasting suspicion
    std::optional<Duration> mean, p50, p99, longest;  // from the beginning to that
};

// How well nodes watched one another, after the warm-up, all pairs together: sim/measure/
// detection.hpp. Terms are those of core/detector/quality.hpp.
struct DetectionRow {
    std::string detector;              // phi, fixed, chen, two_window, swim
    std::string knobs_json;            // {"threshold": 8, ...}
    std::uint64_t messages = 0;        // of the detectors, in the whole run
    SpellsRow crashes;                 // T_D
    SpellsRow partitions;              // and pauses: to suspect is right, but nobody has crashed
    std::uint64_t mistakes = 0;        // suspicions of peers that were well
    std::uint64_t convictions = 0;     // of these peers, those given up
    Duration well{};                   // for how long peers were well
    std::optional<double> mistake_rate;    // lambda_M, a second and pair
    std::optional<double> query_accuracy;  // P_A
    std::optional<Duration> mistake_duration;    // T_M, as the rest: the mean
    std::optional<Duration> mistake_recurrence;  // T_MR
    std::optional<Duration> good_period;         // T_G
    std::optional<Duration> trust_after_return;  // how long a peer that is back was suspected
};

// A bound of the scenario, with what was measured beside it.
struct TargetRow {
    std::string id;         // rto.max, rpo.max, availability.min ...
    std::string objective;  // "< 30s", as the scenario says it in canonical form
    std::string actual;     // "213.4ms", "not recovered", "99.98%"
    std::optional<std::int64_t> actual_ns;
    bool censored = false;
    Verdict verdict = Verdict::inconclusive;
    std::string detail;     // why inconclusive, or empty
    std::int64_t severity = 0;  // without actual_ns: the larger, the worse the run did
};

struct CheckRow {
    std::string id;
    Verdict verdict = Verdict::inconclusive;
    std::string detail;
};

// The system under test broke a promise.
struct FindingRow {
    std::string rule;       // S6, durability ...
    Instant at;
    std::string message;
};

// The digest of all facts up to a number of them, so that two runs can be compared from the middle.
struct CheckpointRow {
    std::uint64_t facts = 0;
    Instant at;
    std::uint64_t digest = 0;
};

// What a reader of the timeline wants to see: roles, faults, crashes, and service lost and
// regained.
struct TimelineRow {
    Instant at;
    std::string kind;  // name of the fact
    std::string node;  // empty if it is about none
    std::string text;
};

// A node's role from one instant to another. The spans of a node adjoin, and cover the run.
struct RoleRow {
    std::string node;
    std::string role;  // of Raft, or "down", or "paused"
    std::uint64_t term = 0;
    Instant start;
    Instant end;
};

// The operations of one workload, counted in buckets of time (sim/measure/series.hpp); or the
// requests of a population of clients, under its name; or the calls of a service, under
// "service:NAME". Whatever has not succeeded is unknown; calls have no latencies here.
struct SeriesRow {
    std::string workload;
    std::string part;  // "run": all of it; "incident": the time around the outages, closer
    Buckets buckets;
    std::vector<Bucket> values;
};

struct Result {
    std::string scenario;
    std::string scenario_hash;
    std::string parameters_json = "{}";
    std::uint64_t seed = 0;
    std::string run_key;      // 16 hexadecimal digits
    std::string fingerprint;  // 16 hexadecimal digits
    Verdict verdict = Verdict::inconclusive;
    // CPU and queueing of the store are not charged; disks and links are as the scenario says. With
    // services, whose processors and queues are as it says as well: "calibrated".
    std::string costs = "free";
    Duration virtual_time{};
    std::int64_t wall_ns = 0;    // set by whoever may read a wall clock; not part of any comparison
    std::uint64_t events = 0;
    std::uint64_t facts = 0;
    std::uint64_t elections = 0; // leaders elected after the warm-up
    std::uint64_t needless_elections = 0;  // of these: sim/measure/needless_elections.hpp
    std::uint64_t messages = 0;            // sent between nodes
    std::uint64_t heartbeats = 0;          // of these: a leader's, without news, one way
    std::uint64_t wan_bytes = 0;           // sent by nodes to nodes of other sites

    std::vector<FaultRow> faults;
    std::vector<RecoveryRow> recovery;
    std::optional<LossRow> loss;
    std::vector<SiteRow> sites;          // none unless each has a group of its own
    std::optional<RoutingRow> routing;   // nothing if nobody had to go elsewhere
    std::vector<WorkloadRow> workloads;
    std::vector<BackupRow> backups;
    std::vector<RestoreRow> restores;
    std::optional<ArchiveRow> archive;  // nothing without backups
    std::vector<DeployRow> deploys;     // none without versions
    std::optional<DetectionRow> detection;  // nothing: nobody watched anybody
    std::optional<AlertingRow> alerting;    // nothing: nobody monitored
    std::vector<TargetRow> targets;
    std::vector<CheckRow> checks;
    std::vector<FindingRow> findings;
    std::vector<std::string> doubts;     // why it can't be a pass, besides targets and checks
    std::vector<std::uint64_t> probes;   // how often each was seen: sim/check/probes.hpp; if asked
    std::vector<CheckpointRow> checkpoints;
    std::vector<TimelineRow> timeline;
    std::vector<ServiceRow> services;  // these three are empty without services
    std::vector<ClientsRow> clients;
    std::vector<BreakerRow> breakers;
    std::vector<RoleRow> roles;      // node by node, in the order of time
    std::vector<SeriesRow> series;   // two for each workload; without an outage, one
};

}  // namespace shaketable
