// SPDX-License-Identifier: MIT
//
// `shaketable list`: what there is to choose from.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/alert/metric_table.hpp"
#include "sim/check/probes.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/result_json.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/store/store.hpp"

namespace shaketable::cli {

namespace {

constexpr std::int64_t kRunsShown = 1000;

TextTable faults() {
    TextTable table;
    for (const FaultWord& fault : fault_table()) {
        table.add({std::string(fault.word), std::string(fault.summary)});
    }
    return table;
}

TextTable metrics() {
    TextTable table;
    for (const MetricDescriptor& metric : metric_table()) {
        table.add({std::string(metric.name), std::string(metric.type),
                   "{" + std::string(metric.labels) + "}", std::string(metric.help)});
    }
    return table;
}

TextTable all_commands() {
    TextTable table;
    for (const Command* command : commands()) {
        table.add({std::string(command->name), std::string(command->summary)});
    }
    return table;
}

TextTable probes() {
    TextTable table;
    for (const ProbeWords& probe : probe_table()) {
        table.add({std::string(probe.name), std::string(probe.words)});
    }
    return table;
}

TextTable runs(const Context& context, const std::string& database) {
    Store store(database, Store::Access::read);
    TextTable table;
    for (const StoredRun& run : store.latest(kRunsShown)) {
        table.add({run.run_key, run.scenario, fmt::format("seed {}", run.seed),
                   context.terminal.paint(run.verdict, word_of(run.verdict)), run.fingerprint});
    }
    return table;
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kListCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& what = arguments.only_word("faults, metrics, probes, runs or commands");
    if (what == "faults") {
        context.terminal.out(faults().text(0));
    } else if (what == "metrics") {
        context.terminal.out(metrics().text(0));
    } else if (what == "probes") {
        context.terminal.out(probes().text(0));
    } else if (what == "commands") {
        context.terminal.out(all_commands().text(0));
    } else if (what == "runs") {
        context.terminal.out(runs(context, arguments.database()).text(0));
    } else {
        const std::string hint =
            did_you_mean(what, {"faults", "metrics", "probes", "runs", "commands"});
        throw UsageError(
            fmt::format("there is no list of '{}'; {}", what,
                        hint.empty() ? "choose faults, metrics, probes, runs or commands" : hint));
    }
    return kPass;
}

}  // namespace

const Command kListCommand = {"list",
                              "faults|metrics|probes|runs|commands",
                              "what there is to choose from",
                              "Lists the faults a scenario can inject, the metrics that "
                              "alerts see, the rare situations that --coverage counts, the runs of "
                              "a\n"
                              "database (the latest thousand) or the commands.\n\n"
                              "  shaketable list faults\n"
                              "  shaketable list runs --db shaketable.db\n",
                              database_option,
                              run};

}  // namespace shaketable::cli
