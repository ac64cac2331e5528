// SPDX-License-Identifier: MIT
//
// `shaketable diff`: the first fact at which two runs part.
//
// Both runs advance in lockstep and their facts are compared one by one, so that the answer is
// exact and costs the memory of a few facts.
#include <deque>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/fact_stream.hpp"
#include "sim/cli/options.hpp"

namespace shaketable::cli {

namespace {

constexpr std::size_t kShownBefore = 3;  // equal facts shown before the first different one

std::string line_of(const char* side, const std::optional<TimedFact>& fact) {
    if (!fact) return fmt::format("  {:<6}  (the run has ended)\n", side);
    return fmt::format("  {:<6}  {}\n", side, text_of(*fact));
}

ExitCode compare(Context& context, const NamedRun& left, const NamedRun& right) {
    FactStream lefts(left.scenario, left.seed);
    FactStream rights(right.scenario, right.seed);
    std::deque<TimedFact> before;
    std::uint64_t equal = 0;
    for (;;) {
        if (equal % 1024 == 0 && context.stop) return kInterrupted;
        const std::optional<TimedFact> a = lefts.next();
        const std::optional<TimedFact> b = rights.next();
        if (!a && !b) {
            context.terminal.out(fmt::format("identical: {} facts, fingerprint {}\n", equal,
                                             lefts.result().fingerprint));
            return kPass;
        }
        if (!a || !b || !same(*a, *b)) {
            std::string text = fmt::format("the first {} facts are equal\n", equal);
            for (const TimedFact& fact : before) text += line_of("both", fact);
            text += line_of("left", a) + line_of("right", b);
            context.terminal.out(text + fmt::format("different: from fact {} on\n", equal + 1));
            return kFail;
        }
        ++equal;
        before.push_back(*a);
        if (before.size() > kShownBefore) before.pop_front();
    }
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kDiffCommand, context, words);
    if (arguments.answered()) return kPass;
    if (arguments.words().size() != 2) throw UsageError("two runs are compared: LEFT RIGHT");
    const NamedRun left = named_run(context, arguments, arguments.words()[0]);
    const NamedRun right = named_run(context, arguments, arguments.words()[1]);
    if (left.scenario.hash != right.scenario.hash) {
        context.terminal.note(fmt::format("the scenarios differ: {} and {}", left.scenario.hash,
                                          right.scenario.hash));
    }
    return compare(context, left, right);
}

boost::program_options::options_description options() {
    boost::program_options::options_description all;
    all.add(set_option()).add(database_option());
    return all;
}

}  // namespace

const Command kDiffCommand = {
    "diff",
    "LEFT RIGHT",
    "the first fact at which two runs part",
    "Runs two runs again, side by side, and compares their facts. Each is SCENARIO@SEED or the key "
    "of\n"
    "a run in the database (or the key's beginning). Exit status 0: identical; 1: different.\n\n"
    "  shaketable diff scenarios/rolling_restart.yaml@1 scenarios/rolling_restart.yaml@2\n",
    options,
    run};

}  // namespace shaketable::cli
