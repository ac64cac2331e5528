// SPDX-License-Identifier: MIT
#include <algorithm>

#include "sim/history/linearizability.hpp"
#include "sim/run/assess.hpp"
#include "sim/run/assess_services.hpp"
#include "sim/run/client_history.hpp"
#include "sim/run/conditions.hpp"
#include "sim/run/judge_backups.hpp"
#include "sim/run/judge_deploys.hpp"
#include "sim/run/judge_slo.hpp"
#include "sim/run/percent.hpp"
#include "sim/run/service_conditions.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

// Of a search for an order, if the log's does not do: some seconds.
constexpr std::uint64_t kSearchSteps = 5'000'000;

Verdict met(bool is_met) { return is_met ? Verdict::pass : Verdict::fail; }

TargetRow judge_rto(const World& world, const Result& measured, const RtoTarget& target) {
    TargetRow row;
    row.id = "rto.max";
    row.objective = "<= " + format_duration(*target.max);
    const auto recovery = std::find_if(
        measured.recovery.begin(), measured.recovery.end(),
        [&](const RecoveryRow& candidate) { return candidate.scope == target.scope; });
    const PlannedFault* fault = recovery_clock(world);
    if (fault == nullptr || recovery == measured.recovery.end()) {
        row.actual = "none";
        row.detail = fault == nullptr ? "the fault that starts the clock did not strike"
                                      : "no operation was issued after the fault";
        return row;
    }
    row.censored = recovery->censored;
    if (recovery->rto) {
        row.actual = format_duration(*recovery->rto);
        row.actual_ns = recovery->rto->ns;
        row.verdict = met(*recovery->rto <= *target.max);
    } else {
        row.actual = "not recovered";
        // The last start from which a whole hold could have been seen.
        const Instant seen = world.run_end() - world.scenario.service_level.hold;
        const bool too_late = seen - fault->start > *target.max;
        row.verdict = too_late ? Verdict::fail : Verdict::inconclusive;
        if (!too_late) row.detail = "the run ends before the objective has passed";
    }
    return row;
}

void judge_rpo(const Result& measured, const RpoTarget& target, std::vector<TargetRow>& rows) {
    if (target.max) {
        TargetRow row;
        row.id = "rpo.max";
        row.objective = "<= " + format_duration(*target.max);
        row.actual = "none";
        row.detail = "the fault that starts the clock did not strike";
        if (measured.loss) {
            row.actual = format_duration(measured.loss->rpo_time);
            row.actual_ns = measured.loss->rpo_time.ns;
            row.verdict = met(measured.loss->rpo_time <= *target.max);
            row.detail.clear();
        }
        rows.push_back(row);
    }
    if (target.max_operations) {
        TargetRow row;
        row.id = "rpo.max_operations";
        row.objective = "<= " + std::to_string(*target.max_operations);
        row.actual = "none";
        row.detail = "the fault that starts the clock did not strike";
        if (measured.loss) {
            row.actual = std::to_string(measured.loss->lost_acked_ops);
            row.severity = static_cast<std::int64_t>(measured.loss->lost_acked_ops);
            row.verdict = met(measured.loss->lost_acked_ops <= *target.max_operations);
            row.detail.clear();
        }
        rows.push_back(row);
    }
}

TargetRow judge_availability(const Result& measured, const AvailabilityTarget& target) {
    TargetRow row;
    row.id = "availability.min";
    row.objective = ">= " + percent(target.min);
    std::uint64_t acknowledged = 0;
    std::uint64_t ended = 0;
    for (const WorkloadRow& workload : measured.workloads) {
        acknowledged += workload.acknowledged;
        ended += workload.acknowledged + workload.unknown;
    }
    for (const ClientsRow& clients : measured.clients) {
        acknowledged += clients.requests.ok;
        ended += clients.requests.ended();
    }
    if (ended == 0) {
        row.actual = "none";
        row.detail = "no operation ended";
        return row;
    }
    const double ratio = static_cast<double>(acknowledged) / static_cast<double>(ended);
    row.actual = percent(ratio);
    row.severity = static_cast<std::int64_t>((1 - ratio) * 1e9);
    row.verdict = met(ratio >= target.min);
    return row;
}

// Whether all running nodes agree on what each of them knows to be committed.
CheckRow logs_agree(const World& world) {
    CheckRow row;
    const Group& group = world.group();
    const SurvivingHistory survivor = group.logs.survivor();
    for (const NodeId member : group.nodes) {
        const NodeView& node = group.logs.node(member);
        if (!node.running) continue;
        if (node.commit > survivor.upto ||
            node.prefix(node.commit) != survivor.holder.prefix(node.commit)) {
            row.verdict = Verdict::fail;
            row.detail = "a running node has committed another history";
            return row;
        }
    }
    row.verdict = Verdict::pass;
    row.detail = "committed up to index " + std::to_string(survivor.upto.value);
    return row;
}

