// SPDX-License-Identifier: MIT
//
// `shaketable check`: every mistake in scenario files, without running anything.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text_table.hpp"

namespace shaketable::cli {

namespace {

boost::program_options::options_description options() {
    boost::program_options::options_description all;
    all.add_options()("strict", "refuse what there are warnings about, too");
    all.add(set_option());
    return all;
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kCheckCommand, context, words);
    if (arguments.answered()) return kPass;
    if (arguments.words().empty()) throw UsageError("SCENARIO is missing");
    const std::vector<Override> overrides = arguments.overrides();
    std::size_t bad = 0;
    std::size_t warnings = 0;
    for (const std::string& path : arguments.words()) {
        const LoadResult loaded = check_scenario(path, overrides);
        warnings += loaded.warnings.size();
        if (loaded.ok()) {
            context.terminal.err(format(loaded.warnings));
            const Scenario& s = *loaded.scenario;
            context.terminal.out(
                fmt::format("{}: ok  {} nodes, {} workloads, {} faults, scenario {}\n", path,
                            s.nodes.size(), s.workloads.size(), s.faults.size(), s.hash));
        } else {
            ++bad;
            context.terminal.err(format(loaded.diagnostics));
        }
    }
    if (bad == 0 && warnings > 0 && arguments.has("strict")) {
        context.terminal.complain(plural(warnings, "warning"));
        return kUsage;
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
    "Reads scenario files and reports all mistakes with file, line, column and a suggestion; and "
    "as\n"
    "warnings what is hardly meant: faults that can't matter, targets that can't be missed, knobs\n"
    "that contradict each other or that nothing uses. Exit status 0: no mistake; 2: some, or with\n"
    "--strict a warning.\n\n"
    "  shaketable check scenarios/*.yaml --strict\n",
    options,
    run};

}  // namespace shaketable::cli
