// SPDX-License-Identifier: MIT
//
// `shaketable fork`: what would have happened if, from some instant of a run on, something else had
// broken as well.
//
// Intuition: a run is a function of its scenario and seed. So a branch needs no copy of a world:
// the run is done again twice, side by side, and one of the two is given the faults when it gets to
// the instant. That both are the same run until then is not assumed but shown, by the digest of all
// facts.
#include <future>
#include <optional>

#include <fmt/format.h>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "core/base/hex.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/render.hpp"
#include "sim/cli/standing.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/result_json.hpp"
#include "sim/scenario/assemble.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/ensemble.hpp"

namespace shaketable::cli {

namespace {

namespace po = boost::program_options;

constexpr std::size_t kMostFaultBytes = std::size_t{1} << 20U;

po::options_description options() {
    po::options_description all;
    all.add_options()("at", po::value<std::string>()->value_name("T"),
                      "the instant: 15s, warmup.end + 10s, crash.start + 200ms")(
        "inject", po::value<std::vector<std::string>>()->value_name("FILE|YAML"),
        "what breaks besides: a fault or a list of them, in a file or as it is; may be repeated")(
        "output,o", po::value<std::string>()->value_name("FILE"),
        "write the branch as a scenario there")("json", "print one JSON object instead of text");
    all.add(set_option()).add(database_option());
    return all;
}

// Faults and what diagnostics call the text.
struct Injection {
    std::string name;
    std::string yaml;
};

// A word with a brace, a bracket or a line break is YAML; another is a file's name.
std::vector<Injection> read_injections(const Arguments& arguments) {
    std::vector<Injection> injections;
    for (const std::string& word : arguments.values("inject")) {
        if (word.find_first_of("{[\n") != std::string::npos) {
            injections.push_back({"--inject", word});
            continue;
        }
        auto text = read_file(word, kMostFaultBytes);
        if (!text) {
            throw InputError(
                fmt::format("--inject {}: can't read the file; a fault itself looks "
                            "like {{id: crash, inject: node.crash, target: leader}}",
                            word));
        }
        injections.push_back({word, std::move(*text)});
    }
    if (injections.empty()) throw UsageError("--inject is missing: what breaks?");
    return injections;
}

// One side of the fork: its digest when the branches part, what it comes to, and how long service
// was gone from the fork on.
struct Branch {
    std::uint64_t digest = 0;
    Result result;
    std::optional<Recovery> writes;
    std::optional<Recovery> reads;
};

// Nothing if the user wants out. REQUIRES: the drill stands where the branches part.
std::optional<Branch> finish(Drill& drill, std::uint64_t digest, const std::atomic<bool>& stop) {
    const Instant at = drill.now();
    if (!go_on_until(drill, drill.end(), stop)) return std::nullopt;
    drill.finish();
    return Branch{digest, drill.result(), drill.recovery(OperationKind::write, at),
                  drill.recovery(OperationKind::read, at)};
}

std::string time_or(const std::optional<Duration>& time, const char* otherwise) {
    return time ? format_duration_brief(*time) : otherwise;
}

const RecoveryRow* recovery_of(const Result& result, const std::string& scope) {
    for (const RecoveryRow& row : result.recovery) {
        if (row.scope == scope) return &row;
    }
    return nullptr;
}

std::string rto_of(const Result& result, const std::string& scope) {
    const RecoveryRow* row = recovery_of(result, scope);
    if (row == nullptr) return "-";
    return fmt::format("{} after {}", time_or(row->rto, "not recovered"), row->fault);
}

std::string since_fork(const std::optional<Recovery>& recovery) {
    return recovery ? time_or(recovery->rto, "not recovered") : "-";
}

std::string unavailable_of(const Result& result, const std::string& scope) {
    const RecoveryRow* row = recovery_of(result, scope);
    return row == nullptr ? "-" : format_duration_brief(row->unavailable);
}

std::string rpo_of(const Result& result) {
    if (!result.loss) return "-";
    return fmt::format(
        "{}, {} lost", format_duration_brief(result.loss->rpo_time),
        plural(result.loss->lost_acked_ops + result.loss->lost_after_fault_ops, "write"));
}

std::string available_of(const WorkloadRow& row) {
    const std::uint64_t ended = row.acknowledged + row.unknown;
    return ended == 0 ? "-"
                      : percent(static_cast<double>(row.acknowledged) / static_cast<double>(ended));
}

// What both have come to, side by side.
std::string side_by_side(const Terminal& terminal, const Branch& unforked, const Branch& forked) {
    const Result& one = unforked.result;
    const Result& other = forked.result;
    TextTable table;
    table.add({"", "unforked", "forked"});
    table.add(
        {"writes back", since_fork(unforked.writes), since_fork(forked.writes), "after the fork"});
    table.add(
        {"reads back", since_fork(unforked.reads), since_fork(forked.reads), "after the fork"});
    for (const char* scope : {"write", "read"}) {
        if (recovery_of(one, scope) == nullptr && recovery_of(other, scope) == nullptr) continue;
        table.add({fmt::format("RTO {}", scope), rto_of(one, scope), rto_of(other, scope)});
        table.add({fmt::format("no {}s for", scope), unavailable_of(one, scope),
                   unavailable_of(other, scope)});
    }
    table.add({"RPO", rpo_of(one), rpo_of(other)});
    for (std::size_t i = 0; i < one.workloads.size(); ++i) {
        table.add({"available " + one.workloads[i].id, available_of(one.workloads[i]),
                   available_of(other.workloads[i])});
    }
    const auto count = [](std::uint64_t n) { return std::to_string(n); };
    table.add({"elections", count(one.elections), count(other.elections)});
    table.add({"findings", count(one.findings.size()), count(other.findings.size())});
    table.add({"fingerprint", one.fingerprint, other.fingerprint});
    table.add({"verdict", terminal.paint(one.verdict, word_of(one.verdict)),
               terminal.paint(other.verdict, word_of(other.verdict))});
    return table.text(2);
}

class Fork {
public:
    Fork(Context& context, const Arguments& arguments, const std::string& name)
        : context_(context),
          arguments_(arguments),
          injections_(read_injections(arguments)),
          run_(named_run(context, arguments, name)),
          unforked_(run_.scenario, run_.seed),
          forked_(run_.scenario, run_.seed) {
        const auto at = arguments.value("at");
        if (!at) throw UsageError("--at is missing: when do the branches part?");
        at_ = instant_or_refuse(unforked_, "--at", *at);
        if (at_ >= unforked_.end()) throw InputError("--at: nothing is left of the run to change");
    }

