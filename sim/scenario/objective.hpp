// SPDX-License-Identifier: MIT
//
// What a point of a sweep is weighed by: a measure of a run, folded over the seeds.
//
// A measure's name is QUANTITY.STATISTIC: `rto.write.p99`, `needless_elections.per_hour`,
// `availability.writes.min`. The quantity is a number of one run, the statistic makes one number of
// all runs. The p50 to p99 are nearest ranks. per_second and per_hour are for counts: the mean over
// the runs of the count divided by the virtual time it was counted in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/units.hpp"

namespace shaketable {

enum class Quantity : std::uint8_t {
    rto_write,           // of the recovery from the target's fault, or the first
    rto_read,
    unavailable_write,   // total time out of service after that fault
    unavailable_read,
    rpo_time,
    rpo_operations,
    availability,        // of one workload: acknowledged / ended operations
    latency_p50,         // of one workload's acknowledged operations in the run
    latency_p95,
    latency_p99,
    elections,           // after the warm-up, as is the next
    needless_elections,
    heartbeats,          // in the whole run, as is the next
    messages,
    detection_time,      // T_D in the mean of a run's crashes and watchers, as is the next
    detection_p99,
    mistakes,            // of failure detectors, all pairs together
    mistake_rate,        // lambda_M: of one pair
    mistake_duration,    // T_M in the mean
    query_accuracy,      // P_A
};

enum class SeedStatistic : std::uint8_t {
    mean, min, max, p50, p90, p95, p99, sum, per_second, per_hour
};

struct Measure {
    Quantity quantity = Quantity::rto_write;
    std::string workload;  // of a quantity that belongs to one, else empty
    SeedStatistic statistic = SeedStatistic::mean;
    friend bool operator==(const Measure&, const Measure&) = default;
};

enum class Direction : std::uint8_t { min, max };  // which way is better

struct Objective {
    std::string id;
    std::string name;  // of the measure
    Measure measure;
    Direction direction = Direction::min;
    friend bool operator==(const Objective&, const Objective&) = default;
};

// The measure of this name. `workloads` are the ids there are.
Parsed<Measure> parse_measure(std::string_view name, const std::vector<std::string>& workloads);

// s, count, share, 1/s or 1/h: what a value of the measure is in.
std::string_view unit_of(const Measure& measure);

}  // namespace shaketable
