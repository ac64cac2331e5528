// SPDX-License-Identifier: MIT
//
// `shaketable swarm`: a scenario redrawn for every seed, and in which ways it fails.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/render_coverage.hpp"
#include "sim/run/result_json.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/brief.hpp"
#include "sim/scenario/units.hpp"
#include "sim/store/store.hpp"
#include "sim/study/run_many.hpp"
#include "sim/study/swarm.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

po::options_description options() {
    po::options_description all;
    all.add(seed_option());
    all.add_options()("seeds", po::value<std::string>()->value_name("A..B"),
                      "all seeds from A to B; the scenario's own unless given")(
        "jobs,j", po::value<std::string>()->value_name("N"),
        "threads; as many as processors unless given")(
        "time", po::value<std::string>()->value_name("DURATION"),
        "begin no run after so long, such as 10m")("first", "stop at the first run that fails")(
        "keep", po::value<std::vector<std::string>>()->value_name("KEY"),
        "leave this dial as it is; may be given again")(
        "output,o", po::value<std::string>()->value_name("FOLDER"),
        "write the first scenario of each way to fail there")(
        "coverage", "say of every rare situation how often it was met, not only which never were");
    all.add(set_option());
    all.add_options()("db", po::value<std::string>()->value_name("FILE"),
                      "database for the runs that fail; shaketable.db unless given, none for none")(
        "json", "print one JSON object instead of text")("quiet,q",
                                                         "say nothing but the last line");
    return all;
}

std::vector<std::string> kept_dials(const Arguments& arguments, const Scenario& scenario) {
    std::vector<std::string> known = dials();
    for (const FaultSpec& fault : scenario.faults) {
        if (!std::holds_alternative<RandomFaults>(fault.what)) continue;
        known.push_back("faults[" + fault.id + "].random.pick");
        known.push_back("faults[" + fault.id + "].random.rate");
    }
    std::vector<std::string> kept = arguments.values("keep");
    for (const std::string& key : kept) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string hint = did_you_mean(key, known);
        throw UsageError(fmt::format(
            "--keep {}: no such dial; {}", key,
            hint.empty() ? "they are " + fmt::format("{}", fmt::join(known, ", ")) : hint));
    }
    return kept;
}

std::string in_words(const std::vector<Drawn>& drawn) {
    if (drawn.empty()) return "nothing: the scenario as it is";
    std::string text;
    for (const Drawn& one : drawn) {
        text += (text.empty() ? "" : "; ") + one.key + " " + one.value;
    }
    return text;
}

// One use of the command.
class Swarm {
public:
    Swarm(Context& context, const Arguments& arguments, const std::string& path)
        : context_(context),
          arguments_(arguments),
          path_(path),
          scenario_(load_or_refuse(context, path, arguments.overrides())),
          seeds_(arguments.seeds().value_or(scenario_.seeds)),
          keep_(kept_dials(arguments, scenario_)) {
        if (const auto text = arguments.value("time")) {
            const Parsed<Duration> time = parse_duration(*text);
            if (!time) throw UsageError(fmt::format("--time {}: {}", *text, time.error));
            until_ = Clock::now() + std::chrono::nanoseconds(time->ns);
        }
    }

    ExitCode run() {
        open_store();
        {
            Progress progress(context_.terminal, seeds_.last - seeds_.first + 1);
            run_seeds(
                seeds_, arguments_.threads(seeds_),
                [this](std::uint64_t seed) { return run_one(seed); },
                [&](Result&& result) {
                    progress.advance(signature_of(result) ? Verdict::fail : Verdict::pass);
                    take(result);
                },
                context_.stop);
        }
        if (store_) store_->close();
        report();
        if (context_.stop) return kInterrupted;
        return exit_code(verdict());
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
    }

    // On any of the threads.
    std::optional<Result> run_one(std::uint64_t seed) const {
        if (enough_ || (until_ && Clock::now() >= *until_)) return std::nullopt;
        try {
            return run_until_stopped(redraw(scenario_, seed, keep_).scenario, seed, context_.stop,
                                     Watch::probes);
        } catch (const std::exception& error) {
            throw novacron::BugError(fmt::format("{}\nreplay: {}", error.what(), replay(seed)));
        }
    }

    void take(const Result& result) {
        ++runs_;
        coverage_.add(result.probes);
        virtual_time_ = virtual_time_ + result.virtual_time;
        if (!signature_of(result)) return;
        const Redrawn redrawn = redraw(scenario_, result.seed, keep_);
        if (store_) store_->add(redrawn.scenario, result, model_version());
        if (catches_.add(result)) write(catches_.all().back(), redrawn);
        if (arguments_.has("first")) enough_ = true;
    }

    void write(const Catch& caught, const Redrawn& redrawn) {
        const auto folder = arguments_.value("output");
        if (!folder) return;
        const std::string file =
            (std::filesystem::path(*folder) /
             fmt::format("{}-{}-{}.yaml", scenario_.name, caught.signature.id, caught.first_seed))
                .string();
        write_file(
            file, fmt::format("# {}, seed {}\n# Drawn: {}\n{}", caught.signature.text(),
                              caught.first_seed, in_words(redrawn.drawn), brief(redrawn.scenario)));
    }

