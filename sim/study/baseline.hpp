// SPDX-License-Identifier: MIT
//
// What a system was measured to do, kept in a file under version control, to compare with later.
//
// JSON with sorted keys and one line a run, so that the same runs give the same bytes and a change
// is a readable difference: of the settings line by line, of the runs seed by seed. No dates, no
// wall times, no paths. Durations are whole nanoseconds and end in `_ns`; null means "never", as a
// recovery that did not come.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/study/measures.hpp"

namespace shaketable {

struct Baseline {
    std::string scenario;
    std::string scenario_hash;
    std::string model_version;
    std::vector<ParameterValue> parameters;  // by name
    std::string resolved;                    // the scenario as `plan` prints it
    std::vector<RunMeasures> runs;           // of consecutive seeds; at least one
};

// What is wrong with a file, said with the place in it.
class BaselineError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A baseline of this build, without runs.
Baseline new_baseline(const Scenario& scenario);

std::string to_text(const Baseline& baseline);
// Throws BaselineError for what is no baseline.
Baseline parse_baseline(std::string_view text);

}  // namespace shaketable
