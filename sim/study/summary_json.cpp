// SPDX-License-Identifier: MIT
#include "sim/study/summary_json.hpp"

#include <nlohmann/json.hpp>

#include "sim/run/result_json.hpp"

namespace shaketable {

namespace {

using Json = nlohmann::ordered_json;

Json ns_or_null(const std::optional<Duration>& time) {
    return time ? Json(time->ns) : Json(nullptr);
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json of_sample(const Sample& sample) {
    Json json = {{"n", sample.size()}, {"censored", sample.censored()}};
    const bool any = sample.size() > 0;
    json["p50_ns"] = any ? ns_or_null(sample.quantile(0.50)) : Json(nullptr);
    json["p95_ns"] = any ? ns_or_null(sample.quantile(0.95)) : Json(nullptr);
    json["p99_ns"] = any ? ns_or_null(sample.quantile(0.99)) : Json(nullptr);
    json["max_ns"] = any ? ns_or_null(sample.quantile(1)) : Json(nullptr);
    json["worst_seed"] = any ? Json(sample.worst_seed()) : Json(nullptr);
    return json;
}

Json of_tally(const Tally& tally) {
    return {{"passed", tally.passed},
            {"failed", tally.failed},
            {"inconclusive", tally.inconclusive},
            {"first_failed_seed", or_null(tally.first_failed)},
            {"first_inconclusive_seed", or_null(tally.first_inconclusive)}};
}

Json of_target(const EnsembleTarget& target) {
    Json json = {{"id", target.id},
                 {"objective", target.objective},
                 {"verdict", target.verdict ? Json(word_of(*target.verdict)) : Json(nullptr)},
                 {"detail", target.detail}};
    if (target.quantile == 0) {
        json["runs"] = of_tally(target.runs);
        json["worst"] = target.worst;
        json["worst_seed"] = target.worst_seed;
    } else {
        json["observed_ns"] = ns_or_null(target.observed);
        json["upper_bound_ns"] = ns_or_null(target.upper_bound);
        json["seeds_needed"] = target.seeds_needed;
    }
    return json;
}

Json of_workloads(const Summary& summary) {
    Json list = Json::array();
    for (const auto& [id, totals] : summary.workloads) {
        const bool any = totals.availability().has_value();
        list.push_back({{"id", id},
                        {"issued", totals.issued},
                        {"acknowledged", totals.acknowledged},
                        {"unknown", totals.unknown},
                        {"in_flight", totals.in_flight},
                        {"availability", or_null(totals.availability())},
                        {"worst_availability", or_null(totals.worst_availability)},
                        {"worst_seed", any ? Json(totals.worst_seed) : Json(nullptr)}});
    }
    return list;
}

Json of_recovery(const Summary& summary) {
    Json list = Json::array();
    for (const ScopeTotals& totals : summary.recovery) {
        list.push_back({{"scope", totals.scope},
                        {"rto", of_sample(totals.rto)},
                        {"unavailable", of_sample(totals.unavailable)},
                        {"flaps", totals.flaps}});
    }
    return list;
}

}  // namespace

nlohmann::ordered_json to_json(const Summary& summary) {
    Json targets = Json::array();
    for (const EnsembleTarget& target : summary.targets) targets.push_back(of_target(target));
    Json checks = Json::array();
    for (const auto& [id, tally] : summary.checks) {
        Json check = {{"id", id}, {"verdict", word_of(tally.verdict())}};
        check["runs"] = of_tally(tally);
        checks.push_back(std::move(check));
    }
    Json first_finding = nullptr;
    if (summary.first_finding) {
        const FirstFinding& first = *summary.first_finding;
        first_finding = {{"seed", first.seed},
                         {"rule", first.finding.rule},
                         {"at_ns", first.finding.at.ns},
                         {"message", first.finding.message}};
    }
    return {{"verdict", word_of(summary.verdict)},
            {"runs", of_tally(summary.runs)},
            {"recovery", of_recovery(summary)},
            {"rpo_time", of_sample(summary.rpo_time)},
            {"lost_acked_ops", summary.lost_acked_ops},
            {"runs_with_loss", summary.runs_with_loss},
            {"workloads", of_workloads(summary)},
            {"targets", std::move(targets)},
            {"checks", std::move(checks)},
            {"findings", summary.findings},
            {"first_finding", std::move(first_finding)},
            {"events", summary.events},
            {"virtual_ns", summary.virtual_ns}};
}

}  // namespace shaketable
