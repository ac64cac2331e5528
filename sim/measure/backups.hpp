// SPDX-License-Identifier: MIT
//
// Backups and restores of a run, folded from its facts; and what a restore would have lost.
//
// What a restore loses is what the clients were told is safe before it was begun, and what the
// restored state has not: acknowledged writes whose entry comes after the state's. As in design.md,
// with the restore's begin in place of the fault: RPO_time = begin minus the acknowledgement of the
// oldest of them, 0 if there is none; the recovery-point age = begin minus the acknowledgement of
// the newest write that is in the state.
//
// Where sites are archived, what was safe is what the followed site's log held when the restore was
// begun; what a failover has lost before is no restore's loss.
//
// Invariant: (1) the steps of a restore that has ended sum to the time that it took.
#pragma once

#include <optional>
#include <vector>

#include "sim/measure/loss.hpp"
#include "sim/measure/operations.hpp"
#include "sim/measure/recovery.hpp"
#include "sim/measure/site_logs.hpp"

namespace shaketable {

struct BackupView {
    BackupNumber number;
    BackupKind kind = BackupKind::full;
    LogIndex index;  // of the state
    Instant started;
    std::optional<Instant> completed;
    std::optional<Instant> failed;
    std::optional<Instant> expired;
    ByteCount bytes;
};

struct RestoreView {
    struct Step {
        RestoreStep step;
        RestoreStepOutcome outcome;
        Duration duration;
    };
    RestoreNumber number;
    bool drill = false;
    Instant started;
    std::vector<Step> steps;
    std::optional<Instant> ended;
    RestoreDone done{};  // if ended
    std::optional<Instant> in_place;  // when the nodes were made anew from it
    // With sites: what the log held that was followed when it was begun (SiteLogs::contents).
    std::optional<std::vector<std::uint64_t>> log = {};
};

// Of the archived log, and of verifications.
struct ArchiveView {
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;
    std::uint64_t expired = 0;
    LogIndex last;
    std::uint64_t backlog_max = 0;  // bytes; as far as there are facts of it
    std::uint64_t verifications = 0;
    std::uint64_t bad = 0;          // objects found so, in all
    std::uint64_t findings = 0;     // of the last audit
    std::optional<Instant> first_bad;  // when the first of them was found
};

class BackupHistory final
    : public ListensTo<BackupStarted, BackupCompleted, BackupFailed, BackupExpired,
                       SegmentArchived, ArchiveBacklog, RestoreStarted, RestoreStepped, RestoreDone,
                       NodesRestored, VerifyDone> {
public:
    // `logs`, if there are sites, hears of each fact first, and outlives this.
    explicit BackupHistory(Record& record, const SiteLogs* logs = nullptr) : logs_(logs) {
        record.listen(*this);
    }

    const std::vector<BackupView>& backups() const { return backups_; }
    const std::vector<RestoreView>& restores() const { return restores_; }
    const ArchiveView& archive() const { return archive_; }
    // By restores in place, in the order of time.
    const std::vector<GivenUp>& given_up() const { return given_up_; }

private:
    void on(Instant at, const BackupStarted& fact) override;
    void on(Instant at, const BackupCompleted& fact) override;
    void on(Instant at, const BackupFailed& fact) override;
    void on(Instant at, const BackupExpired& fact) override;
    void on(Instant at, const SegmentArchived& fact) override;
    void on(Instant at, const ArchiveBacklog& fact) override;
    void on(Instant at, const RestoreStarted& fact) override;
    void on(Instant at, const RestoreStepped& fact) override;
    void on(Instant at, const RestoreDone& fact) override;
    void on(Instant at, const NodesRestored& fact) override;
    void on(Instant at, const VerifyDone& fact) override;
    BackupView* find(BackupNumber number);

    const SiteLogs* logs_;
    std::vector<BackupView> backups_;    // numbers ascend; those that never began have number 0
    std::vector<RestoreView> restores_;  // number n is at n - 1
    ArchiveView archive_;
    std::vector<GivenUp> given_up_;
};

struct RestoreLoss {
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;  // of their commands
    Duration rpo_time{};
    std::optional<Duration> recovery_point_age;
};
// What earlier restores gave up counts for nothing. REQUIRES: the restore has ended and was not
// refused.
RestoreLoss find_loss(const std::vector<OperationView>& operations, const RestoreView& restore,
                      const std::vector<GivenUp>& given_up = {});

// The phases of a recovery by a restore in place: detect, until somebody orders it; its steps; and
// the warm-up, from the nodes' being made anew on. Nothing if none was begun and ended between the
// two. Invariant: the phases sum to the time from the fault to the recovery.
std::optional<std::vector<Phase>> restore_phases(const BackupHistory& history, Instant fault,
                                                 Instant recovered);

}  // namespace shaketable
