// SPDX-License-Identifier: MIT
//
// `shaketable gate`: may this build go on? Scenarios over many seeds, held against their targets
// and against what an earlier build did.
#include <chrono>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "sim/cli/annotations.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/gate_report.hpp"
#include "sim/cli/junit.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/render_gate.hpp"
#include "sim/run/result_json.hpp"
#include "sim/scenario/assemble.hpp"
#include "sim/scenario/leaves.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/baseline.hpp"
#include "sim/study/run_many.hpp"

namespace shaketable::cli {

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

constexpr std::size_t kMostBaselineBytes = std::size_t{1} << 30U;

po::options_description options() {
    po::options_description all;
    all.add_options()(
        "baseline", po::value<std::string>()->value_name("FOLDER"),
        "where baselines are; the folder baselines beside each scenario unless given")(
        "update", "make what is measured the baseline")(
        "seeds", po::value<std::string>()->value_name("A..B"),
        "all seeds from A to B; those of the baseline, else of the scenario, unless given")(
        "jobs,j", po::value<std::string>()->value_name("N"),
        "threads; as many as processors unless given");
    all.add(set_option());
    all.add_options()("level", po::value<std::string>()->value_name("P"),
                      "the probability of a false alarm, over all measures together; 1%")(
        "tolerance", po::value<std::string>()->value_name("P"),
        "a rise of so small a share is no regression; 5%")(
        "tolerance-floor", po::value<std::string>()->value_name("TIME"),
        "nor is a rise of so short a time; 5ms")(
        "junit", po::value<std::string>()->value_name("FILE"), "write JUnit XML, too")(
        "github", "print annotations for GitHub Actions, too")(
        "json", "print one JSON object instead of text")("quiet,q", "say nothing but the verdict");
    return all;
}

double share(const Arguments& arguments, const std::string& option, double usual, double low,
             double high) {
    const auto text = arguments.value(option);
    if (!text) return usual;
    const Parsed<double> value = parse_probability(*text);
    if (value && *value >= low && *value <= high) return *value;
    throw UsageError(fmt::format("--{} {}: write a share from {}% to {}%, such as {}%", option,
                                 *text, low * 100, high * 100, usual * 100));
}

RegressionRules rules_of(const Arguments& arguments) {
    RegressionRules rules;
    rules.level = share(arguments, "level", rules.level, 0.001, 0.5);
    rules.tolerance = share(arguments, "tolerance", rules.tolerance, 0, 1);
    if (const auto text = arguments.value("tolerance-floor")) {
        const Parsed<Duration> floor = parse_duration(*text);
        if (!floor) {
            throw UsageError(fmt::format(
                "--tolerance-floor {}: write a time with its unit, such as 5ms", *text));
        }
        rules.tolerance_floor = *floor;
    }
    return rules;
}

// A scenario that is ready to run, and what it will be compared with.
struct Entry {
    GateReport report;
    std::optional<Baseline> before;
    Baseline now;
};

class Gate {
public:
    Gate(Context& context, const Arguments& arguments)
        : context_(context),
          arguments_(arguments),
          overrides_(arguments.overrides()),
          rules_(rules_of(arguments)) {}

    ExitCode run() {
        if (arguments_.words().empty()) throw UsageError("SCENARIO is missing");
        const std::string folder = arguments_.value("baseline").value_or("");
        if (fs::exists(folder) && !fs::is_directory(folder)) {
            throw UsageError(fmt::format("--baseline {}: is no folder", folder));
        }
        if (const auto file = arguments_.value("junit")) refuse_unwritable(*file);
        for (const std::string& path : arguments_.words()) prepare(path);
        if (refused_ > 0) {
            throw InputError(fmt::format("{} of {} can't be gated; nothing was run", refused_,
                                         arguments_.words().size()));
        }
        std::uint64_t runs = 0;
        for (const Entry& entry : entries_) {
            runs += entry.report.seeds.last - entry.report.seeds.first + 1;
        }
        std::vector<GateReport> reports;
        {
            Progress progress(context_.terminal, runs);
            for (Entry& entry : entries_) {
                if (!measure(entry, progress)) return interrupted();
                reports.push_back(entry.report);
            }
        }
        // Only now, with every run done, is anything written.
        if (const auto file = arguments_.value("junit")) write_file(*file, junit_xml(reports));
        for (const Entry& entry : entries_) {
            if (entry.report.updated) {
                write_if_changed(entry.report.baseline_file, to_text(entry.now));
            }
        }
        return say(reports);
    }

private:
    bool updates() const { return arguments_.has("update"); }

