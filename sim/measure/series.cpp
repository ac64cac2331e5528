// SPDX-License-Identifier: MIT
#include "sim/measure/series.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

// The quotient rounded towards the past, for the divisor is positive.
std::int64_t floor_divide(std::int64_t number, std::int64_t divisor) {
    return number / divisor - (number % divisor < 0 ? 1 : 0);
}

// 1, 2, 5, 10, 20, 50 ... nanoseconds: the least that is not below `least`.
std::int64_t readable_width(std::int64_t least) {
    for (std::int64_t power = 1;; power *= 10) {
        for (const std::int64_t digit : {1, 2, 5}) {
            if (digit * power >= least) return digit * power;
        }
    }
}

}  // namespace

Buckets Buckets::spread(Instant start, Instant end, Instant mark, std::size_t most) {
    novacron::check(start <= end && most >= 1, "buckets cover a span of time");
    const auto parts = static_cast<std::int64_t>(most);
    const std::int64_t width = readable_width((end - start).ns / parts);
    const Instant first = mark + Duration{floor_divide((start - mark).ns, width) * width};
    const std::int64_t count = std::max<std::int64_t>(((end - first).ns + width - 1) / width, 1);
    return {first, end, Duration{width}, static_cast<std::size_t>(count)};
}

std::vector<std::vector<Bucket>> count_operations(const std::vector<OperationView>& operations,
                                                  std::size_t workloads, const Buckets& buckets) {
    std::vector<std::vector<Bucket>> series(workloads, std::vector<Bucket>(buckets.count));
    std::vector<std::vector<std::vector<Duration>>> latencies(
        workloads, std::vector<std::vector<Duration>>(buckets.count));
    const auto place = [&](Instant at) -> std::optional<std::size_t> {
        if (at < buckets.start || at > buckets.end) return std::nullopt;
        const auto bucket = static_cast<std::size_t>((at - buckets.start).ns / buckets.width.ns);
        return std::min(bucket, buckets.count - 1);
    };
    for (const OperationView& operation : operations) {
        std::vector<Bucket>& counted = series[operation.workload];
        if (const auto issued = place(operation.issued)) ++counted[*issued].issued;
        if (!operation.ended) continue;
        const auto ended = place(operation.finished);
        if (!ended) continue;
        if (operation.acknowledged()) {
            ++counted[*ended].acknowledged;
            latencies[operation.workload][*ended].push_back(operation.latency());
        } else {
            ++counted[*ended].unknown;
        }
    }
    for (std::size_t workload = 0; workload < workloads; ++workload) {
        for (std::size_t i = 0; i < buckets.count; ++i) {
            std::vector<Duration>& sample = latencies[workload][i];
            if (sample.empty()) continue;
            series[workload][i].latency_p50 = quantile(sample, 0.50);
            series[workload][i].latency_p99 = quantile(sample, 0.99);
        }
    }
    return series;
}

Duration quantile(std::vector<Duration>& sample, double q) {
    const auto rank = static_cast<std::size_t>(q * static_cast<double>(sample.size()));
    const auto place =
        sample.begin() + static_cast<std::ptrdiff_t>(std::min(rank, sample.size() - 1));
    std::nth_element(sample.begin(), place, sample.end());
    return *place;
}

}  // namespace shaketable
