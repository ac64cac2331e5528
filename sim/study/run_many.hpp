// SPDX-License-Identifier: MIT
//
// Many runs, on several threads, as if they had been done one after the other: the seeds of a
// scenario, or the trials of a study.
//
// Intuition: threads take numbers in order from a common counter; the caller's thread hands the
// results on in the order of the numbers. A thread that gets too far ahead of the slowest run
// waits, so the results in memory stay few however many runs there are.
//
// Invariants: (1) `on_result` hears of the runs in ascending order and without a gap, on the
//                 caller's thread, whatever the number of threads.
//             (2) at most kAhead results a thread are held at any time.
//             (3) once `stop` is set no further run begins, and the results handed on are those
//                 of an unbroken beginning.
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

// One run, by its number or seed; nothing if it was given up because of the stop. Called on several
// threads at once.
using RunOne = std::function<std::optional<Result>(std::uint64_t number)>;
using OnResult = std::function<void(Result&& result)>;

constexpr std::size_t kAhead = 16;

// The runs of the numbers 0 .. count - 1. What `run_one` or `on_result` throws comes out here: of
// several, that of the lowest number.
// REQUIRES: threads is at least 1.
void run_in_order(std::uint64_t count, unsigned threads, const RunOne& run_one,
                  const OnResult& on_result, const std::atomic<bool>& stop);

// The runs of the seeds. REQUIRES: seeds.first is at most seeds.last, and the range is not all of
// the 64-bit numbers.
void run_seeds(SeedRange seeds, unsigned threads, const RunOne& run_one, const OnResult& on_result,
               const std::atomic<bool>& stop);

// What else a run is watched for, besides what every result says.
enum class Watch : std::uint8_t { nothing, probes };

// The run of one seed in slices of virtual time, so that a stop is noticed in the middle of it.
std::optional<Result> run_until_stopped(const Scenario& scenario, std::uint64_t seed,
                                        const std::atomic<bool>& stop,
                                        Watch watch = Watch::nothing);

void run_many(const Scenario& scenario, SeedRange seeds, unsigned threads,
              const OnResult& on_result, const std::atomic<bool>& stop);

}  // namespace shaketable