    std::string baseline_file(const std::string& path, const std::string& scenario) const {
        const fs::path folder = arguments_.has("baseline")
                                    ? fs::path(*arguments_.value("baseline"))
                                    : fs::path(path).parent_path() / "baselines";
        return (folder / (scenario + ".json")).string();
    }

    // Everything that can be wrong is found before the first run.
    void prepare(const std::string& path) {
        LoadResult loaded = load_scenario(path, overrides_);
        if (!loaded.ok()) {
            context_.terminal.err(format(loaded.diagnostics));
            ++refused_;
            return;
        }
        Entry& entry = entries_.emplace_back();
        GateReport& report = entry.report;
        report.scenario = std::move(*loaded.scenario);
        report.baseline_file = baseline_file(path, report.scenario.name);
        report.accepts = updates();
        report.seeds = arguments_.seeds().value_or(report.scenario.seeds);
        try {
            if (updates()) refuse_unwritable(report.baseline_file);
            if (!files_.insert(report.baseline_file).second) {
                throw BaselineError(fmt::format("two scenarios are called {}; each has a baseline",
                                                report.scenario.name));
            }
            read_baseline(entry);
        } catch (const BaselineError& error) {
            context_.terminal.complain(fmt::format("{}: {}", report.baseline_file, error.what()));
            ++refused_;
        }
        report.replay = gate_command(report);
    }

    std::string gate_command(const GateReport& report) const {
        std::string command = "shaketable gate " + shell_word(report.scenario.path);
        for (const Override& one : overrides_) {
            command += " --set " + shell_word(one.name + "=" + one.value);
        }
        for (const char* option : {"baseline", "seeds", "level", "tolerance", "tolerance-floor"}) {
            const auto value = arguments_.value(option);
            if (value) command += fmt::format(" --{} {}", option, shell_word(*value));
        }
        return command;
    }

    // Throws BaselineError if there is one that can't be compared with.
    void read_baseline(Entry& entry) {
        GateReport& report = entry.report;
        if (!fs::exists(report.baseline_file)) return;
        const auto text = read_file(report.baseline_file, kMostBaselineBytes);
        if (!text) throw BaselineError("can't be read");
        try {
            Baseline baseline = parse_baseline(*text);
            report.seeds = arguments_.seeds().value_or(
                SeedRange{baseline.runs.front().seed, baseline.runs.back().seed});
            if (baseline.scenario != report.scenario.name) {
                throw BaselineError("is the baseline of " + baseline.scenario);
            }
            const LoadResult then = load_scenario_text(baseline.resolved, report.baseline_file);
            if (!then.ok()) {
                throw BaselineError(
                    "is of a scenario that this build can't read:\n" + format(then.diagnostics) +
                    "if the keys have changed: " + gate_command(report) + " --update");
            }
            report.changes = changes(*then.scenario, report.scenario);
            refuse_other_experiment(report);
            entry.before = std::move(baseline);
            report.has_baseline = true;
        } catch (const BaselineError& error) {
            if (!updates()) throw;
            context_.terminal.note(fmt::format("{}: {}", report.baseline_file, error.what()));
        }
    }

    void refuse_other_experiment(const GateReport& report) const {
        std::string differing;
        for (const ScenarioChange& change : report.changes) {
            if (change.part != ScenarioPart::experiment) continue;
            differing += fmt::format("  {}  {} -> {}\n", change.path,
                                     change.before.empty() ? "nothing" : change.before,
                                     change.after.empty() ? "nothing" : change.after);
        }
        if (differing.empty()) return;
        throw BaselineError("is of another version of the scenario, which does something else:\n" +
                            differing + "if the change is meant: " + gate_command(report) +
                            " --update");
    }

