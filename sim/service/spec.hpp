// SPDX-License-Identifier: MIT
//
// A graph of services and the clients in front of it, as plain data.
//
// Intuition: a service is a number of instances, each a process on a node's host with so many
// workers and a queue before them. A request that is taken from the queue keeps its worker while it
// works, while it waits for the processor, and while it waits for the services that it calls; then
// it is answered. So a slow callee takes the workers of its callers, and theirs: a cascade.
//
// Numbers: services count from 0 in the order of `ServiceGraph::services`; instances count from 0
// over all services, in the order of `ServiceSpec::on`, once for each version; edges count from 0
// over all `calls`, service by service, and after them one for each population of clients. Versions
// of a service count from 0, which is what it runs at first.
//
// REQUIRES, of a graph that is run: every `to` and every node exists; no service calls itself, by
// whatever way; all bounds stated here hold.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/id.hpp"
#include "core/resilience/adaptive_limit.hpp"
#include "core/resilience/codel.hpp"
#include "core/resilience/criticality.hpp"
#include "core/resilience/degradation.hpp"
#include "core/resilience/load_shedder.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/service/policy_spec.hpp"

namespace shaketable {

using novacron::NodeId;
using novacron::resilience::Criticality;

enum class QueueDiscipline : std::uint8_t {
    fifo,           // first come, first served
    lifo,           // last come, first served
    priority,       // the most critical first, and of these the first come; when it is full, the
                    // last of the least critical gives way
    codel,          // fifo; dropped as CoDel says when waits stay long
    adaptive_lifo,  // core/resilience/adaptive_queue.hpp: turns around in an overload
};

struct QueueSpec {
    QueueDiscipline discipline = QueueDiscipline::fifo;
    std::uint32_t limit = 100;   // requests that wait for a worker; 0: none does
    Duration timeout{};          // who has waited so long is refused; 0: never
    bool drop_expired = false;   // a request whose caller has given up is dropped when its turn
                                 // comes, and makes no calls; false: it is served, for nobody
    novacron::resilience::CodelOptions codel{};  // of codel and adaptive_lifo
    friend bool operator==(const QueueSpec&, const QueueSpec&) = default;
};

// Bytes. A process that would pass its limit is killed, and starts again.
struct MemorySpec {
    std::uint64_t base = 0;         // of a process without requests
    std::uint64_t per_request = 0;  // of each that waits or is worked on
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // above `base`
    friend bool operator==(const MemorySpec&, const MemorySpec&) = default;
};

// What a caller remembers of a callee's answers, in each instance of its own. A hit makes no call.
//
// The probability of a hit is hit_rate * (what is filled / entries): a miss whose call succeeds
// fills one of the places that are empty, if it falls on one. A process that starts at the
// beginning of the run has a full cache; one that starts later, an empty one.
struct CacheSpec {
    double hit_rate = 0.9;         // when it is full; 0 .. 1
    std::uint32_t entries = 1000;  // at least 1
    friend bool operator==(const CacheSpec&, const CacheSpec&) = default;
};

struct CallSpec {
    std::uint32_t to = 0;             // the service
    bool parallel = false;            // begins together with the call before it in the list
    bool optional = false;            // the request succeeds without it, too; left out by an
                                      // instance whose degradation says that features are off
    double probability = 1;           // of a request needing it, 0 .. 1
    std::optional<CacheSpec> cache;   // nothing: every request that needs it calls
    CallPolicy policy;
    friend bool operator==(const CallSpec&, const CallSpec&) = default;
};

// How an instance guards itself. Asked in this order, before the queue. Its pressure, for
// degradation, is the percentage of its workers that are busy, as a mean with a half-life of 1 s.
struct ServerPolicy {
    std::optional<novacron::resilience::RateLimiterOptions> rate_limit;
    std::optional<novacron::resilience::DegradationOptions> degradation;
    using Shedder = std::variant<novacron::resilience::UtilisationShedderOptions,
                                 novacron::resilience::PriorityShedderOptions>;
    std::optional<Shedder> shed;
    using Limit = std::variant<novacron::resilience::GradientOptions,
                               novacron::resilience::VegasOptions>;
    std::optional<Limit> adaptive_concurrency;  // of requests that wait or are worked on
    friend bool operator==(const ServerPolicy&, const ServerPolicy&) = default;
};

// Another version of a service: what differs for those who call it.
struct ServiceVersion {
    std::string id;
    DistributionOptions service_time = Exponential{novacron::milliseconds(10)};
    double error_rate = 0;  // as below
    friend bool operator==(const ServiceVersion&, const ServiceVersion&) = default;
};

struct ServiceSpec {
    std::string id;
    std::vector<NodeId> on;          // an instance on each; a node may be named again
    std::uint32_t concurrency = 16;  // workers of an instance; at least 1
    QueueSpec queue;
    // What a request takes of a worker by itself, before it makes its calls.
    DistributionOptions service_time = Exponential{novacron::milliseconds(10)};
    // The part of it that needs a core of the host, 0 .. 1; it comes first. The rest is waiting for
    // something that is not modelled (a disk, say). 0: the processor costs nothing.
    double cpu_share = 0;
    MemorySpec memory;
    Duration start_time = novacron::seconds(1);  // from the start of the process to serving
    std::vector<CallSpec> calls;     // in order; made when its own work is done
    ServerPolicy server;
    double error_rate = 0;           // of requests that fail when their own work is done, 0 .. 1
    std::string version = "v1";      // the name of what is described above
    // Others, from number 1 on. Instances of these stand beside the others, one on each node of
    // `on`, and are down until somebody starts them.
    std::vector<ServiceVersion> versions;

    std::uint32_t version_count() const { return static_cast<std::uint32_t>(versions.size()) + 1; }
    const std::string& version_name(std::uint32_t number) const {
        return number == 0 ? version : versions.at(number - 1).id;
    }
    friend bool operator==(const ServiceSpec&, const ServiceSpec&) = default;
};

// Clients on a host of their own.
struct ClientSpec {
    // Open: requests come as a Poisson process, however slow the answers are. Closed: each client
    // thinks, asks, waits for the answer, and thinks again.
    enum class Loop : std::uint8_t { open, closed };

    std::string id;
    std::uint32_t to = 0;            // the service
    Loop loop = Loop::open;
    double rate_per_second = 100;    // open: of all; above 0
    std::uint32_t clients = 0;       // closed: so many, at least 1. Open: a request that finds so
                                     // many under way is not made, and refused; 0: there are enough
    DistributionOptions think_time = Exponential{novacron::seconds(1)};  // closed
    Criticality criticality = Criticality::standard;  // travels with all that it causes
    CallPolicy policy;
    friend bool operator==(const ClientSpec&, const ClientSpec&) = default;
};

struct ServiceGraph {
    std::vector<ServiceSpec> services;
    std::vector<ClientSpec> clients;  // their hosts come after those of the workloads, in order
    std::uint32_t cores = 4;          // of each node's host; 0: enough for everybody
    bool empty() const { return services.empty(); }
    friend bool operator==(const ServiceGraph&, const ServiceGraph&) = default;
};

// Whether a service has another version than what it runs at first.
inline bool has_versions(const ServiceGraph& graph) {
    for (const ServiceSpec& service : graph.services) {
        if (!service.versions.empty()) return true;
    }
    return false;
}

}  // namespace shaketable
