// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>

#include "sim/cli/render.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/run/result_json.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace {

constexpr std::size_t kFindingsShown = 5;
constexpr std::size_t kAlertsShown = 12;
constexpr std::size_t kServicesShown = 12;
constexpr std::int64_t kLeastShare = 100;  // of an RTO that an account of it is shown for

std::string brief(Duration duration) { return format_duration_brief(duration); }
std::string brief(Instant at) { return format_duration_brief(Duration{at.ns}); }
std::string brief(const std::optional<Duration>& duration) {
    return duration ? brief(*duration) : "-";
}

void add_faults(TextTable& table, const Result& result) {
    for (const FaultRow& fault : result.faults) {
        std::string when = "never struck";
        if (fault.start) {
            when =
                fmt::format("{} .. {}", brief(*fault.start), fault.end ? brief(*fault.end) : "end");
        }
        std::string seen = "no effect seen";
        if (fault.observed) seen = fmt::format("{} at {}", fault.effect, brief(*fault.observed));
        table.add({"fault", fault.id, fault.inject, fault.target, when, seen});
    }
}

Instant end_of(const Result& result) { return Instant{result.virtual_time.ns}; }

std::string words_of(const RecoveryRow& row, Instant run_end) {
    if (row.censored) {
        const bool is_out = !row.outages.empty() && row.outages.back().end >= run_end;
        return fmt::format("out of service for {}{}", brief(row.unavailable),
                           is_out ? ", up to the end of the run"
                                  : "; it never held for service_level.hold up to the end");
    }
    if (row.rto && row.rto->ns == 0) {
        if (row.unavailable.ns == 0) return "service never fell below its level";
        return fmt::format("service held at first; away for {} later", brief(row.unavailable));
    }
    std::string text;
    if (row.phases.empty()) text = "away for " + brief(row.unavailable);
    for (const PhaseRow& phase : row.phases) {
        text +=
            fmt::format("{}{} {}", text.empty() ? "" : " + ", phase.name, brief(phase.duration));
    }
    if (row.flaps > 0) text += fmt::format("; {} flap{}", row.flaps, row.flaps == 1 ? "" : "s");
    return text;
}

void add_recovery(TextTable& table, const RecoveryRow& row, Instant run_end) {
    table.add(
        {"RTO", row.scope, row.rto ? brief(*row.rto) : "not recovered", words_of(row, run_end)});
    Duration rest{};
    for (const AccountRow& account : row.accounts) {
        if (row.rto && account.duration * kLeastShare < *row.rto) {
            rest = rest + account.duration;
            continue;
        }
        table.add({"", account.phase, brief(account.duration),
                   account.account == account.who
                       ? fmt::format("{}: {}", account.who, account.words)
                       : fmt::format("{} {}: {}", account.account, account.who, account.words)});
    }
    if (rest.ns > 0) table.add({"", "", brief(rest), "the rest"});
    if (!row.stall.empty()) table.add({"", "", "", "at the end: " + row.stall});
}

void add_measures(TextTable& table, const Result& result) {
    for (const RecoveryRow& row : result.recovery) add_recovery(table, row, end_of(result));
    if (result.loss) {
        const LossRow& loss = *result.loss;
        std::string lost =
            fmt::format("{} of {} acknowledged writes lost",
                        loss.lost_acked_ops + loss.lost_after_fault_ops, loss.acknowledged_ops);
        if (loss.lost_after_fault_ops > 0) {
            lost +=
                fmt::format(", {} of them acknowledged after the fault", loss.lost_after_fault_ops);
        }
        table.add({"RPO", "write", brief(loss.rpo_time), lost});
    }
    for (const WorkloadRow& row : result.workloads) {
        const std::uint64_t ended = row.acknowledged + row.unknown;
        const std::string available =
            ended == 0
                ? "-"
                : percent(static_cast<double>(row.acknowledged) / static_cast<double>(ended));
        table.add(
            {"available", row.id, available,
             fmt::format("{} of {} operations; latency p50 {}, p95 {}, p99 {}, max {}",
                         row.acknowledged, ended, brief(row.latency_p50), brief(row.latency_p95),
                         brief(row.latency_p99), brief(row.latency_max))});
    }
}

