// SPDX-License-Identifier: MIT
//
// `shaketable run`: seeds of a scenario, into the database and onto the terminal.
#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/render.hpp"
#include "sim/cli/render_coverage.hpp"
#include "sim/run/explanation.hpp"
#include "sim/run/result_json.hpp"
#include "sim/run/run.hpp"
#include "sim/store/store.hpp"
#include "sim/study/ensemble.hpp"
#include "sim/study/run_many.hpp"
#include "sim/study/summary_json.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;

po::options_description options() {
    po::options_description all;
    all.add(seed_option());
    all.add_options()("seeds", po::value<std::string>()->value_name("A..B"),
                      "all seeds from A to B; the scenario's first one unless given")(
        "jobs,j", po::value<std::string>()->value_name("N"),
        "threads; as many as processors unless given");
    all.add(set_option());
    all.add_options()("db", po::value<std::string>()->value_name("FILE"),
                      "results database; shaketable.db unless given, none for none")(
        "json", "print one JSON object instead of text")(
        "timeline", "with one seed: print what happened when, too")(
        "explain", "say where the time of every recovery went, not only of those that miss a "
                   "target")(
        "coverage", "count how often rare situations were met, and name those that never were")(
        "quiet,q",
                                                                    "say nothing but the verdict");
    return all;
}

// One use of the command: what was asked for, and what has come of it so far.
class Campaign {
public:
    Campaign(Context& context, const Arguments& arguments, const std::string& path)
        : context_(context),
          arguments_(arguments),
          path_(path),
          overrides_(arguments.overrides()),
          scenario_(load_or_refuse(context, path, overrides_)),
          seeds_(
              arguments.seeds().value_or(SeedRange{scenario_.seeds.first, scenario_.seeds.first})),
          ensemble_(scenario_) {}

