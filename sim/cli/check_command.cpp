// SPDX-License-Identifier: MIT
//
// `shaketable check`: every mistake in scenario files, without running anything.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"

namespace shaketable::cli {

namespace {

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kCheckCommand, context, words);
    if (arguments.answered()) return kPass;
    if (arguments.words().empty()) throw UsageError("SCENARIO is missing");
    const std::vector<Override> overrides = arguments.overrides();
    std::size_t bad = 0;
    for (const std::string& path : arguments.words()) {
        const LoadResult loaded = load_scenario(path, overrides);
        if (loaded.ok()) {
            const Scenario& s = *loaded.scenario;
            context.terminal.out(
                fmt::format("{}: ok  {} nodes, {} workloads, {} faults, scenario {}\n", path,
                            s.nodes.size(), s.workloads.size(), s.faults.size(), s.hash));
        } else {
            ++bad;
            context.terminal.err(format(loaded.diagnostics));
        }
    }
    if (bad == 0) return kPass;
    context.terminal.complain(
        fmt::format("{} of {} scenarios have mistakes", bad, arguments.words().size()));
    return kUsage;
}

}  // namespace

const Command kCheckCommand = {
    "check",
    "SCENARIO...",
    "look for mistakes in scenario files",
    "Reads scenario files and reports all mistakes with file, line, column and a suggestion.\n"
    "Exit status 0: none; 2: some.\n\n"
    "  shaketable check scenarios/*.yaml\n",
    set_option,
    run};

}  // namespace shaketable::cli
