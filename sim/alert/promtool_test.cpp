// SPDX-License-Identifier: MIT
#include "sim/alert/promtool_test.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace shaketable {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

// As Prometheus spells it, and as promtool takes it everywhere.
std::string in_milliseconds(Duration duration) {
    return std::to_string(duration.ns / kMillisecond) + "ms";
}

std::string quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
    return result + "'";
}

// In double quotes, where an expression of several lines has its line ends as \n.
std::string escaped(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return result + "\"";
}

std::string shortest(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return std::string(text.data(), end);
}

std::string map_of(const Labels& labels) {
    std::string text = "{";
    for (const Label& label : labels) {
        if (text.size() > 1) text += ", ";
        text += label.name + ": " + quoted(label.value);
    }
    return text + "}";
}

// The values of a series, one for each scrape from the start of the run on.
std::string values_of(const GatheredSeries& series, Duration interval, Instant end,
                      double epoch) {
    const double offset = series.metric.ends_with("_timestamp_seconds") ? epoch : 0;
    std::string text;
    auto next = series.samples.begin();
    for (Instant at{}; at <= end; at = at + interval) {
        if (!text.empty()) text += ' ';
        if (next == series.samples.end() || next->at != at) {
            text += '_';
            continue;
        }
        text += next->stale ? "stale" : shortest(next->value - offset);
        ++next;
    }
    return text;
}

bool fires_at(const AlertEpisode& episode, Instant at) {
    return episode.firing && *episode.firing <= at && (!episode.resolved || *episode.resolved > at);
}

// At each instant at which something of the alert changes, and at the evaluation before.
std::string checks_of(const std::string& name, const AlertsSpec& alerts, const Monitor& monitor,
                      Instant end) {
    const Duration interval = alerts.groups.front().interval;
    std::set<std::int64_t> times{end.ns / interval.ns * interval.ns};
    std::vector<const AlertEpisode*> episodes;
    for (const AlertEpisode& episode : monitor.episodes()) {
        if (monitor.rule(episode.rule).name != name || !episode.firing) continue;
        episodes.push_back(&episode);
        times.insert({episode.firing->ns, episode.firing->ns - interval.ns});
        if (episode.resolved) {
            times.insert({episode.resolved->ns, episode.resolved->ns - interval.ns});
        }
    }
    std::string text;
    for (const std::int64_t time : times) {
        text += "      - eval_time: " + in_milliseconds({time}) + "\n        alertname: " + name +
                "\n        exp_alerts:";
        std::string firing;
        for (const AlertEpisode* episode : episodes) {
            if (!fires_at(*episode, Instant{time})) continue;
            firing += "\n          - exp_labels: " + map_of(episode->labels);
        }
        text += (firing.empty() ? " []" : firing) + "\n";
    }
    return text;
}

}  // namespace

std::optional<std::string> untellable(const AlertsSpec& alerts) {
    const Duration interval = alerts.groups.front().interval;
    for (const RuleGroup& group : alerts.groups) {
        if (group.interval != interval) return "its groups have several intervals";
    }
    std::vector<Duration> all{interval, alerts.scrape_interval};
    for (const AlertRule* rule : alerts.rules()) {
        all.insert(all.end(), {rule->hold_for, rule->keep_firing_for});
    }
    for (const Duration each : all) {
        if (each.ns % kMillisecond != 0) return "it has times that are no whole milliseconds";
    }
    return std::nullopt;
}

std::string promtool_rules(const AlertsSpec& alerts) {
    std::string text = "groups:\n";
    for (const RuleGroup& group : alerts.groups) {
        text += "  - name: " + quoted(group.name) + "\n    rules:\n";
        for (const AlertRule& rule : group.rules) {
            text += "      - alert: " + rule.name + "\n        expr: " + escaped(rule.text) + "\n";
            if (rule.hold_for > Duration{}) {
                text += "        for: " + in_milliseconds(rule.hold_for) + "\n";
            }
            if (rule.keep_firing_for > Duration{}) {
                text +=
                    "        keep_firing_for: " + in_milliseconds(rule.keep_firing_for) + "\n";
            }
            if (!rule.labels.empty()) text += "        labels: " + map_of(rule.labels) + "\n";
        }
    }
    return text;
}

std::string promtool_test(const AlertsSpec& alerts, const Monitor& monitor,
                          const PromtoolRun& run) {
    std::string text = "rule_files:\n  - " + quoted(run.rules_file) + "\nevaluation_interval: " +
                       in_milliseconds(alerts.groups.front().interval) +
                       "\ntests:\n  - interval: " + in_milliseconds(alerts.scrape_interval) +
                       "\n    input_series:\n";
    for (const GatheredSeries& series : monitor.store().all()) {
        if (series.samples.empty()) continue;
        text += "      - series: " + quoted(text_of(series.metric, series.labels)) +
                "\n        values: '" +
                values_of(series, alerts.scrape_interval, run.end, run.epoch_unix_seconds) + "'\n";
    }
    text += "    alert_rule_test:\n";
    for (const std::string& name : alerts.names()) {
        text += checks_of(name, alerts, monitor, run.end);
    }
    return text;
}

}  // namespace shaketable
