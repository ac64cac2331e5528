// SPDX-License-Identifier: MIT
//
// `shaketable sweep`: a scenario at every point of a grid, and the points that no other beats.
#include <atomic>
#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "core/base/check.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/render_sweep.hpp"
#include "sim/run/run.hpp"
#include "sim/store/store.hpp"
#include "sim/store/study_store.hpp"
#include "sim/study/run_many.hpp"
#include "sim/study/study.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;

po::options_description options() {
    po::options_description all;
    all.add_options()("seeds", po::value<std::string>()->value_name("A..B"),
                      "the seeds of every point; the study's own unless given")(
        "jobs,j", po::value<std::string>()->value_name("N"),
        "threads; as many as processors unless given");
    all.add(set_option());
    all.add_options()("db", po::value<std::string>()->value_name("FILE"),
                      "results database; shaketable.db unless given, none for none")(
        "resume", "go on with what an interrupted sweep left in the database")(
        "json", "print one JSON object instead of text")("quiet,q",
                                                         "say nothing but the last line");
    return all;
}

Study load_study_or_refuse(const Context& context, const std::string& path,
                           const Arguments& arguments) {
    StudyLoad loaded = load_study(path, arguments.overrides(), arguments.seeds());
    if (loaded.study) return std::move(*loaded.study);
    context.terminal.err(format(loaded.diagnostics));
    const std::size_t n = loaded.diagnostics.size();
    throw InputError(fmt::format("{}: {} mistake{}", path, n, n == 1 ? "" : "s"));
}

// One use of the command.
class Sweep {
public:
    Sweep(Context& context, const Arguments& arguments, const std::string& path)
        : context_(context),
          arguments_(arguments),
          study_(load_study_or_refuse(context, path, arguments)),
          weights_(study_) {}

