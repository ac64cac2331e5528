// SPDX-License-Identifier: MIT
#include "sim/cli/options.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/run/run.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace po = boost::program_options;

namespace {

constexpr const char* kWords = "words";  // what is no option

po::options_description all_options(const Command& command) {
    po::options_description all;
    all.add(command.options());
    all.add_options()("help,h", "")("no-color", "")(kWords, po::value<std::vector<std::string>>());
    return all;
}

[[noreturn]] void refuse_option(const po::options_description& options, std::string name) {
    while (!name.empty() && name.front() == '-') name.erase(0, 1);
    std::vector<std::string> known;
    for (const auto& option : options.options()) {
        if (option->long_name() != kWords) known.push_back(option->long_name());
    }
    const std::string nearest = closest(name, known);
    const std::string hint = nearest.empty() ? "" : fmt::format("; did you mean --{}?", nearest);
    throw UsageError(
        fmt::format("unknown option {}{}{}", name.size() == 1 ? "-" : "--", name, hint));
}

po::parsed_options parse(const po::options_description& options,
                         const std::vector<std::string>& arguments) {
    po::positional_options_description positional;
    positional.add(kWords, -1);
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
        return po::command_line_parser(arguments)
            .options(options)
            .positional(positional)
            .style(style)
            .run();
    } catch (const po::unknown_option& error) {
        refuse_option(options, error.get_option_name());
    } catch (const po::error& error) {
        throw UsageError(error.what());
    }
}

}  // namespace

Arguments::Arguments(const Command& command, Context& context,
                     const std::vector<std::string>& arguments) {
    const po::options_description options = all_options(command);
    for (const po::option& option : parse(options, arguments).options) {
        const bool word = option.string_key == kWords;
        if (word) words_.insert(words_.end(), option.value.begin(), option.value.end());
        if (option.string_key == "no-color") context.terminal.forbid_colour();
        if (option.string_key == "quiet") context.terminal.be_quiet();
        if (option.string_key == "help") answered_ = true;
        const std::string value = word || option.value.empty() ? "" : option.value[0];
        if (value.starts_with("--")) {
            throw UsageError(fmt::format("--{} needs a value before {}", option.string_key, value));
        }
        if (!word) given_.emplace_back(option.string_key, value);
    }
    if (answered_) context.terminal.out(help_text(command));
}

const std::string& Arguments::only_word(const char* what) const {
    if (words_.empty()) throw UsageError(fmt::format("{} is missing", what));
    if (words_.size() > 1) {
        throw UsageError(fmt::format("one {} at a time; what is '{}'?", what, words_[1]));
    }
    return words_[0];
}

bool Arguments::has(const std::string& option) const { return !values(option).empty(); }

std::optional<std::string> Arguments::value(const std::string& option) const {
    const std::vector<std::string> all = values(option);
    if (all.size() > 1) throw UsageError(fmt::format("--{} is given more than once", option));
    return all.empty() ? std::nullopt : std::optional(all[0]);
}

std::vector<std::string> Arguments::values(const std::string& option) const {
    std::vector<std::string> all;
    for (const auto& [name, value] : given_) {
        if (name == option) all.push_back(value);
    }
    return all;
}

std::uint64_t parse_seed(const std::string& text) {
    const Parsed<std::uint64_t> seed = parse_unsigned(text);
    if (!seed || *seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw UsageError(
            fmt::format("'{}' is no seed: a seed is a whole number from 0 to 2^63 - 1", text));
    }
    return *seed;
}

std::optional<std::uint64_t> Arguments::seed() const {
    const std::optional<std::string> text = value("seed");
    return text ? std::optional(parse_seed(*text)) : std::nullopt;
}

std::optional<SeedRange> Arguments::seeds() const {
    const std::optional<std::uint64_t> one = seed();
    const std::optional<std::string> range = value("seeds");
    if (one && range) throw UsageError("--seed and --seeds exclude each other");
    if (one) return SeedRange{*one, *one};
    if (!range) return std::nullopt;
    const std::size_t dots = range->find("..");
    if (dots == std::string::npos) {
        const std::uint64_t only = parse_seed(*range);
        return SeedRange{only, only};
    }
    const SeedRange seeds{parse_seed(range->substr(0, dots)), parse_seed(range->substr(dots + 2))};
    if (seeds.first > seeds.last) {
        throw UsageError(fmt::format("the seeds {} run backwards", *range));
    }
    return seeds;
}

