// SPDX-License-Identifier: MIT
//
// Theory and published numbers beside ours, as a table.
//
//   shaketable_accuracy [--reduced] [--json] [-o FILE]
//
// Writes Markdown to FILE, or to standard output; --json writes one object instead. --reduced
// measures less: what continuous integration runs. Exit status 0: every row is within its
// tolerance; 1: some are not, and standard error names them; 2: bad usage, or FILE can't be
// written.
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/accuracy/rows.hpp"

namespace {

using namespace shaketable::accuracy;

const std::vector<Section>& sections() {
    static const std::vector<Section> kSections = {
        {"Failure detectors",
         "Phi of the normal model against 40-digit arithmetic; thresholds as deviations; and the "
         "quality of service (Chen, Toueg, Aguilera) of whole runs: five nodes that watch one "
         "another over links that lose messages, by the fixed form of phi.",
         detector_rows},
        {"Elections",
         "The consensus servers of core/raft with nothing around them but a latency, all timers "
         "started together: the worst moment. Timeouts are uniform over a range that latency is "
         "given in parts of.",
         election_rows},
        {"Queues",
         "Poisson arrivals and exponential service through core/resilience's bulkhead on the "
         "engine's queue of events; a narrow line of sim/net as M/D/1.",
         queue_rows},
        {"Services",
         "Whole services of sim/service: workers and queues, calls at once, hedges, load that is "
         "shed, clients that try again. The storm's numbers are those of HotOS 2021: 300 requests "
         "a second can be served, an outage lasts for 10 s.",
         service_rows},
        {"Rate limiter and adaptive throttle",
         "core/resilience's limiter beside a bucket of tokens that rounds nothing; the client-side "
         "throttle of the SRE book against a callee of fixed capacity.",
         limiter_rows},
        {"Retries",
         "Attempts of calls that fail at random, the back-off's jitter, and the three retry "
         "budgets.",
         retry_rows},
        {"Error budgets",
         "When the four multi-window burn-rate alerts of a 99.9 % objective over 30 days fire and "
         "clear.",
         budget_rows},
        {"Sites",
         "What log shipping loses with its primary's site, how long a failover by an automaton "
         "takes, and when clients hear of it: whole runs of two sites.",
         site_rows},
        {"Backups",
         "How long a restore takes: whole runs of one node whose log is archived in segments.",
         backup_rows},
        {"Links and distributions", "What is drawn, and how a link with bursts of loss loses.",
         network_rows}};
    return kSections;
}

struct Measured {
    const Section* section;
    std::vector<Row> rows;
};

std::string number(double value) {
    if (value == 0) return "0";
    return fmt::format("{:.6g}", value);
}

std::string with_unit(double value, const std::string& unit) {
    return unit.empty() ? number(value) : number(value) + " " + unit;
}

std::string markdown(const std::vector<Measured>& all, const Effort& effort) {
    std::size_t rows = 0;
    std::size_t wrong = 0;
    for (const Measured& one : all) {
        for (const Row& row : one.rows) {
            ++rows;
            wrong += row.holds() ? 0 : 1;
        }
    }
    std::string text = fmt::format(
        "# Accuracy\n\n"
        "Written by `shaketable_accuracy -o reports/accuracy.md`{}; tests/accuracy/README.md says "
        "how. A row holds if ours\nis within the tolerance of theory: three standard errors of the "
        "mean over its seeds or 2 %, whichever is more; where no\nchance is involved, as stated. "
        "Nothing is fitted.\n\n{} of {} rows hold, with {} seeds a row and more.\n",
        effort.parts > 1 ? " in its reduced form" : "", rows - wrong, rows, effort.seeds);
    for (const Measured& one : all) {
        text += fmt::format("\n## {}\n\n{}\n\n", one.section->title, one.section->about);
        text += "| measure | source | theory | ours | tolerance | seeds | verdict |\n";
        text += "|---|---|---|---|---|---|---|\n";
        for (const Row& row : one.rows) {
            text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", row.what, row.source,
                                with_unit(row.theory, row.unit), with_unit(row.ours, row.unit),
                                number(row.tolerance), row.seeds == 0 ? "-" : number(
                                    static_cast<double>(row.seeds)),
                                row.holds() ? "holds" : "**DIFFERS**");
        }
    }
    return text;
}

nlohmann::ordered_json json(const std::vector<Measured>& all) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const Measured& one : all) {
        for (const Row& row : one.rows) {
            rows.push_back({{"section", one.section->title},
                            {"measure", row.what},
                            {"source", row.source},
                            {"theory", row.theory},
                            {"ours", row.ours},
                            {"tolerance", row.tolerance},
                            {"unit", row.unit},
                            {"seeds", row.seeds},
                            {"holds", row.holds()}});
        }
    }
    return {{"rows", std::move(rows)}};
}

int usage(const std::string& what) {
    std::cerr << what << "\nusage: shaketable_accuracy [--reduced] [--json] [-o FILE]\n";
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    Effort effort = kFull;
    bool as_json = false;
    std::string file;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--reduced") {
            effort = kReduced;
        } else if (word == "--json") {
            as_json = true;
        } else if (word == "-o" && i + 1 < argc) {
            file = argv[++i];
        } else {
            return usage("unknown argument " + word);
        }
    }
    std::vector<Measured> all;
    std::size_t wrong = 0;
    for (const Section& section : sections()) {
        const auto start = std::chrono::steady_clock::now();
        all.push_back({&section, section.rows(effort)});
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        std::cerr << fmt::format("{}: {} rows in {:.1f} s\n", section.title, all.back().rows.size(),
                                 took.count());
        for (const Row& row : all.back().rows) {
            if (row.holds()) continue;
            ++wrong;
            std::cerr << fmt::format("differs: {}: theory {}, ours {}, tolerance {}\n", row.what,
                                     row.theory, row.ours, row.tolerance);
        }
    }
    const std::string text = as_json ? json(all).dump(2) + "\n" : markdown(all, effort);
    if (file.empty()) {
        std::cout << text;
    } else {
        std::ofstream out(file, std::ios::binary);
        out << text;
        out.close();
        if (!out) return usage(file + ": can't be written");
    }
    return wrong == 0 ? 0 : 1;
}
