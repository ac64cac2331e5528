// SPDX-License-Identifier: MIT
//
// Makes a run that fails as small as it gets while it fails in the same way: fewer faults, shorter,
// on fewer hosts, of fewer nodes, under less load, with fewer settings, in less time.
//
// Intuition: the scenario is a tree. A reduction takes something out of it or puts something
// smaller in its place; the tree that is left is loaded, run, and kept if the run still shows the
// signature of the first one. Sets (faults, hosts, nodes) are halved before single elements are
// tried, which is Zeller's and Hildebrandt's delta debugging; numbers are replaced by rounder and
// smaller ones. The reductions go round until none of them finds anything any more, so the result
// is minimal as far as they reach: without any one of its faults it does not fail with that seed.
//
// Storms are spelled out first (sim/scenario/spell_out.hpp). A fault's random stream belongs to its
// name, so what is left draws what it drew before; but a run from which something was taken may
// take another turn and pass. If more faults are left than `few_faults`, they are tried again with
// other seeds.
//
// Invariants: (1) the scenario that results shows the signature with the seed that results.
//             (2) the same run gives the same result, whatever the machine; the bound is on runs.
// Source: A. Zeller, R. Hildebrandt, "Simplifying and isolating failure-inducing input" (2002).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sim/scenario/scenario.hpp"
#include "sim/study/signature.hpp"

namespace shaketable {

struct ShrinkOptions {
    std::uint64_t max_runs = 2000;  // at least 1
    std::size_t few_faults = 3;     // with more than that, other seeds are tried, too
    std::uint64_t other_seeds = 8;
};

struct Size {
    std::size_t faults = 0;
    std::size_t nodes = 0;
    std::size_t workloads = 0;
    Duration duration;
};
Size size_of(const Scenario& scenario);

struct Shrunk {
    std::string yaml;  // the scenario as a file, without what is as it is by default
    Scenario scenario;
    std::uint64_t seed = 0;
    Signature signature;
    std::string message;  // what broke, in the words of the smallest run
    Size before, after;
    std::uint64_t runs = 0;
    bool interrupted = false;  // by `stop` or for want of runs: it may get smaller yet
};

// Told now and then what has been reached.
using OnShrunk =
    std::function<void(std::string_view reduction, const Size& size, std::uint64_t runs)>;

// Nothing if the run does not fail. REQUIRES: the scenario was loaded.
std::optional<Shrunk> shrink(const Scenario& scenario, std::uint64_t seed,
                             const ShrinkOptions& options, const OnShrunk& on_shrunk,
                             const std::atomic<bool>& stop);

}  // namespace shaketable
