// SPDX-License-Identifier: MIT
//
// The backups of a fleet: its object store, the agent that fills it, and the restores from it; and
// what faults and operators do to them.
//
// The agent is fed with each entry of the group when the first of its nodes applies it: the moment
// from which on the service can have told somebody of it. A state to be backed up is read from a
// node that has applied as much, the leader if it has.
//
// A restore in place ends with all nodes of the group being made anew from the state that it has
// brought, in a term that is later than any before, so that nothing that is still under way from
// before concerns them. The archive goes on as another timeline then. A restore that was refused
// leaves the nodes as they were.
//
// Where each site has a group of its own, the archive follows the primary (archived_sites.hpp).
//
// Not modelled: the archive of one group ends where its nodes are made anew from somebody else's
// state, which shows in terms that are lower than before.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sim/backup/archived_sites.hpp"
#include "sim/backup/backup_agent.hpp"
#include "sim/backup/backup_faults.hpp"
#include "sim/backup/restore_job.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

// Which group it is, and what wall clocks show at the start of the run.
struct BackedUp {
    std::vector<NodeId> nodes;  // with sites: anybody's
    std::int64_t epoch_unix_seconds = 0;
    Sites* sites = nullptr;     // if each has a group of its own: that of the primary is meant
};

class Backups final : private EventHandler,
                      private AppliedListener,
                      private BackupSource,
                      private RestoreUser {
public:
    // REQUIRES: the node by whose clock the schedule goes is one of the group, if there is one.
    Backups(const BackupOptions& options, const FleetParts& parts, Fleet& fleet,
            const BackedUp& group, const Random& random);
    Backups(Backups&&) = delete;

    // Once, before the nodes start.
    void start();

    void strike(FaultId id, const ObjectsSlow& fault, const Random&);
    void strike(FaultId id, const ObjectsUnavailable&, const Random&);
    void strike(FaultId id, const ObjectsRegionLost&, const Random&);
    void strike(FaultId id, const ObjectsBitRot& fault, const Random& random);
    void strike(FaultId id, const ObjectsLost& fault, const Random& random);
    void strike(FaultId id, const BackupSilentFailure&, const Random&);
    void strike(FaultId id, const ArchiveStalled&, const Random&);
    void strike(FaultId id, const BackupCreate& order, const Random&);
    void strike(FaultId id, const BackupVerify&, const Random&);
    void strike(FaultId id, const BackupRestore& order, const Random& random);
    // Ends any of these.
    void lift(FaultId id);

    // Of the group, or of the site, that is backed up.
    const std::vector<NodeId>& nodes() const { return sites_ ? sites_->nodes() : nodes_; }
    const BackupAgent& agent() const { return agent_; }
    const ObjectStore& store() const { return store_; }
    const std::deque<RestoreJob>& restores() const { return restores_; }

private:
    void on_event(Instant now, const Event& event) override;
    void entry_applied(NodeId node, const novacron::Entry& entry) override;
    std::optional<std::vector<std::byte>> state_after(LogIndex index) override;
    Instant wall_now() override;
    void hold_back(std::uint64_t bytes) override;
    bool can_upload() override { return !sites_ || sites_->can_upload(); }
    void restored(RestoreNumber number, const novacron::backup::Outcome& outcome) override;
    void halt(RestoreNumber number);
    void make_anew(RestoreNumber number, const novacron::backup::Outcome& outcome);

    std::optional<novacron::backup::ObjectId> choose(const ObjectChoice& choice,
                                                     const Random& random) const;
    novacron::backup::Target target_of(const BackupRestore& order, Instant now) const;

    BackupOptions options_;
    FleetParts parts_;
    Fleet& fleet_;
    std::vector<NodeId> nodes_;
    std::unique_ptr<ArchivedSites> sites_;  // null: it is one group
    ObjectStore store_;
    BackupAgent agent_;
    std::deque<ObjectStore> copies_;   // for drills; addresses stay valid, as do the restores'
    std::deque<RestoreJob> restores_;
    std::map<RestoreNumber, std::vector<NodeId>> halted_by_;  // the nodes that each holds down
    novacron::Term term_{};  // of the last entry
    bool has_ended_ = false;
    std::uint64_t held_back_ = 0;
    bool tells_disks_ = false;
};

}  // namespace shaketable
