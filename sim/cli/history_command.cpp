// SPDX-License-Identifier: MIT
//
// `shaketable history check`: is a history linearizable?
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/history/linearizability.hpp"
#include "sim/history/read_history.hpp"
#include "sim/history/timeline.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;
using history::History;
using Answer = history::Verdict::Answer;
using Clock = std::chrono::steady_clock;

po::options_description options() {
    po::options_description all;
    all.add_options()("model", po::value<std::string>()->value_name("MODEL"),
                      "register, kv or list-append; told by the content unless given")(
        "budget", po::value<std::string>()->value_name("STEPS"),
        "how many steps the search may take; 50000000 unless given")(
        "timeout", po::value<std::string>()->value_name("DURATION"),
        "how long it may take, such as 30s")(
        "timeline", po::value<std::string>()->value_name("FILE"),
        "draw it: FILE.html or FILE.svg; replaced if it is there")("json",
                                                                   "the result as one JSON object");
    return all;
}

std::string content_of(const std::string& path) {
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) {
        throw InputError(fmt::format("can't read {}: it is a folder", path));
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(fmt::format("can't read {}", path));
    std::ostringstream text;
    if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    if (file.bad() || text.bad()) throw InputError(fmt::format("can't read {}", path));
    return std::move(text).str();
}

History read_or_refuse(const Context& context, const Arguments& arguments,
                       const std::string& path) {
    std::optional<history::Model> model;
    if (const auto word = arguments.value("model")) {
        model = history::parse_model(*word);
        if (!model) {
            throw UsageError(fmt::format("--model {}: register, kv or list-append", *word));
        }
    }
    history::ReadResult read = history::read_history(path, content_of(path), model);
    if (read.history) return std::move(*read.history);
    context.terminal.err(format(read.diagnostics));
    const std::size_t n = read.diagnostics.size();
    throw InputError(fmt::format("{}: {} mistake{}", path, n, n == 1 ? "" : "s"));
}

history::Budget budget_of(const Context& context, const Arguments& arguments) {
    history::Budget budget;
    if (const auto text = arguments.value("budget")) {
        const Parsed<std::uint64_t> steps = parse_unsigned(*text);
        if (!steps || *steps < 1) {
            throw UsageError(fmt::format("--budget {}: a number of steps, at least 1", *text));
        }
        budget.steps = *steps;
    }
    Clock::time_point end = Clock::time_point::max();
    if (const auto text = arguments.value("timeout")) {
        const Parsed<Duration> limit = parse_duration(*text);
        if (!limit || limit->ns < 1) {
            throw UsageError(fmt::format("--timeout {}: a duration such as 30s", *text));
        }
        end = Clock::now() + std::chrono::nanoseconds(limit->ns);
    }
    budget.stop = [&context, end] { return context.stop || Clock::now() >= end; };
    return budget;
}

const char* word_of(Answer answer) {
    switch (answer) {
        case Answer::linearizable: return "linearizable";
        case Answer::not_linearizable: return "not linearizable";
        case Answer::unknown: return "unknown";
    }
    throw novacron::BugError("an answer is one of three");
}

ExitCode status_of(Answer answer) {
    switch (answer) {
        case Answer::linearizable: return kPass;
        case Answer::not_linearizable: return kFail;
        case Answer::unknown: return kInconclusive;
    }
    throw novacron::BugError("an answer is one of three");
}

std::size_t keys_of(const History& history) {
    return history.keys.size() - (history.keys.size() > 1 ? 1 : 0);
}

nlohmann::ordered_json json_of(const History& history, std::uint32_t number) {
    const history::Operation& operation = history.operations[number];
    nlohmann::ordered_json json = {{"operation", text_of(history, operation)},
                                   {"process", history.processes[operation.process]},
                                   {"invoked_line", operation.invoked_line}};
    json["completed_line"] = nullptr;
    if (operation.completed_line > 0) json["completed_line"] = operation.completed_line;
    return json;
}

