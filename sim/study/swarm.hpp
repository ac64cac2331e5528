// SPDX-License-Identifier: MIT
//
// A scenario redrawn for each seed: other faults in its storms, other numbers of nodes, other
// links, disks, knobs and loads.
//
// Intuition: a storm that always has everything in it finds the bugs that need everything; one that
// leaves half of it out finds those that the other half hides. So each seed draws which kinds of
// fault its storms hold and how often they strike, and turns some of the scenario's dials. What it
// drew is plain text, and the scenario that comes of it a scenario like any other: it can be run
// again, stored and shrunk.
//
// A dial is a key of the scenario and the values it may take. One is turned in two; the rest stay
// as the scenario has them. A dial whose value makes no valid scenario, since a fault names a node
// that would be gone, say, stays as it was as well.
//
// Promises hold whatever was drawn: no finding, no lost write, no check that fails. How long
// service may be gone (targets rto and availability) was bounded for the scenario as it is, and is
// left out.
//
// Invariants: (1) a redrawn scenario is a function of the scenario and the seed.
//             (2) every dial has a random stream of its own: a new one changes no other.
//             (3) what is left out of `drawn` is as the scenario has it, those targets aside.
// Source: A. Groce, C. Zhang, E. Eide, Y. Chen, J. Regehr, "Swarm testing" (ISSTA 2012).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/study/signature.hpp"

namespace shaketable {

struct Drawn {
    std::string key;    // cluster.consensus.max_append_entries, faults[storm].random.pick
    std::string value;  // as YAML
    friend bool operator==(const Drawn&, const Drawn&) = default;
};

struct Redrawn {
    Scenario scenario;
    std::vector<Drawn> drawn;  // in the order of the table of dials
};

// `keep` names keys that stay as they are. REQUIRES: the scenario was loaded.
Redrawn redraw(const Scenario& scenario, std::uint64_t seed,
               const std::vector<std::string>& keep = {});

// The keys that can be turned, in order.
std::vector<std::string> dials();

// Runs that fail alike, by what broke first.
struct Catch {
    Signature signature;
    std::uint64_t first_seed = 0;
    std::uint64_t count = 0;
    Result first;  // the run of that seed
};

// Failures told apart by their signatures, in the order in which they came.
class Catches {
public:
    // Whether the run fails in a way that none before it did.
    bool add(const Result& result);
    const std::vector<Catch>& all() const { return all_; }
    std::uint64_t failed() const;

private:
    std::vector<Catch> all_;
};

}  // namespace shaketable
