// SPDX-License-Identifier: MIT
//
// The table itself. Lines are laid out to be read as a table.
#include "sim/scenario/schema.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/scenario/scalars.hpp"
#include "sim/scenario/service_keys.hpp"

namespace shaketable {
namespace {

using enum ValueType;

// clang-format off
// path, type, default, low, high, choices, required, description
constexpr KeyDescriptor kFirst[] = {
{"version", choice, "", "", "", "1", true, "The version of this format."},
{"name", name, "", "", "", "", true, "What the scenario is called: best a sentence, such as leader_crash_during_writes."},
{"description", text, "", "", "", "", false, "What happens and what it is to show, for people."},
{"extends", list, "", "", "", "", false, "Files this one is laid upon, from left to right, relative to this file. Maps merge, lists replace, a key +faults appends to the list faults. A file without a version whose keys are consensus, failure_detector, circuit_breaker, rate_limiter, bulkhead or retry is a configuration of the cluster, such as the runbook's raft_config.yaml."},
{"extends[]", text, "", "", "", "", true, "The path of a file."},
{"params", map, "", "", "", "", false, "Typed knobs. A value refers to one as \"${name}\"; --set name=value sets it."},
{"params.*", map, "", "", "", "", false, "One knob, under its name."},
{"params.*.type", choice, "", "", "", "number|integer|duration|boolean|string|probability", true, "The type its values have."},
{"params.*.default", text, "", "", "", "", true, "The value it has when nobody sets it."},
{"params.*.min", text, "", "", "", "", false, "The least it may be; for types with an order."},
{"params.*.max", text, "", "", "", "", false, "The most it may be."},
{"params.*.description", text, "", "", "", "", false, "What it changes."},

{"time", map, "", "", "", "", true, "How long the run lasts, on virtual time."},
{"time.epoch", epoch, "2024-01-01T00:00:00Z", "", "", "", false, "What the wall clock of a simulated host shows at the start."},
{"time.warmup", duration, "5s", "0s", "", "", false, "How long the cluster may settle before anything is measured."},
{"time.duration", duration, "", "1ms", "", "", true, "How long the whole run lasts, warm-up included."},
{"seeds", seeds, "1", "", "", "", false, "The seeds to run with, one run each, unless the command line says otherwise."},

{"cluster", map, "", "", "", "", true, "The nodes and what they run."},
{"cluster.sites", map, "", "", "", "", true, "The places the nodes stand in, by name. 1 to 99 nodes in all."},
{"cluster.sites.*", map, "", "", "", "", false, "One site, under its name."},
{"cluster.sites.*.nodes", list, "", "", "", "", true, "The names of its nodes, each once in the whole cluster."},
{"cluster.sites.*.nodes[]", identifier, "", "", "", "", true, "The name of a node."},
{"cluster.sites.*.zone", identifier, "", "", "", "", false, "The zone the site belongs to; links and targets may name it as zone:a. By default the site's own name."},
{"cluster.sites.*.racks", map, "", "", "", "", false, "The racks of the site, by name; targets may name one as rack:r1. A node stands in one of them at most. By default none."},
{"cluster.sites.*.racks.*", list, "", "", "", "", false, "The nodes of one rack, all of its site."},
{"cluster.sites.*.racks.*[]", identifier, "", "", "", "", true, "The name of a node."},
{"cluster.spares", list, "", "", "", "", false, "Nodes, named in sites as well, that run from the start but do not belong to the group until somebody adds them. By default none."},
{"cluster.spares[]", identifier, "", "", "", "", true, "The name of a node."},
{"cluster.consensus", map, "{}", "", "", "", false, "The knobs of Raft, named as in the runbook's raft_config.yaml."},
{"cluster.consensus.election_timeout_min", duration, "150ms", "1us", "1d", "", false, "The shortest wait for a leader before an election; at least twice the heartbeat interval."},
{"cluster.consensus.election_timeout_max", duration, "300ms", "1us", "1d", "", false, "The longest wait; at least the shortest."},
{"cluster.consensus.heartbeat_interval", duration, "50ms", "1us", "1d", "", false, "How often a leader without news makes itself heard."},
{"cluster.consensus.max_append_entries", integer, "100", "1", "1000000", "", false, "Entries in one append message."},
{"cluster.consensus.max_message_bytes", size, "1MiB", "1B", "1GiB", "", false, "Bytes of commands in one append message; a single command may be larger. At most max_inflight_bytes."},
{"cluster.consensus.max_inflight_messages", integer, "256", "1", "1000000", "", false, "Append messages a follower may owe an answer to."},
{"cluster.consensus.max_inflight_bytes", size, "64MiB", "1B", "1TiB", "", false, "Bytes of commands a follower may owe an answer to; the last message to fit may exceed it."},
{"cluster.consensus.max_uncommitted_bytes", size, "64MiB", "1B", "1TiB", "", false, "Bytes of commands a leader takes on before they are committed; more are refused as overloaded, and their clients come back later. A command has 32B."},
{"cluster.consensus.max_apply_bytes", size, "0B", "0B", "1TiB", "", false, "Bytes of commands a node applies before it turns to its next message or deadline; 0B: all that is committed."},
{"cluster.consensus.snapshot_threshold", integer, "10000", "0", "1000000000", "", false, "Entries applied from one snapshot of the store to the next, which lets the log forget those before it; 0: no snapshots."},
{"cluster.consensus.trailing_entries", integer, "5000", "0", "1000000000", "", false, "Entries before a snapshot that are kept in memory all the same, so that a slow follower need not be sent the snapshot."},
{"cluster.consensus.snapshot_part_bytes", size, "64KiB", "1B", "1GiB", "", false, "Bytes of a snapshot in one message."},
{"cluster.consensus.pre_vote", boolean, "true", "", "", "", false, "A node asks whether it could win before it starts an election, so that one that was cut off does not depose a working leader."},
{"cluster.consensus.check_quorum", boolean, "true", "", "", "", false, "A leader that hears no majority for an election timeout steps down."},
{"cluster.consensus.reads", choice, "", "", "", "safe|lease", false, "How a leader makes sure that a read is not stale. safe: a majority confirms that it still leads. lease: it answers by itself as long as a majority has promised not to elect another; trusts the clocks to keep max_clock_drift, and goes with check_quorum only. By default safe."},
{"cluster.consensus.max_clock_drift", drift, "", "", "", "", false, "reads: lease: by how much one node's clock may run faster than another's; 0ppm to 100000ppm. Leases are shorter by as much. By default 10000ppm."},
{"cluster.consensus.max_pending_reads", integer, "", "1", "1000000", "", false, "Reads that may wait at a node to be confirmed; more are refused. By default 4096."},
{"cluster.consensus.follower_reads", boolean, "", "", "", "", false, "true: a node that does not lead answers reads as well, when its leader has confirmed them and it has caught up with it. By default false."},
{"cluster.failure_detector", map, "", "", "", "", false, "The knobs of the detector of failures, as in the runbook's phi_detector_config.yaml. Read and kept; nothing uses them yet."},
{"cluster.failure_detector.threshold", number, "", "0.1", "100", "", false, "The suspicion, a decimal logarithm, from which on a node counts as failed."},
{"cluster.failure_detector.adaptive", boolean, "", "", "", "", false, "true: mean and deviation of heartbeats come from the window; false: from the interval that is configured."},
{"cluster.failure_detector.window_size", integer, "", "2", "1000000", "", false, "Heartbeats in the window."},
{"cluster.failure_detector.network_jitter_factor", number, "", "0", "10", "", false, "The least deviation, in means."},
{"cluster.resilience", map, "", "", "", "", false, "The knobs of the patterns of resilience, as in the runbook's resilience_config.yaml. Services go by them unless they say otherwise: circuit_breaker, bulkhead and retry hold for every call from one service to another, rate_limiter for every instance."},
{"cluster.resilience.circuit_breaker", map, "", "", "", "", false, "When calls are refused because too many have failed."},
{"cluster.resilience.circuit_breaker.failure_threshold", integer, "", "1", "1000000", "", false, "Failures in a row that open it."},
{"cluster.resilience.circuit_breaker.success_threshold", integer, "", "1", "1000000", "", false, "Successes that close it again."},
{"cluster.resilience.circuit_breaker.timeout", duration, "", "1us", "1d", "", false, "How long it is open before it lets calls try."},
{"cluster.resilience.circuit_breaker.half_open_max_requests", integer, "", "1", "1000000", "", false, "Calls at once that may try."},
{"cluster.resilience.rate_limiter", map, "", "", "", "", false, "How many requests are let in."},
{"cluster.resilience.rate_limiter.requests_per_second", integer, "", "1", "1000000000", "", false, "Requests let in, in the mean."},
{"cluster.resilience.rate_limiter.burst", integer, "", "1", "1000000000", "", false, "Requests let in at once."},
{"cluster.resilience.bulkhead", map, "", "", "", "", false, "How many requests are worked on."},
{"cluster.resilience.bulkhead.max_concurrent", integer, "", "1", "1000000", "", false, "Requests worked on at once."},
{"cluster.resilience.bulkhead.max_queue", integer, "", "0", "1000000", "", false, "Requests that may wait."},
{"cluster.resilience.bulkhead.timeout", duration, "", "1us", "1d", "", false, "How long one waits before it is refused."},
{"cluster.resilience.retry", map, "", "", "", "", false, "How failed calls are made again."},
{"cluster.resilience.retry.max_attempts", integer, "", "1", "1000", "", false, "Attempts, the first included."},
{"cluster.resilience.retry.initial_delay", duration, "", "1us", "1d", "", false, "The pause before the second."},
{"cluster.resilience.retry.max_delay", duration, "", "1us", "1d", "", false, "The longest pause; at least the first."},
{"cluster.resilience.retry.multiplier", number, "", "1", "100", "", false, "How much longer each pause is than the one before."},
{"cluster.resilience.retry.jitter", choice, "", "", "", "true|false|none|full|equal|decorrelated", false, "How pauses are spread, as in policy.retry.jitter. true: a pause is drawn between 0 and its length."},
{"cluster.election_delays", map, "", "", "", "", false, "Nodes that are to lead only if no other can, by name: their election timeouts are longer."},
{"cluster.election_delays.*", duration, "", "0s", "1d", "", false, "By how much, for one node."},
{"cluster.cores", integer, "", "0", "1024", "", false, "Cores of each node's host, which services share: see services.*.cpu_share. 0: enough for everybody. By default 4."},
{"cluster.boot_time", duration, "500ms", "0s", "1d", "", false, "From the start of a process to its taking part."},
{"cluster.clocks", map, "{}", "", "", "", false, "Clocks that are wrong, by the name of their node. The others are right."},
{"cluster.clocks.*", map, "", "", "", "", false, "The clock of one node."},
{"cluster.clocks.*.offset", duration, "0s", "-3650d", "3650d", "", false, "Its time minus the true time, at the start; may be negative."},
{"cluster.clocks.*.drift", drift, "0ppm", "", "", "", false, "How much faster than true time it runs; may be negative, within 100000ppm."},

{"network", map, "{}", "", "", "", false, "How messages travel between hosts."},
{"network.latency", distribution, "500us", "", "", "", false, "The time a message takes, one way."},
{"network.loss", probability, "0%", "", "", "", false, "The probability that a message is lost."},
{"network.duplicate", probability, "0%", "", "", "", false, "The probability that a message arrives twice."},
{"network.reorder", probability, "0%", "", "", "", false, "The probability that a message may overtake earlier ones between the same hosts."},
{"network.encode_messages", boolean, "false", "", "", "", false, "true: what nodes say to each other is encoded as on a wire and decoded again. Takes time, and changes nothing."},
{"network.links", list, "[]", "", "", "", false, "Pairs of places between which messages travel otherwise. The first that fits counts; a link holds in both directions; the hosts of workloads use none."},
{"network.links[]", map, "", "", "", "", false, "One pair of places. What it does not say is as in network."},
{"network.links[].from", target, "", "", "", "", true, "Nodes on one end: names, zone:a, site:x, rack:r1, all, or a list of these."},
{"network.links[].to", target, "", "", "", "", true, "Nodes on the other end."},
{"network.links[].latency", distribution, "", "", "", "", false, "The time a message takes, one way. By default as in network."},
{"network.links[].loss", probability, "", "", "", "", false, "The probability that a message is lost. By default as in network."},
{"network.links[].duplicate", probability, "", "", "", "", false, "The probability that a message arrives twice. By default as in network."},
{"network.links[].reorder", probability, "", "", "", "", false, "The probability that a message may overtake earlier ones. By default as in network."},

{"disk", map, "{}", "", "", "", false, "The disk of every node."},
{"disk.sync_latency", distribution, "1ms", "", "", "", false, "The time a sync takes."},
{"disk.capacity", size, "", "4MiB", "1TiB", "", false, "How much it holds. A node without room takes no writes until a snapshot lets it forget some of its log. By default more than is ever needed."},

{"workload", list, "[]", "", "", "", false, "Who uses the cluster, and how."},
{"workload[]", map, "", "", "", "", false, "One stream of operations, sent by a client host of its own."},
{"workload[].id", identifier, "", "", "", "", true, "Its name, once in the list."},
{"workload[].kind", choice, "open_loop", "", "", "open_loop", false, "open_loop: operations arrive as a Poisson process, whether earlier ones were answered or not."},
{"workload[].operation", choice, "write", "", "", "write|read", false, "What it asks of the register under a key."},
{"workload[].rate", rate, "", "", "", "", true, "Operations in the mean."},
{"workload[].nodes", choice, "", "", "", "leader|any", false, "Whom an operation asks first: the node that is believed to lead, or each node in turn, which is of use for reads with follower_reads. By default leader."},
{"workload[].keys", map, "{}", "", "", "", false, "Which keys it uses."},
{"workload[].keys.dist", choice, "uniform", "", "", "uniform|zipf", false, "All keys equally often, or a few of them most of the time."},
{"workload[].keys.s", number, "", "0", "10", "", false, "The exponent of zipf: the key of rank r is used in proportion to 1/r^s. Required by zipf."},
{"workload[].keys.n", integer, "1000", "1", "100000000", "", false, "How many keys there are."},
{"workload[].attempt_timeout", duration, "500ms", "1us", "1d", "", false, "How long a client waits for one node before it tries another."},
{"workload[].deadline", duration, "5s", "1us", "30d", "", false, "How long a client goes on trying; then the outcome is unknown. At least the attempt_timeout."},
{"workload[].backoff", map, "{}", "", "", "", false, "How long a client pauses between attempts: uniform between 0 and a limit that doubles each time."},
{"workload[].backoff.initial", duration, "10ms", "1us", "1d", "", false, "The first limit."},
{"workload[].backoff.max", duration, "500ms", "1us", "1d", "", false, "The last limit; at least the first."},
};
// Here come the services.
constexpr KeyDescriptor kRest[] = {
{"faults", list, "[]", "", "", "", false, "What breaks, on whom and when."},
{"faults[]", map, "", "", "", "", false, "One fault. It has at or between; inject or random; and, unless it is done at once, for, until or permanent: true."},
{"faults[].id", identifier, "", "", "", "", true, "Its name, once in the list; other times refer to it as id.start and id.end."},
{"faults[].at", moment, "", "", "", "", false, "When it strikes."},
{"faults[].between", list, "", "", "", "", false, "Two moments with one anchor: it strikes at a time drawn between them, from a random stream of its own."},
{"faults[].between[]", moment, "", "", "", "", true, "The earliest moment, or the latest."},
{"faults[].inject", fault_word, "", "", "", "", false, "What breaks."},
{"faults[].random", map, "", "", "", "", false, "A storm instead of one fault: faults at random times on random targets until it ends."},
{"faults[].random.rate", rate, "", "", "", "", true, "How often a fault strikes in the mean, as a Poisson process."},
{"faults[].random.for", durations, "", "1us", "", "", true, "How long each acts: drawn uniformly from the range."},
{"faults[].random.pick", list, "", "", "", "", true, "The kinds of fault, each equally likely."},
{"faults[].random.pick[]", fault_word, "", "", "", "", true, "A kind of fault."},
{"faults[].random.partitions", choice, "", "", "", "splits|any", false, "Which network.partition is picked. splits: some nodes and all others. any: any of the shapes of target.shape. By default splits."},
{"faults[].random.tolerance", choice, "", "", "", "within|beyond", false, "within: only what Raft is made to survive. A fault spares a host that it must not hit: no power loss while a disk holds what it has only claimed to have made durable, no damage to the disks of more than a minority, neither frozen clocks nor other timeouts where reads go by leases. By default beyond."},
{"faults[].target", target, "", "", "", "", false, "Whom it hits. Required, but not by random."},
{"faults[].with", map, "", "", "", "", false, "What the fault needs to know; which keys depends on inject."},
{"faults[].with.latency", distribution, "", "", "", "", false, "network.delay, network.jitter: the time added to every message. dependency.latency: to every call."},
{"faults[].with.probability", probability, "", "", "", "", false, "network.loss, network.duplicate, network.reorder, network.corrupt: how likely it hits a message. dependency.errors: a call."},
{"faults[].with.good", duration, "", "1ms", "1d", "", false, "network.burst_loss: how long a path is good, in the mean."},
{"faults[].with.bad", duration, "", "1ms", "1d", "", false, "network.burst_loss: how long it is bad, in the mean."},
{"faults[].with.loss", probability, "", "", "", "", false, "network.burst_loss: how likely a message is lost while its path is bad."},
{"faults[].with.good_loss", probability, "", "", "", "", false, "network.burst_loss: how likely while its path is good. By default 0%."},
{"faults[].with.bandwidth", size, "", "1KiB", "1TiB", "", false, "network.bandwidth: how much passes in a second, each way."},
{"faults[].with.queue", size, "", "0B", "1GiB", "", false, "network.bandwidth: how much may wait to pass; what would be more is dropped."},
{"faults[].with.down", duration, "", "1ms", "1d", "", false, "network.flap: how long the target is cut off each time."},
{"faults[].with.up", duration, "", "1ms", "1d", "", false, "network.flap: how long it is connected in between."},
{"faults[].with.step", duration, "", "1ms", "1d", "", false, "network.swizzle, operator.push_configuration: from one node to the next."},
{"faults[].with.factor", number, "", "1.01", "1000", "", false, "load.spike, load.ramp: how many times as often operations come."},
{"faults[].with.over", duration, "", "1ms", "30d", "", false, "load.ramp: how long the rate grows. clock.smear: how long the clock moves."},
{"faults[].with.share", probability, "", "", "", "", false, "load.hot_key: the share of operations that goes to the one key."},
{"faults[].with.operations", integer, "", "1", "1000000", "", false, "load.herd: how many operations each workload adds."},
{"faults[].with.offset", duration, "", "-3650d", "3650d", "", false, "clock.step, clock.smear: by how much the wall clock moves; may be negative."},
{"faults[].with.instead", target, "", "", "", "", false, "operator.restart_wrong_node: which nodes are restarted. By default one that is no target, drawn when the fault strikes."},
{"faults[].with.times", integer, "", "1", "1000", "", false, "operator.repeat_removal: how often the command is given."},
{"faults[].with.every", duration, "", "1ms", "1d", "", false, "operator.repeat_removal: from one time to the next."},
{"faults[].with.keep", integer, "", "1", "99", "", false, "operator.repeat_removal: it is not given when it would leave fewer voters than this. By default 1."},
{"faults[].with.election_timeout_min", duration, "", "1us", "1d", "", false, "operator.push_configuration: as in cluster.consensus. By default as it was; so are the other knobs."},
{"faults[].with.election_timeout_max", duration, "", "1us", "1d", "", false, "operator.push_configuration: as in cluster.consensus."},
{"faults[].with.heartbeat_interval", duration, "", "1us", "1d", "", false, "operator.push_configuration: as in cluster.consensus."},
{"faults[].with.pre_vote", boolean, "", "", "", "", false, "operator.push_configuration: as in cluster.consensus."},
{"faults[].with.check_quorum", boolean, "", "", "", "", false, "operator.push_configuration: as in cluster.consensus."},
{"faults[].with.drift", drift, "", "", "", "", false, "clock.drift: how much faster the clock runs; may be negative, within 100000ppm."},
{"faults[].with.sync_latency", distribution, "", "", "", "", false, "disk.slow: the time a sync takes."},
{"faults[].with.free", size, "", "64KiB", "1TiB", "", false, "disk.full: how much is left when it strikes, besides what the node has taken in and not written yet. A node keeps the last 64KiB for what can't be refused, such as its vote."},
{"faults[].with.by", target, "", "", "", "", false, "raft.replace_node: the nodes that come in the place of the target: names, zone:a, site:x, or a list of these."},
{"faults[].with.spread", duration, "", "0s", "1d", "", false, "node.crash, node.power_loss, host.lost_disk, zone.loss, site.loss, rack.loss: each host is struck at its own time, drawn uniformly up to so long after the start; shorter than the fault. By default all at once."},
{"faults[].with.downtime", duration, "", "0s", "1d", "", false, "node.restart: from the end of the process to its being started. By default 0s."},
{"faults[].with.up_time", duration, "", "1ms", "1d", "", false, "node.crash_loop: how long the process runs before it dies again."},
{"faults[].with.point", choice, "", "", "", "before_persist|after_persist_before_send|after_leader_elected|after_commit_before_apply|after_apply_before_answer|during_snapshot_save|during_snapshot_install|during_membership_change", false, "node.kill_at: where the process dies. before_persist: an entry is in its memory, and was not handed to the disk. after_persist_before_send: the disk vouches for it, and nobody was told. after_leader_elected: it leads, and has neither said so nor written anything. after_commit_before_apply: it knows of a commit, and has not applied it. after_apply_before_answer: it has applied an entry, and answered nobody. during_snapshot_save: its own snapshot is written, and not durable. during_snapshot_install: a leader's snapshot is written, and the log does not go on after it yet. during_membership_change: it goes by another configuration, and has told nobody."},
{"faults[].with.spares_lies", boolean, "", "", "", "", false, "disk.torn_write, disk.unsynced_loss: true: a disk is spared as long as a power cut might take what it has reported durable. By default false."},
{"faults[].with.from", duration, "", "0s", "1d", "", false, "disk.fail_slow: the time a sync takes at least when it begins."},
{"faults[].with.to", duration, "", "0s", "1d", "", false, "disk.fail_slow: and when it ends; above from."},
{"faults[].with.comes_back", choice, "", "", "", "refused|amnesiac", false, "host.lost_disk: refused: a node that finds nothing where its promises were does not start. amnesiac: it starts as on its first day, with its old name and none of its promises. By default refused."},
{"faults[].with.cost", duration, "", "1us", "1d", "", false, "host.cpu_hog: how long the process takes for each message, request, deadline and report of the disk."},
{"faults[].with.leak", size, "", "1B", "1TiB", "", false, "host.memory_leak: how much the process takes each second."},
{"faults[].with.limit", size, "", "1B", "1TiB", "", false, "host.memory_leak: how much it may have."},
{"faults[].with.connections", integer, "", "0", "1000000", "", false, "host.connection_limit: requests of clients that the node serves at a time. resource.descriptors: requests and calls that an instance has open at a time."},
{"faults[].with.caller", name, "", "", "", "", false, "dependency.errors, dependency.latency, dependency.black_hole: whose calls, a service or clients. By default everybody's."},
{"faults[].with.workers", integer, "", "1", "1000000", "", false, "resource.threads: how many workers of each instance are stuck."},
{"faults[].with.instance", integer, "", "0", "1000", "", false, "service.crash: which instance, counted from 0. By default one that is drawn."},
{"faults[].for", durations, "", "1us", "", "", false, "How long it acts; from a range the time is drawn uniformly."},
{"faults[].until", moment, "", "", "", "", false, "When it ends."},
{"faults[].permanent", boolean, "", "", "", "", false, "true: it never ends."},
{"faults[].repeat", map, "", "", "", "", false, "It strikes again and again, with times or until. It is short for so many faults, called id-1, id-2 and so on; to others, id.start is the start of the first and id.end the end of the last."},
{"faults[].repeat.times", integer, "", "1", "10000", "", false, "How often it strikes."},
{"faults[].repeat.every", duration, "", "1us", "", "", true, "How long after each strike the next one comes."},
{"faults[].repeat.until", moment, "", "", "", "", false, "No strike is at this time or later. It has the anchor of at."},

{"service_level", map, "{}", "", "", "", false, "When service counts as given: this well, for this long."},
{"service_level.success_ratio", probability, "99%", "", "", "", false, "The share of operations that must succeed."},
{"service_level.latency_p95", duration, "500ms", "1ns", "1d", "", false, "At most 5 % of the operations may take longer."},
{"service_level.hold", duration, "30s", "1ms", "", "", false, "How long both must hold before service counts as recovered; recovery is dated to the start of that time."},

{"targets", map, "{}", "", "", "", false, "What the run is judged by. \"< 30s\" and \"<= 30s\" both mean at most."},
{"targets.rto", map, "", "", "", "", false, "How long service may be gone after a fault. At least one bound."},
{"targets.rto.from", fault_ref, "", "", "", "", false, "The fault that starts the clock, as id.start. By default the first."},
{"targets.rto.of", choice, "write", "", "", "write|read", false, "Whose service."},
{"targets.rto.service", identifier, "", "", "", "", false, "A service that clients ask, instead of the replicated store: it is gone while their requests fail."},
{"targets.rto.max", at_most, "", "", "", "", false, "A bound on every run."},
{"targets.rto.p50", at_most, "", "", "", "", false, "A bound on the median over the seeds."},
{"targets.rto.p95", at_most, "", "", "", "", false, "A bound on the 95 % quantile over the seeds."},
{"targets.rto.p99", at_most, "", "", "", "", false, "A bound on the 99 % quantile over the seeds."},
{"targets.rto.confidence", probability, "95%", "50%", "99.99%", "", false, "How sure a bound on a quantile must be."},
{"targets.rpo", map, "", "", "", "", false, "How much of what was acknowledged before a fault may be lost. At least one bound."},
{"targets.rpo.from", fault_ref, "", "", "", "", false, "The fault, as id.start. By default the first."},
{"targets.rpo.max", at_most, "", "", "", "", false, "A bound on the age of the oldest lost write at the time of the fault."},
{"targets.rpo.max_operations", integer, "", "0", "1000000000000", "", false, "A bound on the number of lost writes."},
{"targets.availability", map, "", "", "", "", false, "How many operations must be acknowledged."},
{"targets.availability.min", probability, "", "", "", "", true, "Acknowledged operations, and requests to services that succeeded, among those that ended after the warm-up."},

{"checks", list, "[]", "", "", "", false, "What must be true besides: the invariants of Raft are checked always, and its progress whenever no fault acts."},
{"checks[]", map, "", "", "", "", false, "One check. It has at_end, eventually, always or sometime."},
{"checks[].id", identifier, "", "", "", "", true, "Its name, once in the list."},
{"checks[].at_end", predicate, "", "", "", "acknowledged_writes.survive|logs.agree|history.linearizable|service.writable|service.readable|cluster.has_leader|cluster.healthy", false, "True when the run ends. acknowledged_writes.survive: every acknowledged write is in the surviving history. logs.agree: all running nodes hold the same committed history. history.linearizable: there is an order of all operations, each at an instant between its start and its end, that explains what clients were told. service.writable, service.readable: writes, or reads, succeed. cluster.has_leader: some running node leads. cluster.healthy: there is a leader, and all nodes of its group run and have caught up with it. Of a service, such as service.store.goodput >= 90%: goodput (successes per second in the last service_level.hold; a rate, or a percentage of what it was before the first fault), success (of its clients' requests), rejected (of the calls of it), attempts (for each request of its clients), p99 (of its calls), metastable (== true or false: goodput below half of before, for five minutes after the last fault), stops (of its instances), opened (times that a breaker before it opened)."},
{"checks[].eventually", choice, "", "", "", "service.writable|service.readable|cluster.has_leader|cluster.healthy", false, "True at some time after the faults have ended, and soon enough."},
{"checks[].always", choice, "", "", "", "service.writable|service.readable|cluster.has_leader", false, "True all the time, from the end of the warm-up on, or during a fault. Service is given while there is no outage: no three operations in a row, of those issued in that time, that fail or take longer than service_level.latency_p95."},
{"checks[].sometime", choice, "", "", "", "service.writable|service.readable|cluster.has_leader|cluster.healthy", false, "True at some time after the warm-up, or during a fault. Service is given if an operation is issued and acknowledged in that time."},
{"checks[].during", identifier, "", "", "", "", false, "always, sometime: the id of the fault while which it is looked at. By default from the end of the warm-up to the end of the run."},
{"checks[].within", duration, "", "1ms", "", "", false, "How soon. Required by eventually."},
{"checks[].after", moment, "", "", "", "", false, "What starts the clock of eventually, such as crash.end. By default faults.end, the end of the last fault."},
{"sweep", map, "", "", "", "", false, "A grid over the parameters, for shaketable sweep; a run does not look at it, and it is no part of what identifies the scenario."},
{"sweep.matrix", map, "", "", "", "", true, "The parameters that vary, by name. Every combination of their values is a point of the grid."},
{"sweep.matrix.*", axis, "", "", "", "", false, "The values of one parameter."},
{"sweep.matrix.*.from", text, "", "", "", "", true, "The first value, of a parameter with an order."},
{"sweep.matrix.*.to", text, "", "", "", "", true, "The last value, if the steps meet it, or else the limit."},
{"sweep.matrix.*.step", text, "", "", "", "", true, "From each value to the next; above zero."},
{"sweep.seeds", seeds, "", "", "", "", false, "The seeds of every point: the same ones, so that points differ by their parameters alone. By default the scenario's."},
{"sweep.invalid", choice, "refuse", "", "", "refuse|skip", false, "What becomes of a point that is no valid scenario, such as one with the shortest timeout above the longest: an error, or left out of the grid."},
{"sweep.objectives", list, "", "", "", "", true, "What the points are weighed by, one at least. A point is on the front if no other is as good in all of them and better in one."},
{"sweep.objectives[]", map, "", "", "", "", true, "One of them."},
{"sweep.objectives[].id", name, "", "", "", "", true, "Its name, once in the list."},
{"sweep.objectives[].measure", text, "", "", "", "", true, "QUANTITY.STATISTIC, such as rto.write.p99. Quantities of a run: rto.write, rto.read, unavailable.write, unavailable.read, rpo.time, rpo.operations, availability.WORKLOAD, latency_p50.WORKLOAD, latency_p95.WORKLOAD, latency_p99.WORKLOAD, elections, needless_elections, heartbeats, messages. Statistics over the seeds: mean, min, max, p50, p90, p95, p99, and for counts sum, per_second, per_hour. A needless election replaced a leader that was up and reachable."},
{"sweep.objectives[].direction", choice, "", "", "", "min|max", true, "Whether less is better, or more."},

// Values of compound types.
{"distribution.dist", choice, "", "", "", "constant|uniform|exponential|normal|lognormal|pareto|empirical", true, "The shape. A plain duration is short for constant, a range a..b for uniform."},
{"distribution.value", duration, "", "0s", "", "", false, "constant: the time."},
{"distribution.low", duration, "", "0s", "", "", false, "uniform: the shortest."},
{"distribution.high", duration, "", "0s", "", "", false, "uniform: the longest; at least low."},
{"distribution.mean", duration, "", "0s", "", "", false, "exponential (above 0s), normal: the mean."},
{"distribution.stddev", duration, "", "0s", "", "", false, "normal: the standard deviation. What would fall below 0s is 0s."},
{"distribution.median", duration, "", "1ns", "", "", false, "lognormal: half of the times are shorter."},
{"distribution.p99", duration, "", "1ns", "", "", false, "lognormal: one time in a hundred is longer; above the median."},
{"distribution.scale", duration, "", "1ns", "", "", false, "pareto: the shortest."},
{"distribution.shape", number, "", "1.01", "100", "", false, "pareto: the exponent of the tail; the nearer to 1, the heavier."},
{"distribution.quantiles", list, "", "", "", "", false, "empirical: two or more times, ascending, at equal steps of probability from 0 to 1."},
{"distribution.quantiles[]", duration, "", "0s", "", "", true, "One of them."},
{"target.role", choice, "", "", "", "leader|follower", false, "Those that hold the role when the fault strikes."},
{"target.zone", identifier, "", "", "", "", false, "Of these, only those in the zone."},
{"target.site", identifier, "", "", "", "", false, "Of these, only those of the site."},
{"target.rack", identifier, "", "", "", "", false, "Of these, only those of the rack."},
{"target.pick", integer, "", "1", "99", "", false, "So many of them, drawn at random when the fault strikes."},
{"target.share", probability, "", "", "", "", false, "With of: such a share of them instead of pick, drawn likewise: rounded to a whole number, and never nobody. shape: partial_mesh: the share of all links between nodes that is cut; one at least; by default drawn."},
{"target.of", target, "", "", "", "", false, "Whom pick or share chooses from. Required by both."},
{"target.split", list, "", "", "", "", false, "network.partition: the groups that can't reach each other, two or more. Hosts in no group are untouched."},
{"target.split[]", target, "", "", "", "", true, "One group, a list: nodes, zone:a, site:x, clients, leader, or others (every node that no other group names)."},
{"target.shape", choice, "", "", "", "halves|isolate|minority|bridge|majorities_ring|partial_mesh", false, "network.partition: instead of a split, a cut drawn among all nodes. halves: two groups. isolate: one node and the others. minority: fewer than half and the others. bridge: two groups that both see one more node. majorities_ring: every node sees a majority, no two nodes the same one. partial_mesh: some links between nodes. Clients reach everybody."},
{"target.links", list, "", "", "", "", false, "network.partition: instead of a split, these links and no others, as when a switch fails for some ports."},
{"target.links[]", map, "", "", "", "", false, "One link: the hosts at its ends can't reach each other."},
{"target.links[].from", target, "", "", "", "", true, "The hosts at one end: nodes, zone:a, site:x, clients, leader, or {pick: 1, of: {role: follower}}."},
{"target.links[].to", target, "", "", "", "", true, "The hosts at the other end."},
{"target.direction", choice, "", "", "", "both|outward|inward", false, "network.partition: outward drops what the first group sends to the others, or the end called from to the other, inward what it would receive from them. By default both. For every shape but majorities_ring."},
};

using enum FaultWord::Hosts;

constexpr FaultWord kFaults[] = {
{"node.crash", nodes, "spread?", "The process dies at once and starts again when the fault ends.",
 "The operating system lives on: bytes that were written but not synced are still there.",
 "{id: crash, at: 15s, inject: node.crash, target: {role: leader}, for: 10s}"},
{"node.power_loss", nodes, "spread?", "The host loses power, and gets it back when the fault ends.",
 "The process dies. Of the bytes that were not synced a random prefix survives, its end possibly damaged.",
 "{id: power, at: 15s, inject: node.power_loss, target: all, for: 5s}"},
{"node.pause", nodes, "", "The process stands still and goes on when the fault ends.",
 "As by SIGSTOP, a paused virtual machine or a long collection of garbage. Messages wait for it; its clock goes on.",
 "{id: pause, at: 15s, inject: node.pause, target: node-1, for: 2s}"},
{"network.partition", split, "", "Hosts of different groups can't reach each other.",
 "Hosts in no group are untouched. Instead of a split the target may be a shape, drawn among all nodes, or single links. With direction outward only what the first group sends is dropped, with inward only what it would receive.",
 "{id: cut, at: 15s, inject: network.partition, target: {split: [[leader], [others]], direction: both}, for: 10s}"},
{"network.delay", any, "latency", "Every message to or from the target takes longer.",
 "The time that is added is drawn anew for each message.",
 "{id: slow-net, at: 15s, inject: network.delay, target: zone:a, with: {latency: 5ms..20ms}, for: 10s}"},
{"network.loss", any, "probability", "Messages to or from the target are lost at random.",
 "Each message with the given probability, apart from what the link loses anyway.",
 "{id: lossy, at: 15s, inject: network.loss, target: all, with: {probability: 5%}, for: 10s}"},
{"network.duplicate", any, "probability", "Messages to or from the target arrive twice at random.",
 "Each message with the given probability; the copy takes a time of its own.",
 "{id: twice, at: 15s, inject: network.duplicate, target: all, with: {probability: 5%}, for: 10s}"},
{"network.reorder", any, "probability", "Messages to or from the target overtake earlier ones at random.",
 "Each message with the given probability; the others keep the order in which they were sent.",
 "{id: shuffle, at: 15s, inject: network.reorder, target: all, with: {probability: 5%}, for: 10s}"},
{"network.jitter", any, "latency", "Every message to or from the target takes longer by a time of its own.",
 "As network.delay, but nothing keeps the order: messages overtake each other.",
 "{id: jitter, at: 15s, inject: network.jitter, target: all, with: {latency: 0ms..20ms}, for: 10s}"},
{"network.burst_loss", any, "good|bad|loss|good_loss?", "Messages to or from the target are lost in bursts.",
 "The model of Gilbert and Elliott: each path is good or bad, for times that are exponential, and loses more while it is bad. In the mean (good * good_loss + bad * loss) / (good + bad) of the messages are lost.",
 "{id: bursts, at: 15s, inject: network.burst_loss, target: all, with: {good: 1s, bad: 100ms, loss: 90%}, for: 10s}"},
{"network.corrupt", any, "probability", "Some bytes of a message to or from the target are changed on the way.",
 "Each message with the given probability: it is encoded, one to eight of its bytes are changed, and whoever receives it refuses it by its checksum. So it is a loss with a cause of its own.",
 "{id: garbled, at: 15s, inject: network.corrupt, target: all, with: {probability: 5%}, for: 10s}"},
{"network.bandwidth", any, "bandwidth|queue", "The line of the target carries so much, and keeps so much waiting.",
 "Each way. A message passes for its encoded size over the bandwidth and waits for those before it; one that finds the queue full is dropped. An idle line takes a message of any size. Each host has a line of its own.",
 "{id: narrow, at: 15s, inject: network.bandwidth, target: {role: leader}, with: {bandwidth: 64KiB, queue: 16KiB}, for: 10s}"},
{"network.hold", any, "", "No message to or from the target arrives before the fault has ended.",
 "Then all do, in the order in which they were sent.",
 "{id: hold, at: 15s, inject: network.hold, target: {role: leader}, for: 2s}"},
{"network.flap", any, "down|up", "The target is cut off and connected again and again.",
 "Cut off first, each for a fixed time.",
 "{id: flap, at: 15s, inject: network.flap, target: {role: leader}, with: {down: 200ms, up: 800ms}, for: 10s}"},
{"network.swizzle", nodes, "step", "The nodes of the target are cut off one after the other, and healed in another order.",
 "Both orders are drawn. A node is cut off from everybody, clients too; once all are, the first is healed, and once all are healed it begins anew.",
 "{id: swizzle, at: 15s, inject: network.swizzle, target: all, with: {step: 500ms}, for: 10s}"},
{"load.spike", load, "factor", "Operations come so many times as often.",
 "As a Poisson process besides the usual one, whose operations stay as they are.",
 "{id: spike, at: 15s, inject: load.spike, target: clients, with: {factor: 10}, for: 10s}"},
{"load.ramp", load, "factor|over", "The rate of operations grows up to so many times the usual.",
 "In a straight line for the time over, and stays there until the fault ends.",
 "{id: ramp, at: 15s, inject: load.ramp, target: clients, with: {factor: 5, over: 5s}, for: 10s}"},
{"load.hot_key", load, "share", "A share of the operations goes to one key.",
 "Which key it is, is drawn for each workload; the other operations keep their keys.",
 "{id: hot, at: 15s, inject: load.hot_key, target: clients, with: {share: 80%}, for: 10s}"},
{"load.herd", load, "operations", "So many operations come in addition, all at one instant.",
 "A thundering herd: as when everybody's cache runs out at once. Done at once: it has no end.",
 "{id: herd, at: 15s, inject: load.herd, target: clients, with: {operations: 500}}", true},
{"disk.slow", nodes, "sync_latency", "A sync takes the given time instead of the disk's own.",
 "Syncs that were asked for before the fault are not touched; what it has not done by its end takes the disk's own time from then on.",
 "{id: slow-disk, at: 15s, inject: disk.slow, target: {pick: 1, of: {role: follower}}, with: {sync_latency: 200ms}, for: 10s}"},
{"disk.stall", nodes, "", "No sync completes before the fault has ended.",
 "Syncs asked for while it acts complete after its end; nothing is lost.",
 "{id: stall, at: 15s, inject: disk.stall, target: {role: leader}, for: 2s}"},
{"disk.sync_ignored", nodes, "", "A sync reports success and makes nothing durable.",
 "The disk lies. What was written meanwhile is lost if the host loses power; a crash of the process alone loses nothing.",
 "{id: lie, at: 15s, inject: disk.sync_ignored, target: all, for: 10s}"},
{"disk.sync_error", nodes, "", "A sync reports failure, and part of what was pending is gone.",
 "Syncs asked for while it acts fail; of the bytes that were not yet synced in the file a random prefix is left. The node ends itself, as nobody knows what is durable, and is started again from what its disk holds, as often as it takes.",
 "{id: failing, at: 15s, inject: disk.sync_error, target: {role: leader}, for: 5s}"},
{"disk.read_error", nodes, "", "Nothing can be read from the disk.",
 "A running node reads nothing, and does not notice. One that starts can't, and is started again until it can.",
 "{id: unreadable, at: 15s, inject: disk.read_error, target: node-1, for: 10s}"},
{"disk.full", nodes, "free", "Somebody else fills the disk, up to so many bytes.",
 "A node without room takes no writes: a leader refuses them and hands over, a follower acknowledges none. Votes, elections and reads go on. What the node removes, it may use again.",
 "{id: full, at: 15s, inject: disk.full, target: {role: leader}, with: {free: 64KiB}, for: 10s}"},
{"disk.bit_rot", nodes, "", "One bit of what is durable flips.",
 "Anywhere in the log or a snapshot. Found by checksum when the node starts again: it then stays down rather than forget what it may have acknowledged. Done at once: it has no end, and the damage stays.",
 "{id: rot, at: 15s, inject: disk.bit_rot, target: node-1}", true},
{"raft.transfer_leadership", nodes, "", "The leader is asked to hand over to the target.",
 "What an operator does before work on a leader. It takes no writes while it brings the target up to date, for one election timeout at most. Of several targets the first that does not lead is meant. Done at once: it has no end.",
 "{id: hand-over, at: 15s, inject: raft.transfer_leadership, target: {pick: 1, of: {role: follower}}}", true},
{"clock.drift", nodes, "drift", "The clock of the target runs faster, or slower, until the fault ends.",
 "By so much besides its own drift; several such faults add up, to 100000ppm either way at most. What the node waits for comes earlier or later from then on.",
 "{id: fast, at: 15s, inject: clock.drift, target: {role: leader}, with: {drift: -500ppm}, for: 10s}"},
{"clock.step", nodes, "offset", "The wall clock of the target jumps, and back when the fault ends.",
 "Forwards or backwards, as when somebody sets it. The monotonic clock, by which the node waits, goes on as before. Nothing that decides reads the wall clock, so consensus must not be affected.",
 "{id: jump, at: 15s, inject: clock.step, target: {role: leader}, with: {offset: -1h}, for: 10s}"},
{"clock.smear", nodes, "offset|over", "The wall clock of the target moves away in a straight line, and jumps back when the fault ends.",
 "As when a leap second is smeared. Consensus must not be affected, as by clock.step.",
 "{id: smear, at: 15s, inject: clock.smear, target: all, with: {offset: -1s, over: 5s}, for: 10s}"},
{"clock.freeze", nodes, "", "The clocks of the target stand still, and go on from there when the fault ends.",
 "The process answers messages, but none of its deadlines comes: what a virtual machine sees whose time is stolen. Leases trust clocks, and do not survive it.",
 "{id: frozen, at: 15s, inject: clock.freeze, target: {role: leader}, for: 5s}"},
{"operator.restart_wrong_node", nodes, "instead?", "The target is to be restarted, and another node is.",
 "That one is down until the fault ends.",
 "{id: slip, at: 15s, inject: operator.restart_wrong_node, target: {pick: 1, of: {role: follower}}, for: 2s}"},
{"operator.repeat_removal", nodes, "times|every|keep?", "The command to remove the target is given again and again.",
 "Whoever leads is asked each time, and nobody looks at what came of it. What is gone can't be removed again, so one of them has an effect.",
 "{id: again, at: 15s, inject: operator.repeat_removal, target: node-5, with: {times: 3, every: 200ms}, for: 5s}"},
{"operator.push_configuration", nodes, "step|election_timeout_min?|election_timeout_max?|heartbeat_interval?|pre_vote?|check_quorum?", "Other knobs of consensus are pushed to the target.",
 "Its nodes are restarted with them one after the other, so that the cluster runs with both: a rolling upgrade, or a mistake. When the fault ends they get back what they had, and are restarted together. Of several on one node the latest counts.",
 "{id: push, at: 15s, inject: operator.push_configuration, target: {pick: 2, of: {role: follower}}, with: {step: 2s, election_timeout_min: 5ms, election_timeout_max: 10ms, heartbeat_interval: 2ms}, for: 20s}"},
{"raft.add_node", nodes, "", "The leader is asked to let the target vote.",
 "As in the runbook: who does not belong to the group joins it as a learner, and votes once it has caught up. The operator goes on asking whoever leads until it is done or the fault ends.",
 "{id: add, at: 15s, inject: raft.add_node, target: node-5, for: 20s}"},
{"raft.add_learner", nodes, "", "The leader is asked to send the target the log without a vote.",
 "A learner decides nothing. The operator goes on asking as for raft.add_node.",
 "{id: learn, at: 15s, inject: raft.add_learner, target: node-5, for: 20s}"},
{"raft.demote_node", nodes, "", "The leader is asked to take the target its vote; it stays as a learner.",
 "Of several targets the votes are taken at once, in a joint phase. The operator goes on asking as for raft.add_node.",
 "{id: demote, at: 15s, inject: raft.demote_node, target: node-5, for: 20s}"},
{"raft.remove_node", nodes, "", "The leader is asked to remove the target from the group.",
 "Its process goes on. A leader that is removed steps down. Several targets leave at once, in a joint phase. The operator goes on asking as for raft.add_node.",
 "{id: remove, at: 15s, inject: raft.remove_node, target: {role: leader}, for: 20s}"},
{"raft.replace_node", nodes, "by", "The leader is asked to put others in the place of the target.",
 "They join as learners. Once they have caught up, all votes change at once, in a joint phase. The operator goes on asking as for raft.add_node.",
 "{id: replace, at: 15s, inject: raft.replace_node, target: node-1, with: {by: node-5}, for: 20s}"},
{"raft.change_membership", nodes, "", "The leader is asked for a legal change among the target, drawn at random.",
 "To add a node or have it learn, to promote or remove a learner, to demote or remove a voter, or to replace one or two voters: each that is legal is equally likely. It never leaves fewer than three voters. The operator goes on asking as for raft.add_node.",
 "{id: change, at: 15s, inject: raft.change_membership, target: all, for: 20s}"},
{"node.restart", nodes, "downtime?", "The process is stopped and started again.",
 "As by systemctl restart, without a word to the others. The operating system lives on. Done at once, but for the downtime: it has no other end.",
 "{id: restart, at: 15s, inject: node.restart, target: {role: leader}, with: {downtime: 2s}}", true},
{"node.crash_loop", nodes, "up_time", "The process dies at once, and again a given time after each start.",
 "A supervisor starts it again each time, 100ms later. When the fault ends, it stays up.",
 "{id: loop, at: 15s, inject: node.crash_loop, target: {pick: 1, of: {role: follower}}, with: {up_time: 2s}, for: 20s}"},
{"node.kill_at", nodes, "point", "The process dies the first time it comes to the point, and starts again when the fault ends.",
 "Between two halves of a promise, where a crash at a drawn time hardly ever meets it. Of what it had not said or written by then nothing is said or written. The operating system lives on.",
 "{id: kill, at: 15s, inject: node.kill_at, target: {role: leader}, with: {point: after_persist_before_send}, for: 5s}"},
{"disk.torn_write", nodes, "spares_lies?", "The power goes in the middle of the next write.",
 "Of what is just handed to the disk a part is left, its end possibly damaged; other bytes that were not synced fare as in node.power_loss. The power comes back when the fault ends.",
 "{id: torn, at: 15s, inject: disk.torn_write, target: {role: leader}, for: 5s}"},
{"disk.unsynced_loss", nodes, "spares_lies?", "A process that ends leaves nothing behind that was not synced.",
 "As if the operating system had gone down with it. Of use together with what ends the process, such as node.crash; on its own nobody notices.",
 "{id: forgetful, at: 15s, inject: disk.unsynced_loss, target: all, for: 20s}"},
{"disk.write_error", nodes, "", "The disk takes nothing in.",
 "Writes fail, and so do the syncs of files that they were meant for, also after the fault. The node ends itself and is started again, as often as it takes, as for disk.sync_error.",
 "{id: refusing, at: 15s, inject: disk.write_error, target: {role: leader}, for: 5s}"},
{"disk.misdirected_write", nodes, "", "The next write lands in another place of the disk.",
 "Over something that was durable; its own place is left empty. The disk reports success. Found by checksum when the node starts again, as disk.bit_rot, and then it stays down. If nothing is written before the fault ends, nothing happens.",
 "{id: astray, at: 15s, inject: disk.misdirected_write, target: node-1, for: 5s}"},
{"disk.fail_slow", nodes, "from|to", "Syncs take longer and longer until the fault ends.",
 "Evenly from one time to the other, and never less than the disk's own. A disk that is about to die often does that first. It has an end, from which the slope follows.",
 "{id: ageing, at: 15s, inject: disk.fail_slow, target: {role: leader}, with: {from: 1ms, to: 200ms}, for: 30s}"},
{"host.lost_disk", nodes, "comes_back?|spread?", "The host loses power and comes back with an empty disk.",
 "Its node has forgotten what it has voted and acknowledged, so it must not take part under its old name: it does not start, and an operator replaces it, by raft.replace_node. With comes_back: amnesiac it takes part all the same, which can lose what was acknowledged.",
 "{id: wiped, at: 15s, inject: host.lost_disk, target: {pick: 1, of: {role: follower}}, for: 5s}"},
{"zone.loss", zone, "spread?", "All hosts of a zone lose power, and get it back when the fault ends.",
 "Each as in node.power_loss. The target is zone:a, a list of zones, or the hosts written out.",
 "{id: dark, at: 15s, inject: zone.loss, target: zone:a, for: 10s}"},
{"site.loss", site, "spread?", "All hosts of a site lose power, and get it back when the fault ends.",
 "Each as in node.power_loss. The target is site:x, a list of sites, or the hosts written out.",
 "{id: dark, at: 15s, inject: site.loss, target: site:primary, with: {spread: 2s}, for: 10s}"},
{"rack.loss", rack, "spread?", "All hosts of a rack lose power, and get it back when the fault ends.",
 "Each as in node.power_loss. The target is rack:r1, a list of racks, or the hosts written out.",
 "{id: dark, at: 15s, inject: rack.loss, target: rack:r1, for: 10s}"},
{"host.cpu_hog", nodes, "cost", "Somebody else takes the processor: whatever comes in takes the node so long.",
 "Messages, requests, deadlines and reports of the disk wait for each other. Several such faults add up. What still waits when the fault ends is done at once.",
 "{id: hog, at: 15s, inject: host.cpu_hog, target: {role: leader}, with: {cost: 5ms}, for: 10s}"},
{"host.memory_leak", nodes, "leak|limit", "The process takes ever more memory and is killed at the limit.",
 "A supervisor starts it again, 100ms later, with nothing taken. It gets no slower on the way.",
 "{id: leak, at: 15s, inject: host.memory_leak, target: {role: leader}, with: {leak: 64MiB, limit: 512MiB}, for: 30s}"},
{"host.connection_limit", nodes, "connections", "The node serves so many requests of clients at a time and refuses the rest.",
 "As when connections or file descriptors run out. The client is told at once, and asks another node. Messages between nodes are not counted.",
 "{id: full-up, at: 15s, inject: host.connection_limit, target: {role: leader}, with: {connections: 1}, for: 10s}"},
{"dependency.errors", service, "probability|caller?", "Calls of the target fail at random.",
 "Each call with the given probability, when a worker takes it, at once and without work.",
 "{id: wrong, at: 15s, inject: dependency.errors, target: payments, with: {probability: 50%}, for: 10s}"},
{"dependency.latency", service, "latency|caller?", "Calls of the target take longer.",
 "The time that is added is drawn anew for each call, and keeps its worker.",
 "{id: slow, at: 15s, inject: dependency.latency, target: payments, with: {latency: 500ms}, for: 10s}"},
{"dependency.black_hole", service, "caller?", "Calls of the target are never heard of again.",
 "Neither answered nor refused, so that whoever calls waits for as long as it will.",
 "{id: hole, at: 15s, inject: dependency.black_hole, target: payments, for: 10s}"},
{"resource.threads", service, "workers", "So many workers of each instance of the target are stuck.",
 "As in a deadlock: they take no request until the fault ends. Requests that they had taken before are finished.",
 "{id: stuck, at: 15s, inject: resource.threads, target: payments, with: {workers: 8}, for: 10s}"},
{"resource.descriptors", service, "connections", "An instance of the target refuses calls while it has so many connections.",
 "As when file descriptors run out: requests that wait or are worked on, and calls of its own, take one each.",
 "{id: full, at: 15s, inject: resource.descriptors, target: payments, with: {connections: 4}, for: 10s}"},
{"service.crash", service, "instance?", "The process of one instance of the target dies, and starts again when the fault ends.",
 "What it was asked is lost, and its callers are refused. Its node runs on. It comes back with empty caches.",
 "{id: down, at: 15s, inject: service.crash, target: payments, for: 10s}"},
{"cache.loss", service, "", "What the target remembers of the answers of others is gone.",
 "All its instances' caches are empty, and are filled again by use. Done at once: it has no end.",
 "{id: cold, at: 15s, inject: cache.loss, target: frontend}", true},
};
// clang-format on

template <std::size_t... N>
constexpr auto joined(const KeyDescriptor (&... parts)[N]) {
    std::array<KeyDescriptor, (N + ...)> all{};
    std::size_t at = 0;
    const auto add = [&](const auto& part) {
        for (const KeyDescriptor& key : part) all[at++] = key;
    };
    (add(parts), ...);
    return all;
}
constexpr auto kKeys = joined(kFirst, keys_of::kServices, kRest, keys_of::kPolicy);

// The length of the path above, for `a.b`, `a[]` and `a.*`.
std::size_t parent_length(std::string_view path) {
    if (path.ends_with("[]")) return path.size() - 2;
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? 0 : dot;
}

bool is_compound(std::string_view path) {
    return path.starts_with("distribution.") || path.starts_with("target.") ||
           path.starts_with("policy.");
}

}  // namespace

std::span<const KeyDescriptor> keys() { return kKeys; }

const KeyDescriptor* find_key(std::string_view path) {
    const auto* found = std::find_if(std::begin(kKeys), std::end(kKeys),
                                     [&](const KeyDescriptor& key) { return key.path == path; });
    return found == std::end(kKeys) ? nullptr : found;
}

std::vector<const KeyDescriptor*> children_of(std::string_view path) {
    std::vector<const KeyDescriptor*> result;
    for (const KeyDescriptor& key : kKeys) {
        if (path.empty() && is_compound(key.path)) continue;
        if (key.path.substr(0, parent_length(key.path)) == path && !key.path.empty()) {
            result.push_back(&key);
        }
    }
    return result;
}

std::string_view type_in_words(ValueType type) {
    switch (type) {
        case map: return "a map of keys";
        case list: return "a list";
        case text: return "text";
        case identifier: return "a name of a-z, 0-9 and inner -";
        case name: return "a name of a-z, 0-9 and inner - or _";
        case boolean: return "true or false";
        case integer: return "a whole number";
        case number: return "a number";
        case duration: return "a duration with units, such as 150ms or 1h30m";
        case durations: return "a duration or a range of them, such as 10s or 500ms..10s";
        case at_most: return "a bound, such as \"< 30s\"";
        case rate: return "a rate, such as 500/s or 6/min";
        case probability: return "a probability, such as 0.1% or 0.001";
        case size: return "a number of bytes with a unit, such as 512B or 64MiB";
        case drift: return "parts per million, such as 50ppm";
        case seeds: return "a seed or a range of them, such as 7 or 1..100";
        case epoch: return "an instant in UTC, such as 2024-11-05T02:00:00Z";
        case choice: return "one of a few words";
        case predicate: return "one of a few words, or a bound on a measure of a service";
        case fault_word: return "a kind of fault, such as node.crash";
        case moment: return "a time, such as 90s, warmup.end + 10s, crash.end + 5s or faults.end";
        case fault_ref: return "the start of a fault, such as crash.start";
        case distribution: return "a duration, a range or a map with dist";
        case target: return "hosts, such as node-1, zone:a or {role: leader}";
        case policy: return "a policy of calls, such as {timeout: 200ms, retry: {max_attempts: 2}}";
        case axis: return "a list of values, or {from: 10ms, to: 50ms, step: 10ms}";
    }
    return {};
}

std::span<const FaultWord> fault_table() { return kFaults; }

std::vector<std::string_view> fault_words() {
    std::vector<std::string_view> words;
    for (const FaultWord& fault : kFaults) words.push_back(fault.word);
    return words;
}

std::vector<WithKey> with_keys(const FaultWord& fault) {
    std::vector<WithKey> found;
    for (std::string name : choices_in(fault.with)) {
        const bool required = !name.ends_with('?');
        if (!required) name.pop_back();
        found.push_back({std::move(name), required});
    }
    return found;
}

const FaultWord* find_fault_word(std::string_view word) {
    const auto* found = std::find_if(std::begin(kFaults), std::end(kFaults),
                                     [&](const FaultWord& fault) { return fault.word == word; });
    return found == std::end(kFaults) ? nullptr : found;
}

}  // namespace shaketable