    std::string replay(std::uint64_t seed) const {
        std::string text = fmt::format("shaketable swarm {} --seed {}", shell_word(path_), seed);
        for (const Override& one : arguments_.overrides()) {
            text += " --set " + shell_word(one.name + "=" + one.value);
        }
        for (const std::string& key : keep_) text += " --keep " + shell_word(key);
        return text;
    }

    Verdict verdict() const {
        if (!catches_.all().empty()) return Verdict::fail;
        return runs_ == 0 ? Verdict::inconclusive : Verdict::pass;
    }

    std::string drawn(std::uint64_t seed) const {
        return in_words(redraw(scenario_, seed, keep_).drawn);
    }

    std::string ways() const {
        const std::size_t n = catches_.all().size();
        return n == 0 ? "" : fmt::format(", in {} way{}", n, n == 1 ? "" : "s");
    }

    void report() const {
        if (arguments_.has("json")) return report_json();
        const Terminal& terminal = context_.terminal;
        if (!terminal.quiet()) {
            for (const Catch& one : catches_.all()) {
                terminal.out(one.signature.text() + ": " + words_of(one.first, one.signature));
                terminal.out(fmt::format("\n  {} of {} runs, first with seed {}\n  drawn: {}\n",
                                         one.count, runs_, one.first_seed, drawn(one.first_seed)));
                terminal.out("  shrink: shaketable shrink " + one.first.run_key + "\n");
            }
            if (seeds_.first == seeds_.last && catches_.all().empty()) {
                terminal.out("drawn: " + in_words(redraw(scenario_, seeds_.first, keep_).drawn) +
                             "\n");
            }
        }
        if (!terminal.quiet() && runs_ > 0) {
            terminal.out(arguments_.has("coverage") ? render_coverage(coverage_)
                                                    : coverage_line(coverage_));
        }
        terminal.out(fmt::format("{}: {} of {} runs failed{}, {} of virtual time\n",
                                 terminal.paint(verdict(), word_of(verdict())), catches_.failed(),
                                 runs_, ways(), format_duration_brief(virtual_time_)));
        if (!catches_.all().empty()) {
            terminal.out("replay: " + replay(catches_.all().front().first_seed) + "\n");
        }
    }

    void report_json() const {
        nlohmann::ordered_json json = {
            {"schema_version", 1}, {"scenario", scenario_.name},  {"scenario_hash", scenario_.hash},
            {"runs", runs_},       {"failed", catches_.failed()}, {"virtual_ns", virtual_time_.ns}};
        json["catches"] = nlohmann::ordered_json::array();
        for (const Catch& one : catches_.all()) {
            nlohmann::ordered_json drawn = nlohmann::ordered_json::object();
            for (const Drawn& dial : redraw(scenario_, one.first_seed, keep_).drawn) {
                drawn[dial.key] = dial.value;
            }
            json["catches"].push_back({{"signature", one.signature.text()},
                                       {"message", words_of(one.first, one.signature)},
                                       {"count", one.count},
                                       {"first_seed", one.first_seed},
                                       {"run_key", one.first.run_key},
                                       {"drawn", std::move(drawn)},
                                       {"replay", replay(one.first_seed)}});
        }
        json["coverage"] = coverage_to_json(coverage_);
        context_.terminal.out(
            json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    }

    Context& context_;
    const Arguments& arguments_;
    std::string path_;
    Scenario scenario_;
    SeedRange seeds_;
    std::vector<std::string> keep_;
    std::optional<Clock::time_point> until_;
    std::atomic<bool> enough_{false};
    std::unique_ptr<Store> store_;
    Catches catches_;
    Coverage coverage_;
    std::uint64_t runs_ = 0;
    Duration virtual_time_{};
};

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kSwarmCommand, context, words);
    if (arguments.answered()) return kPass;
    return Swarm(context, arguments, arguments.only_word("SCENARIO")).run();
}

}  // namespace

const Command kSwarmCommand = {
    "swarm",
    "SCENARIO",
    "a scenario redrawn for every seed, until it fails",
    "Runs a scenario with many seeds, and redraws it for each: which kinds of fault its storms\n"
    "hold and how often they strike, how many nodes there are, how quick and sound links and "
    "disks\n"
    "are, the sizes that Raft goes by, the load. Failures are told apart by what broke first. A\n"
    "redrawn scenario is a function of the scenario and the seed. Rare situations that no run met "
    "are\n"
    "named: there the swarm is blind. Exit status 0: no run failed; "
    "1:\n"
    "some did; 3: none was run.\n\n"
    "  shaketable swarm scenarios/slow/random_faults.yaml --seeds 1..1000 --time 10m\n"
    "  shaketable swarm scenarios/slow/random_faults.yaml --first -o found --keep cluster.sites\n",
    options,
    run};

}  // namespace shaketable::cli
