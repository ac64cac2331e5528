// SPDX-License-Identifier: MIT
//
// A study's rows in a results database: what has been tried, and what came of it.
//
// Intuition: each trial is one transaction, made after the one that stores its run. A program
// killed between the two leaves a run without a trial; doing it again finds the run known, with the
// same fingerprint, and adds the trial. So nothing is lost but the runs that were under way.
//
// Invariants: (1) the rows of a finished study are a function of the study alone, however many
//                 programs and threads it took.
//             (2) a study counts as finished only with the values and the front of all its points.
#pragma once

#include <string_view>
#include <vector>

#include "sim/store/store.hpp"
#include "sim/study/study.hpp"

namespace shaketable {

class StudyStore {
public:
    // REQUIRES: the store is open to write, and outlives this together with the study.
    StudyStore(Store& store, const Study& study);

    struct Progress {
        bool known = false;  // the study is in the file
        bool finished = false;
        std::uint64_t trials = 0;
    };
    Progress progress();

    // Writes the study and its points, unless they are there.
    void begin();
    // Adds the weights of all trials that are in the file.
    void recall(StudyWeights& weights);
    // REQUIRES: the run is in the store. A trial that is there already stays as it is.
    void add(std::uint64_t trial, std::string_view run_key, const std::vector<Weight>& weights);
    // REQUIRES: every trial was added.
    void finish(const std::vector<StudyWeights::Point>& points);

    // How many findings the runs of all trials have, and the lowest trial with one.
    struct Findings {
        std::uint64_t count = 0;
        std::uint64_t first_trial = 0;
    };
    Findings findings();

private:
    void insert_study();
    void insert_points();
    std::uint64_t trial_of(std::int64_t point, std::int64_t seed) const;

    Store& store_;
    Connection& db_;
    const Study& study_;
    Statement trial_;
    Statement observation_;
};

}  // namespace shaketable
