// SPDX-License-Identifier: MIT
//
// A process that serves, where requests for a service go, and a population that asks: what the
// engine keeps of each.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/resilience/adaptive_limit.hpp"
#include "core/resilience/degradation.hpp"
#include "core/resilience/load_shedder.hpp"
#include "core/resilience/token_bucket.hpp"
#include "core/stats/ewma.hpp"
#include "sim/net/chance.hpp"
#include "sim/service/hit_cache.hpp"
#include "sim/service/request_queue.hpp"

namespace shaketable {

// How an instance guards itself, afresh for each life of the process.
struct Guards {
    Guards(const ServerPolicy& policy, Instant now, const novacron::Random& random) {
        using namespace novacron::resilience;
        if (policy.rate_limit) rate_limit.emplace(*policy.rate_limit, now);
        if (policy.degradation) {
            degradation.emplace(*policy.degradation);
            pressure.emplace(kPressureHalfLife, 0, now);
        }
        if (policy.shed) {
            if (const auto* by_use = std::get_if<UtilisationShedderOptions>(&*policy.shed)) {
                utilisation.emplace(*by_use, now);
            } else {
                levels = std::get<PriorityShedderOptions>(*policy.shed).levels;
                priority.emplace(std::get<PriorityShedderOptions>(*policy.shed), now);
            }
        }
        if (!policy.adaptive_concurrency) return;
        if (const auto* gradient = std::get_if<GradientOptions>(&*policy.adaptive_concurrency)) {
            limit.emplace(GradientLimit(*gradient));
        } else {
            limit.emplace(VegasLimit(std::get<VegasOptions>(*policy.adaptive_concurrency),
                                     random.fork("vegas")));
        }
    }

    static constexpr Duration kPressureHalfLife = novacron::seconds(1);

    std::optional<novacron::resilience::TokenBucket> rate_limit;
    std::optional<novacron::resilience::Degradation> degradation;
    std::optional<novacron::stats::LevelEwma> pressure;  // in percent
    std::optional<novacron::resilience::UtilisationShedder> utilisation;
    std::optional<novacron::resilience::PriorityShedder> priority;
    std::optional<novacron::resilience::ConcurrencyLimiter> limit;
    std::uint32_t levels = 1;      // of the priority shedder
    std::uint32_t degraded_to = 0; // as it was told last
};

struct Instance {
    std::uint32_t service = 0;
    std::uint32_t version = 0;        // of the service
    NodeId node;
    std::uint32_t first_channel = 0;  // of its calls, in order
    std::uint64_t life = 0;           // counts starts of the process
    bool up = false;
    std::uint32_t holds = 0;          // faults that keep it down
    std::uint32_t busy = 0;           // workers
    std::uint32_t outgoing = 0;       // attempts under way
    std::uint32_t queue_told = 0;     // in the fact about its queue that came last
    std::vector<std::uint32_t> requests;  // slots
    RequestQueue queue;
    Guards guards;
    std::vector<std::optional<HitCache>> caches;  // by call
    novacron::Random work;
    novacron::Random needs;           // which calls a request needs
    novacron::Random shedding;
    novacron::Random errors;          // which requests fail by themselves
};

// Whom requests for a service go to: the version that serves, and the one that they are shifted to.
struct Traffic {
    std::uint32_t from = 0;
    std::uint32_t to = 0;          // the same: nothing is shifted
    std::uint32_t share_ppm = 0;   // what goes to it, of a million
    Chance share;                  // likewise
    std::optional<FaultId> fault;  // whose order it is
    std::vector<bool> started;     // by version
};

// What has become of all that clients have asked for. Invariant: offered = ok + failed + timed_out
// + rejected + refused + under_way.
struct RequestCounts {
    std::uint64_t offered = 0;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t rejected = 0;
    std::uint64_t refused = 0;
    std::uint64_t under_way = 0;

    bool adds_up() const {
        return offered == ok + failed + timed_out + rejected + refused + under_way;
    }
};

struct Population {
    const ClientSpec* spec;
    std::uint32_t channel = 0;
    Distribution gaps;  // between arrivals, or a client's time to think
    novacron::Random arrivals;
    RequestCounts counts{};
};

}  // namespace shaketable
