// SPDX-License-Identifier: MIT
//
// `shaketable replay`: a run of the database done again from the scenario stored with it, and
// compared.
#include <algorithm>

#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/fact_stream.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/render.hpp"
#include "sim/cli/standing.hpp"
#include "sim/scenario/units.hpp"
#include "sim/store/store.hpp"
#include "sim/study/run_many.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;

po::options_description options() {
    po::options_description all;
    all.add(database_option());
    all.add_options()("facts", "print every fact of the run instead of its result")(
        "until", po::value<std::string>()->value_name("T"),
        "go on until then only, and show how everything stands: 15s, crash.end + 5s")(
        "json", "with --until: print one JSON object instead of text");
    return all;
}

// Nothing if the user wants out.
std::optional<Result> print_facts(const Context& context, const Scenario& scenario,
                                  std::uint64_t seed) {
    FactStream facts(scenario, seed);
    while (const std::optional<TimedFact> fact = facts.next()) {
        if (context.stop) return std::nullopt;
        context.terminal.out(fmt::format("{:>9}  {}\n", fact->number, text_of(*fact)));
    }
    return facts.result();
}

// Between which of the stored checkpoints of the digest the runs parted.
std::string where_they_part(const std::vector<CheckpointRow>& before, const Result& now) {
    std::string from = "the start";
    for (const CheckpointRow& old : before) {
        const auto same_place = [&](const CheckpointRow& row) { return row.facts == old.facts; };
        const auto found = std::find_if(now.checkpoints.begin(), now.checkpoints.end(), same_place);
        if (found == now.checkpoints.end()) break;
        const std::string here =
            fmt::format("fact {} at {:.3f}s", old.facts, static_cast<double>(old.at.ns) / 1e9);
        if (found->digest != old.digest) return fmt::format("between {} and {}", from, here);
        from = here;
    }
    return "after " + from;
}

// Whether all checkpoints that both have agree.
bool agree(const std::vector<CheckpointRow>& before, const std::vector<CheckpointRow>& now) {
    return std::all_of(before.begin(), before.end(), [&](const CheckpointRow& old) {
        return std::none_of(now.begin(), now.end(), [&](const CheckpointRow& row) {
            return row.facts == old.facts && row.digest != old.digest;
        });
    });
}

// The recorded run until an instant, and how everything stands then.
ExitCode look_at(const Context& context, const StoredRun& run, const Arguments& arguments,
                 const std::string& until) {
    Drill drill(load_stored(context, run), run.seed);
    const Instant at = instant_or_refuse(drill, "--until", until);
    if (!go_on_until(drill, at, context.stop)) return kInterrupted;
    const auto recorded = Store(arguments.database(), Store::Access::read).checkpoints(run.run_key);
    if (run.model_version == model_version() && !agree(recorded, drill.result().checkpoints)) {
        context.terminal.complain(fmt::format("run {} came out differently", run.run_key));
        return kInternal;
    }
    if (arguments.has("json")) {
        context.terminal.out(standing_to_json(drill).dump(2) + "\n");
        return kPass;
    }
    context.terminal.out(fmt::format("{}   seed {}   run {}   at {}\n",
                                     context.terminal.paint(Colour::bold, drill.scenario().name),
                                     run.seed, run.run_key, format_duration(at - Instant{})));
    context.terminal.out(render_standing(drill));
    return kPass;
}

ExitCode compare(const Context& context, const StoredRun& run, const Result& result,
                 const std::vector<CheckpointRow>& checkpoints) {
    const std::string now = fmt::format("{} (model {})", result.fingerprint, model_version());
    if (result.fingerprint == run.fingerprint) {
        context.terminal.note(fmt::format("same as recorded: fingerprint {}", now));
        return kPass;
    }
    const std::string then = fmt::format("{} (model {})", run.fingerprint, run.model_version);
    context.terminal.complain(
        fmt::format("run {} came out differently: {} then, {} now", run.run_key, then, now));
    if (run.model_version != model_version()) {
        context.terminal.note("the models differ, so nothing is wrong, and nothing is shown");
        return kInconclusive;
    }
    context.terminal.complain("the runs part " + where_they_part(checkpoints, result));
    return kInternal;
}

ExitCode replay(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kReplayCommand, context, words);
    if (arguments.answered()) return kPass;
    const StoredRun run = find_run(arguments.database(), arguments.only_word("RUN_KEY"));
    if (const auto until = arguments.value("until")) {
        return look_at(context, run, arguments, *until);
    }
    const std::vector<CheckpointRow> checkpoints =
        Store(arguments.database(), Store::Access::read).checkpoints(run.run_key);
    const Scenario scenario = load_stored(context, run);
    const std::optional<Result> result = arguments.has("facts")
                                             ? print_facts(context, scenario, run.seed)
                                             : run_until_stopped(scenario, run.seed, context.stop);
    if (!result) return kInterrupted;
    if (!arguments.has("facts")) {
        Ensemble ensemble(scenario);
        ensemble.add(*result);
        context.terminal.out(render(context.terminal, *result, ensemble.summary()));
        context.terminal.out(verdict_line(context.terminal, ensemble.summary()));
    }
    return compare(context, run, *result, checkpoints);
}

}  // namespace

const Command kReplayCommand = {"replay",
                                "RUN_KEY",
                                "do a run of the database again",
                                "Runs a stored run (its key, or the key's beginning) again, from "
                                "the scenario as it was then, and\n"
                                "compares the fingerprints. Exit status 0: the same run, whatever "
                                "its verdict; 4: another, which\n"
                                "is a bug; 3: another, by another model version. With --until T "
                                "the run stops there and shows the\n"
                                "nodes, the faults that act and whether clients are served.\n\n"
                                "  shaketable list runs\n"
                                "  shaketable replay 3f2a91 --facts | less\n"
                                "  shaketable replay 3f2a91 --until crash.start+200ms\n",
                                options,
                                replay};

}  // namespace shaketable::cli
