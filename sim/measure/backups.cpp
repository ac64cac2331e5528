// SPDX-License-Identifier: MIT
#include "sim/measure/backups.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/flat_map.hpp"

namespace shaketable {
namespace {

constexpr std::uint64_t kCommandBytes = 32;

}  // namespace

BackupView* BackupHistory::find(BackupNumber number) {
    const auto found =
        std::find_if(backups_.rbegin(), backups_.rend(),
                     [number](const BackupView& view) { return view.number == number; });
    return found == backups_.rend() ? nullptr : &*found;
}

void BackupHistory::on(Instant at, const BackupStarted& fact) {
    BackupView view;
    view.number = fact.backup;
    view.kind = fact.kind;
    view.index = fact.index;
    view.started = at;
    backups_.push_back(view);
}

void BackupHistory::on(Instant at, const BackupCompleted& fact) {
    BackupView* view = find(fact.backup);
    if (view == nullptr) return;
    view->completed = at;
    view->bytes = fact.bytes;
}

void BackupHistory::on(Instant at, const BackupFailed& fact) {
    if (fact.backup.value == 0) {
        BackupView view;
        view.kind = fact.kind;
        view.started = at;
        view.failed = at;
        backups_.push_back(view);
    } else if (BackupView* view = find(fact.backup)) {
        view->failed = at;
    }
}

void BackupHistory::on(Instant at, const BackupExpired& fact) {
    if (fact.kind == BackupKind::segment) {
        ++archive_.expired;
    } else if (BackupView* view = find(fact.backup)) {
        view->expired = at;
    }
}

void BackupHistory::on(Instant, const SegmentArchived& fact) {
    ++archive_.segments;
    archive_.bytes += fact.bytes.value;
    archive_.last = fact.last;
}

void BackupHistory::on(Instant, const ArchiveBacklog& fact) {
    archive_.backlog_max = std::max(archive_.backlog_max, fact.bytes.value);
}

void BackupHistory::on(Instant at, const VerifyDone& fact) {
    ++archive_.verifications;
    archive_.bad += fact.bad.value;
    archive_.findings = fact.findings.value;
    if (fact.bad.value > 0 && !archive_.first_bad) archive_.first_bad = at;
}

void BackupHistory::on(Instant at, const RestoreStarted& fact) {
    RestoreView view;
    view.number = fact.restore;
    view.drill = fact.drill;
    view.started = at;
    if (logs_ != nullptr && logs_->followed()) view.log = logs_->contents(*logs_->followed());
    restores_.push_back(std::move(view));
}

void BackupHistory::on(Instant at, const RestoreStepped& fact) {
    RestoreView& view = restores_.at(fact.restore.value - 1);
    Duration before{};
    for (const RestoreView::Step& step : view.steps) before = before + step.duration;
    view.steps.push_back({fact.step, fact.outcome, at - view.started - before});
}

void BackupHistory::on(Instant at, const RestoreDone& fact) {
    RestoreView& view = restores_.at(fact.restore.value - 1);
    view.ended = at;
    view.done = fact;
}

void BackupHistory::on(Instant at, const NodesRestored& fact) {
    restores_.at(fact.restore.value - 1).in_place = at;
    given_up_.push_back({at, fact.entry});
}

RestoreLoss find_loss(const std::vector<OperationView>& operations, const RestoreView& restore,
                      const std::vector<GivenUp>& given_up) {
    const auto is_gone = [&](const OperationView& operation) {
        return std::any_of(given_up.begin(), given_up.end(), [&](const GivenUp& earlier) {
            return earlier.at <= restore.started && operation.finished <= earlier.at &&
                   operation.index > earlier.after;
        });
    };
    // Where each write is in the log that was followed.
    struct Place {
        LogIndex record;
    };
    novacron::FlatMap<Place> places;
    if (restore.log) {
        for (std::size_t i = restore.log->size(); i-- > 0;) {
            places.insert((*restore.log)[i]).first->record = LogIndex{i + 1};
        }
    }
    RestoreLoss loss;
    std::optional<Instant> oldest_lost;
    std::optional<Instant> newest_kept;
    for (const OperationView& operation : operations) {
        if (operation.kind != OperationKind::write || !operation.acknowledged()) continue;
        const Instant at = operation.finished;
        if (at >= restore.started) continue;
        LogIndex index = operation.index;
        if (restore.log) {
            const Place* place = places.find(operation.content);
            if (place == nullptr) continue;
            index = place->record;
        } else if (is_gone(operation)) {
            continue;
        }
        if (index <= restore.done.index) {
            newest_kept = std::max(newest_kept.value_or(at), at);
        } else {
            ++loss.operations;
            oldest_lost = std::min(oldest_lost.value_or(at), at);
        }
    }
    loss.bytes = loss.operations * kCommandBytes;
    if (oldest_lost) loss.rpo_time = restore.started - *oldest_lost;
    if (newest_kept) loss.recovery_point_age = restore.started - *newest_kept;
    return loss;
}

std::optional<std::vector<Phase>> restore_phases(const BackupHistory& history, Instant fault,
                                                 Instant recovered) {
    const RestoreView* last = nullptr;
    for (const RestoreView& restore : history.restores()) {
        const bool within = restore.started >= fault && restore.in_place.value_or(fault) > fault &&
                            restore.in_place <= recovered;
        if (within) last = &restore;
    }
    if (last == nullptr) return std::nullopt;
    std::vector<Phase> phases{{"detect", last->started - fault}};
    for (const char* name : {"locate", "provision", "load", "replay", "verify"}) {
        phases.push_back({name, {}});
    }
    for (const RestoreView::Step& step : last->steps) {
        Phase& phase = phases.at(1 + static_cast<std::size_t>(step.step));
        phase.duration = phase.duration + step.duration;
    }
    phases.push_back({"warm-up", recovered - *last->in_place});
    return phases;
}

}  // namespace shaketable
