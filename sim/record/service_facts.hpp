// SPDX-License-Identifier: MIT
//
// Facts about services and those who call them: a part of facts.hpp.
//
// Instances, edges and populations of clients are numbered as sim/service/spec.hpp says.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "sim/record/fact_words.hpp"
#include "sim/record/service_words.hpp"

namespace shaketable {

// An instance of a service, over all services.
using InstanceId = novacron::Id<struct InstanceTag>;
// A call that a service makes of another, or a population's of the service it asks.
using EdgeId = novacron::Id<struct EdgeTag>;
using PopulationId = novacron::Id<struct PopulationTag>;
// A request of a client, numbered from 1 in the order of issue over all populations.
using RequestId = novacron::Ordinal<struct RequestTag>;

// An attempt of a call is over for its caller; or it was never made, then nobody was asked. `sent`
// is when it left, or would have.
struct CallEnded {
    EdgeId edge;
    InstanceId asked;
    CallOutcome outcome;
    CallCause cause;
    novacron::Instant sent;
    static constexpr std::string_view name = "call-ended";
    static constexpr std::array<std::string_view, 5> fields = {"edge", "asked", "outcome", "cause",
                                                               "sent"};
    auto values() const { return std::tie(edge, asked, outcome, cause, sent); }
};
// A client has its answer, or has given up. Outcome and cause are those of its last attempt.
struct RequestEnded {
    RequestId request;
    PopulationId population;
    CallOutcome outcome;
    CallCause cause;
    novacron::Instant issued;
    std::uint32_t attempts;  // that left
    static constexpr std::string_view name = "request-ended";
    static constexpr std::array<std::string_view, 6> fields = {"request", "population", "outcome",
                                                               "cause",   "issued",     "attempts"};
    auto values() const {
        return std::tie(request, population, outcome, cause, issued, attempts);
    }
};
// The instance serves.
struct InstanceStarted {
    InstanceId instance;
    static constexpr std::string_view name = "instance-started";
    static constexpr std::array<std::string_view, 1> fields = {"instance"};
    auto values() const { return std::tie(instance); }
};
struct InstanceStopped {
    InstanceId instance;
    StopCause cause;
    std::uint32_t lost;  // requests that waited or were worked on
    static constexpr std::string_view name = "instance-stopped";
    static constexpr std::array<std::string_view, 3> fields = {"instance", "cause", "lost"};
    auto values() const { return std::tie(instance, cause, lost); }
};
// The breaker of a caller. `caller` is an instance; nobody: the population whose edge it is.
struct BreakerChanged {
    EdgeId edge;
    InstanceId caller;
    BreakerState from;
    BreakerState to;
    static constexpr std::string_view name = "breaker-changed";
    static constexpr std::array<std::string_view, 4> fields = {"edge", "caller", "from", "to"};
    auto values() const { return std::tie(edge, caller, from, to); }
};
// What a caller holds of an instance that it may call.
struct ReputeChanged {
    EdgeId edge;
    InstanceId caller;
    InstanceId instance;
    Repute repute;
    static constexpr std::string_view name = "repute-changed";
    static constexpr std::array<std::string_view, 4> fields = {"edge", "caller", "instance",
                                                               "repute"};
    auto values() const { return std::tie(edge, caller, instance, repute); }
};
// A caller asks whomever, because too few are in order; or no more.
struct PanicChanged {
    EdgeId edge;
    InstanceId caller;
    bool panics;
    static constexpr std::string_view name = "panic-changed";
    static constexpr std::array<std::string_view, 3> fields = {"edge", "caller", "panics"};
    auto values() const { return std::tie(edge, caller, panics); }
};
// The queue of an instance is twice as long as when it was told last, or half as long; from 16 on,
// and once more when it is empty.
struct QueueCrossed {
    InstanceId instance;
    std::uint32_t waiting;
    static constexpr std::string_view name = "queue-crossed";
    static constexpr std::array<std::string_view, 2> fields = {"instance", "waiting"};
    auto values() const { return std::tie(instance, waiting); }
};
struct DegradationChanged {
    InstanceId instance;
    std::uint32_t level;  // 0 normal .. 3 emergency
    static constexpr std::string_view name = "degradation-changed";
    static constexpr std::array<std::string_view, 2> fields = {"instance", "level"};
    auto values() const { return std::tie(instance, level); }
};

}  // namespace shaketable
