// SPDX-License-Identifier: MIT
#include "sim/run/result_json.hpp"

#include <nlohmann/json.hpp>

#include "core/base/check.hpp"

namespace shaketable {

namespace {

using Json = nlohmann::ordered_json;

template <class Time>
Json ns_or_null(const std::optional<Time>& time) {
    return time ? Json(time->ns) : Json(nullptr);
}

Json of_fault(const FaultRow& row) {
    return {{"id", row.id},
            {"inject", row.inject},
            {"target", row.target},
            {"start_ns", ns_or_null(row.start)},
            {"end_ns", ns_or_null(row.end)},
            {"observed_ns", ns_or_null(row.observed)},
            {"effect", row.effect}};
}

Json of_recovery(const RecoveryRow& row) {
    Json outages = Json::array();
    for (const SpanRow& outage : row.outages) {
        outages.push_back({{"start_ns", outage.start.ns}, {"end_ns", outage.end.ns}});
    }
    Json phases = Json::array();
    for (const PhaseRow& phase : row.phases) {
        phases.push_back({{"name", phase.name}, {"duration_ns", phase.duration.ns}});
    }
    Json recovery = {{"scope", row.scope},
            {"fault", row.fault},
            {"rto_ns", ns_or_null(row.rto)},
            {"censored", row.censored},
            {"phases", std::move(phases)},
            {"first_success_ns", ns_or_null(row.first_success)},
            {"unavailable_ns", row.unavailable.ns},
            {"flaps", row.flaps},
            {"outages", std::move(outages)}};
    if (!row.accounts.empty()) {
        Json accounts = Json::array();
        for (const AccountRow& account : row.accounts) {
            accounts.push_back({{"phase", account.phase},
                                {"account", account.account},
                                {"who", account.who},
                                {"duration_ns", account.duration.ns},
                                {"words", account.words}});
        }
        recovery["accounts"] = std::move(accounts);
    }
    if (!row.stall.empty()) recovery["stall"] = row.stall;
    return recovery;
}

Json of_loss(const std::optional<LossRow>& loss, bool has_sites) {
    if (!loss) return nullptr;
    Json json = {{"fault", loss->fault},
            {"acknowledged_ops", loss->acknowledged_ops},
            {"lost_acked_ops", loss->lost_acked_ops},
            {"lost_after_fault_ops", loss->lost_after_fault_ops},
            {"applied_unacked_ops", loss->applied_unacked_ops},
            {"rpo_time_ns", loss->rpo_time.ns},
            {"recovery_point_age_ns", ns_or_null(loss->recovery_point_age)},
            {"lost_bytes", loss->lost_bytes}};
    if (!has_sites) return json;
    json["divergent_ops"] = loss->divergent_ops;
    json["lag_ops"] = loss->lag_ops;
    json["lag_time_ns"] = loss->lag_time.ns;
    return json;
}

Json of_site(const SiteRow& row) {
    return {{"id", row.id},
            {"role", row.role},
            {"promotions", row.promotions},
            {"lag_ops_max", row.lag_ops_max},
            {"lag_bytes_max", row.lag_bytes_max},
            {"lag_time_max_ns", row.lag_time_max.ns},
            {"diverged_records", row.diverged_records},
            {"discarded_records", row.discarded_records},
            {"reapplied_records", row.reapplied_records},
            {"refused_records", row.refused_records}};
}

Json of_routing(const RoutingRow& row) {
    return {{"clients", row.clients},
            {"p50_ns", row.p50.ns},
            {"p99_ns", row.p99.ns},
            {"max_ns", row.max.ns}};
}

Json of_backup(const BackupRow& row) {
    return {{"number", row.number},         {"kind", row.kind},
            {"index", row.index},           {"start_ns", row.started.ns},
            {"end_ns", ns_or_null(row.ended)}, {"state", row.state},
            {"bytes", row.bytes}};
}

Json of_restore(const RestoreRow& row) {
    Json steps = Json::array();
    for (const RestoreStepRow& step : row.steps) {
        steps.push_back({{"name", step.name},
                         {"outcome", step.outcome},
                         {"duration_ns", step.duration.ns}});
    }
    return {{"number", row.number},
            {"drill", row.drill},
            {"outcome", row.outcome},
            {"why", row.why},
            {"start_ns", row.started.ns},
            {"end_ns", ns_or_null(row.ended)},
            {"steps", std::move(steps)},
            {"index", row.index},
            {"recovery_point_ns", ns_or_null(row.recovery_point)},
            {"bytes", row.bytes},
            {"replayed", row.replayed},
            {"lost_ops", row.lost_ops},
            {"lost_bytes", row.lost_bytes},
            {"rpo_time_ns", row.rpo_time.ns},
            {"recovery_point_age_ns", ns_or_null(row.recovery_point_age)},
            {"in_place_ns", ns_or_null(row.in_place)}};
}

Json of_deploy(const DeployRow& row) {
    return {{"id", row.id},
            {"inject", row.inject},
            {"version", row.version},
            {"outcome", row.outcome},
            {"nodes", row.nodes},
            {"reached", row.reached},
            {"backed_out", row.backed_out},
            {"start_ns", row.started.ns},
            {"end_ns", ns_or_null(row.ended)}};
}

Json of_archive(const ArchiveRow& row) {
    return {{"segments", row.segments},
            {"bytes", row.bytes},
            {"expired", row.expired},
            {"last_index", row.last_index},
            {"backlog_max_bytes", row.backlog_max},
            {"verifications", row.verifications},
            {"bad", row.bad},
            {"findings", row.findings},
            {"first_bad_ns", ns_or_null(row.first_bad)}};
}

// Availability is over the operations that ended; those in flight have no outcome yet.
Json of_workload(const WorkloadRow& row) {
    const std::uint64_t ended = row.acknowledged + row.unknown;
    const Json availability =
        ended == 0 ? Json(nullptr)
                   : Json(static_cast<double>(row.acknowledged) / static_cast<double>(ended));
    return {{"id", row.id},
            {"issued", row.issued},
            {"acknowledged", row.acknowledged},
            {"unknown", row.unknown},
            {"in_flight", row.in_flight},
            {"attempts", row.attempts},
            {"availability", availability},
            {"latency_p50_ns", ns_or_null(row.latency_p50)},
            {"latency_p95_ns", ns_or_null(row.latency_p95)},
            {"latency_p99_ns", ns_or_null(row.latency_p99)},
            {"latency_max_ns", ns_or_null(row.latency_max)}};
}

Json of_spells(const SpellsRow& row) {
    return {{"detected", row.detected},
            {"missed", row.missed},
            {"mean_ns", ns_or_null(row.mean)},
            {"p50_ns", ns_or_null(row.p50)},
            {"p99_ns", ns_or_null(row.p99)},
            {"longest_ns", ns_or_null(row.longest)}};
}

Json of_alerting(const AlertingRow& row) {
    Json alerts = Json::array();
    for (const AlertRow& alert : row.alerts) {
        alerts.push_back({{"alert", alert.alert},
                          {"labels", alert.labels},
                          {"severity", alert.severity},
                          {"pages", alert.pages},
                          {"pending_ns", alert.pending.ns},
                          {"firing_ns", ns_or_null(alert.firing)},
                          {"resolved_ns", ns_or_null(alert.resolved)},
                          {"fault", alert.fault}});
    }
    Json faults = Json::array();
    for (const PagedRow& fault : row.faults) {
        faults.push_back({{"fault", fault.fault},
                          {"alert", fault.alert},
                          {"time_to_page_ns", ns_or_null(fault.time_to_page)}});
    }
    return {{"alerts", std::move(alerts)},
            {"faults", std::move(faults)},
            {"pages", row.pages},
            {"false_pages", row.false_pages},
            {"missed", row.missed}};
}

Json of_detection(const DetectionRow& row) {
    return {{"detector", row.detector},
            {"knobs", Json::parse(row.knobs_json)},
            {"messages", row.messages},
            {"crashes", of_spells(row.crashes)},
            {"partitions", of_spells(row.partitions)},
            {"mistakes", row.mistakes},
            {"convictions", row.convictions},
            {"well_ns", row.well.ns},
            {"mistake_rate", row.mistake_rate ? Json(*row.mistake_rate) : Json(nullptr)},
            {"query_accuracy", row.query_accuracy ? Json(*row.query_accuracy) : Json(nullptr)},
            {"mistake_duration_ns", ns_or_null(row.mistake_duration)},
            {"mistake_recurrence_ns", ns_or_null(row.mistake_recurrence)},
            {"good_period_ns", ns_or_null(row.good_period)},
            {"trust_after_return_ns", ns_or_null(row.trust_after_return)}};
}

Json of_target(const TargetRow& row) {
    return {{"id", row.id},
            {"objective", row.objective},
            {"actual", row.actual},
            {"actual_ns", row.actual_ns ? Json(*row.actual_ns) : Json(nullptr)},
            {"censored", row.censored},
            {"verdict", word_of(row.verdict)},
            {"detail", row.detail}};
}

Json of_check(const CheckRow& row) {
    return {{"id", row.id}, {"verdict", word_of(row.verdict)}, {"detail", row.detail}};
}

Json of_finding(const FindingRow& row) {
    return {{"rule", row.rule}, {"at_ns", row.at.ns}, {"message", row.message}};
}

Json of_counts(const OutcomeCounts& counts) {
    Json causes = Json::object();
    for (const auto& [cause, times] : counts.causes) causes[cause] = times;
    return {{"ended", counts.ended()},       {"ok", counts.ok},
            {"failed", counts.failed},       {"timed_out", counts.timed_out},
            {"rejected", counts.rejected},   {"refused", counts.refused},
            {"cancelled", counts.cancelled}, {"causes", std::move(causes)}};
}

Json number_or_null(const std::optional<double>& number) {
    return number ? Json(*number) : Json(nullptr);
}

Json of_service(const ServiceRow& row) {
    return {{"id", row.id},
            {"calls", of_counts(row.calls)},
            {"latency_p50_ns", ns_or_null(row.latency_p50)},
            {"latency_p99_ns", ns_or_null(row.latency_p99)},
            {"stops", row.stops},
            {"opened", row.opened},
            {"goodput_before", number_or_null(row.goodput_before)},
            {"goodput_after", number_or_null(row.goodput_after)},
            {"goodput_end", row.goodput_end},
            {"metastable", row.metastable},
            {"back_ns", ns_or_null(row.back)}};
}

Json of_clients(const ClientsRow& row) {
    return {{"id", row.id},
            {"service", row.service},
            {"criticality", row.criticality},
            {"requests", of_counts(row.requests)},
            {"attempts", row.attempts},
            {"latency_p50_ns", ns_or_null(row.latency_p50)},
            {"latency_p95_ns", ns_or_null(row.latency_p95)},
            {"latency_p99_ns", ns_or_null(row.latency_p99)},
            {"latency_max_ns", ns_or_null(row.latency_max)}};
}

template <class Row>
Json list_of(const std::vector<Row>& rows, Json (*of)(const Row&)) {
    Json list = Json::array();
    for (const Row& row : rows) list.push_back(of(row));
    return list;
}

}  // namespace

std::string_view word_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return "pass";
        case Verdict::fail: return "fail";
        case Verdict::inconclusive: return "inconclusive";
    }
    throw novacron::BugError("a verdict is one of three");
}

