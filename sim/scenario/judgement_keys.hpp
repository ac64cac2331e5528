// SPDX-License-Identifier: MIT
//
// A part of the table of keys: what a run is judged by, and a grid of points weighed by.
//
// Lines are laid out to be read as a table.
#pragma once

#include "sim/scenario/schema.hpp"

namespace shaketable::keys_of {

using enum ValueType;

// clang-format off
// path, type, default, low, high, choices, required, description
inline constexpr KeyDescriptor kJudgement[] = {
{"service_level", map, "{}", "", "", "", false, "When service counts as given: this well, for this long."},
{"service_level.success_ratio", probability, "99%", "", "", "", false, "The share of operations that must succeed."},
{"service_level.latency_p95", duration, "500ms", "1ns", "1d", "", false, "At most 5 % of the operations may take longer."},
{"service_level.hold", duration, "30s", "1ms", "", "", false, "How long both must hold before service counts as recovered; recovery is dated to the start of that time."},

{"targets", map, "{}", "", "", "", false, "What the run is judged by. \"< 30s\" and \"<= 30s\" both mean at most."},
{"targets.rto", map, "", "", "", "", false, "How long service may be gone after a fault. At least one bound."},
{"targets.rto.from", fault_ref, "", "", "", "", false, "The fault that starts the clock, as id.start. By default the first."},
{"targets.rto.of", choice, "write", "", "", "write|read", false, "Whose service. to: service.writable and to: service.readable say the same."},
{"targets.rto.service", identifier, "", "", "", "", false, "A service that clients ask, instead of the replicated store: it is gone while their requests fail."},
{"targets.rto.site", identifier, "", "", "", "", false, "A site of a replicated service, instead of what clients see: whether it does its part, as the primary that takes writes, or as a standby that keeps up."},
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
{"targets.detection", map, "", "", "", "", false, "How well nodes must watch one another, after the warm-up; needs cluster.failure_detector. At least one bound."},
{"targets.detection.max", at_most, "", "", "", "", false, "A bound on the time from a node's end to its being suspected for good, by each of the others."},
{"targets.detection.max_mistakes", integer, "", "0", "1000000000000", "", false, "A bound on the number of suspicions of nodes that were up and could be reached."},
{"targets.detection.max_convictions", integer, "", "0", "1000000000000", "", false, "A bound on how often a node was given up that was up and could be reached."},

{"slo", list, "", "", "", "", false, "Service-level objectives. Each is a target, slo.ID; the burn rates that would have called somebody are said beside it."},
{"slo[]", map, "", "", "", "", false, "One objective."},
{"slo[].id", identifier, "", "", "", "", true, "Its name, once in the list."},
{"slo[].good", choice, "requests_ok_total", "", "", "requests_ok_total", false, "What counts as good: operations that were acknowledged, and requests to services that succeeded."},
{"slo[].total", choice, "requests_total", "", "", "requests_total", false, "Among what: those that were issued after the warm-up and ended."},
{"slo[].of", identifier, "", "", "", "", false, "The workload, or the clients, that it is about. By default all of them."},
{"slo[].objective", probability, "", "", "", "", true, "The share that must be good."},
{"slo[].window", text, "run", "", "", "", false, "Over how long: run, or a duration, of which every window must hold that ends in the run. For the rules of burn rates (14.4 and 6 times the budget call somebody) it stands for their 30 days."},

{"checks", list, "[]", "", "", "", false, "What must be true besides: the invariants of Raft are checked always, and its progress whenever no fault acts."},
{"checks[]", map, "", "", "", "", false, "One check. It has at_end, eventually, always or sometime."},
{"checks[].id", identifier, "", "", "", "", true, "Its name, once in the list."},
{"checks[].at_end", predicate, "", "", "", "acknowledged_writes.survive|logs.agree|history.linearizable|service.writable|service.readable|cluster.has_leader|cluster.healthy|restores.reached|backups.sound|deploys.completed|deploys.contained", false, "True when the run ends. acknowledged_writes.survive: every acknowledged write is in the surviving history. logs.agree: all running nodes hold the same committed history. history.linearizable: there is an order of all operations, each at an instant between its start and its end, that explains what clients were told. service.writable, service.readable: writes, or reads, succeed. cluster.has_leader: some running node leads. cluster.healthy: there is a leader, and all nodes of its group run and have caught up with it. Of a service, such as service.store.goodput >= 90%: goodput (successes per second in the last service_level.hold; a rate, or a percentage of what it was before the first fault), success (of its clients' requests), rejected (of the calls of it), attempts (for each request of its clients), p99 (of its calls), metastable (== true or false: goodput below half of before, for five minutes after the last fault), stops (of its instances), opened (times that a breaker before it opened)."},
{"checks[].eventually", predicate, "", "", "", "service.writable|service.readable|cluster.has_leader|cluster.healthy", false, "True at some time after the faults have ended, and soon enough. Of a service: goodput and success of its clients' requests, in a time as long as service_level.hold that has begun since then; the times that are looked at begin a second apart."},
{"checks[].always", predicate, "", "", "", "service.writable|service.readable|cluster.has_leader", false, "True all the time, from the end of the warm-up on, or during a fault. Service is given while there is no outage: no three operations in a row, of those issued in that time, that fail or take longer than service_level.latency_p95. Of a service: goodput and success, in each time as long as service_level.hold."},
{"checks[].sometime", predicate, "", "", "", "service.writable|service.readable|cluster.has_leader|cluster.healthy", false, "True at some time after the warm-up, or during a fault. Service is given if an operation is issued and acknowledged in that time. Of a service: goodput and success, in some time as long as service_level.hold."},
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
{"sweep.objectives", list, "", "", "", "", false, "What the points are weighed by, one at least. By default what the scenario has targets for: the 95 % quantile of rto, the largest rpo, the least availability. A point is on the front if no other is as good in all of them and better in one."},
{"sweep.objectives[]", map, "", "", "", "", true, "One of them."},
{"sweep.objectives[].id", name, "", "", "", "", true, "Its name, once in the list."},
{"sweep.objectives[].measure", text, "", "", "", "", true, "QUANTITY.STATISTIC, such as rto.write.p99. Quantities of a run: rto.write, rto.read, unavailable.write, unavailable.read, rpo.time, rpo.operations, availability.WORKLOAD, latency_p50.WORKLOAD, latency_p95.WORKLOAD, latency_p99.WORKLOAD, elections, needless_elections, heartbeats, messages; of failure detectors detection_time (mean T_D), detection_p99, mistakes, mistake_rate (lambda_M, of one pair), mistake_duration (mean T_M), query_accuracy (P_A). Statistics over the seeds: mean, min, max, p50, p90, p95, p99, and for counts sum, per_second, per_hour. A needless election replaced a leader that was up and reachable."},
{"sweep.objectives[].direction", choice, "", "", "", "min|max", true, "Whether less is better, or more."},
};
// clang-format on

}  // namespace shaketable::keys_of
