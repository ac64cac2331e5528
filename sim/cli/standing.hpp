// SPDX-License-Identifier: MIT
//
// How a run stands at one instant, in words and as JSON: every node, the faults that act, whether
// clients are served.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/run/drill.hpp"

namespace shaketable::cli {

std::string render_standing(const Drill& drill);
nlohmann::ordered_json standing_to_json(const Drill& drill);

// Lets the drill go on to an instant, in steps in which a stop is noticed. Whether it got there.
bool go_on_until(Drill& drill, Instant until, const std::atomic<bool>& stop);

// An instant of the drill, as a command line spells it: 15s, crash.end + 5s. Throws InputError,
// with the option's name, if there is none or it is not within the run.
Instant instant_or_refuse(const Drill& drill, const std::string& option, const std::string& text);

}  // namespace shaketable::cli