Json to_json(const Result& result, std::string_view replay) {
    Json json = {{"schema_version", kResultSchemaVersion},
            {"scenario", result.scenario},
            {"scenario_hash", result.scenario_hash},
            {"parameters", Json::parse(result.parameters_json)},
            {"seed", result.seed},
            {"run_key", result.run_key},
            {"fingerprint", result.fingerprint},
            {"verdict", word_of(result.verdict)},
            {"costs", result.costs},
            {"virtual_ns", result.virtual_time.ns},
            {"wall_ns", result.wall_ns},
            {"events", result.events},
            {"facts", result.facts},
            {"elections", result.elections},
            {"needless_elections", result.needless_elections},
            {"messages", result.messages},
            {"heartbeats", result.heartbeats},
            {"wan_bytes", result.wan_bytes},
            {"faults", list_of(result.faults, of_fault)},
            {"recovery", list_of(result.recovery, of_recovery)},
            {"loss", of_loss(result.loss, !result.sites.empty())},
            {"workloads", list_of(result.workloads, of_workload)},
            {"targets", list_of(result.targets, of_target)},
            {"checks", list_of(result.checks, of_check)},
            {"findings", list_of(result.findings, of_finding)},
            {"doubts", result.doubts},
            {"replay", replay}};
    // Scenarios without services say nothing of them.
    if (!result.services.empty()) {
        json["services"] = list_of(result.services, of_service);
        json["clients"] = list_of(result.clients, of_clients);
    }
    if (!result.sites.empty()) json["sites"] = list_of(result.sites, of_site);
    if (result.routing) json["routing"] = of_routing(*result.routing);
    if (result.archive) {
        json["backups"] = list_of(result.backups, of_backup);
        json["restores"] = list_of(result.restores, of_restore);
        json["archive"] = of_archive(*result.archive);
    }
    if (!result.deploys.empty()) json["deploys"] = list_of(result.deploys, of_deploy);
    if (result.detection) json["detection"] = of_detection(*result.detection);
    if (result.alerting) json["alerting"] = of_alerting(*result.alerting);
    return json;
}

