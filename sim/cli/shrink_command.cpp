// SPDX-License-Identifier: MIT
//
// `shaketable shrink`: a run that fails, as a scenario that is as small as it gets and fails alike.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/shrink.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;

po::options_description options() {
    po::options_description all;
    all.add_options()("output,o", po::value<std::string>()->value_name("FILE"),
                      "where the scenario goes, replaced if it is there; standard output unless "
                      "given")("runs", po::value<std::string>()->value_name("N"),
                               "try so many runs at most; 2000 unless given");
    all.add(set_option()).add(database_option());
    return all;
}

std::string in_words(const Size& size) {
    const auto some = [](std::size_t n, std::string_view what) {
        return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
    };
    return fmt::format("{}, {}, {}, {}", some(size.faults, "fault"), some(size.nodes, "node"),
                       some(size.workloads, "workload"), format_duration_brief(size.duration));
}

ShrinkOptions shrink_options(const Arguments& arguments) {
    ShrinkOptions options;
    if (const auto text = arguments.value("runs")) {
        const Parsed<std::uint64_t> runs = parse_unsigned(*text);
        if (!runs || *runs < 1) {
            throw UsageError(fmt::format("--runs {}: a number of runs, at least 1", *text));
        }
        options.max_runs = *runs;
    }
    return options;
}

// The words of a finding may hold line ends; a comment must not.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (c == '\n' || c == '\r') c = ' ';
    }
    return text;
}

std::string file_of(const Shrunk& shrunk, const std::string& from) {
    return fmt::format("# {}: {}\n# What is left of {} after {} runs: {}\n# instead of {}.\n{}",
                       shrunk.signature.text(), one_line(shrunk.message), one_line(from),
                       shrunk.runs, in_words(shrunk.after), in_words(shrunk.before), shrunk.yaml);
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kShrinkCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& name = arguments.only_word("RUN_KEY or SCENARIO@SEED");
    const std::optional<std::string> output = arguments.value("output");
    if (output) refuse_unwritable(*output);
    const ShrinkOptions how = shrink_options(arguments);
    const NamedRun named = named_run(context, arguments, name);
    std::string said;
    const auto say = [&](std::string_view reduction, const Size& size, std::uint64_t runs) {
        const std::string reached = in_words(size);
        if (reached == said) return;
        said = reached;
        context.terminal.note(fmt::format("{:>5} runs  {:<18}  {}", runs, reduction, reached));
    };
    const auto shrunk = shrink(named.scenario, named.seed, how, say, context.stop);
    if (!shrunk) {
        throw InputError(fmt::format(
            "{} does not fail: no finding, no failed check, no missed target; nothing to shrink",
            name));
    }
    const std::string text =
        file_of(*shrunk, fmt::format("{}, seed {}", named.scenario.name, named.seed));
    if (output) {
        write_file(*output, text);
    } else {
        context.terminal.out(text);
    }
    if (shrunk->interrupted) {
        context.terminal.complain(
            fmt::format("stopped after {} runs; it may get smaller yet", shrunk->runs));
    }
    context.terminal.note(fmt::format("{}: {}", shrunk->signature.text(), shrunk->message));
    context.terminal.note(
        fmt::format("{}, from {}", in_words(shrunk->after), in_words(shrunk->before)));
    if (output) context.terminal.note("replay: shaketable run " + shell_word(*output));
    return context.stop ? kInterrupted : kPass;
}

}  // namespace

const Command kShrinkCommand = {
    "shrink",
    "RUN_KEY",
    "the smallest scenario that fails like a run",
    "Takes away from a run that fails, while it fails in the same way: faults, hosts, nodes, "
    "load,\n"
    "settings, time. What is left is written as a scenario file. The run is a key of the database\n"
    "(or a key's beginning) or SCENARIO@SEED. A broken rule counts before a failed check, and "
    "that\n"
    "before a missed target. Exit status 0: written; 2: the run does not fail.\n\n"
    "  shaketable shrink 3f2a91 -o smaller.yaml\n"
    "  shaketable shrink scenarios/canary/must_fail_lying_disk_loses_writes.yaml@1\n",
    options,
    run};

}  // namespace shaketable::cli
