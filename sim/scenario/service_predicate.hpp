// SPDX-License-Identifier: MIT
//
// What a check may ask of a service: `service.store.goodput >= 90%`.
//
// Measures, of what was sent after the warm-up:
//   goodput     successes per second in the run's last service_level.hold: a rate, or a percentage
//               of what it was before the first fault
//   success     of the requests of its clients that ended
//   rejected    of the calls of it that ended
//   attempts    of its clients, for each request
//   p99         the latency of the calls that are ok
//   metastable  whether goodput stays below half after the last fault: sim/measure/goodput.hpp
//   stops       of its instances
//   opened      times that a breaker before it opened
//
// Goodput and success have a course, and may be asked for always, sometime and eventually: see
// sim/run/service_conditions.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/scenario/units.hpp"

namespace shaketable {

enum class ServiceMeasure : std::uint8_t {
    goodput, goodput_share, success, rejected, attempts, p99, metastable, stops, opened
};

struct ServicePredicate {
    enum class Bound : std::uint8_t { at_least, at_most, equal };

    std::string service;
    ServiceMeasure measure = ServiceMeasure::goodput;
    Bound bound = Bound::at_least;
    double value = 0;  // per second; a share; nanoseconds; a count; 0 or 1
    friend bool operator==(const ServicePredicate&, const ServicePredicate&) = default;
};

// Whether it is known of any time of the run, and not only of the whole.
constexpr bool has_course(ServiceMeasure measure) {
    return measure == ServiceMeasure::goodput || measure == ServiceMeasure::goodput_share ||
           measure == ServiceMeasure::success;
}

// REQUIRES: the text begins with "service.".
Parsed<ServicePredicate> parse_service_predicate(std::string_view text);
// Canonical: what it parses to is the same again.
std::string format_service_predicate(const ServicePredicate& predicate);
// A value of the measure, for people and exact: "250/s", "90%", "12ms".
std::string format_measured(ServiceMeasure measure, double value);

}  // namespace shaketable
