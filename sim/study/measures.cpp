// SPDX-License-Identifier: MIT
#include "sim/study/measures.hpp"

#include <algorithm>
#include <set>

#include "sim/study/resample.hpp"

namespace shaketable {

RunMeasures measures_of(const Result& result) {
    RunMeasures run;
    run.seed = result.seed;
    run.fingerprint = result.fingerprint;
    for (const RecoveryRow& row : result.recovery) {
        const std::string rto = "rto." + row.scope;
        run.values[rto] = row.rto ? row.rto->ns : kNever;
        for (const PhaseRow& phase : row.phases) {
            run.values[rto + "." + phase.name] = phase.duration.ns;
        }
        run.values["unavailable." + row.scope] = row.unavailable.ns;
    }
    if (result.loss) {
        run.values["rpo.time"] = result.loss->rpo_time.ns;
        run.values["rpo.operations"] = static_cast<std::int64_t>(result.loss->lost_acked_ops);
    }
    for (const ClientsRow& row : result.clients) {
        const std::uint64_t failed = row.requests.ended() - row.requests.ok;
        run.values["failed." + row.id] = static_cast<std::int64_t>(failed);
        if (row.latency_p99) run.values["latency_p99." + row.id] = row.latency_p99->ns;
    }
    for (const ServiceRow& row : result.services) {
        const bool asked =
            std::any_of(result.clients.begin(), result.clients.end(),
                        [&](const ClientsRow& clients) { return clients.service == row.id; });
        if (!asked) continue;
        run.values["success_interval." + row.id] =
            row.goodput_end > 0 ? static_cast<std::int64_t>(1e9 / row.goodput_end) : kNever;
    }
    run.values["elections"] = static_cast<std::int64_t>(result.elections);
    run.values["needless_elections"] = static_cast<std::int64_t>(result.needless_elections);
    return run;
}

bool is_judged_of_services(std::string_view measure) {
    const std::string_view rto = "rto.service:";  // and not its phases: rto.service:shop.client
    return (measure.starts_with(rto) && measure.find('.', rto.size()) == std::string_view::npos) ||
           measure.starts_with("unavailable.service:") ||
           measure.starts_with("failed.") || measure.starts_with("latency_p99.") ||
           measure.starts_with("success_interval.");
}

std::vector<std::string> judged_measures(const std::vector<const RunMeasures*>& runs) {
    std::set<std::string> of_services;
    std::vector<std::string> names;
    for (const RunMeasures* run : runs) {
        for (const auto& [name, value] : run->values) {
            if (is_judged_of_services(name)) of_services.insert(name);
        }
    }
    for (const std::string_view name : kJudgedMeasures) {
        const bool known =
            std::any_of(runs.begin(), runs.end(), [&](const RunMeasures* run) {
                return run->values.contains(std::string(name));
            });
        if (known) names.emplace_back(name);
    }
    names.insert(names.end(), of_services.begin(), of_services.end());
    return names;
}

Unit unit_of(std::string_view measure) {
    const bool counts = measure.ends_with("elections") || measure == "rpo.operations" ||
                        measure.starts_with("failed.");
    return counts ? Unit::count : Unit::nanoseconds;
}

}  // namespace shaketable
