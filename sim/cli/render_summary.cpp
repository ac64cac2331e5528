// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sim/cli/render.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/result_json.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace {

std::string brief(const std::optional<Duration>& duration) {
    return duration ? format_duration_brief(*duration) : "never";
}

// The smallest of 1, 2, 5 times a power of ten that is at least so much.
std::int64_t round_up(std::int64_t least) {
    for (std::int64_t power = 1;; power *= 10) {
        for (const std::int64_t digit : {1, 2, 5}) {
            if (digit * power >= least) return digit * power;
        }
    }
}

void add_recovery(TextTable& table, const Summary& summary) {
    for (const ScopeTotals& totals : summary.recovery) {
        const Sample& sample = totals.rto;
        std::string rest = fmt::format("worst seed {}", sample.worst_seed());
        if (sample.censored() > 0) {
            rest += fmt::format(", {} of {} did not recover", sample.censored(), sample.size());
        }
        table.add({"RTO", totals.scope, "p50 " + brief(sample.quantile(0.5)),
                   "p95 " + brief(sample.quantile(0.95)), "p99 " + brief(sample.quantile(0.99)),
                   "max " + brief(sample.quantile(1)), rest});
    }
}

void add_loss(TextTable& table, const Summary& summary) {
    if (summary.rpo_time.size() == 0) return;
    std::string lost = "no acknowledged write lost";
    if (summary.lost_acked_ops > 0) {
        lost = fmt::format("{} lost in {} of {}, worst seed {}",
                           plural(summary.lost_acked_ops, "acknowledged write"),
                           summary.runs_with_loss, plural(summary.runs.total(), "run"),
                           summary.rpo_time.worst_seed());
    }
    table.add({"RPO", "write", "max " + brief(summary.rpo_time.quantile(1)), lost});
}

std::string word_of_target(const Terminal& terminal, const EnsembleTarget& target) {
    if (!target.verdict) return "not judged";
    const Verdict verdict = *target.verdict;
    return terminal.paint(verdict, verdict == Verdict::pass   ? "met"
                                   : verdict == Verdict::fail ? "MISSED"
                                                              : "open");
}

void add_targets(const Terminal& terminal, TextTable& table, const Summary& summary) {
    for (const EnsembleTarget& target : summary.targets) {
        std::string detail = target.detail;
        if (target.quantile == 0) {
            detail += fmt::format("; worst {} (seed {})", target.worst, target.worst_seed);
        } else if (target.observed) {
            detail = fmt::format("observed {}, {}", brief(target.observed), detail);
        }
        table.add(
            {"target", target.id, target.objective, word_of_target(terminal, target), detail});
    }
}

void add_checks(const Terminal& terminal, TextTable& table, const Summary& summary) {
    for (const auto& [id, tally] : summary.checks) {
        const Verdict verdict = tally.verdict();
        std::string detail = "in every run";
        if (tally.failed > 0) {
            detail = fmt::format("in {} of {}, first seed {}", tally.failed,
                                 plural(tally.total(), "run"), *tally.first_failed);
        } else if (tally.inconclusive > 0) {
            detail = fmt::format("in {} of {}, first seed {}", tally.inconclusive,
                                 plural(tally.total(), "run"), *tally.first_inconclusive);
        }
        const char* word = verdict == Verdict::pass   ? "held"
                           : verdict == Verdict::fail ? "FAILED"
                                                      : "open";
        table.add({"check", id, "", terminal.paint(verdict, word), detail});
    }
    if (summary.first_finding) {
        const FirstFinding& first = *summary.first_finding;
        table.add({"finding", terminal.paint(Verdict::fail, first.finding.rule),
                   fmt::format("seed {}", first.seed), "at " + brief(Duration{first.finding.at.ns}),
                   first.finding.message});
    }
}

// What went wrong first, in the words of the reader's scenario.
std::vector<std::string> reasons(const Summary& summary, Verdict verdict) {
    std::vector<std::string> words;
    for (const EnsembleTarget& target : summary.targets) {
        if (target.verdict != verdict) continue;
        words.push_back(target.id + (verdict == Verdict::fail ? " missed" : " open"));
    }
    for (const auto& [id, tally] : summary.checks) {
        if (tally.verdict() != verdict) continue;
        words.push_back("check " + id + (verdict == Verdict::fail ? " failed" : " open"));
    }
    if (verdict == Verdict::fail && summary.findings > 0) {
        words.push_back(plural(summary.findings, "finding"));
    }
    if (verdict == Verdict::inconclusive && summary.first_doubt) {
        const FirstDoubt& doubt = *summary.first_doubt;
        words.push_back(summary.runs.total() < 2
                            ? doubt.text
                            : fmt::format("{} (seed {})", doubt.text, doubt.seed));
    }
    return words;
}

}  // namespace