void add_sites(TextTable& table, const Result& result) {
    for (const SiteRow& row : result.sites) {
        std::string text = fmt::format("promoted {}", plural(row.promotions, "time"));
        if (row.lag_ops_max > 0) {
            text += fmt::format("; lagged by up to {}, {}", plural(row.lag_ops_max, "write"),
                                brief(row.lag_time_max));
        }
        if (row.diverged_records > 0) {
            text += fmt::format("; {} that its primary had not, {} discarded",
                                plural(row.diverged_records, "write"), row.discarded_records);
        }
        if (row.reapplied_records + row.refused_records > 0) {
            text += fmt::format("; of these {} made again, {} refused", row.reapplied_records,
                                row.refused_records);
        }
        table.add({"site", row.id, row.role, text});
    }
    if (result.loss && result.loss->divergent_ops > 0) {
        table.add({"divergent", "", std::to_string(result.loss->divergent_ops),
                   "writes acknowledged by a primary of before, after another was promoted"});
    }
    if (result.routing) {
        const RoutingRow& row = *result.routing;
        table.add({"routing", "", brief(row.max),
                   fmt::format("from the fault until the last of {} went to the new primary; "
                               "p50 {}, p99 {}",
                               plural(row.clients, "client"), brief(row.p50), brief(row.p99))});
    }
}

std::string steps_of(const RestoreRow& row) {
    std::string text;
    for (const RestoreStepRow& step : row.steps) {
        text += fmt::format("{}{} {}{}", text.empty() ? "" : " + ", step.name,
                            brief(step.duration),
                            step.outcome == "done" ? "" : " (" + step.outcome + ")");
    }
    return text;
}

std::string age_of(const RestoreRow& row) {
    if (!row.recovery_point) return row.why;
    std::string text = row.why.empty() ? "" : row.why + "; ";
    text += fmt::format("the state {} before it began", brief(row.started - *row.recovery_point));
    if (row.lost_ops > 0) {
        text += fmt::format("; without {} acknowledged write{}, the oldest {} old", row.lost_ops,
                            row.lost_ops == 1 ? "" : "s", brief(row.rpo_time));
    }
    return text;
}

void add_backups(TextTable& table, const Result& result) {
    if (!result.archive) return;
    const auto count = [&](const char* kind, const char* state) {
        return std::count_if(result.backups.begin(), result.backups.end(), [&](const auto& row) {
            return row.kind == kind && row.state == state;
        });
    };
    for (const char* kind : {"full", "incremental"}) {
        table.add({"backups", kind, fmt::format("{} kept", count(kind, "complete")),
                   fmt::format("{} expired, {} failed", count(kind, "expired"),
                               count(kind, "failed"))});
    }
    const ArchiveRow& archive = *result.archive;
    std::string checked = "never verified";
    if (archive.verifications > 0) {
        checked = fmt::format("verified {} time{}, {} found bad", archive.verifications,
                              archive.verifications == 1 ? "" : "s", archive.bad);
    }
    table.add({"backups", "log", fmt::format("to entry {}", archive.last_index),
               fmt::format("{} segments, {} expired; {}", archive.segments, archive.expired,
                           checked)});
    for (const RestoreRow& row : result.restores) {
        const std::string took = row.ended ? brief(*row.ended - row.started) : "not ended";
        table.add({row.drill ? "drill" : "restore", row.outcome, took, age_of(row)});
        if (!row.steps.empty()) table.add({"", "", "", steps_of(row)});
        if (row.in_place) {
            table.add({"", "", "", fmt::format("the nodes go on from it, at {}",
                                               brief(*row.in_place - Instant{}))});
        }
    }
}

void add_deploys(TextTable& table, const Result& result) {
    for (const DeployRow& row : result.deploys) {
        const std::string took = row.ended ? brief(*row.ended - row.started) : "not ended";
        std::string what = fmt::format("{} {}", row.inject, row.version);
        if (row.inject == "deploy.shift") {
            what += fmt::format("; {} of {} steps{}", row.reached, row.nodes,
                                row.backed_out ? ", and all of it back" : "");
        } else if (row.inject != "deploy.finalize") {
            what += fmt::format("; {} of {} nodes{}", row.reached, row.nodes,
                                row.backed_out ? ", which got back what they had" : "");
        }
        table.add({"deploy", row.outcome, took, row.id + ": " + what});
    }
}

std::string words_of(const SpellsRow& row, const char* what) {
    if (row.detected + row.missed == 0) return {};
    std::string text =
        row.detected == 0
            ? fmt::format("{} of {} {} seen", row.detected, row.missed, what)
            : fmt::format("{} of {} {} seen, after p50 {}, p99 {}, longest {}", row.detected,
                          row.detected + row.missed, what, brief(row.p50), brief(row.p99),
                          brief(row.longest));
    return text;
}

