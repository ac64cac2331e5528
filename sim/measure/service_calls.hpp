// SPDX-License-Identifier: MIT
//
// What became of the calls of each service, of its instances, and of the breakers before it.
//
// A call counts for the service that it asks, or would have asked, whoever makes it: another
// service or a client. So a service that nobody reaches any more still shows what was meant for it.
// Totals are of calls sent after the warm-up; slices are of the whole run, each call where it
// ended.
#pragma once

#include <array>
#include <vector>

#include "core/stats/histogram.hpp"
#include "sim/measure/goodput.hpp"
#include "sim/record/record.hpp"
#include "sim/service/spec.hpp"

namespace shaketable {

// How the parts of a graph are numbered: sim/service/spec.hpp.
struct ServiceNumbers {
    explicit ServiceNumbers(const ServiceGraph& graph);

    struct Edge {
        bool of_clients = false;
        std::uint32_t from = 0;  // the service, or the population
        std::uint32_t to = 0;    // the service
    };
    std::vector<Edge> edges;                       // by EdgeId
    std::vector<std::uint32_t> service_of;         // by InstanceId
    std::vector<std::uint32_t> place_of;           // by InstanceId: which of its version's
    std::vector<std::uint32_t> version_of;         // by InstanceId
};

struct CallTally {
    std::array<std::uint64_t, kCallOutcomeNames.size()> outcomes{};
    std::array<std::uint64_t, kCallCauseNames.size()> causes{};
    novacron::stats::Histogram latency{{5, 3'600'000'000'000}};  // of those that are ok; within 3 %
    std::uint64_t stops = 0;        // of instances
    std::uint64_t opened = 0;       // times a breaker before it opened
    Slices sent, ok, rest;          // ended then: all, those that are ok, and the others

    std::uint64_t of(CallOutcome outcome) const {
        return outcomes[static_cast<std::size_t>(outcome)];
    }
};

// What a version of a service was asked; of a service that has one only, nothing is kept.
struct VersionCalls {
    Slices sent, ok, rest;  // ended then: all, those that are ok, and the others
};

// A breaker from its first change on; before that it is closed.
struct BreakerView {
    EdgeId edge;
    InstanceId caller;
    struct Change {
        Instant at;
        BreakerState to;
    };
    std::vector<Change> changes;  // the first ten thousand
};

class ServiceCalls final
    : public ListensTo<CallEnded, InstanceStopped, BreakerChanged> {
public:
    ServiceCalls(Record& record, const ServiceGraph& graph, Instant warmup_end);

    const ServiceNumbers& numbers() const { return numbers_; }
    const std::vector<CallTally>& services() const { return services_; }
    // By service and version.
    const std::vector<std::vector<VersionCalls>>& versions() const { return versions_; }
    // In the order of edges and callers.
    std::vector<BreakerView> breakers() const;

private:
    void on(Instant at, const CallEnded& fact) override;
    void on(Instant at, const InstanceStopped& fact) override;
    void on(Instant at, const BreakerChanged& fact) override;

    ServiceNumbers numbers_;
    Instant warmup_end_;
    std::vector<CallTally> services_;
    std::vector<std::vector<VersionCalls>> versions_;
    std::vector<BreakerView> breakers_;
};

}  // namespace shaketable
