// SPDX-License-Identifier: MIT
//
// A name service that says at which site the service is, and the caches of those who ask it.
//
// Intuition: a client that wants the service looks the name up, and believes the answer for as long
// as the answer says (its time to live). So a change reaches each client at a moment of its own,
// spread evenly over a time to live, however fast the operator was; and a client that believes
// longer than it was told, as many do, comes later still.
//
// Formula: a change at t reaches a client at t + propagation + U(0, ttl); at U(0, ttl + extra) of
// those that do not heed the time to live. Clients' phases are drawn once, at the start.
//
// Faults: stale answers are those of the moment at which the fault began; empty ones name nobody,
// and are forgotten at once; slow ones take their time. What a client has cached holds all the
// same.
// Not modelled: resolvers between client and service that share a cache; loss of lookups.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/net/chance.hpp"
#include "sim/record/receipts.hpp"

namespace shaketable {

struct NamesOptions {
    Duration ttl = novacron::seconds(30);
    Duration propagation = novacron::seconds(1);  // from an operator's change to the first answer
    double stale_share = 0;  // of the clients, who believe an answer longer than they should
    Duration stale_extra = novacron::seconds(300);  // by so much
    std::uint32_t clients = 100;  // of each workload
    friend bool operator==(const NamesOptions&, const NamesOptions&) = default;
};

class NameService final : private EventHandler {
public:
    NameService(const NamesOptions& options, EventQueue& queue, Record& record, Receipts& receipts,
                SiteId first)
        : options_(options), queue_(queue), record_(record), receipts_(receipts), site_(first) {}

    // An operator changes the record.
    void change(SiteId site);
    // Where those who ask are sent, in truth.
    SiteId site() const { return site_; }

    void begin_stale(FaultId fault) { stale_.emplace_back(fault, site_); }
    void begin_empty(FaultId fault) { empty_.push_back(fault); }
    // The distribution outlives the fault.
    void begin_slow(FaultId fault, const Distribution& time, const Random& random) {
        slow_.push_back({fault, &time, random});
    }
    void end(FaultId fault);

    struct Answer {
        std::optional<SiteId> site;  // nothing: there is no such name
        Duration after{};            // it comes so much later
    };
    Answer ask();

    const NamesOptions& options() const { return options_; }

private:
    struct Slow {
        FaultId fault;
        const Distribution* time;
        Random random;
    };

    void on_event(Instant now, const Event& event) override;

    NamesOptions options_;
    EventQueue& queue_;
    Record& record_;
    Receipts& receipts_;
    SiteId site_;
    std::uint64_t changes_ = 0;
    std::vector<std::pair<FaultId, SiteId>> stale_;  // of the faults that act, as are these
    std::vector<FaultId> empty_;
    std::vector<Slow> slow_;
};

// The caches of a workload's clients.
class NameCaches {
public:
    NameCaches(NameService& names, std::uint32_t workload, Record& record, const Random& random);

    // An operation comes from one of the clients.
    std::uint32_t draw_client() {
        return static_cast<std::uint32_t>(draws_.below(caches_.size()));
    }
    // Where the client believes the service to be; it asks if it must. It knows so much later.
    NameService::Answer look_up(Instant now, std::uint32_t client);

private:
    struct Cache {
        std::optional<SiteId> site;
        Instant until;
        Duration lasts;
    };

    NameService& names_;
    std::uint32_t workload_;
    Record& record_;
    Random draws_;
    std::vector<Cache> caches_;
};

}  // namespace shaketable
