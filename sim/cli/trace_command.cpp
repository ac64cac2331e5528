// SPDX-License-Identifier: MIT
//
// `shaketable trace`: a run as a file for https://ui.perfetto.dev.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/fact_stream.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/trace_facts.hpp"
#include "sim/run/world.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;

po::options_description options() {
    po::options_description all;
    all.add_options()("output,o", po::value<std::string>()->value_name("FILE"),
                      "where the trace goes; replaced if it is there")(
        "sample", po::value<std::string>()->value_name("1/N"),
        "show one message in N; 1/100 unless given");
    all.add(set_option()).add(database_option());
    return all;
}

TraceOptions trace_options(const Arguments& arguments) {
    const std::string text = arguments.value("sample").value_or("1/100");
    const Parsed<std::uint64_t> every =
        parse_unsigned(text.starts_with("1/") ? std::string_view(text).substr(2) : "");
    if (!every || *every < 1) {
        throw UsageError(fmt::format("--sample {}: write 1/N, such as 1/100 or 1/1", text));
    }
    return {*every};
}

ExitCode write_trace(const Context& context, const NamedRun& run, const std::string& output,
                     TraceOptions sampling) {
    FileInTheMaking file(output);
    ChromeTrace trace([&](std::string_view text) { file.write(text); });
    const World plan(run.scenario, run.seed);
    TraceFacts facts(trace, run.scenario, plan.schedule.faults, sampling);
    FactStream stream(run.scenario, run.seed);
    std::uint64_t count = 0;
    while (const std::optional<TimedFact> fact = stream.next()) {
        if (++count % 1024 == 0 && context.stop) {
            context.terminal.complain(fmt::format("interrupted; {} is not written", output));
            return kInterrupted;
        }
        facts.on_fact(fact->at, fact->fact);
    }
    facts.finish(Instant{run.scenario.duration.ns});
    const Result result = stream.result();
    if (run.stored) {
        if (const ExitCode bad = refuse_other_run(context, *run.stored, result)) return bad;
    }
    trace.close({{"scenario", run.scenario.name},
                 {"seed", std::to_string(run.seed)},
                 {"run_key", result.run_key},
                 {"fingerprint", result.fingerprint},
                 {"model_version", model_version()}});
    file.commit();
    context.terminal.out(fmt::format("{}: {} facts of run {}; open it at https://ui.perfetto.dev\n",
                                     output, count, result.run_key));
    return kPass;
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kTraceCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& name = arguments.only_word("RUN_KEY or SCENARIO@SEED");
    const std::optional<std::string> output = arguments.value("output");
    if (!output) throw UsageError("-o FILE is missing: where does the trace go?");
    refuse_unwritable(*output);
    const TraceOptions sampling = trace_options(arguments);
    return write_trace(context, named_run(context, arguments, name), *output, sampling);
}

}  // namespace

const Command kTraceCommand = {
    "trace",
    "RUN_KEY -o FILE",
    "a run as a trace for Perfetto",
    "Does a run again and writes it as a trace that https://ui.perfetto.dev opens: nodes with "
    "their terms\n"
    "as leader, candidacies, pauses and crashes, faults as spans, a sample of the messages as "
    "arrows. The\n"
    "run is a key of the database (or a key's beginning) or SCENARIO@SEED. Exit status 0: written; "
    "4 or 3:\n"
    "the recorded run came out otherwise, and nothing is written.\n\n"
    "  shaketable trace scenarios/leader_crash_during_writes.yaml@7 -o trace.json\n"
    "  shaketable trace 3f2a91 -o trace.json --sample 1/10\n",
    options,
    run};

}  // namespace shaketable::cli