    ExitCode run() {
        const unsigned threads = arguments_.threads(seeds_);
        open_store();
        {
            Progress progress(context_.terminal, seeds_.last - seeds_.first + 1);
            run_seeds(
                seeds_, threads, [this](std::uint64_t seed) { return run_one(seed); },
                [&](Result&& result) {
                    progress.advance(result.verdict);
                    take(std::move(result));
                },
                context_.stop);
        }
        if (store_) store_->close();
        const Summary summary = ensemble_.summary();
        if (summary.runs.total() <= seeds_.last - seeds_.first) return interrupted(summary);
        report(summary);
        return exit_code(summary.verdict);
    }

private:
    void open_store() {
        const std::string file = arguments_.database();
        if (file == "none") return;
        const std::string now = wall_time();
        store_ = std::make_unique<Store>(file, Store::Access::write, now);
        store_->begin_campaign(
            {now, SHAKETABLE_VERSION,
             nlohmann::json(context_.argv)
                 .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
        if (!arguments_.has("db")) context_.terminal.note(fmt::format("results go to {}", file));
    }

    // On any of the threads.
    std::optional<Result> run_one(std::uint64_t seed) const {
        using Clock = std::chrono::steady_clock;
        const Clock::time_point start = Clock::now();
        try {
            const Watch watch = arguments_.has("coverage") ? Watch::probes : Watch::nothing;
            std::optional<Result> result =
                run_until_stopped(scenario_, seed, context_.stop, watch);
            if (result) result->wall_ns = std::chrono::nanoseconds(Clock::now() - start).count();
            return result;
        } catch (const std::exception& error) {
            throw novacron::BugError(fmt::format("{}\nreplay: {}", error.what(),
                                                 replay_command(path_, overrides_, {seed, seed})));
        }
    }

    void store(const Result& result) {
        try {
            store_->add(scenario_, result, model_version());
        } catch (const StoreError& error) {
            if (error.kind() != StoreError::Kind::nondeterminism) throw;
            throw StoreError(error.kind(),
                             fmt::format("{}\nreplay: shaketable replay {} --db {}", error.what(),
                                         result.run_key, shell_word(arguments_.database())));
        }
    }

    void take(Result&& result) {
        if (arguments_.has("explain") || (misses_rto(result) && is_shown(result))) {
            explain(scenario_, result);
            if (!explained_) explained_ = result;
        }
        if (!result.probes.empty()) coverage_.add(result.probes);
        if (store_) store(result);
        ensemble_.add(result);
        if (arguments_.has("json")) {
            const std::string replay =
                replay_command(path_, overrides_, {result.seed, result.seed});
            nlohmann::ordered_json json = to_json(result, replay);
            if (arguments_.has("timeline")) json["timeline"] = timeline_to_json(result);
            json_.push_back(std::move(json));
        }
        last_ = std::move(result);
    }

    ExitCode interrupted(const Summary& summary) const {
        const std::string kept = store_ ? "; they are in " + arguments_.database() : "";
        context_.terminal.complain(fmt::format("interrupted after {} of {} runs{}",
                                               summary.runs.total(), seeds_.last - seeds_.first + 1,
                                               kept));
        return kInterrupted;
    }

    // A run that is shown by itself; of many without an explanation that is the first to miss.
    bool is_shown(const Result&) const { return single() || arguments_.has("json") || !explained_; }

    bool single() const { return seeds_.first == seeds_.last; }

    void report(const Summary& summary) {
        const Terminal& terminal = context_.terminal;
        if (arguments_.has("json")) return report_json(summary);
        if (!terminal.quiet()) {
            if (single() && arguments_.has("timeline")) terminal.out(render_timeline(last_) + "\n");
            terminal.out(single() ? render(terminal, last_, summary)
                                  : render(terminal, scenario_, summary));
            if (!single() && explained_) terminal.out(render_explanation(*explained_));
            if (arguments_.has("coverage")) terminal.out(render_coverage(coverage_));
        }
        terminal.out(verdict_line(terminal, summary));
        if (summary.verdict == Verdict::pass) return;
        terminal.out("replay: " + replay_command(path_, overrides_, seeds_to_replay(summary)) +
                     "\n");
    }

    // The run that spoils the verdict, or all of them where only the seeds together do.
    SeedRange seeds_to_replay(const Summary& summary) const {
        const Tally& runs = summary.runs;
        const auto seed =
            summary.verdict == Verdict::fail ? runs.first_failed : runs.first_inconclusive;
        return seed ? SeedRange{*seed, *seed} : seeds_;
    }

    void report_json(const Summary& summary) {
        nlohmann::ordered_json json;
        if (single()) {
            json = std::move(json_[0]);
        } else {
            json = {{"schema_version", kResultSchemaVersion}, {"summary", to_json(summary)}};
            json["runs"] = std::move(json_);
        }
        if (arguments_.has("coverage")) json["coverage"] = coverage_to_json(coverage_);
        context_.terminal.out(
            json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    }

    Context& context_;
    const Arguments& arguments_;
    std::string path_;
    std::vector<Override> overrides_;
    Scenario scenario_;
    SeedRange seeds_;
    std::unique_ptr<Store> store_;
    Ensemble ensemble_;
    nlohmann::ordered_json json_ = nlohmann::ordered_json::array();
    Result last_;
    std::optional<Result> explained_;
    Coverage coverage_;
};

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kRunCommand, context, words);
    if (arguments.answered()) return kPass;
    return Campaign(context, arguments, arguments.only_word("SCENARIO")).run();
}

}  // namespace

const Command kRunCommand = {
    "run",
    "SCENARIO",
    "run a scenario: RTO, RPO, availability, verdict",
    "Runs a scenario file with one seed or many, stores every run in the database and prints what "
    "came\n"
    "of it. The same scenario and seed give the same run. Exit status 0: all targets met; 1: not;\n"
    "3: not enough evidence. After anything but a pass the last line is the command that replays "
    "it.\n"
    "When the RTO misses its target, or with --explain, each phase says on whose account its time "
    "went.\n\n"
    "  shaketable run scenarios/leader_crash_during_writes.yaml\n"
    "  shaketable run scenarios/leader_crash_during_writes.yaml --seeds 1..100 --json > "
    "runs.json\n",
    options,
    run};

}  // namespace shaketable::cli