// A line for what was to be seen, and one for what was seen and was not there.
void add_detection(TextTable& table, const DetectionRow& row) {
    const std::string crashes = words_of(row.crashes, "ends");
    const std::string cuts = words_of(row.partitions, "cuts and pauses");
    if (!crashes.empty()) table.add({"watch", row.detector, brief(row.crashes.mean), crashes});
    if (!cuts.empty()) table.add({"watch", row.detector, brief(row.partitions.mean), cuts});
    std::string mistakes = "no mistake";
    if (row.mistakes > 0) {
        mistakes = fmt::format("{} mistake{}, {} given up; {:.3g} a second and pair, each for {}",
                               row.mistakes, row.mistakes == 1 ? "" : "s", row.convictions,
                               row.mistake_rate.value_or(0), brief(row.mistake_duration));
    }
    table.add({"watch", row.detector, row.query_accuracy ? percent(*row.query_accuracy) : "-",
               mistakes});
}

// A line for each alert that fired, and one for what people were called for.
void add_alerts(TextTable& table, const AlertingRow& row) {
    std::size_t shown = 0;
    std::size_t fired = 0;
    for (const AlertRow& alert : row.alerts) {
        if (!alert.firing) continue;
        ++fired;
        if (shown == kAlertsShown) continue;
        ++shown;
        std::string text = fmt::format("at {}, pending for {}", brief(*alert.firing),
                                       brief(*alert.firing - alert.pending));
        text += alert.resolved ? fmt::format(", resolved at {}", brief(*alert.resolved))
                               : ", and fires on";
        text += alert.fault.empty() ? "; due to no fault" : "; " + alert.fault;
        table.add({"alert", alert.alert, alert.severity, text + "  " + alert.labels});
    }
    if (shown < fired) table.add({"", fmt::format("and {} more", fired - shown)});
    std::string text = fmt::format("{} page{}, {} of them false; nobody called for {} fault{}",
                                   row.pages, row.pages == 1 ? "" : "s", row.false_pages,
                                   row.missed, row.missed == 1 ? "" : "s");
    std::optional<Duration> longest;
    for (const PagedRow& fault : row.faults) {
        if (fault.time_to_page) longest = std::max(*fault.time_to_page,
                                                   longest.value_or(Duration{}));
    }
    table.add({"pages", "", longest ? brief(*longest) : "-",
               longest ? "from a fault to its page at most; " + text : text});
}

