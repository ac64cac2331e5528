// SPDX-License-Identifier: MIT
//
// A number of theory or of a publication beside ours: a row of reports/accuracy.md.
//
// Intuition: a measure is taken once for each seed; the mean of all is held against the theory. The
// difference may be three standard errors of that mean, or 2 % of the theory, whichever is more: so
// a row that is right fails by chance once in four hundred, and no amount of chance hides more than
// the report says. What involves no chance is held to a tolerance of its own, which the row states.
//
// To add a section: write a function that returns its rows in a file of its own, list it in
// `sections()` (main.cpp), and describe it in tests/accuracy/README.md. Nothing may be fitted: the
// theory's number comes from the formula and the settings, never from a run.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace shaketable::accuracy {

// How much of it all is measured.
struct Effort {
    std::uint64_t seeds = 30;  // at least 2
    std::uint64_t parts = 1;   // each seed's share of work is divided by this
};
constexpr Effort kFull{30, 1};
constexpr Effort kReduced{6, 4};

struct Row {
    std::string what;    // the measure and its setting
    std::string source;  // the formula, or who has published it
    double theory = 0;
    double ours = 0;
    double tolerance = 0;     // in the row's unit
    std::uint64_t seeds = 0;  // 0: no chance is involved
    std::string unit;         // empty: a plain number

    bool holds() const { return std::abs(ours - theory) <= tolerance; }
};

struct Section {
    std::string title;
    std::string about;  // sentences
    std::vector<Row> (*rows)(const Effort&);
};

// REQUIRES: at least two estimates.
inline Row estimated(std::string what, std::string source, double theory,
                     const std::vector<double>& by_seed, std::string unit = {}) {
    const auto n = static_cast<double>(by_seed.size());
    double mean = 0;
    for (const double one : by_seed) mean += one / n;
    double squares = 0;
    for (const double one : by_seed) squares += (one - mean) * (one - mean);
    const double standard_error = std::sqrt(squares / (n - 1) / n);
    const double tolerance = std::max(3 * standard_error, 0.02 * std::abs(theory));
    return {std::move(what), std::move(source), theory, mean, tolerance, by_seed.size(),
            std::move(unit)};
}

// `relative` is of the theory; of a theory of 0 the tolerance is 0.
inline Row exact(std::string what, std::string source, double theory, double ours, double relative,
                 std::string unit = {}) {
    return {std::move(what), std::move(source), theory, ours, relative * std::abs(theory), 0,
            std::move(unit)};
}

// One estimate for each seed from 1 on.
inline std::vector<double> by_seed(const Effort& effort,
                                   const std::function<double(std::uint64_t)>& measure) {
    std::vector<double> estimates;
    for (std::uint64_t seed = 1; seed <= effort.seeds; ++seed) estimates.push_back(measure(seed));
    return estimates;
}

std::vector<Row> detector_rows(const Effort& effort);
std::vector<Row> election_rows(const Effort& effort);
std::vector<Row> limiter_rows(const Effort& effort);
std::vector<Row> retry_rows(const Effort& effort);
std::vector<Row> budget_rows(const Effort& effort);
std::vector<Row> queue_rows(const Effort& effort);
std::vector<Row> service_rows(const Effort& effort);
std::vector<Row> network_rows(const Effort& effort);
std::vector<Row> site_rows(const Effort& effort);
std::vector<Row> backup_rows(const Effort& effort);

}  // namespace shaketable::accuracy