    ExitCode run() {
        std::future<std::optional<Branch>> other =
            std::async(std::launch::async, [this] { return follow(unforked_, false); });
        const std::optional<Branch> forked = follow(forked_, true);
        const std::optional<Branch> unforked = other.get();
        if (!forked || !unforked) return kInterrupted;
        if (run_.stored) {
            if (const ExitCode bad = refuse_other_run(context_, *run_.stored, unforked->result))
                return bad;
        }
        novacron::check(forked->digest == unforked->digest,
                        "branches of one run are the same run until they part");
        if (const auto file = arguments_.value("output")) {
            write_file(*file, forked_.scenario().resolved);
        }
        if (arguments_.has("json")) {
            report_json(*unforked, *forked);
        } else {
            report(*unforked, *forked);
        }
        return exit_code(forked->result.verdict);
    }

private:
    std::optional<Branch> follow(Drill& drill, bool to_inject) {
        if (!go_on_until(drill, at_, context_.stop)) return std::nullopt;
        const std::uint64_t digest = drill.fingerprint();
        if (to_inject) inject();
        return finish(drill, digest, context_.stop);
    }

    void inject() {
        for (const Injection& injection : injections_) {
            std::vector<Diagnostic> wrong;
            try {
                wrong = forked_.inject(injection.yaml, injection.name);
            } catch (const DrillError& error) {
                throw InputError(fmt::format("{}: {}", injection.name, error.what()));
            }
            if (wrong.empty()) continue;
            context_.terminal.err(format(wrong));
            throw InputError(
                fmt::format("{}: {}", injection.name, plural(wrong.size(), "mistake")));
        }
    }

