// SPDX-License-Identifier: MIT
//
// `shaketable export`: parts of a run for other programs.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/alert/promtool_test.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/history/write_history.hpp"
#include "sim/measure/operations.hpp"
#include "sim/run/client_history.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;
using history::FileFormat;

po::options_description options() {
    po::options_description all;
    all.add_options()("output,o", po::value<std::string>()->value_name("FILE"),
                      "where it goes; replaced if it is there")(
        "format", po::value<std::string>()->value_name("FORMAT"),
        "of a history: jsonl or edn; by the file's name unless given, else jsonl");
    all.add(set_option()).add(database_option());
    return all;
}

FileFormat format_of(const Arguments& arguments, const std::string& output) {
    const std::string word =
        arguments.value("format").value_or(output.ends_with(".edn") ? "edn" : "jsonl");
    if (word != "jsonl" && word != "edn") {
        throw UsageError(fmt::format("--format {}: jsonl or edn", word));
    }
    return word == "edn" ? FileFormat::edn : FileFormat::json_lines;
}

// Does the run; nothing if it was interrupted.
std::optional<Result> do_run(const Context& context, Simulation& simulation,
                             const std::string& output) {
    constexpr int kStepsBetweenLooks = 1024;
    for (int i = 0; simulation.step(); ++i) {
        if (i % kStepsBetweenLooks == 0 && context.stop) {
            context.terminal.complain(fmt::format("interrupted; {} is not written", output));
            return std::nullopt;
        }
    }
    return simulation.result();
}

ExitCode export_history(const Context& context, const NamedRun& run, const std::string& output,
                        FileFormat format) {
    FileInTheMaking file(output);
    Simulation simulation(run.scenario, run.seed);
    const Operations operations(simulation.record());
    const std::optional<Result> result = do_run(context, simulation, output);
    if (!result) return kInterrupted;
    if (run.stored) {
        if (const ExitCode bad = refuse_other_run(context, *run.stored, *result)) return bad;
    }
    const history::History history = history_of(operations.all());
    write_history(history, format, [&](std::string_view line) { file.write(line); });
    file.commit();
    context.terminal.out(
        fmt::format("{}: {} operations of run {}; check it with shaketable "
                    "history check {}\n",
                    output, history.operations.size(), result->run_key, shell_word(output)));
    return kPass;
}

ExitCode export_raft_trace(const Context& context, const NamedRun& run,
                           const std::string& output) {
    FileInTheMaking file(output);
    std::uint64_t events = 0;
    Simulation simulation(run.scenario, run.seed, [&](Instant at, std::string_view event) {
        ++events;
        file.write(fmt::format("{{\"tag\":\"trace\",\"ts\":{},\"event\":{}}}\n", at.ns, event));
    });
    const std::optional<Result> result = do_run(context, simulation, output);
    if (!result) return kInterrupted;
    if (run.stored) {
        if (const ExitCode bad = refuse_other_run(context, *run.stored, *result)) return bad;
    }
    file.commit();
    context.terminal.out(
        fmt::format("{}: {} events of run {}\n", output, events, result->run_key));
    return kPass;
}

std::string seconds_of(std::int64_t ns) { return format_number(static_cast<double>(ns) / 1e9); }
std::string seconds_of(const std::optional<Duration>& duration) {
    return duration ? seconds_of(duration->ns) : "";
}

ExitCode export_series(const Context& context, const NamedRun& run, const std::string& output) {
    FileInTheMaking file(output);
    Simulation simulation(run.scenario, run.seed);
    const std::optional<Result> result = do_run(context, simulation, output);
    if (!result) return kInterrupted;
    if (run.stored) {
        if (const ExitCode bad = refuse_other_run(context, *run.stored, *result)) return bad;
    }
    file.write(
        "series,part,start_s,end_s,issued,acknowledged,unknown,latency_p50_s,latency_p99_s\n");
    std::size_t rows = 0;
    for (const SeriesRow& row : result->series) {
        Instant start = row.buckets.start;
        for (const Bucket& bucket : row.values) {
            const Instant end = std::min(start + row.buckets.width, row.buckets.end);
            file.write(fmt::format("{},{},{},{},{},{},{},{},{}\n", row.workload, row.part,
                                   seconds_of(start.ns), seconds_of(end.ns), bucket.issued,
                                   bucket.acknowledged, bucket.unknown,
                                   seconds_of(bucket.latency_p50), seconds_of(bucket.latency_p99)));
            start = end;
            ++rows;
        }
    }
    file.commit();
    context.terminal.out(fmt::format("{}: {} rows of {} series of run {}\n", output, rows,
                                     result->series.size(), result->run_key));
    return kPass;
}

