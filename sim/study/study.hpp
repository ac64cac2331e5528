// SPDX-License-Identifier: MIT
//
// A study: a scenario at every point of a grid over its parameters, each point with the same seeds
// (common random numbers), and what the points are weighed by.
//
// A trial is one seed of one point. Trials are numbered point by point, seeds ascending; that is
// the order in which they are run and stored.
//
// Invariants: (1) points come in the order of the grid, the last axis running fastest, those left
//                 out as invalid aside.
//             (2) no two points are the same scenario.
//             (3) the key is a function of the points' scenarios and values, the seeds, the
//                 objectives and the model version: what the study's rows depend on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/loader.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/study/weigh.hpp"

namespace shaketable {

struct StudyPoint {
    std::vector<Override> values;  // one for each axis, in their order
    Scenario scenario;
};

struct Study {
    std::string name;
    std::string description;
    std::string path;
    std::string key;  // 16 hexadecimal digits
    SweepSpec sweep;
    std::vector<StudyPoint> points;
    std::uint64_t skipped = 0;  // points left out as invalid

    std::uint64_t seed_count() const { return sweep.seeds.last - sweep.seeds.first + 1; }
    std::uint64_t trial_count() const { return points.size() * seed_count(); }
    std::size_t point_of(std::uint64_t trial) const { return trial / seed_count(); }
    std::uint64_t seed_of(std::uint64_t trial) const {
        return sweep.seeds.first + trial % seed_count();
    }
};

inline constexpr std::uint64_t kMostTrials = 1'000'000;

struct StudyLoad {
    std::optional<Study> study;
    std::vector<Diagnostic> diagnostics;  // sorted; empty exactly if there is a study
};

// The study of a scenario file with a section `sweep`; `overrides` set parameters that don't vary,
// `seeds` take the place of the file's.
StudyLoad load_study(const std::string& path, const std::vector<Override>& overrides = {},
                     std::optional<SeedRange> seeds = std::nullopt);

// What the trials of a study have said so far, and what that comes to.
class StudyWeights {
public:
    explicit StudyWeights(const Study& study);

    // One weight for each objective. REQUIRES: no trial twice.
    void add(std::uint64_t trial, const std::vector<Weight>& weights);
    bool has(std::uint64_t trial) const { return !trials_[trial].empty(); }

    struct Point {
        std::vector<Folded> objectives;
        bool on_front = false;
    };
    // Every point, from all of its trials. REQUIRES: all trials were added.
    std::vector<Point> fold_points() const;

private:
    const Study& study_;
    std::vector<std::vector<Weight>> trials_;  // by number
};

}  // namespace shaketable
