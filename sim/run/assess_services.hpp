// SPDX-License-Identifier: MIT
//
// The part of assessing a run that is about services.
#pragma once

#include "sim/run/result.hpp"
#include "sim/run/world.hpp"

namespace shaketable {

// Fills in services, clients and breakers, and adds the recovery of each service that clients ask.
// REQUIRES: the result has its faults.
void assess_services(const World& world, Result& result);

// Of each population a series, and of each service.
void add_service_series(const World& world, const char* part, const Buckets& buckets,
                        std::vector<SeriesRow>& rows);

// Successes per second of a service in the run's last service_level.hold.
double goodput_at_end(const World& world, std::uint32_t service);

// Successes of the service, as its clients see them if it has any.
Slices successes_of(const World& world, std::uint32_t service);
// Whether the bound holds of this value.
bool holds(const ServicePredicate& predicate, double value);
// A value of a measure, rounded for people.
std::string brief_measured(ServiceMeasure measure, double value);

// Holds a bound against what was measured. REQUIRES: the service is one of the result's.
CheckRow judge_service(const ServicePredicate& predicate, const Result& measured);

// Why the clients of services were not served as the service level asks before the first fault;
// nothing if they were, or if there are none.
std::optional<std::string> unsteady_services(const World& world, const PlannedFault& first);

}  // namespace shaketable