std::string json_of(const History& history, const history::Verdict& verdict) {
    nlohmann::ordered_json json = {
        {"verdict", word_of(verdict.answer)},
        {"model", name_of(history.model)},
        {"operations", history.operations.size()},
        {"failed", history.failed},
        {"keys", keys_of(history)},
        {"method", verdict.method == history::Verdict::Method::search ? "search" : "log_order"},
        {"steps", verdict.steps},
        {"undecided_keys", verdict.undecided}};
    json["offence"] = nullptr;
    if (verdict.offence) {
        const history::Offence& offence = *verdict.offence;
        const auto list = [&](const std::vector<std::uint32_t>& numbers) {
            auto all = nlohmann::ordered_json::array();
            for (const std::uint32_t number : numbers) all.push_back(json_of(history, number));
            return all;
        };
        json["offence"] = {
            {"key", history.keys[offence.key]}, {"misfit", json_of(history, offence.misfit)},
            {"shortest", offence.shortest},     {"prefix_operations", offence.operations},
            {"order", list(offence.order)},     {"open", list(offence.together)}};
    }
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string words_of(const Context& context, const std::string& path, const History& history,
                     const history::Verdict& verdict) {
    std::string text;
    if (verdict.offence) text += explain(history, *verdict.offence);
    const std::string keys =
        keys_of(history) > 1 ? fmt::format(" on {} keys", keys_of(history)) : "";
    const bool ordered = verdict.method == history::Verdict::Method::log_order;
    std::string how =
        ordered ? "the log's order explains it"
                : fmt::format("{} step{} of search", verdict.steps, verdict.steps == 1 ? "" : "s");
    if (verdict.undecided > 0) {
        how = fmt::format("{} key{} undecided after {} steps; give more --budget or --timeout",
                          verdict.undecided, verdict.undecided == 1 ? "" : "s", verdict.steps);
    }
    const Verdict colour = verdict.answer == Answer::linearizable       ? Verdict::pass
                           : verdict.answer == Answer::not_linearizable ? Verdict::fail
                                                                        : Verdict::inconclusive;
    const std::size_t n = history.operations.size();
    return text + fmt::format("{}: {}: {} operation{}{} ({}), {}\n", path,
                              context.terminal.paint(colour, word_of(verdict.answer)), n,
                              n == 1 ? "" : "s", keys, name_of(history.model), how);
}

ExitCode check_history(Context& context, const Arguments& arguments, const std::string& path) {
    const history::Budget budget = budget_of(context, arguments);
    const std::optional<std::string> picture = arguments.value("timeline");
    if (picture) {
        if (!picture->ends_with(".html") && !picture->ends_with(".svg")) {
            throw UsageError(fmt::format("--timeline {}: FILE.html or FILE.svg", *picture));
        }
        refuse_unwritable(*picture);
    }
    const History history = read_or_refuse(context, arguments, path);
    const history::Verdict verdict = history::check(history, budget);
    if (context.stop) return kInterrupted;
    if (picture) {
        write_file(*picture, picture->ends_with(".svg") ? timeline_svg(history, verdict)
                                                        : timeline_html(path, history, verdict));
    }
    context.terminal.out(arguments.has("json") ? json_of(history, verdict)
                                               : words_of(context, path, history, verdict));
    return status_of(verdict.answer);
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kHistoryCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::vector<std::string>& given = arguments.words();
    if (given.empty() || given[0] != "check") {
        throw UsageError("write: shaketable history check FILE");
    }
    if (given.size() < 2) throw UsageError("FILE is missing");
    if (given.size() > 2) {
        throw UsageError(fmt::format("one FILE at a time; what is '{}'?", given[2]));
    }
    return check_history(context, arguments, given[1]);
}

}  // namespace

const Command kHistoryCommand = {
    "history",
    "check FILE",
    "is a history of operations linearizable?",
    "Reads what clients did and were told, and looks for an order of the operations that explains "
    "it. The\n"
    "file holds JSON lines as `shaketable export history` writes them, Jepsen's EDN or Jepsen's "
    "log. Of a\n"
    "history that is not linearizable it names the completion that fits nowhere and what was "
    "before it.\n"
    "Exit status 0: linearizable; 1: not; 2: the file has mistakes; 3: the budget did not "
    "suffice.\n\n"
    "  shaketable history check history.jsonl\n"
    "  shaketable history check history.edn --model kv --timeout 1min --timeline history.html\n",
    options,
    run};

}  // namespace shaketable::cli