Json breakers_to_json(const Result& result) {
    Json list = Json::array();
    for (const BreakerRow& row : result.breakers) {
        for (const BreakerSpanRow& span : row.spans) {
            list.push_back({{"edge", row.edge},
                            {"caller", row.caller},
                            {"state", span.state},
                            {"start_ns", span.start.ns},
                            {"end_ns", span.end.ns}});
        }
    }
    return list;
}

Json timeline_to_json(const Result& result) {
    Json list = Json::array();
    for (const TimelineRow& row : result.timeline) {
        list.push_back(
            {{"at_ns", row.at.ns}, {"kind", row.kind}, {"node", row.node}, {"text", row.text}});
    }
    return list;
}

Json roles_to_json(const Result& result) {
    Json list = Json::array();
    for (const RoleRow& row : result.roles) {
        list.push_back({{"node", row.node},
                        {"role", row.role},
                        {"term", row.term},
                        {"start_ns", row.start.ns},
                        {"end_ns", row.end.ns}});
    }
    return list;
}

Json series_to_json(const Result& result) {
    Json list = Json::array();
    for (const SeriesRow& row : result.series) {
        Json series = {{"workload", row.workload},
                       {"part", row.part},
                       {"start_ns", row.buckets.start.ns},
                       {"end_ns", row.buckets.end.ns},
                       {"bucket_ns", row.buckets.width.ns},
                       {"issued", Json::array()},
                       {"acknowledged", Json::array()},
                       {"unknown", Json::array()},
                       {"latency_p50_ns", Json::array()},
                       {"latency_p99_ns", Json::array()}};
        for (const Bucket& bucket : row.values) {
            series["issued"].push_back(bucket.issued);
            series["acknowledged"].push_back(bucket.acknowledged);
            series["unknown"].push_back(bucket.unknown);
            series["latency_p50_ns"].push_back(ns_or_null(bucket.latency_p50));
            series["latency_p99_ns"].push_back(ns_or_null(bucket.latency_p99));
        }
        list.push_back(std::move(series));
    }
    return list;
}

}  // namespace shaketable
