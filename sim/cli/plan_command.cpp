// SPDX-License-Identifier: MIT
//
// `shaketable plan`: what a scenario comes to once everything is resolved, without running it.
#include <algorithm>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/world.hpp"
#include "sim/scenario/spell_out.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace {

// The instants are those of this seed: the schedule is the one the run itself would make.
std::string timeline(const Scenario& scenario, std::uint64_t seed) {
    struct Line {
        Instant at;
        std::string what;
    };
    std::vector<Line> lines;
    std::vector<std::string> waiting;
    if (scenario.warmup.ns > 0) lines.push_back({Instant{scenario.warmup.ns}, "the warm-up ends"});
    const World world(scenario, seed);
    for (const PlannedFault& fault : world.schedule.faults) {
        const std::string name = fmt::format("{}: {}", fault.id, fault.inject);
        std::string start = name + (fault.end ? " starts" : " starts, for good");
        const std::string drawn = drawn_options(fault, scenario);
        if (!drawn.empty()) start += " " + drawn;
        lines.push_back({fault.start, std::move(start)});
        if (fault.end) lines.push_back({*fault.end, name + " ends"});
    }
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        if (!world.schedule.on_alert[i]) continue;
        waiting.push_back(fmt::format("{}: {} waits for an alert", scenario.faults[i].id,
                                      scenario.faults[i].inject));
    }
    lines.push_back({Instant{scenario.duration.ns}, "the run ends"});
    const auto earlier = [](const Line& a, const Line& b) { return a.at < b.at; };
    std::stable_sort(lines.begin(), lines.end(), earlier);
    TextTable table;
    for (const Line& line : lines) {
        table.add({"#", format_duration(Duration{line.at.ns}), line.what});
    }
    for (const std::string& line : waiting) table.add({"#", "-", line});
    return fmt::format("# scenario {} ({}), seed {}\n", scenario.hash, scenario.path, seed) +
           table.text(0);
}

boost::program_options::options_description options() {
    boost::program_options::options_description all;
    all.add(seed_option()).add(set_option());
    return all;
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kPlanCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& path = arguments.only_word("SCENARIO");
    const Scenario scenario = load_or_refuse(context, path, arguments.overrides());
    const std::uint64_t seed = arguments.seed().value_or(scenario.seeds.first);
    std::string text = timeline(scenario, seed) + "#\n" + scenario.resolved;
    if (!text.ends_with('\n')) text += '\n';
    context.terminal.out(text);
    return kPass;
}

}  // namespace

const Command kPlanCommand = {
    "plan",
    "SCENARIO",
    "the resolved scenario and when its faults strike",
    "Prints the scenario as it will be run, with its parents, parameters and defaults filled in, "
    "and\n"
    "its timeline as comments before. The output is a scenario file itself.\n\n"
    "  shaketable plan scenarios/rolling_restart.yaml\n",
    options,
    run};

}  // namespace shaketable::cli
