// SPDX-License-Identifier: MIT
//
// The part of the table of schema.hpp that is about versions of the software, and of services.
// Lines are laid out to be read as a table.
#pragma once

#include "sim/scenario/schema.hpp"

namespace shaketable::deploy_schema {

using enum ValueType;
using enum FaultWord::Hosts;

// clang-format off
inline constexpr KeyDescriptor kKeys[] = {
{"cluster.version", identifier, "", "", "", "", false, "The version that nodes run at first. By default the first of cluster.versions."},
{"cluster.versions", map, "", "", "", "", false, "Versions of the software, by name, for orders to deploy. By default there is one, which reads everything. What a group has on its disks is in one format, from 1; deploy.finalize goes on to a later one."},
{"cluster.versions.*", map, "", "", "", "", false, "One version, under its name."},
{"cluster.versions.*.reads_from", integer, "", "1", "1000000000", "", false, "The earliest format that it reads. By default 1."},
{"cluster.versions.*.reads_to", integer, "", "1", "1000000000", "", false, "The latest format that it reads; at least reads_from, which is the default. A node that finds a format on its disk or in its log that it can't read ends, and stays down."},
{"cluster.versions.*.writes", integer, "", "1", "1000000000", "", false, "The latest format that it writes, of those that it reads. By default the latest that it reads."},
{"cluster.versions.*.crashes_after", duration, "", "1ms", "1d", "", false, "A defect: the process dies so long after each start, and a supervisor starts it again. By default it has none."},
};

inline constexpr KeyDescriptor kWithKeys[] = {
{"faults[].with.version", identifier, "", "", "", "", false, "deploy.rolling: the version that the target gets, of cluster.versions. deploy.rollback: likewise; by default what each node ran before. deploy.shift: the version that requests go to, of those of the service."},
{"faults[].with.steps", list, "", "", "", "", false, "deploy.shift: what part of the requests goes to the version, step by step; each above the one before. By default 10%, 25%, 50%, 75% and 100%."},
{"faults[].with.steps[]", probability, "", "", "", "", true, "One step, above 0%. With 100% nothing is left for the version that served before."},
{"faults[].with.batch", integer, "", "1", "99", "", false, "deploy.rolling, deploy.rollback: how many nodes at a time. By default 1."},
{"faults[].with.pause", duration, "", "0s", "1d", "", false, "deploy.rolling, deploy.rollback: from a batch that is done to the next one. By default 0s."},
{"faults[].with.drain", boolean, "", "", "", "", false, "deploy.rolling, deploy.rollback: true: a leader hands over before it is stopped. By default true."},
{"faults[].with.install", duration, "", "0s", "1d", "", false, "deploy.rolling, deploy.rollback: from the stop of a process to its start with the other version. By default 1s."},
{"faults[].with.gate", boolean, "", "", "", "", false, "deploy.rolling, deploy.rollback: true: every batch must be healthy before the next one: all its nodes run, have not been started again, and have what their leader has. deploy.shift: after each step the version must not be worse than the one that served before, by error_margin and latency_factor. By default true."},
{"faults[].with.error_margin", probability, "", "", "", "", false, "deploy.shift: how much more likely a call of the version may fail. It is worse if more failed than that by two standard errors. By default 1%."},
{"faults[].with.latency_factor", number, "", "1", "1000", "", false, "deploy.shift: how many times as long as before the 95 % quantile of its good calls may be. By default 1.5."},
{"faults[].with.min_calls", integer, "", "1", "1000000000", "", false, "deploy.shift: a step goes on until so many calls of each of both versions have ended, if the soak is over before. By default 100."},
{"faults[].with.soak", duration, "", "0s", "1d", "", false, "deploy.rolling, deploy.rollback: how long a batch must be healthy without a break. By default 5s. deploy.shift: how long a step lasts at least. By default 60s."},
{"faults[].with.on_unhealthy", choice, "", "", "", "stop|rollback", false, "deploy.rolling, deploy.rollback: when a batch is not healthy in time: nothing more is done, or all that were reached get back what they had. By default stop. deploy.shift: when the version is worse: requests stay as they are shared, or all go where they went before. By default rollback."},
{"faults[].with.format", integer, "", "2", "1000000000", "", false, "deploy.finalize: the format to go on in. By default the latest that all members of the group can write."},
};

inline constexpr FaultWord kWords[] = {
{"deploy.rolling", nodes, "version|batch?|pause?|drain?|install?|gate?|soak?|timeout?|on_unhealthy?|force?", "The target gets another version of the software, some nodes after the other.",
 "In the order of their numbers, a batch at a time: leaders hand over, the batch is stopped and started with the version, and must be healthy before the next one. When the order ends, what it has not done is left. Refused without force if the version can't read the format that the target's data are in.",
 "{id: upgrade, at: 15s, inject: deploy.rolling, target: all, with: {version: v2}, for: 40s}"},
{"deploy.rollback", nodes, "version?|batch?|pause?|drain?|install?|gate?|soak?|timeout?|on_unhealthy?|force?", "The target gets back the version that it ran before.",
 "As deploy.rolling. Nodes that have had one version only are left alone.",
 "{id: back, at: 15s, inject: deploy.rollback, target: all, with: {batch: 2}, for: 40s}"},
{"deploy.shift", service, "version|steps?|soak?|gate?|error_margin?|latency_factor?|min_calls?|timeout?|on_unhealthy?", "Requests for a service are shifted to another version of it, by steps.",
 "The version's instances start beside the others. A step sends its share of all calls there, each drawn by itself; after the soak both versions are compared by what their callers met in that time, errors and latency, and if the new one is worse all calls go back. After 100% it is the version that serves. The target is one service. When the order ends, what it has not shifted is left.",
 "{id: shift, at: 15s, inject: deploy.shift, target: frontend, with: {version: v2, steps: [1%, 10%, 100%], soak: 5s}, for: 30s}"},
{"deploy.finalize", nodes, "format?|timeout?|force?", "The group goes on in a later data format, from which there is no way back.",
 "An entry of the log says so. From then on a version that can't read the format can't start on these data, nor on a backup of them. Refused without force unless all members of the group run versions that write it. The target is all.",
 "{id: final, at: 15s, inject: deploy.finalize, target: all, for: 10s}"},
};
// clang-format on

}  // namespace shaketable::deploy_schema
