// SPDX-License-Identifier: MIT
//
// Which site's log the archive follows, where several sites have one service.
//
//     1  o---o---o---o---x---x         east, until west was promoted at record 4
//                    |
//     2              '---o---o---o     west
//
// Intuition: what is archived is not a group's entries but the site's log: records, which sites
// agree on. So a promotion is what a new timeline is for: the log goes on at the promoted site
// after the last record that both have, and all that was archived up to there serves it as well. No
// new base is needed; increments rest on nothing from before, so the next one is a full backup.
//
// The archive follows the promotion of the latest epoch at once, when the first node of the site
// has applied the record that begins it. What the site it leaves had archived past the fork stays
// where it is, on the abandoned timeline; what that site had not uploaded yet and the new one has
// not, is gone; what both have the new one uploads.
//
// A restore in place makes the nodes of the site that is followed anew, and the site is promoted
// again: another epoch, and another timeline, which leaves the one of the restored state after its
// last record. Other sites' later records are divergences then; nothing is merged, and those sites
// are made anew from the restored one when they are told to (site.resync).
//
// Nothing is uploaded while no node of the site that is followed runs: a site that is dark archives
// nothing, and what it holds back is lost with it.
//
// Invariants: (1) records come to the agent in the order of the log, without gaps.
//             (2) the path of the current timeline is the log of the site that is followed.
// Not modelled: an old primary that can't know that it was replaced would go on archiving under the
// abandoned timeline; it does not. The archive ends where a site is followed that has forgotten the
// records after the fork.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "core/replication/history.hpp"
#include "sim/backup/backup_agent.hpp"
#include "sim/site/sites.hpp"

namespace shaketable {

class ArchivedSites final : private SiteListener {
public:
    // All outlive it, and it outlives the run.
    ArchivedSites(Sites& sites, Fleet& fleet, EventQueue& queue, Record& record,
                  BackupAgent& agent);

    // Once, before the nodes start.
    void start();

    // The site that is followed, and its nodes.
    SiteId site() const { return site_; }
    const std::vector<NodeId>& nodes() const { return sites_.nodes(site_); }
    // As BackupSource has them.
    std::optional<std::vector<std::byte>> state_after(LogIndex record) const;
    bool can_upload() const;

    // The followed site starts from this state, the store's encoding, at this position of the
    // archive's. What its nodes' log goes on after. REQUIRES: none of them runs.
    novacron::LogPosition restore(novacron::backup::Position position,
                                  const std::vector<std::byte>& state);

private:
    void record_committed(SiteId site, const novacron::replication::Record& record) override;
    void begun_anew(SiteId site, SiteId source) override;
    void follow(SiteId site, novacron::backup::Position fork);
    void take(const novacron::replication::Record& record);
    novacron::backup::Position fork_to(SiteId site) const;
    // Of the log up to there.
    novacron::replication::History history_of(novacron::backup::Position position) const;

    Sites& sites_;
    Fleet& fleet_;
    EventQueue& queue_;
    Record& record_;
    BackupAgent& agent_;
    SiteId site_;
    // Of what was archived: on the current timeline, and on each before it when it was left.
    novacron::replication::History history_;
    std::map<novacron::backup::TimelineId, novacron::replication::History> left_;
    std::optional<novacron::backup::Position> restored_;  // that the site is to go on after
    bool has_ended_ = false;
};

}  // namespace shaketable
