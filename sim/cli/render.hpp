// SPDX-License-Identifier: MIT
//
// Results in words, for a person at a terminal. The most important line is the last: the verdict,
// and below anything but a pass the command that does it again.
#pragma once

#include <string>

#include "sim/cli/terminal.hpp"
#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/study/ensemble.hpp"

namespace shaketable::cli {

// One run: faults, RTO with its phases, RPO, availability, targets, checks and findings. The
// summary of this one seed adds the targets that bind many.
std::string render(const Terminal& terminal, const Result& result, const Summary& summary);
// Where the time of its recoveries went, if it was explained.
std::string render_explanation(const Result& result);
// The run's timeline, one line a row.
std::string render_timeline(const Result& result);
// Many runs: quantiles, a histogram of the write RTO, targets, checks and the first finding.
std::string render(const Terminal& terminal, const Scenario& scenario, const Summary& summary);

// The targets and checks of many runs, and the first finding; no histogram.
std::string render_judgements(const Terminal& terminal, const Summary& summary);

// "pass: 3 targets met, 2 checks held" or "fail: rto.max missed; 2 findings".
std::string verdict_line(const Terminal& terminal, const Summary& summary);

// Bars of '#' over at most ten intervals whose ends are round numbers; nothing for fewer than two
// different values.
std::string histogram(const Sample& sample, std::size_t indent);

// "0.12 %", "99.98 %": rounded down, so that 100 % means all.
std::string percent(double share);

}  // namespace shaketable::cli
