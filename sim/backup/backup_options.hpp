// SPDX-License-Identifier: MIT
//
// How a service is backed up, as plain data: when, for how long, where to, and how fast things go.
//
// The defaults are the runbook's policy: a full backup daily at 02:00 UTC, kept for 7 days and held
// in two regions; an incremental one every 6 hours, kept for 48 hours; the log archived all the
// time.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/backup/archiver.hpp"
#include "core/backup/plan.hpp"
#include "core/backup/retention.hpp"
#include "core/backup/schedule.hpp"
#include "core/backup/verify.hpp"
#include "sim/engine/distribution.hpp"

namespace shaketable {

// Where an object's copies are: in the home region, or, a while later, in another one as well.
enum class Redundancy : std::uint8_t { regional, geo };

struct ObjectStoreOptions {
    DistributionOptions latency = Constant{novacron::milliseconds(50)};  // of every request
    std::uint64_t bytes_per_second = std::uint64_t{100} << 20U;  // of all transfers; at least 1
    Duration timeout = novacron::seconds(30);              // of a request that nobody answers
    Duration replication_delay = novacron::seconds(900);   // until the other region has a copy
    friend bool operator==(const ObjectStoreOptions&, const ObjectStoreOptions&) = default;
};

struct RestoreRates {
    Duration locate = novacron::seconds(10);       // to find out what is there and what is needed
    DistributionOptions provision = Constant{novacron::seconds(300)};  // of the machines for it
    std::uint64_t replay_bytes_per_second = std::uint64_t{10} << 20U;   // of the log; at least 1
    std::uint64_t verify_bytes_per_second = std::uint64_t{100} << 20U;  // of all; at least 1
    friend bool operator==(const RestoreRates&, const RestoreRates&) = default;
};

struct BackupOptions {
    enum class Retention : std::uint8_t { recovery_window, ages };

    std::uint32_t clock = 0;  // the node by whose wall clock the schedule goes
    Duration full_every = novacron::backup::hours(24);
    Duration full_at = novacron::backup::hours(2);  // from midnight, UTC; below full_every
    Duration full_keep = novacron::backup::hours(7 * 24);
    Redundancy full_redundancy = Redundancy::geo;
    Duration incremental_every = novacron::backup::hours(6);  // 0: none are made
    Duration incremental_keep = novacron::backup::hours(48);
    Redundancy incremental_redundancy = Redundancy::regional;
    std::uint64_t segment_bytes = std::uint64_t{16} << 20U;
    Duration archive_timeout = novacron::seconds(60);  // the age at which a segment is closed
    Duration log_keep = novacron::backup::hours(7 * 24);
    Redundancy log_redundancy = Redundancy::regional;
    Retention retention = Retention::recovery_window;
    Duration window = novacron::backup::hours(7 * 24);
    Duration verify_every{};  // 0: nobody looks
    ObjectStoreOptions store;
    RestoreRates restore;
    friend bool operator==(const BackupOptions&, const BackupOptions&) = default;

    std::vector<novacron::backup::ScheduleRule> rules() const {
        std::vector<novacron::backup::ScheduleRule> all{
            {novacron::backup::Kind::full, full_every, full_at}};
        if (incremental_every.ns > 0) {
            all.push_back({novacron::backup::Kind::incremental, incremental_every,
                           Duration{full_at.ns % incremental_every.ns}});
        }
        return all;
    }
};

}  // namespace shaketable
