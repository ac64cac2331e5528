// SPDX-License-Identifier: MIT
//
// Many seeds of one scenario, on several threads, as if they had been run one after the other.
//
// Intuition: threads take seeds in order from a common counter; the caller's thread hands the
// results on in the order of the seeds. A thread that gets too far ahead of the slowest seed
// waits, so the results in memory stay few however many seeds there are.
//
// Invariants: (1) `on_result` hears of the seeds in ascending order and without a gap, on the
//                 caller's thread, whatever the number of threads.
//             (2) at most kAhead results a thread are held at any time.
//             (3) once `stop` is set no further seed begins, and the results handed on are those
//                 of an unbroken beginning of the range.
//             (4) all threads have ended on return, however it returns.
// Not modelled: threads inside a run. A run lives on one thread; that is what keeps it
// deterministic.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "sim/run/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// One run; nothing if it was given up because of the stop. Called on several threads at once.
using RunOne = std::function<std::optional<Result>(std::uint64_t seed)>;
using OnResult = std::function<void(Result&& result)>;

constexpr std::size_t kAhead = 16;

// What `run_one` or `on_result` throws comes out here: of several, that of the lowest seed.
// REQUIRES: threads is at least 1; seeds.first is at most seeds.last.
void run_seeds(SeedRange seeds, unsigned threads, const RunOne& run_one, const OnResult& on_result,
               const std::atomic<bool>& stop);

// The run of one seed in slices of virtual time, so that a stop is noticed in the middle of it.
std::optional<Result> run_until_stopped(const Scenario& scenario, std::uint64_t seed,
                                        const std::atomic<bool>& stop);

void run_many(const Scenario& scenario, SeedRange seeds, unsigned threads,
              const OnResult& on_result, const std::atomic<bool>& stop);

}  // namespace shaketable