CheckRow writes_survive(const Loss& loss) {
    const std::uint64_t lost = loss.lost_before_fault + loss.lost_after_fault;
    CheckRow row;
    row.verdict = loss.acknowledged == 0 ? Verdict::inconclusive : met(lost == 0);
    row.detail = std::to_string(lost) + " of " + std::to_string(loss.acknowledged) +
                 " acknowledged writes lost";
    return row;
}

CheckRow linearizable(const World& world) {
    const std::vector<OperationView>& seen = world.operations.all();
    const bool reads = std::any_of(seen.begin(), seen.end(), [](const OperationView& operation) {
        return operation.kind == OperationKind::read;
    });
    const history::History history = history_of(
        reads ? seen : with_last_reads(seen, world.group().logs.survivor(), world.run_end()));
    history::Budget budget;
    budget.steps = kSearchSteps;
    const history::Verdict verdict = history::check(history, budget);
    CheckRow row;
    row.detail = std::to_string(history.operations.size()) + " operations";
    if (!reads) row.detail += ", a read of what survives of each register among them";
    const bool answered = std::any_of(seen.begin(), seen.end(), [](const OperationView& operation) {
        return operation.acknowledged();
    });
    if (!answered) {
        row.detail = "no operation was answered";
    } else if (verdict.offence) {
        const history::Operation& misfit = history.operations[verdict.offence->misfit];
        row.verdict = Verdict::fail;
        row.detail = "register " + text_of(history, misfit) + ", answered at " +
                     format_duration(Duration{misfit.completed_ns}) + ", fits nowhere";
    } else if (verdict.answer == history::Verdict::Answer::linearizable) {
        row.verdict = Verdict::pass;
    } else {
        row.detail = "undecided after " + std::to_string(verdict.steps) + " steps of search";
    }
    return row;
}

CheckRow judge_check(const World& world, const CheckSpec& check, const Loss& loss,
                     const Result& measured) {
    if (check.predicate == Predicate::service_measure) {
        return check.mode == CheckSpec::Mode::at_end ? judge_service(check.of_service, measured)
                                                     : judge_course(world, check, measured);
    }
    if (check.mode == CheckSpec::Mode::always) return judge_always(world, check);
    if (check.mode == CheckSpec::Mode::sometime) return judge_sometime(world, check);
    const Instant from = clock_of(world, check);
    const Duration within =
        check.mode == CheckSpec::Mode::at_end ? world.run_end() - from : check.within;
    const auto served = [&](OperationKind kind) {
        return happened(world, from, served_from(world, kind, from, Instant::never()), within);
    };
    switch (check.predicate) {
        case Predicate::acknowledged_writes_survive: return writes_survive(loss);
        case Predicate::logs_agree: return logs_agree(world);
        case Predicate::history_linearizable: return linearizable(world);
        case Predicate::service_writable: return served(OperationKind::write);
        case Predicate::service_readable: return served(OperationKind::read);
        case Predicate::restores_reached: return restores_reached(world);
        case Predicate::backups_sound: return backups_sound(world);
        case Predicate::deploys_completed: return deploys_completed(world);
        case Predicate::deploys_contained: return deploys_contained(world);
        case Predicate::cluster_has_leader:
            return happened(world, from, led_from(world, from), within);
        case Predicate::cluster_healthy:
            return happened(world, from, healthy_from(world, check), within);
        case Predicate::service_measure: break;  // judged above
    }
    throw novacron::BugError("a predicate is one of twelve");
}

}  // namespace

std::vector<TargetRow> judge_targets(const World& world, const Result& measured) {
    std::vector<TargetRow> rows;
    const Scenario& scenario = world.scenario;
    if (scenario.rto && scenario.rto->max)
        rows.push_back(judge_rto(world, measured, *scenario.rto));
    if (scenario.rpo) judge_rpo(measured, *scenario.rpo, rows);
    if (scenario.availability) {
        rows.push_back(judge_availability(measured, *scenario.availability));
    }
    for (TargetRow& row : judge_slos(world)) rows.push_back(std::move(row));
    for (TargetRow& row : judge_restores(world)) rows.push_back(std::move(row));
    if (scenario.detection) judge_detection(measured, *scenario.detection, rows);
    return rows;
}

std::vector<CheckRow> judge_checks(const World& world, const Loss& loss, const Result& measured) {
    std::vector<CheckRow> rows;
    for (const CheckSpec& check : world.scenario.checks) {
        rows.push_back(judge_check(world, check, loss, measured));
        rows.back().id = check.id;
    }
    return rows;
}

}  // namespace shaketable
