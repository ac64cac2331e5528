// SPDX-License-Identifier: MIT
//
// A run: (scenario, seed) -> result, the same to the last bit however often and wherever it is
// done.
//
// `run` does it all; `Simulation` is the same in steps, for those who want to watch the facts go by
// (subscribe to the record before the first step) or to stop on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "sim/check/findings.hpp"
#include "sim/record/record.hpp"
#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/spell_out.hpp"

namespace shaketable {

// Changes whenever a run of the same scenario and seed may give another fingerprint.
std::string_view model_version();

// The identity of a run: hash of the scenario's hash, the seed and the model version; 16 hex
// digits.
std::string run_key(const Scenario& scenario, std::uint64_t seed);

class Monitor;
struct World;

class Simulation {
public:
    // Takes an event of a node's consensus server: see core/raft/trace.hpp.
    using ConsensusTrace = std::function<void(Instant at, std::string_view event)>;

    // Keeps a copy of the scenario. A trace changes nothing of the run but the time it takes.
    Simulation(const Scenario& scenario, std::uint64_t seed, const ConsensusTrace& trace = {});
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    Record& record();
    // The result will say which rare situations were met. REQUIRES: nothing has happened yet.
    void look_for_probes();

    // Does the next event; false once the scenario's duration is reached.
    bool step();
    // Does all events up to and including `until`, or the scenario's end if that is earlier.
    void advance(Instant until);
    Instant now() const;

    // What the run has broken so far, as far as it shows before the end.
    const Findings& findings() const;
    // The faults that have struck so far, and whom they hit.
    std::vector<StruckFault> struck() const;

    // Who watches from outside; null if nobody does.
    Monitor* monitor();

    // The result as it stands; the verdict needs the whole duration.
    Result result();

private:
    std::unique_ptr<World> world_;
};

Result run(const Scenario& scenario, std::uint64_t seed);

}  // namespace shaketable
