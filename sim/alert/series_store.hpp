// SPDX-License-Identifier: MIT
//
// What a monitoring system has gathered: series of samples in the course of time.
//
// A series whose target does not answer any more is marked stale, and has no newest sample from
// then on until it is sampled again. What nobody can ask for any more is forgotten.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/alert/expression.hpp"
#include "sim/alert/labels.hpp"

namespace shaketable {

constexpr double in_seconds(Duration duration) {
    return static_cast<double>(duration.ns) / 1e9;
}

struct ScrapedValue {
    Instant at;
    double value = 0;
    bool stale = false;  // a mark: it has no value
};

struct GatheredSeries {
    std::string metric;
    Labels labels;
    std::deque<ScrapedValue> samples;  // in the order of time, one an instant
};

class SeriesStore {
public:
    // Samples are kept for so long.
    explicit SeriesStore(Duration keep) : keep_(keep) {}

    // The number of the series, which is made if there is none.
    std::size_t series(const std::string& metric, const Labels& labels);
    // REQUIRES of both: at is after the series' last sample.
    void add(Instant at, std::size_t series, double value) { push(series, {at, value, false}); }
    // No effect on a series that is stale, or empty.
    void mark_stale(Instant at, std::size_t series);

    const std::vector<GatheredSeries>& all() const { return all_; }
    // Nothing is forgotten any more.
    void keep_all() { keep_ = Duration{Instant::never().ns / 2}; }

private:
    void push(std::size_t series, ScrapedValue sample);

    Duration keep_;
    std::vector<GatheredSeries> all_;
};

// Whether the selector's matchers, and its metric, are those of the series.
bool selects(const SeriesSelector& selector, const GatheredSeries& series);

}  // namespace shaketable
