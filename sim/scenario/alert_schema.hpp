// SPDX-License-Identifier: MIT
//
// The part of the table of schema.hpp that is about monitoring. Lines are laid out to be read as a
// table.
#pragma once

#include "sim/scenario/schema.hpp"

namespace shaketable::alert_schema {

using enum ValueType;

// clang-format off
inline constexpr KeyDescriptor kKeys[] = {
{"alerts", map, "", "", "", "", false, "Who watches the system from outside and calls people: a monitoring system that scrapes all nodes and clients and evaluates the rules of a Prometheus rules file. Times may hang on its alerts: alert:NAME.firing + 20s. Without this section nobody is called."},
{"alerts.scrape_interval", duration, "5s", "1ms", "1d", "", false, "From one scrape to the next, counted from the start of the run."},
{"alerts.evaluation_interval", duration, "5s", "1ms", "1d", "", false, "From one evaluation of a group without an interval of its own to the next, likewise."},
{"alerts.grace", duration, "1m", "0s", "30d", "", false, "How long after a fault has ended a page may still be due to it."},
{"alerts.rules", text, "", "", "", "", false, "A Prometheus rules file, its path relative to the file that says so. What it holds takes the place of this key, as groups."},
{"alerts.groups", list, "", "", "", "", false, "Groups of rules, as a Prometheus rules file has them."},
{"alerts.groups[]", map, "", "", "", "", false, "Rules that are evaluated together."},
{"alerts.groups[].name", text, "", "", "", "", true, "What the group is called, once in the file."},
{"alerts.groups[].interval", duration, "", "1ms", "1d", "", false, "From one evaluation to the next. By default alerts.evaluation_interval."},
{"alerts.groups[].rules", list, "", "", "", "", true, "Its rules. Recording rules are not among them."},
{"alerts.groups[].rules[]", map, "", "", "", "", false, "One rule, in the words of Prometheus."},
{"alerts.groups[].rules[].alert", text, "", "", "", "", true, "The alert's name."},
{"alerts.groups[].rules[].expr", text, "", "", "", "", true, "Its condition in PromQL: selectors with = != =~ !~, rate and increase of a range, sum, max, min, avg and count with by or without, histogram_quantile, absent, time, arithmetic, comparisons, and, or, unless. Anything else is refused."},
{"alerts.groups[].rules[].for", duration, "0s", "0s", "365d", "", false, "How long the condition must hold, at each evaluation, before it fires."},
{"alerts.groups[].rules[].keep_firing_for", duration, "0s", "0s", "365d", "", false, "How long it goes on to fire when the condition holds no more."},
{"alerts.groups[].rules[].labels", map, "", "", "", "", false, "Labels laid over those of the result. severity: page or critical gets people out of bed."},
{"alerts.groups[].rules[].labels.*", text, "", "", "", "", false, "The value of a label; without templates."},
{"alerts.groups[].rules[].annotations", map, "", "", "", "", false, "What people are told; kept as it is."},
{"alerts.groups[].rules[].annotations.*", text, "", "", "", "", false, "A text for people, taken as it is."},
};
// clang-format on

}  // namespace shaketable::alert_schema
