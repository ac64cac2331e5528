// SPDX-License-Identifier: MIT
//
// The part of the table of schema.hpp that is about backups. Lines are laid out to be read as a
// table.
#pragma once

#include "sim/scenario/schema.hpp"

namespace shaketable::backup_schema {

using enum ValueType;
using enum FaultWord::Hosts;

// clang-format off
inline constexpr KeyDescriptor kKeys[] = {
{"backup", map, "", "", "", "", false, "Backups of the group's state and the archive of its log, by the runbook's policy unless it says otherwise. Without this section there are none. The log is archived in the order in which it is committed. With cluster.replication it is the primary's log of records, on which sites agree; after a promotion the archive goes on at the promoted site, as another timeline."},
{"backup.clock", identifier, "", "", "", "", false, "The node by whose wall clock backups are due and expire. By default the first. While another site is backed up, it is that site's first node."},
{"backup.full", map, "{}", "", "", "", false, "Backups of the whole state."},
{"backup.full.at", text, "02:00", "", "", "", false, "The time of day, in UTC, at which one of them is due."},
{"backup.full.every", duration, "1d", "1m", "365d", "", false, "From one to the next."},
{"backup.full.keep", duration, "7d", "1m", "3650d", "", false, "retention: ages: how old they get."},
{"backup.full.redundancy", choice, "geo", "", "", "regional|geo", false, "Where their copies are. regional: in the store's home region. geo: in another region, too, a while later."},
{"backup.incremental", map, "{}", "", "", "", false, "Backups of what has changed since the one before. One that is due together with a full one is not made."},
{"backup.incremental.every", duration, "6h", "0s", "365d", "", false, "From one to the next, counted from a full one; 0s: none are made."},
{"backup.incremental.keep", duration, "2d", "1m", "3650d", "", false, "retention: ages: how old they get."},
{"backup.incremental.redundancy", choice, "regional", "", "", "regional|geo", false, "Where their copies are."},
{"backup.wal", map, "{}", "", "", "", false, "The archive of the log."},
{"backup.wal.segment", size, "16MiB", "1B", "1GiB", "", false, "A segment is closed, and uploaded, when it has so many bytes of commands. A command has 32B."},
{"backup.wal.archive_timeout", duration, "1m", "1ms", "1d", "", false, "Or when its first record is so old: what a disaster can cost at most, besides the upload."},
{"backup.wal.keep", duration, "7d", "1m", "3650d", "", false, "retention: ages: how old segments get."},
{"backup.wal.redundancy", choice, "regional", "", "", "regional|geo", false, "Where their copies are."},
{"backup.retention", choice, "recovery_window", "", "", "recovery_window|ages", false, "What may go. recovery_window: what no moment of the window needs. ages: each kind when it is as old as its keep says, as the runbook has it, whatever still rests on it."},
{"backup.window", duration, "7d", "1m", "3650d", "", false, "retention: recovery_window: how far back any moment can be restored."},
{"backup.verify_every", duration, "0s", "0s", "365d", "", false, "How often everything is read and checked; 0s: nobody looks."},
{"backup.store", map, "{}", "", "", "", false, "The object store."},
{"backup.store.latency", distribution, "50ms", "", "", "", false, "The time that a request takes besides its bytes."},
{"backup.store.bandwidth", size, "100MiB", "1B", "1TiB", "", false, "How much passes in a second, of all transfers one after the other."},
{"backup.store.timeout", duration, "30s", "1ms", "1d", "", false, "After which a request fails that nobody answers."},
{"backup.store.replication_delay", duration, "15m", "0s", "30d", "", false, "redundancy: geo: until the other region has a copy."},
{"backup.restore", map, "{}", "", "", "", false, "What a restore takes, besides the bytes over the store's bandwidth."},
{"backup.restore.locate", duration, "10s", "0s", "30d", "", false, "To find out what there is and what is needed."},
{"backup.restore.provision", distribution, "5m", "", "", "", false, "To get the machines."},
{"backup.restore.replay_rate", size, "10MiB", "1B", "1TiB", "", false, "How much of the log is applied in a second."},
{"backup.restore.verify_rate", size, "100MiB", "1B", "1TiB", "", false, "How much of all bytes is checked in a second."},
};

inline constexpr KeyDescriptor kWithKeys[] = {
{"faults[].with.of", choice, "", "", "", "any|full|incremental|segment", false, "objects.bit_rot, objects.lost: of which kind the object is. By default any."},
{"faults[].with.which", choice, "", "", "", "newest|oldest|drawn", false, "objects.bit_rot, objects.lost: which of them, when the fault strikes. By default newest."},
{"faults[].with.type", choice, "", "", "", "full|incremental", false, "backup.create: which kind. By default full."},
{"faults[].with.tag", identifier, "", "", "", "", false, "backup.create: a name for the state that is backed up. backup.restore, operator.drill: the state of that name."},
{"faults[].with.backup", integer, "", "1", "1000000000", "", false, "backup.restore, operator.drill: the state of the backup of this number in the catalogue."},
{"faults[].with.to_time", duration, "", "0s", "", "", false, "backup.restore, operator.drill: the state at this time since the start of the run."},
{"faults[].with.ago", duration, "", "0s", "", "", false, "backup.restore, operator.drill: the state so long before."},
{"faults[].with.to_index", integer, "", "0", "1000000000000", "", false, "backup.restore, operator.drill: the state after this entry of the log; with cluster.replication, after this record of the sites' log."},
{"faults[].with.replay_wal", boolean, "", "", "", "", false, "backup.restore, operator.drill: false: the state of the newest full backup and no log, as in the runbook's monthly drill. By default true."},
{"faults[].with.in_place", boolean, "", "", "", "", false, "backup.restore: true: all nodes of the group are made anew from the state, and the service goes on from it. What came after it is lost, and the archive goes on as another timeline. With cluster.replication they are the nodes of the site that is backed up, which is promoted anew; what other sites hold besides is a divergence, until they are made anew by site.resync. By default false: beside the service."},
{"faults[].with.stop_first", boolean, "", "", "", "", false, "in_place: true: the nodes are stopped when the restore is ordered. false: when it has been carried out; until then they serve, and what they acknowledge will be lost. By default true."},
};

inline constexpr KeyDescriptor kTargetKeys[] = {
{"targets.restore", map, "", "", "", "", false, "What every restore that ends in the run is held to. At least one bound."},
{"targets.restore.max", at_most, "", "", "", "", false, "How long it may take."},
{"targets.restore.rpo", at_most, "", "", "", "", false, "How old the oldest acknowledged write may be that it lacks, counted from when it was begun."},
};

inline constexpr FaultWord kWords[] = {
{"operator.mistake", load, "share", "A share of the keys is overwritten by mistake.",
 "All at one instant, as ordinary writes of the workload, so that nothing but the state at a time before helps. Done at once: it has no end.",
 "{id: slip, at: 15s, inject: operator.mistake, target: clients, with: {share: 30%}}", true},
{"objects.slow", none, "factor", "The object store takes so many times as long for everything.",
 "Requests that are made while it acts. Of several the factors multiply.",
 "{id: slow-store, at: 15s, inject: objects.slow, with: {factor: 20}, for: 10s}"},
{"objects.unavailable", none, "", "The object store answers nobody.",
 "A request fails after backup.store.timeout. A backup that meets it has failed; the log and restores are asked for again until they get through.",
 "{id: no-store, at: 15s, inject: objects.unavailable, for: 10s}"},
{"objects.region_lost", none, "", "The object store's home region answers nobody.",
 "Nothing can be stored, and only what has a copy in the other region can be fetched.",
 "{id: no-region, at: 15s, inject: objects.region_lost, for: 10s}"},
{"objects.bit_rot", none, "of?|which?", "One bit of an object in the home region flips.",
 "Found by whoever reads it, by its checksum; a copy in the other region is whole. Done at once: it has no end, and the damage stays.",
 "{id: rot, at: 15s, inject: objects.bit_rot, with: {of: full, which: newest}}", true},
{"objects.lost", none, "of?|which?", "An object is gone, with all its copies.",
 "The catalogue goes on to list it. Done at once: it has no end.",
 "{id: gone, at: 15s, inject: objects.lost, with: {of: segment, which: drawn}}", true},
{"backup.silent_failure", none, "", "Backups report success and store nothing.",
 "The catalogue calls them complete, and increments rest on them. Found by verification or by a restore, and by nobody before.",
 "{id: silent, at: 15s, inject: backup.silent_failure, for: 10s}"},
{"archive.stalled", none, "", "No segment of the log is uploaded before the fault has ended.",
 "What is not archived stays on the nodes' disks, and fills them if disk.capacity is set and it lasts.",
 "{id: stalled, at: 15s, inject: archive.stalled, for: 10s}"},
{"backup.create", none, "type?|tag?", "An operator has a backup made, out of turn.",
 "When the one that is being made has ended. Done at once: the fault ends when the order is given.",
 "{id: before-work, at: 15s, inject: backup.create, with: {tag: before-work}}", true},
{"backup.verify", none, "", "An operator has everything read and checked.",
 "What is found bad or missing is not used from then on. Done at once: the fault ends when the order is given.",
 "{id: look, at: 15s, inject: backup.verify}", true},
{"backup.restore", none, "backup?|tag?|to_time?|ago?|to_index?|replay_wal?|in_place?|stop_first?", "A state is restored from backups and log, beside the service or in its place.",
 "As late a state as there is, unless with says which. What is bad is found on the way, and an older backup and more log are taken. If the target can't be reached, the nearest state before it is restored, and the result says so. Done at once: the fault ends when the order is given.",
 "{id: restore, at: 15s, inject: backup.restore, with: {ago: 10s}}", true},
{"operator.drill", none, "backup?|tag?|to_time?|ago?|to_index?|replay_wal?", "A drill: a state is restored in a test environment.",
 "As backup.restore, but on a copy of the object store, with random numbers of its own: nothing else in the run is disturbed. Done at once: the fault ends when the order is given.",
 "{id: monthly, at: 15s, inject: operator.drill, with: {replay_wal: false}}", true},
};
// clang-format on

}  // namespace shaketable::backup_schema
