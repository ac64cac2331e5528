// SPDX-License-Identifier: MIT
#include "sim/alert/series_store.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/alert/pattern.hpp"

namespace shaketable {

std::size_t SeriesStore::series(const std::string& metric, const Labels& labels) {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const GatheredSeries& known) {
        return known.metric == metric && known.labels == labels;
    });
    if (found != all_.end()) return static_cast<std::size_t>(found - all_.begin());
    all_.push_back({metric, labels, {}});
    return all_.size() - 1;
}

void SeriesStore::push(std::size_t series, ScrapedValue sample) {
    std::deque<ScrapedValue>& samples = all_.at(series).samples;
    novacron::check(samples.empty() || samples.back().at < sample.at,
                    "samples of a series come in the order of time");
    samples.push_back(sample);
    // One more than is asked for: the newest that is older may be what counts now.
    while (samples.size() > 2 && samples[1].at < sample.at - keep_) samples.pop_front();
}

void SeriesStore::mark_stale(Instant at, std::size_t series) {
    const std::deque<ScrapedValue>& samples = all_.at(series).samples;
    if (!samples.empty() && !samples.back().stale) push(series, {at, 0, true});
}

bool selects(const SeriesSelector& selector, const GatheredSeries& series) {
    if (selector.metric != series.metric) return false;
    return std::all_of(
        selector.matchers.begin(), selector.matchers.end(), [&](const Matcher& matcher) {
            const std::string value(value_of(series.labels, matcher.label));
            switch (matcher.how) {
                case Matcher::How::equal: return value == matcher.value;
                case Matcher::How::unequal: return value != matcher.value;
                case Matcher::How::like: return matches(*matcher.pattern, value);
                case Matcher::How::unlike: break;
            }
            return !matches(*matcher.pattern, value);
        });
}

}  // namespace shaketable