    ExitCode run() {
        open_store();
        std::vector<std::uint64_t> pending;
        for (std::uint64_t trial = 0; trial < study_.trial_count(); ++trial) {
            if (!weights_.has(trial)) pending.push_back(trial);
        }
        std::size_t done = 0;
        if (!pending.empty()) {
            Progress progress(context_.terminal, pending.size(), "runs");
            run_in_order(
                pending.size(), arguments_.threads_for(pending.size()),
                [&](std::uint64_t number) { return run_one(pending[number]); },
                [&](Result&& result) {
                    progress.advance(result.findings.empty() ? Verdict::pass : Verdict::fail);
                    take(pending[done++], result);
                },
                context_.stop);
        }
        if (done < pending.size()) return interrupted(pending.size() - done);
        return report(weights_.fold_points());
    }

private:
    void open_store() {
        const std::string file = arguments_.database();
        const bool resume = arguments_.has("resume");
        if (file == "none") {
            if (resume) throw UsageError("--resume needs a database to go on from");
            return;
        }
        const std::string now = wall_time();
        store_ = std::make_unique<Store>(file, Store::Access::write, now);
        rows_ = std::make_unique<StudyStore>(*store_, study_);
        const StudyStore::Progress before = rows_->progress();
        if (before.known && !before.finished && !resume) {
            throw InputError(fmt::format(
                "{} has this study unfinished, {} of {} runs; --resume goes on with it, or --db "
                "names another file",
                file, before.trials, study_.trial_count()));
        }
        store_->begin_campaign(
            {now, SHAKETABLE_VERSION,
             nlohmann::json(context_.argv)
                 .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
        rows_->begin();
        if (resume) {
            rows_->recall(weights_);
            context_.terminal.note(fmt::format("{} of {} runs were in {}", before.trials,
                                               study_.trial_count(), file));
        } else if (!arguments_.has("db")) {
            context_.terminal.note(fmt::format("results go to {}", file));
        }
    }

    std::string replay(std::uint64_t trial) const {
        std::vector<Override> values = arguments_.overrides();
        const StudyPoint& point = study_.points[study_.point_of(trial)];
        values.insert(values.end(), point.values.begin(), point.values.end());
        const std::uint64_t seed = study_.seed_of(trial);
        return replay_command(study_.path, values, {seed, seed});
    }

    // On any of the threads.
    std::optional<Result> run_one(std::uint64_t trial) const {
        using Clock = std::chrono::steady_clock;
        const Clock::time_point start = Clock::now();
        try {
            std::optional<Result> result =
                run_until_stopped(study_.points[study_.point_of(trial)].scenario,
                                  study_.seed_of(trial), context_.stop);
            if (result) result->wall_ns = std::chrono::nanoseconds(Clock::now() - start).count();
            return result;
        } catch (const std::exception& error) {
            throw novacron::BugError(fmt::format("{}\nreplay: {}", error.what(), replay(trial)));
        }
    }

    void store(const Scenario& scenario, const Result& result) {
        try {
            store_->add(scenario, result, model_version());
        } catch (const StoreError& error) {
            if (error.kind() != StoreError::Kind::nondeterminism) throw;
            throw StoreError(error.kind(),
                             fmt::format("{}\nreplay: shaketable replay {} --db {}", error.what(),
                                         result.run_key, shell_word(arguments_.database())));
        }
    }

    void take(std::uint64_t trial, const Result& result) {
        const Scenario& scenario = study_.points[study_.point_of(trial)].scenario;
        std::vector<Weight> weights;
        for (const Objective& one : study_.sweep.objectives) {
            weights.push_back(observe(one.measure, scenario, result));
        }
        weights_.add(trial, weights);
        if (rows_) {
            store(scenario, result);
            rows_->add(trial, result.run_key, weights);
        } else if (!result.findings.empty()) {
            if (findings_.count == 0) findings_.first_trial = trial;
            findings_.count += result.findings.size();
        }
    }

    ExitCode interrupted(std::uint64_t missing) {
        const std::uint64_t all = study_.trial_count();
        std::string words = fmt::format("interrupted after {} of {} runs", all - missing, all);
        if (store_) {
            rows_.reset();
            store_->close();
            words += fmt::format("; they are in {}, and --resume goes on", arguments_.database());
        }
        context_.terminal.complain(words);
        return kInterrupted;
    }

    ExitCode report(const std::vector<StudyWeights::Point>& points) {
        if (rows_) {
            rows_->finish(points);
            findings_ = rows_->findings();
            rows_.reset();
            store_->close();
        }
        const Terminal& terminal = context_.terminal;
        const std::string last = front_line(study_, points);
        const bool judged = last.starts_with("front");
        if (arguments_.has("json")) {
            nlohmann::ordered_json json = to_json(study_, points);
            json["findings"] = findings_.count;
            terminal.out(
                json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
        } else {
            if (!terminal.quiet()) terminal.out(render(terminal, study_, points));
            terminal.out(last);
            if (findings_.count > 0) {
                terminal.out(fmt::format("fail: {} findings: promises were broken\nreplay: {}\n",
                                         findings_.count, replay(findings_.first_trial)));
            }
        }
        if (findings_.count > 0) return kFail;
        return judged ? kPass : kInconclusive;
    }

    Context& context_;
    const Arguments& arguments_;
    Study study_;
    StudyWeights weights_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StudyStore> rows_;
    StudyStore::Findings findings_;
};

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kSweepCommand, context, words);
    if (arguments.answered()) return kPass;
    return Sweep(context, arguments, arguments.only_word("STUDY")).run();
}

}  // namespace

const Command kSweepCommand = {
    "sweep",
    "STUDY",
    "run a grid of parameter values and find the points that no other beats",
    "Runs a scenario file with a section `sweep` at every point of its grid, each with the same "
    "seeds,\n"
    "weighs the points by the study's objectives and marks the Pareto front. Every run is stored "
    "as it\n"
    "ends, so that an interrupted sweep goes on with --resume. Exit status 0: done; 1: a run broke "
    "a\n"
    "promise (targets missed are what a sweep looks for, and don't count); 3: no point has "
    "evidence for\n"
    "every objective.\n\n"
    "  shaketable sweep scenarios/studies/election_timeout.yaml\n"
    "  shaketable sweep scenarios/studies/election_timeout.yaml --seeds 1..10 -j 2 --db tune.db\n",
    options,
    run};

}  // namespace shaketable::cli
