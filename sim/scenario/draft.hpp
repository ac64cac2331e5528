// SPDX-License-Identifier: MIT
//
// A scenario that is still being written: faults are added to it and ended one at a time, in the
// words and by the rules of a scenario file.
//
// Intuition: whoever breaks a cluster by hand writes a scenario without knowing it. The draft is
// that scenario: its faults are those of the file it began with and behind them the added ones, in
// the order in which they came.
//
// Invariants: (1) the text of scenario() loads to the same scenario, unless there are doubts.
//             (2) a change that is refused leaves the draft as it was.
// Doubts are what makes the whole scenario one that a file could not be, though nothing is wrong
// with the change itself: a check that would need more time than the run has left, say. They don't
// stop a drill; what they make unmeasurable, the verdict calls inconclusive.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/scenario/node.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

class Draft {
public:
    // REQUIRES: the scenario was loaded, so that it has its resolved text.
    explicit Draft(Scenario scenario);

    // Without its parameters once it was changed: no file has set them.
    const Scenario& scenario() const { return scenario_; }
    const std::vector<Diagnostic>& doubts() const { return doubts_; }

    // Adds an element of the list `faults`, a list of them or a map with that one key, as YAML.
    // Without `at` or `between` a fault strikes at the given instant; without `for`, `until` or
    // `permanent` it never ends. Returns what is wrong with them, as positions in a text of the
    // given name; then nothing is added.
    std::vector<Diagnostic> add_faults(std::string_view yaml, const std::string& name, Instant at);

    // The fault acts from one instant to another, whatever was to be drawn.
    // REQUIRES: its number is that of one of the scenario's faults; start is before end.
    void pin_fault(std::uint32_t number, Instant start, Instant end);

private:
    // Reads the tree anew. Returns what is wrong in the given source; the rest is doubts.
    std::vector<Diagnostic> settle(const Source* own);

    Node tree_;  // canonical
    Scenario scenario_;
    std::vector<Diagnostic> doubts_;
};

}  // namespace shaketable
