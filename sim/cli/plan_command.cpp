// SPDX-License-Identifier: MIT
//
// `shaketable plan`: what a scenario comes to once everything is resolved, without running it.
#include <algorithm>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace {

// The earliest instant a moment can be; spreads add to it.
struct Moment {
    Duration earliest;
    Duration spread{};
};

Moment resolve(const Scenario& scenario, const When& when) {
    using Anchor = When::Anchor;
    Moment anchor{};
    switch (when.anchor) {
        case Anchor::run_start: break;
        case Anchor::warmup_end: anchor = {scenario.warmup, {}}; break;
        case Anchor::fault_start: anchor = resolve(scenario, scenario.faults.at(when.fault).start); break;
        case Anchor::fault_end: anchor = resolve(scenario, *scenario.faults.at(when.fault).end); break;
    }
    return {anchor.earliest + when.offset, anchor.spread + when.spread};
}

std::string words_of(const Moment& moment) {
    if (moment.spread.ns == 0) return format_duration(moment.earliest);
    return fmt::format("{} .. {}", format_duration(moment.earliest),
                       format_duration(moment.earliest + moment.spread));
}

std::string timeline(const Scenario& scenario, std::uint64_t seed) {
    struct Line {
        Moment at;
        std::string what;
    };
    std::vector<Line> lines;
    if (scenario.warmup.ns > 0) lines.push_back({{scenario.warmup}, "the warm-up ends"});
    for (const FaultSpec& fault : scenario.faults) {
        const std::string name = fmt::format("{}: {}", fault.id, fault.inject);
        lines.push_back({resolve(scenario, fault.start), name + (fault.end ? " starts" : " starts, for good")});
        if (fault.end) lines.push_back({resolve(scenario, *fault.end), name + " ends"});
    }
    lines.push_back({{scenario.duration}, "the run ends"});
    const auto earlier = [](const Line& a, const Line& b) { return a.at.earliest < b.at.earliest; };
    std::stable_sort(lines.begin(), lines.end(), earlier);
    TextTable table;
    for (const Line& line : lines) table.add({"#", words_of(line.at), line.what});
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
    "plan", "SCENARIO", "the resolved scenario and when its faults strike",
    "Prints the scenario as it will be run, with its parents, parameters and defaults filled in, and\n"
    "its timeline as comments before. The output is a scenario file itself.\n\n"
    "  shaketable plan scenarios/rolling_restart.yaml\n",
    options, run};

}  // namespace shaketable::cli
