// SPDX-License-Identifier: MIT
//
// What a run says of services, their clients and the breakers between them: a part of the result.
//
// Counts are of what was sent after the warm-up and has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

struct OutcomeCounts {
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;     // the callee said so
    std::uint64_t timed_out = 0;  // no answer in time
    std::uint64_t rejected = 0;   // somebody would not have it; see causes
    std::uint64_t refused = 0;    // nobody was at the instance's place
    std::uint64_t cancelled = 0;  // nobody needed the answer any more
    std::vector<std::pair<std::string, std::uint64_t>> causes;  // of those rejected; none is 0

    std::uint64_t ended() const {
        return ok + failed + timed_out + rejected + refused + cancelled;
    }
};

// The calls of one service, from whomever; each attempt is one.
struct ServiceRow {
    std::string id;
    OutcomeCounts calls;
    std::optional<Duration> latency_p50, latency_p99;  // of those that are ok
    std::uint64_t stops = 0;   // of its instances
    std::uint64_t opened = 0;  // times that a breaker before it opened
    // Successes per second, of its clients' requests, or of calls if it has no clients of its own:
    std::optional<double> goodput_before;  // the first fault
    std::optional<double> goodput_after;   // the last fault, in the mean of five minutes
    double goodput_end = 0;                // in the run's last service_level.hold
    std::string metastable = "unknown";    // yes, no: sim/measure/goodput.hpp
    std::optional<Duration> back;          // from the last fault to half of before
};

// The requests of one population of clients.
struct ClientsRow {
    std::string id;
    std::string service;
    std::string criticality;
    OutcomeCounts requests;
    std::uint64_t attempts = 0;
    std::optional<Duration> latency_p50, latency_p95, latency_p99, latency_max;  // of those ok
};

struct BreakerSpanRow {
    std::string state;
    Instant start;
    Instant end;
};

// The breaker of one caller; the spans adjoin, and cover the run. Those that never changed have no
// row.
struct BreakerRow {
    std::string edge;    // "shop->store"
    std::string caller;  // "shop/0@node-1", or the population
    std::vector<BreakerSpanRow> spans;
};

}  // namespace shaketable