unsigned Arguments::threads(SeedRange seeds) const {
    return threads_for(seeds.last - seeds.first + 1);
}

unsigned Arguments::threads_for(std::uint64_t runs) const {
    std::uint64_t threads = std::max(1U, std::thread::hardware_concurrency());
    if (const std::optional<std::string> text = value("jobs")) {
        const Parsed<std::uint64_t> given = parse_unsigned(*text);
        if (!given || *given < 1 || *given > 1024) {
            throw UsageError(fmt::format("'{}' is no number of threads: 1 to 1024", *text));
        }
        threads = *given;
    }
    return static_cast<unsigned>(std::min(threads, runs));
}

std::vector<Override> Arguments::overrides() const {
    std::vector<Override> overrides;
    for (const std::string& text : values("set")) {
        const std::optional<Override> one = parse_override(text);
        if (!one) throw UsageError(fmt::format("--set {}: write --set NAME=VALUE", text));
        overrides.push_back(*one);
    }
    return overrides;
}

std::string Arguments::database() const { return value("db").value_or(kDefaultDatabase); }

po::options_description seed_option() {
    po::options_description options;
    options.add_options()("seed", po::value<std::string>()->value_name("N"), "the seed");
    return options;
}

po::options_description set_option() {
    po::options_description options;
    options.add_options()("set", po::value<std::string>()->value_name("NAME=VALUE"),
                          "give one of the scenario's parameters a value; may be repeated");
    return options;
}

po::options_description database_option() {
    po::options_description options;
    options.add_options()("db", po::value<std::string>()->value_name("FILE"),
                          "results database; shaketable.db unless given");
    return options;
}

Scenario load_or_refuse(const Context& context, const std::string& path,
                        const std::vector<Override>& overrides) {
    LoadResult loaded = load_scenario(path, overrides);
    if (loaded.ok()) return std::move(*loaded.scenario);
    context.terminal.err(format(loaded.diagnostics));
    const std::size_t n = loaded.diagnostics.size();
    throw InputError(fmt::format("{}: {} mistake{}", path, n, n == 1 ? "" : "s"));
}

StoredRun find_run(const std::string& database, const std::string& run_key) {
    const std::vector<StoredRun> found = Store(database, Store::Access::read).find(run_key);
    if (found.size() == 1) return found[0];
    throw InputError(
        found.empty() ? fmt::format("{} has no run '{}'; `shaketable list runs` shows them",
                                    database, run_key)
                      : fmt::format("more than one run of {} begins with '{}'", database, run_key));
}

Scenario load_stored(const Context& context, const StoredRun& run) {
    LoadResult loaded = load_scenario_text(run.resolved_yaml, "run " + run.run_key);
    if (loaded.ok()) return std::move(*loaded.scenario);
    context.terminal.err(format(loaded.diagnostics));
    throw InputError(fmt::format("the scenario of run {} is none to this version", run.run_key));
}

NamedRun named_run(const Context& context, const Arguments& arguments, const std::string& text) {
    const std::size_t at = text.rfind('@');
    if (at != std::string::npos) {
        return {load_or_refuse(context, text.substr(0, at), arguments.overrides()),
                parse_seed(text.substr(at + 1)), std::nullopt};
    }
    StoredRun run = find_run(arguments.database(), text);
    return {load_stored(context, run), run.seed, run};
}

ExitCode refuse_other_run(const Context& context, const StoredRun& run, const Result& now) {
    if (now.fingerprint == run.fingerprint) return kPass;
    context.terminal.complain(fmt::format(
        "run {} came out differently, so nothing is written: {} (model {}) then, {} (model {}) "
        "now\nreplay: shaketable replay {}",
        run.run_key, run.fingerprint, run.model_version, now.fingerprint, model_version(),
        run.run_key));
    return run.model_version == model_version() ? kInternal : kInconclusive;
}

std::string shell_word(const std::string& word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

std::string replay_command(const std::string& path, const std::vector<Override>& overrides,
                           SeedRange seeds) {
    std::string command = "shaketable run " + shell_word(path);
    for (const Override& one : overrides) {
        command += " --set " + shell_word(one.name + "=" + one.value);
    }
    if (seeds.first == seeds.last) return command + fmt::format(" --seed {}", seeds.first);
    return command + fmt::format(" --seeds {}..{}", seeds.first, seeds.last);
}

}  // namespace shaketable::cli
