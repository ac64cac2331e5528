// SPDX-License-Identifier: MIT
//
// What operators do about sites, step by step: each command takes its time to get there, each can
// find nobody, be refused or time out, and each outcome is a fact.
//
// The runbook's failover is: see that the site is gone, make up one's mind, set the old primary
// read-only, wait until the standby has everything, cut the old primary's power, promote the
// standby, send clients there, see that it works. The two that ask the old primary are tried, and
// passed over if they can't be done; of the others each must succeed, or the rest is left undone.
//
// Who gives orders sits at the fleet's observer: a site whose leader can't be reached from there
// gets none. A command that finds nobody is given again until the step's time is up. The power of a
// site is cut through that site's hosts' links, too; a host that is off already needs no cutting.
//
// Invariants: (1) steps follow each other, and each begins when the one before has ended. (2) an
// order that ends is carried on no further; what it holds (read-only mode, cut power) it gives
// back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/replication/site.hpp"
#include "sim/fleet/fleet.hpp"
#include "sim/site/reconciliation.hpp"
#include "sim/site/site_orders.hpp"

namespace shaketable {

class Sites;

class Procedures final : private EventHandler {
public:
    Procedures(EventQueue& queue, Record& record, Receipts& receipts, Fleet& fleet,
               NameService* names, Sites& sites, const Random& random);

    void begin(FaultId fault, const SiteOrder& order, SiteId target, const Random& random);
    void end(FaultId fault);

private:
    struct Step {
        SiteStep what;
        SiteId site;
        bool may_fail = false;  // the rest goes on without it
    };
    // What a resync brings to a site.
    struct Seed {
        novacron::Snapshot snapshot;
        novacron::replication::Durable durable;
        Instant there;
        std::uint64_t discarded = 0;
        SiteId source{};
        std::uint64_t state = 0;  // its digest
    };
    struct Procedure {
        SiteOrder order;
        SiteId target;
        Random random{0};
        Instant began;
        std::vector<Step> steps;
        std::size_t next = 0;
        Instant deadline{};   // of the step that goes on
        Instant arrives{};    // its command does, at the earliest
        bool given = false;   // the command has reached somebody
        std::uint64_t count = 0;
        SiteId silenced{};             // is read-only by this order
        std::vector<NodeId> powerless;  // by this order, until it ends
        std::optional<Seed> seed;
        std::vector<NodeId> halted;     // for the seed
        std::optional<Reconciliation> gone_through;  // what the seed has replaced
    };

    void on_event(Instant now, const Event& event) override;
    void plan(Procedure& procedure) const;
    void begin_step(std::uint32_t number, Procedure& procedure);
    // How far the step is; nothing: it goes on.
    std::optional<StepOutcome> drive(Instant now, std::uint32_t number, Procedure& procedure);
    std::optional<StepOutcome> set_read_only(Procedure& procedure, SiteId site);
    std::optional<StepOutcome> wait_for_sync(Instant now, Procedure& procedure);
    std::optional<StepOutcome> cut_power(Procedure& procedure, SiteId site);
    std::optional<StepOutcome> promote(Procedure& procedure, SiteId site);
    std::optional<StepOutcome> switch_over(Instant now, Procedure& procedure, SiteId site);
    std::optional<StepOutcome> resync(Instant now, std::uint32_t number, Procedure& procedure,
                                      SiteId site);
    std::optional<StepOutcome> rejoin(Instant now, std::uint32_t number, Procedure& procedure,
                                      SiteId site);
    std::optional<StepOutcome> go_through(Instant now, Procedure& procedure, SiteId site);
    bool take_seed(Instant now, std::uint32_t number, Procedure& procedure, SiteId site);
    void tell(std::uint32_t number, const Procedure& procedure, StepOutcome outcome);
    void look_again(Instant at, std::uint32_t number);

    EventQueue& queue_;
    Record& record_;
    Receipts& receipts_;
    Fleet& fleet_;
    NameService* names_;
    Sites& sites_;
    Random random_;
    std::map<std::uint32_t, Procedure> procedures_;  // by number of the fault
};

}  // namespace shaketable