std::string histogram(const Sample& sample, std::size_t indent) {
    const std::vector<Duration> values = sample.values();
    if (values.size() < 2 || values.front() == values.back()) return "";
    constexpr std::int64_t kBars = 10;
    constexpr std::size_t kWidth = 40;
    std::int64_t step = round_up((values.back().ns - values.front().ns) / kBars + 1);
    const auto bars = [&] { return values.back().ns / step - values.front().ns / step + 1; };
    while (bars() > kBars) step = round_up(step + 1);
    const std::int64_t first = values.front().ns / step;
    std::vector<std::size_t> counts(static_cast<std::size_t>(bars()));
    for (const Duration value : values) ++counts[static_cast<std::size_t>(value.ns / step - first)];
    const std::size_t most = std::max(*std::max_element(counts.begin(), counts.end()),
                                      static_cast<std::size_t>(sample.censored()));
    TextTable table;
    const auto add = [&](const std::string& label, std::size_t count) {
        const std::size_t length = (count * kWidth + most - 1) / most;
        table.add(
            {label, std::string(length, '#') + (count > 0 ? " " : "") + std::to_string(count)});
    };
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::int64_t low = (first + static_cast<std::int64_t>(i)) * step;
        add(fmt::format("{} .. {}", format_duration(Duration{low}),
                        format_duration(Duration{low + step})),
            counts[i]);
    }
    if (sample.censored() > 0) add("not recovered", sample.censored());
    return table.text(indent);
}

std::string render(const Terminal& terminal, const Scenario& scenario, const Summary& summary) {
    std::string text =
        fmt::format("{}   {} seeds   scenario {}\n", terminal.paint(Colour::bold, scenario.name),
                    summary.runs.total(), scenario.hash);
    TextTable recovery;
    add_recovery(recovery, summary);
    text += recovery.text(2);
    if (const ScopeTotals* write = summary.scope("write")) text += histogram(write->rto, 4);
    TextTable measures;
    add_loss(measures, summary);
    for (const auto& [id, totals] : summary.workloads) {
        const auto share = totals.availability();
        if (!share) continue;
        measures.add({"available", id, percent(*share),
                      fmt::format("worst run {} (seed {})", percent(*totals.worst_availability),
                                  totals.worst_seed)});
    }
    return text + measures.text(2) + render_judgements(terminal, summary);
}

std::string render_judgements(const Terminal& terminal, const Summary& summary) {
    TextTable table;
    add_targets(terminal, table, summary);
    add_checks(terminal, table, summary);
    return table.text(2);
}

std::string verdict_line(const Terminal& terminal, const Summary& summary) {
    std::string line = terminal.paint(summary.verdict, word_of(summary.verdict)) + ": ";
    if (summary.verdict == Verdict::pass) {
        std::uint64_t met = 0;
        for (const EnsembleTarget& target : summary.targets) {
            if (target.verdict == Verdict::pass) ++met;
        }
        line += fmt::format("{} met, {} held", plural(met, "target"),
                            plural(summary.checks.size(), "check"));
        if (summary.runs.total() > 1) line += fmt::format(" over {} seeds", summary.runs.total());
        return line + "\n";
    }
    if (summary.runs.total() > 1) {
        const Tally& runs = summary.runs;
        const std::uint64_t bad =
            summary.verdict == Verdict::fail ? runs.failed : runs.inconclusive;
        line += fmt::format("{} of {}", bad, plural(runs.total(), "run"));
    }
    const std::vector<std::string> words = reasons(summary, summary.verdict);
    for (std::size_t i = 0; i < words.size(); ++i) {
        line += (i == 0 && summary.runs.total() < 2 ? "" : "; ") + words[i];
    }
    if (words.empty() && summary.runs.total() < 2) line += "see above";
    return line + "\n";
}

}  // namespace shaketable::cli
