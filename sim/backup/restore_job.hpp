// SPDX-License-Identifier: MIT
//
// Restores a state from backups and archived log, in the time that it takes.
//
//     locate -> provision -> load -> replay -> verify -> done
//
// Intuition: core/backup says what is needed and whether what came is sound; this fetches it, one
// object after the other, and lets pass what each step takes: to find out what there is, to get
// machines, the bytes over the store's line, the log over the rate at which it can be applied, and
// all bytes over the rate at which they can be checked. If a copy is bad, that of the other region
// is asked for, if there is one; only then is the object bad and the plan made anew.
//
// While the store does not answer, the restore waits and asks again.
//
// Invariants: (1) the steps' times sum to the restore's.
//             (2) the outcome is that of core/backup: never another state under the target's name.
#pragma once

#include <map>
#include <optional>

#include "core/backup/restore.hpp"
#include "sim/backup/backup_options.hpp"
#include "sim/backup/object_store.hpp"

namespace shaketable {

class BackupAgent;

struct RestoreOrder {
    novacron::backup::Target target;
    novacron::backup::Fallback fallback = novacron::backup::Fallback::nearest;
    bool drill = false;
    Random random{0};  // of the time that it takes to get machines
};

// Hears of the outcome of a restore, which may be that it was refused.
class RestoreUser {
public:
    virtual void restored(RestoreNumber number, const novacron::backup::Outcome& outcome) = 0;

protected:
    ~RestoreUser() = default;
};

// All but the catalogue and the keys outlive the job; of these it takes what there is now.
struct RestoreParts {
    EventQueue& queue;
    Record& record;
    ObjectStore& store;
    const novacron::backup::Catalogue& catalogue;
    const std::map<novacron::backup::ObjectId, ObjectKey>& keys;
    RestoreRates rates;
    BackupAgent* agent = nullptr;  // is told what is found bad
    RestoreUser* user = nullptr;   // is told when it is done
    bool of_site = false;          // what was archived is a site's log (site_state.hpp)
};

class RestoreJob final : private EventHandler, private ObjectStore::User {
public:
    RestoreJob(RestoreNumber number, const RestoreOrder& order, const RestoreParts& parts);
    RestoreJob(RestoreJob&&) = delete;

    // REQUIRES: it has not been called.
    void start();

    bool is_done() const { return done_; }
    // REQUIRES: it is done.
    const novacron::backup::Outcome& outcome() const { return restore_->outcome(); }
    RestoreNumber number() const { return number_; }

private:
    enum EventKind : std::uint32_t { located, provisioned, replayed, verified };

    void on_event(Instant now, const Event& event) override;
    void on_listed(Instant now, ObjectStore::Answer answer) override;
    void on_fetched(Instant now, ObjectKey key, ObjectStore::Answer answer,
                    const Bytes& bytes) override;
    void fetch_next(Instant now);
    void supply(Instant now, ObjectStore::Answer answer, const Bytes& bytes);
    void step(Instant now, RestoreStep step, RestoreStepOutcome outcome);
    void finish(Instant now);

    RestoreNumber number_;
    RestoreOrder order_;
    EventQueue& queue_;
    Record& record_;
    ObjectStore& store_;
    novacron::backup::Catalogue catalogue_;
    std::map<novacron::backup::ObjectId, ObjectKey> keys_;
    RestoreRates rates_;
    BackupAgent* agent_;
    RestoreUser* user_;
    bool of_site_;
    Instant begun_{};
    std::optional<novacron::backup::Restore> restore_;
    ObjectStore::Region region_ = ObjectStore::Region::home;
    bool loaded_ = false;  // the backups of the plan
    bool done_ = false;
};

}  // namespace shaketable
