// SPDX-License-Identifier: MIT
//
// `shaketable list`: what there is to choose from.
#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

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

namespace po = boost::program_options;

using Json = nlohmann::ordered_json;

constexpr std::int64_t kRunsShown = 1000;

// Each list is an array of objects.

Json faults() {
    Json list = Json::array();
    for (const FaultWord& fault : fault_table()) {
        list.push_back({{"inject", fault.word}, {"summary", fault.summary}});
    }
    return list;
}

Json metrics() {
    Json list = Json::array();
    for (const MetricDescriptor& metric : metric_table()) {
        list.push_back({{"name", metric.name},
                        {"type", metric.type},
                        {"labels", "{" + std::string(metric.labels) + "}"},
                        {"help", metric.help}});
    }
    return list;
}

Json all_commands() {
    Json list = Json::array();
    for (const Command* command : commands()) {
        list.push_back({{"command", command->name}, {"summary", command->summary}});
    }
    return list;
}

Json probes() {
    Json list = Json::array();
    for (const ProbeWords& probe : probe_table()) {
        list.push_back({{"probe", probe.name}, {"summary", probe.words}});
    }
    return list;
}

Json runs(const std::string& database) {
    Store store(database, Store::Access::read);
    Json list = Json::array();
    for (const StoredRun& run : store.latest(kRunsShown)) {
        list.push_back({{"run_key", run.run_key},
                        {"scenario", run.scenario},
                        {"seed", run.seed},
                        {"verdict", word_of(run.verdict)},
                        {"fingerprint", run.fingerprint}});
    }
    return list;
}

Json list_of(const std::string& what, const Arguments& arguments) {
    if (what == "faults") return faults();
    if (what == "metrics") return metrics();
    if (what == "probes") return probes();
    if (what == "commands") return all_commands();
    if (what == "runs") return runs(arguments.database());
    const std::string hint =
        did_you_mean(what, {"faults", "metrics", "probes", "runs", "commands"});
    throw UsageError(
        fmt::format("there is no list of '{}'; {}", what,
                    hint.empty() ? "choose faults, metrics, probes, runs or commands" : hint));
}

// A row each: texts as they are, numbers with what they count.
std::string text_of(const Json& list, const Terminal& terminal) {
    TextTable table;
    for (const Json& row : list) {
        std::vector<std::string> cells;
        for (const auto& [key, value] : row.items()) {
            cells.push_back(value.is_string() ? value.get<std::string>()
                                              : key + " " + value.dump());
            const Verdict verdicts[] = {Verdict::pass, Verdict::fail, Verdict::inconclusive};
            for (const Verdict verdict : verdicts) {
                if (key == "verdict" && cells.back() == word_of(verdict)) {
                    cells.back() = terminal.paint(verdict, word_of(verdict));
                    break;
                }
            }
        }
        table.add(cells);
    }
    return table.text(0);
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kListCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& what = arguments.only_word("faults, metrics, probes, runs or commands");
    const Json list = list_of(what, arguments);
    if (arguments.has("json")) {
        const Json all = {{"schema_version", kResultSchemaVersion}, {what, list}};
        context.terminal.out(all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    } else {
        context.terminal.out(text_of(list, context.terminal));
    }
    return kPass;
}

po::options_description options() {
    po::options_description all = database_option();
    all.add_options()("json", "print one JSON object instead of text");
    return all;
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
                              options,
                              run};

}  // namespace shaketable::cli
