// SPDX-License-Identifier: MIT
//
// `shaketable compare`: the same disaster under several architectures, in one table.
#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "core/base/check.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/ensemble.hpp"
#include "sim/study/run_many.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;

po::options_description options() {
    po::options_description all;
    all.add_options()("seeds", po::value<std::string>()->value_name("A..B"),
                      "the seeds of every scenario; those of the first unless given")(
        "jobs,j", po::value<std::string>()->value_name("N"),
        "threads; as many as processors unless given");
    all.add(set_option());
    all.add_options()("json", "print one JSON object instead of text")(
        "quiet,q", "say nothing but the last line");
    return all;
}

// One architecture, and what came of it.
struct Contender {
    Scenario scenario;
    Summary summary;

    std::string site_count() const {
        std::vector<std::string> sites;
        for (const NodeSpec& node : scenario.nodes) {
            if (sites.empty() || sites.back() != node.site) sites.push_back(node.site);
        }
        return std::to_string(sites.size());
    }
    // Nothing if no run has a recovery of writes.
    const Sample* rto() const {
        const ScopeTotals* writes = summary.scope("write");
        return writes == nullptr || writes->rto.size() == 0 ? nullptr : &writes->rto;
    }
    double wan_bytes_per_hour() const {
        return summary.virtual_ns == 0 ? 0
                                       : static_cast<double>(summary.wan_bytes) * 3600e9 /
                                             static_cast<double>(summary.virtual_ns);
    }
    std::optional<double> availability() const {
        WorkloadTotals all;
        for (const auto& [id, totals] : summary.workloads) {
            all.acknowledged += totals.acknowledged;
            all.unknown += totals.unknown;
        }
        return all.availability();
    }
};

std::string time_text(const std::optional<Duration>& time) {
    return time ? format_duration_brief(*time) : "not recovered";
}
nlohmann::ordered_json time_json(const std::optional<Duration>& time) {
    return time ? nlohmann::ordered_json(time->ns) : nlohmann::ordered_json(nullptr);
}

std::vector<std::string> row_of(const Contender& contender) {
    const Summary& summary = contender.summary;
    const Sample* rto = contender.rto();
    const auto rto_at = [&](double q) {
        return rto == nullptr ? std::string("-") : time_text(rto->quantile(q));
    };
    const auto rpo_at = [&](double q) {
        return summary.rpo_time.size() == 0 ? std::string("-")
                                            : time_text(summary.rpo_time.quantile(q));
    };
    const auto availability = contender.availability();
    return {contender.scenario.name,
            std::to_string(contender.scenario.nodes.size()),
            contender.site_count(),
            rto_at(0.5),
            rto_at(0.95),
            rto == nullptr ? "-" : fmt::format("{}/{}", rto->censored(), rto->size()),
            rpo_at(0.5),
            rpo_at(1),
            std::to_string(summary.lost_acked_ops),
            std::to_string(summary.divergent_ops),
            availability ? fmt::format("{:.3f} %", *availability * 100) : "-",
            fmt::format("{:.1f}", contender.wan_bytes_per_hour() / 1e6)};
}

nlohmann::ordered_json json_of(const Contender& contender) {
    const Summary& summary = contender.summary;
    const Sample* rto = contender.rto();
    const bool measured = summary.rpo_time.size() > 0;
    const auto availability = contender.availability();
    return {{"scenario", contender.scenario.name},
            {"scenario_hash", contender.scenario.hash},
            {"nodes", contender.scenario.nodes.size()},
            {"runs", summary.runs.total()},
            {"rto_write_p50_ns", rto == nullptr ? nullptr : time_json(rto->quantile(0.5))},
            {"rto_write_p95_ns", rto == nullptr ? nullptr : time_json(rto->quantile(0.95))},
            {"not_recovered", rto == nullptr ? 0 : rto->censored()},
            {"rpo_p50_ns", measured ? time_json(summary.rpo_time.quantile(0.5)) : nullptr},
            {"rpo_max_ns", measured ? time_json(summary.rpo_time.quantile(1)) : nullptr},
            {"lost_acked_ops", summary.lost_acked_ops},
            {"divergent_ops", summary.divergent_ops},
            {"availability", availability ? nlohmann::ordered_json(*availability) : nullptr},
            {"wan_bytes_per_hour", contender.wan_bytes_per_hour()},
            {"findings", summary.findings}};
}

Contender run_all(Context& context, Scenario scenario, SeedRange seeds, unsigned threads) {
    Ensemble ensemble(scenario);
    Progress progress(context.terminal, seeds.last - seeds.first + 1, "runs");
    run_many(
        scenario, seeds, threads,
        [&](Result&& result) {
            progress.advance(result.verdict);
            ensemble.add(result);
        },
        context.stop);
    return {std::move(scenario), ensemble.summary()};
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kCompareCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::vector<std::string>& paths = arguments.words();
    if (paths.size() < 2) throw UsageError("compare needs two scenarios or more");
    std::vector<Scenario> scenarios;
    for (const std::string& path : paths) {
        scenarios.push_back(load_or_refuse(context, path, arguments.overrides()));
    }
    const SeedRange seeds = arguments.seeds().value_or(scenarios.front().seeds);
    const std::uint64_t count = seeds.last - seeds.first + 1;
    std::vector<Contender> contenders;
    std::uint64_t findings = 0;
    for (Scenario& scenario : scenarios) {
        contenders.push_back(
            run_all(context, std::move(scenario), seeds, arguments.threads(seeds)));
        if (contenders.back().summary.runs.total() < count) {
            context.terminal.complain("interrupted");
            return kInterrupted;
        }
        findings += contenders.back().summary.findings;
    }
    const Terminal& terminal = context.terminal;
    if (arguments.has("json")) {
        nlohmann::ordered_json json = {{"schema_version", 1}};
        for (const Contender& each : contenders) json["scenarios"].push_back(json_of(each));
        terminal.out(json.dump(2) + "\n");
    } else if (!terminal.quiet()) {
        TextTable table;
        table.add({"scenario", "nodes", "sites", "RTO p50", "p95", "never", "RPO p50", "max",
                   "lost", "divergent", "available", "WAN MB/h"});
        for (const Contender& each : contenders) table.add(row_of(each));
        terminal.out(table.text(0));
    }
    if (!arguments.has("json")) {
        terminal.out(fmt::format("{} scenarios, {} each, {}\n", contenders.size(),
                                 plural(count, "run"),
                                 findings == 0 ? "no promise broken"
                                               : plural(findings, "broken promise")));
    }
    return findings == 0 ? kPass : kFail;
}

}  // namespace

const Command kCompareCommand = {
    "compare",
    "SCENARIO SCENARIO ...",
    "the same disaster under several architectures: RTO, RPO and cost in one table",
    "Runs each scenario with the same seeds and prints a line for each: how many nodes and sites\n"
    "it takes, the RTO of writes, how many runs never recovered, the RPO, acknowledged writes\n"
    "lost and divergent over all runs, and what its nodes send between sites. Nothing is stored.\n"
    "Exit status 0: no promise was broken, whatever was lost; 1: some were.\n\n"
    "  shaketable compare scenarios/architectures/*.yaml --seeds 1..100\n",
    options,
    run};

}  // namespace shaketable::cli
