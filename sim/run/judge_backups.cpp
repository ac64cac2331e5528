// SPDX-License-Identifier: MIT
#include "sim/run/judge_backups.hpp"

#include <algorithm>
#include <string>

#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

template <class Names, class Word>
std::string word(const Names& names, Word value) {
    return std::string(names.at(static_cast<std::size_t>(value)));
}

std::string state_of(const BackupView& view) {
    if (view.expired) return "expired";
    if (view.failed) return "failed";
    return view.completed ? "complete" : "running";
}

BackupRow row_of(const BackupView& view) {
    BackupRow row;
    row.number = view.number.value;
    row.kind = word(kBackupKindNames, view.kind);
    row.index = view.index.value;
    row.started = view.started;
    row.ended = view.completed ? view.completed : view.failed;
    row.state = state_of(view);
    row.bytes = view.bytes.value;
    return row;
}

RestoreRow row_of(const RestoreView& view, const World& world) {
    RestoreRow row;
    row.number = view.number.value;
    row.drill = view.drill;
    row.outcome = "running";
    row.started = view.started;
    row.ended = view.ended;
    row.in_place = view.in_place;
    for (const RestoreView::Step& step : view.steps) {
        row.steps.push_back({word(kRestoreStepNames, step.step),
                             word(kRestoreStepOutcomeNames, step.outcome), step.duration});
    }
    if (!view.ended) return row;
    row.outcome = word(kRestoreOutcomeNames, view.done.outcome);
    row.why = view.done.why == RestoreWhy::nothing ? "" : word(kRestoreWhyNames, view.done.why);
    row.bytes = view.done.bytes.value;
    if (view.done.outcome == RestoreOutcome::refused) return row;
    row.index = view.done.index.value;
    row.recovery_point = view.done.recovery_point;
    row.replayed = view.done.replayed.value;
    const RestoreLoss loss =
        find_loss(world.operations.all(), view, world.backup_history->given_up());
    row.lost_ops = loss.operations;
    row.lost_bytes = loss.bytes;
    row.rpo_time = loss.rpo_time;
    row.recovery_point_age = loss.recovery_point_age;
    return row;
}

// Of all restores the worst, against a bound.
TargetRow judge_worst(const World& world, const char* id, Duration bound,
                      std::optional<Duration> (*of)(const RestoreView&, const World&)) {
    TargetRow row;
    row.id = id;
    row.objective = "<= " + format_duration(bound);
    row.actual = "none";
    row.detail = "no restore has ended";
    std::optional<Duration> worst;
    for (const RestoreView& view : world.backup_history->restores()) {
        if (!view.ended) continue;
        const auto value = of(view, world);
        if (!value) {
            row.actual = "refused";
            row.detail = "restore " + std::to_string(view.number.value) + " was refused";
            row.verdict = Verdict::fail;
            return row;
        }
        worst = std::max(worst.value_or(*value), *value);
    }
    if (!worst) return row;
    row.actual = format_duration(*worst);
    row.actual_ns = worst->ns;
    row.verdict = *worst <= bound ? Verdict::pass : Verdict::fail;
    row.detail.clear();
    return row;
}

}  // namespace

void add_backup_rows(const World& world, Result& result) {
    if (!world.backup_history) return;
    const BackupHistory& history = *world.backup_history;
    for (const BackupView& view : history.backups()) result.backups.push_back(row_of(view));
    for (const RestoreView& view : history.restores()) {
        result.restores.push_back(row_of(view, world));
    }
    const ArchiveView& archive = history.archive();
    result.archive = ArchiveRow{archive.segments,      archive.bytes,         archive.expired,
                                archive.last.value,    archive.backlog_max,   archive.verifications,
                                archive.bad,           archive.findings,      archive.first_bad};
}

std::vector<TargetRow> judge_restores(const World& world) {
    std::vector<TargetRow> rows;
    const auto& target = world.scenario.restore;
    if (!target || !world.backup_history) return rows;
    if (target->max) {
        rows.push_back(judge_worst(
            world, "restore.max", *target->max,
            [](const RestoreView& view, const World&) -> std::optional<Duration> {
                if (view.done.outcome == RestoreOutcome::refused) return std::nullopt;
                return *view.ended - view.started;
            }));
    }
    if (target->rpo) {
        rows.push_back(judge_worst(
            world, "restore.rpo", *target->rpo,
            [](const RestoreView& view, const World& of) -> std::optional<Duration> {
                if (view.done.outcome == RestoreOutcome::refused) return std::nullopt;
                return find_loss(of.operations.all(), view, of.backup_history->given_up())
                    .rpo_time;
            }));
    }
    return rows;
}

CheckRow restores_reached(const World& world) {
    CheckRow row;
    row.detail = "nothing was restored";
    if (!world.backup_history) return row;
    const auto& restores = world.backup_history->restores();
    std::size_t reached = 0;
    for (const RestoreView& view : restores) {
        if (!view.ended) {
            row.detail = "restore " + std::to_string(view.number.value) + " has not ended";
            return row;
        }
        reached += view.done.outcome == RestoreOutcome::reached ? 1 : 0;
    }
    if (restores.empty()) return row;
    row.verdict = reached == restores.size() ? Verdict::pass : Verdict::fail;
    row.detail = std::to_string(reached) + " of " + std::to_string(restores.size()) +
                 " restores reached their target";
    return row;
}

CheckRow backups_sound(const World& world) {
    CheckRow row;
    row.detail = "nobody has looked";
    if (!world.backup_history) return row;
    const ArchiveView& archive = world.backup_history->archive();
    if (archive.verifications == 0) return row;
    row.verdict = archive.findings == 0 ? Verdict::pass : Verdict::fail;
    row.detail = std::to_string(archive.findings) + " findings of the last verification, " +
                 std::to_string(archive.bad) + " objects found bad in all";
    return row;
}

}  // namespace shaketable