    // False if the user wants out.
    bool measure(Entry& entry, Progress& progress) {
        using Clock = std::chrono::steady_clock;
        const Clock::time_point start = Clock::now();
        GateReport& report = entry.report;
        Ensemble ensemble(report.scenario);
        Baseline& now = entry.now;
        now = new_baseline(report.scenario);
        run_seeds(
            report.seeds, arguments_.threads(report.seeds),
            [&](std::uint64_t seed) { return run_one(report.scenario, seed); },
            [&](Result&& result) {
                progress.advance(result.verdict);
                ensemble.add(result);
                now.runs.push_back(measures_of(result));
            },
            context_.stop);
        if (now.runs.size() <= report.seeds.last - report.seeds.first) return false;
        report.summary = ensemble.summary();
        if (entry.before) {
            report.comparison = compare_runs(entry.before->runs, now.runs, rules_);
        }
        report.updated = updates() && report.summary.verdict == Verdict::pass;
        report.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
        add_cases(report, leaves_of_file(report.scenario.path, overrides_));
        // Where the runs by themselves are to blame, the one that shows it.
        if (report.verdict() != Verdict::pass && report.verdict() == report.summary.verdict) {
            report.replay = replay_command(report.scenario.path, overrides_, to_replay(report));
        }
        return true;
    }

    std::optional<Result> run_one(const Scenario& scenario, std::uint64_t seed) const {
        try {
            return run_until_stopped(scenario, seed, context_.stop);
        } catch (const std::exception& error) {
            throw novacron::BugError(
                fmt::format("{}\nreplay: {}", error.what(),
                            replay_command(scenario.path, overrides_, {seed, seed})));
        }
    }

    static SeedRange to_replay(const GateReport& report) {
        const Tally& runs = report.summary.runs;
        const auto seed =
            report.summary.verdict == Verdict::fail ? runs.first_failed : runs.first_inconclusive;
        return seed ? SeedRange{*seed, *seed} : report.seeds;
    }

    ExitCode interrupted() const {
        context_.terminal.complain("interrupted; nothing was written");
        return kInterrupted;
    }

    static void write_if_changed(const std::string& file, const std::string& text) {
        if (read_file(file, text.size() + 1) != text) write_file(file, text);
    }

    ExitCode say(const std::vector<GateReport>& reports) const {
        const Terminal& terminal = context_.terminal;
        Verdict verdict = Verdict::pass;
        for (const GateReport& report : reports) verdict = worst(verdict, report.verdict());
        if (arguments_.has("json")) {
            if (arguments_.has("github")) terminal.err(annotations(reports));
            terminal.out(json_of(reports, verdict));
            return exit_code(verdict);
        }
        for (const GateReport& report : reports) {
            if (!terminal.quiet()) terminal.out(render(terminal, report));
        }
        if (arguments_.has("github")) terminal.out(annotations(reports));
        terminal.out(verdict_lines(terminal, reports));
        return exit_code(verdict);
    }

    static std::string json_of(const std::vector<GateReport>& reports, Verdict verdict) {
        using Json = nlohmann::ordered_json;
        Json scenarios = Json::array();
        for (const GateReport& report : reports) scenarios.push_back(to_json(report));
        const Json json = {{"schema_version", kResultSchemaVersion},
                           {"verdict", word_of(verdict)},
                           {"scenarios", std::move(scenarios)}};
        return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }

    Context& context_;
    const Arguments& arguments_;
    std::vector<Override> overrides_;
    RegressionRules rules_;
    std::vector<Entry> entries_;
    std::set<std::string> files_;
    std::size_t refused_ = 0;
};

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kGateCommand, context, words);
    if (arguments.answered()) return kPass;
    return Gate(context, arguments).run();
}

}  // namespace

const Command kGateCommand = {
    "gate",
    "SCENARIO...",
    "pass or fail a build: targets, and regressions against a baseline",
    "Runs scenarios over many seeds and holds them against their targets, and against a baseline: "
    "what\n"
    "an earlier build measured, one file a scenario under version control. Runs whose fingerprint "
    "is that\n"
    "of the baseline are unchanged. Others are compared seed by seed, and a measure has become "
    "worse if\n"
    "both chance can't explain it (--level, over all measures together) and it is more than the "
    "tolerance.\n"
    "A baseline with other settings of the system (cluster.consensus ...) is compared, and the "
    "settings\n"
    "are named; one of another experiment (faults, workload, network ...) is refused.\n\n"
    "Exit status 1: a target missed or a measure worse in any scenario; else 3: not enough "
    "evidence "
    "in\n"
    "any, which includes that there is no baseline; else 0. 2: a scenario or baseline can't be "
    "used;\n"
    "then nothing is run. With --update regressions are accepted, and only runs that meet their "
    "targets\n"
    "become a baseline.\n\n"
    "  shaketable gate scenarios/leader_crash_during_writes.yaml --update\n"
    "  shaketable gate scenarios/*.yaml --junit gate.xml --github\n",
    options,
    run};

}  // namespace shaketable::cli
