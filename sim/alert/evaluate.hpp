// SPDX-License-Identifier: MIT
//
// What an expression comes to at an instant, as Prometheus 2 has it.
//
// An instant selector gives the newest sample that is at most five minutes old (both ends counted)
// and not stale. A range [w] holds the samples from w before the instant to the instant, both
// counted; Prometheus 3 leaves its older end out. A rate is what the samples of the range show of
// growth, resets of the counter added, drawn out to the ends of the range as far as they are within
// 1.1 times the mean gap between samples, and by half a gap otherwise, and never below zero.
//
// A result never holds two elements with the same labels; names of metrics are not among them.
// All of it is arithmetic of doubles without functions of a library, so it is the same everywhere.
#pragma once

#include <vector>

#include "sim/alert/series_store.hpp"

namespace shaketable {

inline constexpr Duration kLookback = novacron::seconds(300);

struct Element {
    Labels labels;
    double value = 0;
    friend bool operator==(const Element&, const Element&) = default;
};

class Evaluator {
public:
    // `now_unix` is what time() gives, in seconds.
    Evaluator(const SeriesStore& store, Instant now, double now_unix)
        : store_(store), now_(now), now_unix_(now_unix) {}

    // In the order of labels. Of a number: one element without any.
    std::vector<Element> evaluate(const Expression& expression) const;

private:
    double scalar(const Expression& expression) const;
    std::vector<Element> vector(const Expression& expression) const;
    std::vector<Element> newest(const SeriesSelector& selector) const;
    std::vector<Element> growth(const Expression& call) const;
    std::vector<Element> aggregate(const Expression& expression) const;
    std::vector<Element> quantiles(const Expression& call) const;
    std::vector<Element> absent(const Expression& call) const;
    std::vector<Element> binary(const Expression& expression) const;
    std::vector<Element> negate(const Expression& expression) const;

    const SeriesStore& store_;
    Instant now_;
    double now_unix_;
};

}  // namespace shaketable