    std::string time_of_fork() const { return format_duration(at_ - Instant{}); }

    void report(const Branch& unforked, const Branch& forked) const {
        const Terminal& terminal = context_.terminal;
        terminal.out(fmt::format("{}   seed {}   run {}   forked at {}\n",
                                 terminal.paint(Colour::bold, unforked.result.scenario), run_.seed,
                                 unforked.result.run_key, time_of_fork()));
        TextTable added;
        for (const FaultRow& fault : forked.result.faults) {
            if (is_added(fault)) {
                added.add({"injected", fault.id, fault.inject, fault.target,
                           fault.observed ? fault.effect : "no effect seen"});
            }
        }
        terminal.out(added.text(2));
        terminal.out(fmt::format("  until then both are the same run: fingerprint {}\n",
                                 novacron::hex(forked.digest)));
        terminal.out(side_by_side(terminal, unforked, forked));
        for (const Diagnostic& doubt : forked_.draft().doubts()) {
            terminal.note("the branch would be no scenario file: " + doubt.message);
        }
        Ensemble ensemble(forked_.scenario());
        ensemble.add(forked.result);
        terminal.out("forked " + verdict_line(terminal, ensemble.summary()));
    }

    bool is_added(const FaultRow& row) const {
        for (const FaultSpec& fault : run_.scenario.faults) {
            if (row.id == fault.id || row.id.starts_with(fault.id + "-")) return false;
        }
        return true;
    }

    static nlohmann::ordered_json since_fork_ns(const std::optional<Recovery>& recovery) {
        if (!recovery || !recovery->rto) return nullptr;
        return recovery->rto->ns;
    }

    void report_json(const Branch& unforked, const Branch& forked) const {
        nlohmann::ordered_json json = {{"schema_version", 1},
                                       {"at_ns", (at_ - Instant{}).ns},
                                       {"fingerprint_at", novacron::hex(forked.digest)},
                                       {"unforked", to_json(unforked.result, "")},
                                       {"forked", to_json(forked.result, "")},
                                       {"writes_back_ns", since_fork_ns(forked.writes)},
                                       {"reads_back_ns", since_fork_ns(forked.reads)},
                                       {"forked_scenario", forked_.scenario().resolved}};
        context_.terminal.out(
            json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    }

    Context& context_;
    const Arguments& arguments_;
    std::vector<Injection> injections_;
    NamedRun run_;
    Drill unforked_;
    Drill forked_;
    Instant at_;
};

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kForkCommand, context, words);
    if (arguments.answered()) return kPass;
    return Fork(context, arguments, arguments.only_word("RUN_KEY or SCENARIO@SEED")).run();
}

}  // namespace

const Command kForkCommand = {
    "fork",
    "RUN_KEY --at T --inject FAULT",
    "the same run, with something else broken from an instant on",
    "Does a run again twice, side by side, gives one of the two more faults when it gets to T, "
    "and\n"
    "compares what becomes of them. Until T both are the same run, which the fingerprint of all "
    "that\n"
    "has happened shows. A fault without a time strikes at T, and without an end never ends. The "
    "run is\n"
    "a key of the database (or a key's beginning) or SCENARIO@SEED. Exit status: that of the "
    "branch's\n"
    "verdict, as of run; 4 or 3 if the recorded run came out otherwise.\n\n"
    "  shaketable fork 3f2a91 --at crash.start+2s --inject '{id: cut, inject: network.partition,\n"
    "    target: {split: [[leader], [others]]}, for: 5s}'\n"
    "  shaketable fork scenarios/rolling_restart.yaml@7 --at 20s --inject worse.yaml -o "
    "both.yaml\n",
    options,
    run};

}  // namespace shaketable::cli
