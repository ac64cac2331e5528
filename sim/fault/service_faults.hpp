// SPDX-License-Identifier: MIT
//
// What can be done to services and to the calls between them: plain data.
//
// The target is a set of services. Faults of a dependency hit the calls of these services by all
// who call them, or by one caller alone.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include "sim/engine/distribution.hpp"

namespace shaketable {

// One who calls: a service, or a population of clients; by number. Neither: everybody.
struct CallerSpec {
    std::optional<std::uint32_t> service;
    std::optional<std::uint32_t> clients;
    friend bool operator==(const CallerSpec&, const CallerSpec&) = default;
};

// A call fails with this probability, at once and without work.
struct DependencyErrors {
    double probability;  // 0 .. 1
    CallerSpec caller = {};
    friend bool operator==(const DependencyErrors&, const DependencyErrors&) = default;
};
// A call takes a worker longer by a drawn time.
struct DependencyLatency {
    DistributionOptions latency;
    CallerSpec caller = {};
    friend bool operator==(const DependencyLatency&, const DependencyLatency&) = default;
};
// A call is taken and never heard of again.
struct DependencyBlackHole {
    CallerSpec caller = {};
    friend bool operator==(const DependencyBlackHole&, const DependencyBlackHole&) = default;
};
// So many workers of each instance are stuck, in whatever it is.
struct StuckThreads {
    std::uint32_t workers;  // at least 1
    friend bool operator==(const StuckThreads&, const StuckThreads&) = default;
};
// An instance takes no call while it has so many connections: requests and calls of its own.
struct DescriptorLimit {
    std::uint32_t connections;
    friend bool operator==(const DescriptorLimit&, const DescriptorLimit&) = default;
};
// The process of one instance dies, and starts again when the fault ends.
struct ServiceCrash {
    std::optional<std::uint32_t> instance = {};  // counted from 0; nothing: one is drawn
    friend bool operator==(const ServiceCrash&, const ServiceCrash&) = default;
};
// What the service's instances remember of the answers of others is gone. Done at once.
struct CacheLoss {
    friend bool operator==(const CacheLoss&, const CacheLoss&) = default;
};
// An operator closes the breakers before these services, of all who call them or of one caller
// alone, whatever they have seen. Done at once.
struct BreakerReset {
    CallerSpec caller = {};
    friend bool operator==(const BreakerReset&, const BreakerReset&) = default;
};

// What is done to services by service_breaker.hpp.
template <class F>
concept OfServices =
    std::same_as<F, DependencyErrors> || std::same_as<F, DependencyLatency> ||
    std::same_as<F, DependencyBlackHole> || std::same_as<F, StuckThreads> ||
    std::same_as<F, DescriptorLimit> || std::same_as<F, ServiceCrash> ||
    std::same_as<F, CacheLoss> || std::same_as<F, BreakerReset>;

}  // namespace shaketable
