// SPDX-License-Identifier: MIT
#include "sim/cli/render_gate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/cli/render.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/result_json.hpp"
#include "sim/study/regression_json.hpp"

namespace shaketable::cli {

namespace {

std::string baseline_line(const GateReport& report) {
    std::string line = "  baseline  " + report.baseline_file + "  ";
    if (!report.comparison) {
        if (report.updated) return line + "written\n";
        return line + (report.accepts ? "not written\n" : "not there; --update writes it\n");
    }
    const Comparison& found = *report.comparison;
    if (found.paired && found.identical == found.runs_after) {
        line += fmt::format("all {} runs are identical", found.runs_after);
    } else if (found.paired) {
        line += fmt::format("{} runs in pairs, {} identical", found.runs_after, found.identical);
    } else {
        line +=
            fmt::format("{} runs against {} of other seeds", found.runs_after, found.runs_before);
    }
    if (report.accepts) line += report.updated ? "; updated" : "; not updated";
    return line + "\n";
}

std::string changed_settings(const GateReport& report) {
    const auto or_nothing = [](const std::string& value) {
        return value.empty() ? "nothing" : value;
    };
    TextTable table;
    for (const ScenarioChange& change : report.changes) {
        const char* what = change.part == ScenarioPart::system      ? "setting"
                           : change.part == ScenarioPart::judgement ? "judged by"
                                                                    : "experiment";
        table.add(
            {what, change.path, or_nothing(change.before) + " -> " + or_nothing(change.after)});
    }
    return table.text(2);
}

std::string p_in_words(double p) {
    return p < 0.0001 ? "p < 0.0001" : fmt::format("p = {:.2g}", p);
}

Colour colour_of(Movement movement) {
    switch (movement) {
        case Movement::worse: return Colour::red;
        case Movement::better: return Colour::green;
        case Movement::slight: return Colour::yellow;
        case Movement::none: return Colour::faint;
    }
    return Colour::faint;
}

bool is_shown(const Shift& shift) {
    if (shift.movement != Movement::none) return true;
    return shift.measure.starts_with("rto.") && shift.statistic != Statistic::never;
}

void add_row(const Terminal& terminal, TextTable& table, const Shift& shift) {
    const auto of_change = [&](double change) {
        Shift end = shift;
        end.change = change;
        return change_in_words(end);
    };
    std::string movement(word_of(shift.movement));
    std::string detail = p_in_words(shift.change < 0 ? shift.p_better : shift.p_worse);
    if (shift.statistic != Statistic::never) {
        detail += fmt::format(", {} to {}", of_change(shift.interval.low),
                              of_change(shift.interval.high));
    }
    if (shift.movement == Movement::worse && shift.worst_seed) {
        detail += fmt::format(", most in seed {}", *shift.worst_seed);
    }
    table.add({shift.measure, std::string(word_of(shift.statistic)),
               value_in_words(shift, shift.before) + " -> " + value_in_words(shift, shift.after),
               change_in_words(shift), terminal.paint(colour_of(shift.movement), movement),
               detail});
}

std::string moved_measures(const Terminal& terminal, const Comparison& comparison) {
    TextTable table;
    std::size_t hidden = 0;
    for (const Shift& shift : comparison.shifts) {
        if (is_shown(shift)) {
            add_row(terminal, table, shift);
        } else {
            ++hidden;
        }
    }
    std::string text = table.text(2);
    if (hidden > 0) {
        text += fmt::format("  {} other questions show no difference beyond chance\n", hidden);
    }
    for (const Explanation& explanation : comparison.explanations) {
        double whole = 0;
        for (const PhaseShift& phase : explanation.phases) whole += phase.after - phase.before;
        text += fmt::format("  {} {} in the mean: {}\n", explanation.measure,
                            signed_duration(whole), in_words(explanation));
    }
    return text;
}

// "rto.write median 180.1ms -> 361.2ms, +179.8ms (+100 %), mostly detect"
std::string worst_regression(const Comparison& comparison) {
    for (const Shift& shift : comparison.shifts) {
        if (shift.movement != Movement::worse) continue;
        std::string text = shift.measure + " " + in_words(shift);
        for (const Explanation& explanation : comparison.explanations) {
            if (explanation.measure != shift.measure || explanation.mover().empty()) continue;
            text += ", mostly " + explanation.mover();
        }
        return text;
    }
    return "";
}

// What made the verdict: the first case that has it, and how many others have.
std::string reason(const GateReport& report, Verdict verdict) {
    const auto is_so = [&](const GateCase& one) { return one.verdict == verdict; };
    const auto first = std::find_if(report.cases.begin(), report.cases.end(), is_so);
    const auto more = std::count_if(report.cases.begin(), report.cases.end(), is_so) - 1;
    const bool regression = first->name.starts_with("regression");
    std::string text =
        regression ? worst_regression(*report.comparison) : first->name + ": " + first->message;
    return more == 0 ? text : text + fmt::format("; and {} more", more);
}

std::string pass_words(const GateReport& report) {
    const Summary& summary = report.summary;
    std::string text =
        fmt::format("{} met, {} held over {}", plural(summary.targets.size(), "target"),
                    plural(summary.checks.size(), "check"), plural(summary.runs.total(), "seed"));
    if (report.accepts) {
        return text + (report.updated ? "; baseline updated" : "; baseline as it was");
    }
    const Comparison& found = *report.comparison;
    if (found.paired && found.identical == found.runs_after) return text + "; unchanged";
    if (found.any(Movement::better)) {
        return text + "; improved: --update makes this the baseline";
    }
    return text + "; no regression";
}

}  // namespace

std::string render(const Terminal& terminal, const GateReport& report) {
    std::string text =
        fmt::format("{}   {} seeds   scenario {}   {:.1f} s\n",
                    terminal.paint(Colour::bold, report.scenario.name), report.summary.runs.total(),
                    report.scenario.hash, report.wall_seconds);
    text += render_judgements(terminal, report.summary) + baseline_line(report) +
            changed_settings(report);
    if (report.comparison) text += moved_measures(terminal, *report.comparison);
    return text;
}

std::string verdict_lines(const Terminal& terminal, const std::vector<GateReport>& reports) {
    Verdict verdict = Verdict::pass;
    for (const GateReport& report : reports) verdict = worst(verdict, report.verdict());
    const auto is_worst = [&](const GateReport& report) { return report.verdict() == verdict; };
    const GateReport& first = *std::find_if(reports.begin(), reports.end(), is_worst);
    std::string line = terminal.paint(verdict, word_of(verdict)) + ": ";
    if (reports.size() > 1) {
        line +=
            fmt::format("{} of {} scenarios",
                        std::count_if(reports.begin(), reports.end(), is_worst), reports.size());
        if (verdict != Verdict::pass) line += "; " + first.scenario.name + ": ";
    }
    if (verdict != Verdict::pass) {
        return line + reason(first, verdict) + "\nreplay: " + first.replay + "\n";
    }
    return line + (reports.size() == 1 ? pass_words(first) : "") + "\n";
}

}  // namespace shaketable::cli
