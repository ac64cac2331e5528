// SPDX-License-Identifier: MIT
//
// The numbers of a run by which two versions of a system are compared, under names that stay.
//
//     rto.write, rto.read           time to recovery, and its phases: rto.write.detect ...
//     unavailable.write, .read      time out of service after the fault
//     rpo.time, rpo.operations      what was lost of that acknowledged before the fault
//     elections, needless_elections leaders elected after the warm-up; those without need
//     rto.service:shop              recovery of a service that clients ask
//     unavailable.service:shop      time that it was out of service
//     failed.people                 requests of clients, sent after the warm-up, that were not ok
//     latency_p99.people            of those that were
//     success_interval.shop         from one success of a service that clients ask to the next,
//                                   in the mean of the run's last service_level.hold: the inverse
//                                   of its goodput
//
// Of all of them less is better. What a run does not have (no fault, no reads) is absent; what
// never happened (a recovery) is there, as kNever.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/run/result.hpp"

namespace shaketable {

enum class Unit : std::uint8_t { nanoseconds, count };

struct RunMeasures {
    std::uint64_t seed = 0;
    std::string fingerprint;
    std::map<std::string, std::int64_t> values;  // by name; 0 .. kNever

    friend bool operator==(const RunMeasures&, const RunMeasures&) = default;
};

RunMeasures measures_of(const Result& result);

// Those that are judged of the cluster, in the order of their weight. Phases are not among them:
// they explain the RTO they are a part of.
inline constexpr std::array<std::string_view, 8> kJudgedMeasures = {
    "rto.write", "rto.read",       "unavailable.write",  "unavailable.read",
    "rpo.time",  "rpo.operations", "needless_elections", "elections"};
// Whether it is judged of services and their clients.
bool is_judged_of_services(std::string_view measure);
// All that are judged and that some run has: first those of the cluster, then the others by name.
std::vector<std::string> judged_measures(const std::vector<const RunMeasures*>& runs);

Unit unit_of(std::string_view measure);

}  // namespace shaketable
