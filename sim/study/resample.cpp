// SPDX-License-Identifier: MIT
#include "sim/study/resample.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/study/quantile.hpp"

namespace shaketable {

using novacron::check;
using novacron::Random;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

double number(std::int64_t difference) {
    if (difference == kNever) return kInfinite;
    if (difference == -kNever) return -kInfinite;
    return static_cast<double>(difference);
}

void check_shape(const Samples& samples) {
    check(!samples.before.empty() && !samples.after.empty(), "an effect needs two samples");
    check(!samples.paired || samples.before.size() == samples.after.size(),
          "in pairs, both samples have one size");
}

// A sample of the same shape, drawn with replacement.
void draw(const Samples& from, Random& random, Samples& into) {
    const std::size_t before = from.before.size();
    const std::size_t after = from.after.size();
    for (std::size_t i = 0; i < before; ++i) {
        const std::uint64_t taken = random.below(before);
        into.before[i] = from.before[taken];
        if (from.paired) into.after[i] = from.after[taken];
    }
    if (from.paired) return;
    for (std::size_t i = 0; i < after; ++i) into.after[i] = from.after[random.below(after)];
}

}  // namespace

std::int64_t difference(std::int64_t before, std::int64_t after) {
    if (before == after) return 0;
    if (after == kNever) return kNever;
    if (before == kNever) return -kNever;
    return after - before;
}

std::int64_t quantile_of(Values values, double q) {
    const auto place =
        values.begin() + static_cast<std::ptrdiff_t>(nearest_rank(q, values.size()) - 1);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

double mean_of(const Values& values) {
    check(!values.empty(), "a mean needs a value");
    double sum = 0;
    for (const std::int64_t value : values) sum += number(value);
    return sum / static_cast<double>(values.size());
}

double median_effect(const Samples& samples) {
    if (!samples.paired) {
        return number(
            difference(quantile_of(samples.before, 0.5), quantile_of(samples.after, 0.5)));
    }
    Values differences(samples.before.size());
    for (std::size_t i = 0; i < differences.size(); ++i) {
        differences[i] = difference(samples.before[i], samples.after[i]);
    }
    return number(quantile_of(std::move(differences), 0.5));
}

double p95_effect(const Samples& samples) {
    return number(difference(quantile_of(samples.before, 0.95), quantile_of(samples.after, 0.95)));
}

double mean_effect(const Samples& samples) {
    const double before = mean_of(samples.before);
    const double after = mean_of(samples.after);
    return before == after ? 0 : after - before;
}

Interval bootstrap_interval(const Samples& samples, const Effect& effect, double confidence,
                            Random random) {
    check_shape(samples);
    check(confidence > 0 && confidence < 1, "a confidence within 0 .. 1");
    std::vector<double> effects;
    effects.reserve(kBootstraps);
    Samples drawn = samples;
    for (int i = 0; i < kBootstraps; ++i) {
        draw(samples, random, drawn);
        effects.push_back(effect(drawn));
    }
    std::sort(effects.begin(), effects.end());
    const auto beyond = static_cast<std::size_t>((1 - confidence) / 2 * (kBootstraps + 1));
    const std::size_t cut = std::max<std::size_t>(beyond, 1) - 1;
    return {effects[cut], effects[effects.size() - 1 - cut]};
}

}  // namespace shaketable
