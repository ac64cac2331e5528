// SPDX-License-Identifier: MIT
//
// How long after a fault each site of a replicated service does its part again (RTO of a site).
//
// A site *does its part* while its group has a leader that speaks for it, and
//   as the primary of the latest epoch it takes writes;
//   as a standby its log is a beginning of the primary's, and lags by no more than shipping takes
//   and a second, as the primary sees it when it looks, once a second.
// So a site may do its part while no client reaches it, as when names still lead to another; that
// clients are served is for sim/measure/recovery.hpp to say. A standby that does not do its part is
// one on which nobody should rely.
//
// RTO = from the fault to the first instant from which the site does its part for `hold`; 0 if it
// does at the fault and for so long after; censored if the run shows no such instant.
// Not seen: lag between two looks, and lag while there is no primary who could look.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/measure/recovery.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

class SiteDuty final
    : public ListensTo<RoleChanged, NodeStopped, SiteRoleChanged, SiteReadOnly, SiteLagged,
                       SiteDiverged, SiteReseeded> {
public:
    // `site_of`: whose each node is, by its number. `shipping`: how long a record may wait to be
    // shipped.
    SiteDuty(Record& record, std::vector<SiteId> site_of, Duration shipping);

    struct Question {
        SiteId site;
        Instant fault;
        Instant run_end;
        Duration hold;
    };
    // Its first success is the first instant at which the site does its part.
    Recovery find(const Question& question) const;

private:
    struct State {
        NodeId leader{};      // who has won the group's last election, and leads
        bool speaks = false;  // for the site
        SiteRole role = SiteRole::standby;
        std::uint64_t epoch = 0;
        WriteStop stop = WriteStop::none;
        bool lags = false;
        bool has_diverged = false;
        std::vector<Outage> away;  // from when to when it did not do its part
    };

    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const SiteRoleChanged& fact) override;
    void on(Instant at, const SiteReadOnly& fact) override;
    void on(Instant at, const SiteLagged& fact) override;
    void on(Instant at, const SiteDiverged& fact) override;
    void on(Instant at, const SiteReseeded& fact) override;
    State& state_of(SiteId site) { return sites_.at(site.value); }
    void lose_leader(Instant at, NodeId node);
    void look(Instant at);

    std::vector<SiteId> site_of_;
    std::vector<State> sites_;
    Duration lag_max_;
};

}  // namespace shaketable