std::string outcomes_in_words(const OutcomeCounts& counts) {
    std::string text;
    const auto add = [&](std::uint64_t times, std::string_view what) {
        if (times > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", times, what);
    };
    add(counts.timed_out, "timed out");
    add(counts.failed, "failed");
    add(counts.refused, "refused");
    add(counts.cancelled, "cancelled");
    for (const auto& [cause, times] : counts.causes) add(times, cause);
    return text;
}

std::string share_ok(const OutcomeCounts& counts) {
    if (counts.ended() == 0) return "-";
    return percent(static_cast<double>(counts.ok) / static_cast<double>(counts.ended()));
}

std::string in_words(const ServiceRow& row) {
    std::string text = fmt::format("{} calls; latency p50 {}, p99 {}", row.calls.ended(),
                                   brief(row.latency_p50), brief(row.latency_p99));
    const std::string bad = outcomes_in_words(row.calls);
    if (!bad.empty()) text += "; " + bad;
    if (row.stops > 0) text += fmt::format("; {} instances stopped", row.stops);
    if (row.opened > 0) text += fmt::format("; breakers opened {} times", row.opened);
    return text;
}

// Before the first fault, and after the last.
void add_goodput(TextTable& table, const ServiceRow& row) {
    if (!row.goodput_before) return;
    const bool stays_down = row.metastable == "yes";
    const std::string after =
        row.goodput_after ? fmt::format(", {:.1f}/s in the five minutes after", *row.goodput_after)
                          : "";
    const std::string end = stays_down ? "; metastable: it stays down without a fault"
                            : row.back ? fmt::format("; back to half of it {} after the last fault",
                                                     brief(*row.back))
                                       : "";
    table.add({"", "", fmt::format("{:.1f}/s", row.goodput_end),
               fmt::format("at the end; {:.1f}/s before the first fault{}{}", *row.goodput_before,
                           after, end)});
}

void add_services(TextTable& table, const Result& result) {
    for (const ClientsRow& row : result.clients) {
        const std::uint64_t ended = row.requests.ended();
        std::string text = fmt::format(
            "{} requests to {}, {:.2f} attempts each; latency p50 {}, p95 {}, p99 {}, max {}",
            ended, row.service,
            ended == 0 ? 0 : static_cast<double>(row.attempts) / static_cast<double>(ended),
            brief(row.latency_p50), brief(row.latency_p95), brief(row.latency_p99),
            brief(row.latency_max));
        const std::string bad = outcomes_in_words(row.requests);
        if (!bad.empty()) text += "; " + bad;
        table.add({"clients", row.id, share_ok(row.requests), text});
    }
    std::size_t shown = 0;
    for (const ServiceRow& row : result.services) {
        const bool quiet = row.calls.ok == row.calls.ended() && row.stops == 0 && row.opened == 0;
        if (shown >= kServicesShown || (quiet && result.services.size() > kServicesShown)) continue;
        ++shown;
        table.add({"service", row.id, share_ok(row.calls), in_words(row)});
        add_goodput(table, row);
    }
    if (shown < result.services.size()) {
        table.add({"", fmt::format("and {} more", result.services.size() - shown)});
    }
}

// For people: rounded where the exact value is a duration.
std::string words_of(const TargetRow& row) {
    return row.actual_ns && !row.censored ? brief(Duration{*row.actual_ns}) : row.actual;
}

std::string with_detail(std::string text, const std::string& detail) {
    return detail.empty() ? text : text + "  " + detail;
}

void add_verdicts(const Terminal& terminal, TextTable& table, const Result& result,
                  const Summary& summary) {
    const auto word = [&](Verdict verdict, const char* good, const char* bad) {
        const char* text = verdict == Verdict::pass   ? good
                           : verdict == Verdict::fail ? bad
                                                      : "open";
        return terminal.paint(verdict, text);
    };
    for (const TargetRow& row : result.targets) {
        table.add(
            {"target", row.id, row.objective,
             with_detail(word(row.verdict, "met", "MISSED") + "  " + words_of(row), row.detail)});
    }
    for (const EnsembleTarget& target : summary.targets) {
        if (target.quantile == 0 || target.verdict) continue;
        table.add(
            {"target", target.id, target.objective, "not judged by one seed: " + target.detail});
    }
    for (const CheckRow& row : result.checks) {
        table.add(
            {"check", row.id, "", with_detail(word(row.verdict, "held", "FAILED"), row.detail)});
    }
    for (std::size_t i = 0; i < std::min(result.findings.size(), kFindingsShown); ++i) {
        const FindingRow& finding = result.findings[i];
        table.add({"finding", terminal.paint(Verdict::fail, finding.rule),
                   "at " + brief(finding.at), finding.message});
    }
    for (const std::string& doubt : result.doubts) {
        table.add({"doubt", terminal.paint(Verdict::inconclusive, "open"), doubt});
    }
    if (result.findings.size() > kFindingsShown) {
        table.add({"", "", fmt::format("and {} more", result.findings.size() - kFindingsShown)});
    }
}

}  // namespace

std::string percent(double share) {
    const auto hundredths = static_cast<std::int64_t>(share * 10'000 + 1e-9);
    return fmt::format("{}.{:02} %", hundredths / 100, hundredths % 100);
}

std::string render(const Terminal& terminal, const Result& result, const Summary& summary) {
    std::string text = fmt::format("{}   seed {}   scenario {}   run {}\n",
                                   terminal.paint(Colour::bold, result.scenario), result.seed,
                                   result.scenario_hash, result.run_key);
    TextTable faults;
    add_faults(faults, result);
    TextTable rest;
    add_measures(rest, result);
    add_sites(rest, result);
    add_backups(rest, result);
    add_deploys(rest, result);
    if (result.detection) add_detection(rest, *result.detection);
    if (result.alerting) add_alerts(rest, *result.alerting);
    add_services(rest, result);
    add_verdicts(terminal, rest, result, summary);
    text += faults.text(2) + rest.text(2);
    const double wall = static_cast<double>(result.wall_ns) / 1e9;
    return text + fmt::format("  {} of virtual time in {:.2f} s, {} events, fingerprint {}\n",
                              brief(result.virtual_time), wall, result.events, result.fingerprint);
}

std::string render_explanation(const Result& result) {
    TextTable table;
    for (const RecoveryRow& row : result.recovery) {
        if (!row.accounts.empty() || !row.stall.empty()) add_recovery(table, row, end_of(result));
    }
    return fmt::format("  seed {}\n", result.seed) + table.text(2);
}

std::string render_timeline(const Result& result) {
    TextTable table;
    for (const TimelineRow& row : result.timeline) {
        const bool repeated = row.text.starts_with(row.kind);
        table.add({fmt::format("{:>12.6f}s", static_cast<double>(row.at.ns) / 1e9), row.node,
                   row.kind,
                   repeated ? row.text.substr(std::min(row.text.size(), row.kind.size() + 1))
                            : row.text});
    }
    return table.text(0);
}

}  // namespace shaketable::cli
