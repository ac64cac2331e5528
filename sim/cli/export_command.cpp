// SPDX-License-Identifier: MIT
//
// `shaketable export`: parts of a run for other programs.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/history/write_history.hpp"
#include "sim/measure/operations.hpp"
#include "sim/run/client_history.hpp"
#include "sim/run/run.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;
using history::FileFormat;

po::options_description options() {
    po::options_description all;
    all.add_options()("output,o", po::value<std::string>()->value_name("FILE"),
                      "where the history goes; replaced if it is there")(
        "format", po::value<std::string>()->value_name("FORMAT"),
        "jsonl or edn; by the file's name unless given, else jsonl");
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

ExitCode export_history(const Context& context, const NamedRun& run, const std::string& output,
                        FileFormat format) {
    FileInTheMaking file(output);
    Simulation simulation(run.scenario, run.seed);
    const Operations operations(simulation.record());
    constexpr int kStepsBetweenLooks = 1024;
    for (int i = 0; simulation.step(); ++i) {
        if (i % kStepsBetweenLooks == 0 && context.stop) {
            context.terminal.complain(fmt::format("interrupted; {} is not written", output));
            return kInterrupted;
        }
    }
    const Result result = simulation.result();
    if (run.stored) {
        if (const ExitCode bad = refuse_other_run(context, *run.stored, result)) return bad;
    }
    const history::History history = history_of(operations.all());
    write_history(history, format, [&](std::string_view line) { file.write(line); });
    file.commit();
    context.terminal.out(
        fmt::format("{}: {} operations of run {}; check it with shaketable "
                    "history check {}\n",
                    output, history.operations.size(), result.run_key, shell_word(output)));
    return kPass;
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kExportCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::vector<std::string>& given = arguments.words();
    if (given.empty() || given[0] != "history") {
        throw UsageError("write: shaketable export history RUN_KEY -o FILE");
    }
    if (given.size() < 2) throw UsageError("RUN_KEY or SCENARIO@SEED is missing");
    if (given.size() > 2) {
        throw UsageError(fmt::format("one run at a time; what is '{}'?", given[2]));
    }
    const std::optional<std::string> output = arguments.value("output");
    if (!output) throw UsageError("-o FILE is missing: where does the history go?");
    const FileFormat format = format_of(arguments, *output);
    refuse_unwritable(*output);
    return export_history(context, named_run(context, arguments, given[1]), *output, format);
}

}  // namespace

const Command kExportCommand = {
    "export",
    "history RUN_KEY -o FILE",
    "what the clients of a run were told, for other checkers",
    "Does a run again and writes what its clients asked and were told: one event a line, as JSON "
    "or as\n"
    "Jepsen's EDN, with a register for each key. `shaketable history check` reads both. The run is "
    "a key of\n"
    "the database (or a key's beginning) or SCENARIO@SEED. Exit status 0: written; 4 or 3: the "
    "recorded run\n"
    "came out otherwise, and nothing is written.\n\n"
    "  shaketable export history scenarios/leader_crash_during_writes.yaml@7 -o history.jsonl\n"
    "  shaketable export history 3f2a91 -o history.edn\n",
    options,
    run};

}  // namespace shaketable::cli