// x.yml and, beside it, x.rules.yml.
ExitCode export_alerts_test(const Context& context, const NamedRun& run,
                            const std::string& output) {
    if (!run.scenario.alerts) throw UsageError("the scenario has no alerts");
    if (const auto why = untellable(*run.scenario.alerts)) {
        throw UsageError("promtool can't be told of these rules: " + *why);
    }
    const std::string base = output.ends_with(".yml") ? output.substr(0, output.size() - 4)
                                                      : output;
    const std::string rules = base + ".rules.yml";
    refuse_unwritable(rules);
    FileInTheMaking file(output);
    FileInTheMaking rules_file(rules);
    Simulation simulation(run.scenario, run.seed);
    simulation.monitor()->keep_all();
    const std::optional<Result> result = do_run(context, simulation, output);
    if (!result) return kInterrupted;
    if (run.stored) {
        if (const ExitCode bad = refuse_other_run(context, *run.stored, *result)) return bad;
    }
    rules_file.write(promtool_rules(*run.scenario.alerts));
    file.write(promtool_test(*run.scenario.alerts, *simulation.monitor(),
                             {Instant{run.scenario.duration.ns},
                              static_cast<double>(run.scenario.epoch_unix_seconds),
                              std::string_view(rules).substr(rules.rfind('/') + 1)}));
    rules_file.commit();
    file.commit();
    context.terminal.out(fmt::format("{} and {}: run {}; try it with promtool test rules {}\n",
                                     output, rules, result->run_key, shell_word(output)));
    return kPass;
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kExportCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::vector<std::string>& given = arguments.words();
    const std::string what = given.empty() ? "" : given[0];
    if (what != "history" && what != "raft-trace" && what != "series" && what != "alerts-test") {
        throw UsageError(
            "write: shaketable export history|raft-trace|series|alerts-test RUN_KEY -o FILE");
    }
    if (given.size() < 2) throw UsageError("RUN_KEY or SCENARIO@SEED is missing");
    if (given.size() > 2) {
        throw UsageError(fmt::format("one run at a time; what is '{}'?", given[2]));
    }
    const std::optional<std::string> output = arguments.value("output");
    if (!output) {
        throw UsageError(fmt::format("-o FILE is missing: where does the {} go?",
                                     what == "raft-trace" ? "trace" : what));
    }
    if (what == "raft-trace" && arguments.value("format")) {
        throw UsageError("--format is for a history; a trace is lines of JSON");
    }
    if (what == "series" && arguments.value("format")) {
        throw UsageError("--format is for a history; series are comma-separated values");
    }
    if (what == "alerts-test" && arguments.value("format")) {
        throw UsageError("--format is for a history; a test is YAML");
    }
    const FileFormat format = format_of(arguments, *output);
    refuse_unwritable(*output);
    const NamedRun which = named_run(context, arguments, given[1]);
    if (what == "raft-trace") return export_raft_trace(context, which, *output);
    if (what == "alerts-test") return export_alerts_test(context, which, *output);
    if (what == "series") return export_series(context, which, *output);
    return export_history(context, which, *output, format);
}

}  // namespace

const Command kExportCommand = {
    "export",
    "history|raft-trace|series|alerts-test RUN_KEY -o FILE",
    "parts of a run for other programs",
    "Does a run again and writes a part of it. The run is a key of the database (or a key's "
    "beginning) or\n"
    "SCENARIO@SEED. Exit status 0: written; 4 or 3: the recorded run came out otherwise, and "
    "nothing is written.\n\n"
    "history     what the clients asked and were told: one event a line, as JSON or as Jepsen's "
    "EDN, with a\n"
    "            register for each key. `shaketable history check` reads both.\n"
    "raft-trace  what the consensus servers did: one event a line, as JSON in the words of etcd's "
    "Raft trace,\n"
    "            which its TLA+ specification is checked against.\n"
    "series      what clients and services did in the course of time, in buckets, as "
    "comma-separated values:\n"
    "            ready to be plotted.\n"
    "alerts-test what a monitoring system saw and when alerts fired, as a unit test for `promtool "
    "test rules`; the\n"
    "            rules go into a file beside it.\n\n"
    "  shaketable export history scenarios/leader_crash_during_writes.yaml@7 -o history.jsonl\n"
    "  shaketable export history 3f2a91 -o history.edn\n"
    "  shaketable export series scenarios/steady_state.yaml@1 -o series.csv\n"
    "  shaketable export raft-trace scenarios/leader_is_removed.yaml@1 -o trace.ndjson\n",
    options,
    run};

}  // namespace shaketable::cli
