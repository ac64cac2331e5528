// SPDX-License-Identifier: MIT
//
// What happened to the sites of a replicated service: who was primary when, what operators did, how
// far standbys lagged, where clients went.
//
// The recovery of a service that moves to another site is made of other phases than that of a group
// which elects another leader:
//
//   detect    from the fault until somebody knows of it
//   decide    until it is decided what to do
//   fence     what it takes to stop the old primary: read-only mode, its power
//   sync      the wait for the standby to have everything
//   promote   until the standby is primary
//   route     until its name says so, and the last client that recovers has heard
//   warm-up   until clients are served as they should be
//
// Steps follow each other, so each takes the time from the end of the one before it.
// Invariant: the phases sum to the time from the fault to the recovery.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/measure/operations.hpp"
#include "sim/measure/phase.hpp"

namespace shaketable {

class SiteHistory final : public ListensTo<SiteRoleChanged, SiteLagged, SiteDiverged, SiteReseeded,
                                           DivergentWrite, FailoverStep, ClientRouted> {
public:
    explicit SiteHistory(Record& record) { record.listen(*this); }

    struct Reign {  // of a primary; until the next one begins
        Instant since;
        SiteId site;
        std::uint64_t epoch;
    };
    struct Step {
        Instant at;
        SiteStep what;
        SiteId site;
        StepOutcome outcome;
        std::uint64_t count;
    };
    struct Lag {
        Instant at;
        SiteId site;
        std::uint64_t entries;
        std::uint64_t bytes;
        Instant oldest;
        Duration time() const { return at - oldest; }
    };
    struct Route {
        Instant at;
        std::uint32_t workload;
        std::uint32_t client;
        SiteId site;
    };
    struct Divergence {
        SiteId site;
        std::uint64_t records = 0;    // at most
        std::uint64_t discarded = 0;  // by making its nodes anew
        std::uint64_t reapplied = 0;  // of these, made again at the primary
        std::uint64_t refused = 0;    // ... and not made again, as they would undo later ones
    };

    const std::vector<Reign>& reigns() const { return reigns_; }  // epochs grow
    const std::vector<Step>& steps() const { return steps_; }
    const std::vector<Lag>& lags() const { return lags_; }
    const std::vector<Route>& routes() const { return routes_; }
    const std::vector<Divergence>& divergences() const { return divergences_; }  // one a site
    // Of the latest epoch that had begun by then; nothing before the first.
    std::optional<SiteId> primary_at(Instant at) const;
    // The lag of the standby that was promoted next, as last looked at before `at`; nothing if
    // nobody was, or it did not lag when last looked at.
    std::optional<Lag> lag_before(Instant at) const;

private:
    void on(Instant at, const SiteRoleChanged& fact) override;
    void on(Instant at, const SiteLagged& fact) override;
    void on(Instant at, const SiteDiverged& fact) override;
    void on(Instant at, const SiteReseeded& fact) override;
    void on(Instant at, const DivergentWrite& fact) override;
    void on(Instant at, const FailoverStep& fact) override;
    void on(Instant at, const ClientRouted& fact) override;
    Divergence& divergence(SiteId site);

    std::vector<Reign> reigns_;
    std::vector<Step> steps_;
    std::vector<Lag> lags_;
    std::vector<Route> routes_;
    std::vector<Divergence> divergences_;
};

// The phases of a recovery by another site; nothing if no site became primary between the two.
std::optional<std::vector<Phase>> failover_phases(const SiteHistory& history, Instant fault,
                                                  Instant recovered);

// When each client that goes to the primary of the end was sent there, counted from the fault;
// ascending. Clients that went there before the fault are left out.
std::vector<Duration> routing_times(const SiteHistory& history, Instant fault);

// Writes that were acknowledged by nodes of a site after another had become primary. `site_of` says
// whose a node is, by its number.
std::uint64_t count_divergent(const std::vector<OperationView>& operations,
                              const SiteHistory& history, const std::vector<SiteId>& site_of);

}  // namespace shaketable
