// SPDX-License-Identifier: MIT
//
// The closed sets of words that facts are told in, each with the names that people read.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shaketable {

enum class PacketKind : std::uint8_t {
    append, append_reply, heartbeat, heartbeat_reply, pre_vote, pre_vote_reply, vote, vote_reply,
    request, response, refusal, stand_now, snapshot, snapshot_reply, read_request, read_reply,
    shipment, service_message
};
constexpr std::array<std::string_view, 18> kPacketKindNames = {
    "append", "append-reply", "heartbeat", "heartbeat-reply", "pre-vote",
    "pre-vote-reply", "vote", "vote-reply", "request", "response", "refusal", "stand-now",
    "snapshot", "snapshot-reply", "read-request", "read-reply", "shipment", "service-message"};

// Queue full: a narrow line had no room for it. Corrupted: it was refused where it arrived.
enum class DropCause : std::uint8_t { partition, loss, host_down, queue_full, corrupted };
constexpr std::array<std::string_view, 5> kDropCauseNames = {"partition", "loss", "host-down",
                                                             "queue-full", "corrupted"};

// A panic: the node's own always-on checks stopped it. Corruption: its log can't be trusted at
// start, though nothing has harmed it. Disk failure: the disk failed to write or to read, so the
// node ended itself, to be started again. Disk damage: it found harm that was done to its disk, and
// stays down. Disk lost: it found an empty disk where its promises should be, and stays down.
// Unreadable format: its version of the software can't read its data, and it stays down.
enum class StopCause : std::uint8_t {
    crash, power_loss, panic, corruption, disk_failure, disk_damage, restart, out_of_memory,
    disk_lost, unreadable_format
};
constexpr std::array<std::string_view, 10> kStopCauseNames = {
    "crash", "power-loss", "panic", "corruption", "disk-failure", "disk-damage", "restart",
    "out-of-memory", "disk-lost", "unreadable-format"};

enum class OperationKind : std::uint8_t { write, read };
constexpr std::array<std::string_view, 2> kOperationKindNames = {"write", "read"};

enum class Outcome : std::uint8_t { acknowledged, unknown };
constexpr std::array<std::string_view, 2> kOutcomeNames = {"acknowledged", "unknown"};

enum class FaultEffect : std::uint8_t {
    node_stopped, node_paused, packet_dropped, packet_delayed, packet_duplicated, packet_reordered,
    sync_delayed, sync_ignored, hand_over_begun, clock_drifting, sync_failed, read_failed,
    room_missed, damage_found, change_accepted, packet_held, packet_corrupted, load_added,
    key_heated, wall_clock_set, wall_clock_smeared, clock_frozen, configuration_pushed, write_torn,
    unsynced_lost, write_failed, processing_delayed, connection_refused, order_obeyed,
    order_refused, lookup_misled, lookup_failed, lookup_delayed, call_failed, call_delayed,
    call_swallowed, worker_missed, instance_stopped, cache_lost, backup_begun, backups_verified,
    restore_begun, archive_delayed, request_failed, request_slowed, object_missed, mistake_made,
    breaker_reset, version_deployed, format_finalized, traffic_shifted
};
constexpr std::array<std::string_view, 51> kFaultEffectNames = {
    "node stopped", "node paused", "packet dropped", "packet delayed", "packet duplicated",
    "packet reordered", "sync delayed", "sync ignored", "hand-over begun", "clock drifting",
    "sync failed", "read failed", "room missed", "damage found", "change accepted",
    "packet held", "packet corrupted", "load added", "key heated", "wall clock set",
    "wall clock smeared", "clock frozen", "configuration pushed", "write torn", "unsynced lost",
    "write failed", "processing delayed", "connection refused", "order obeyed", "order refused",
    "lookup misled", "lookup failed", "lookup delayed", "call failed", "call delayed",
    "call swallowed", "worker missed", "instance stopped", "cache lost", "backup begun",
    "backups verified", "restore begun", "archive delayed", "request failed", "request slowed",
    "object missed", "mistake made", "breaker reset", "version deployed", "format finalized",
    "traffic shifted"};

}  // namespace shaketable
