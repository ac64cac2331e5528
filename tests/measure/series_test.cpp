// SPDX-License-Identifier: MIT
#include "sim/measure/series.hpp"

#include <numeric>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::Random;
using novacron::seconds;

OperationView issued(Instant at, std::uint32_t workload = 0) {
    OperationView operation;
    operation.workload = workload;
    operation.issued = at;
    return operation;
}

OperationView ended(Instant at, Outcome outcome, Instant finished, std::uint32_t workload = 0) {
    OperationView operation = issued(at, workload);
    operation.ended = true;
    operation.outcome = outcome;
    operation.finished = finished;
    return operation;
}

std::uint64_t sum(const std::vector<Bucket>& buckets, std::uint64_t Bucket::* count) {
    return std::accumulate(
        buckets.begin(), buckets.end(), std::uint64_t{0},
        [count](std::uint64_t total, const Bucket& bucket) { return total + bucket.*count; });
}

constexpr Instant kStart{};
constexpr Instant kEnd{100};

}  // namespace

TEST_CASE("series: each event counts in the bucket in which it happened") {
    const Buckets tens{kStart, kEnd, Duration{10}, 10};
    const auto series = count_operations({ended(Instant{19}, Outcome::acknowledged, Instant{20}),
                                          ended(Instant{20}, Outcome::unknown, Instant{45}),
                                          issued(Instant{99})},
                                         1, tens)[0];
    CHECK(series[1].issued == 1);
    CHECK(series[1].acknowledged == 0);
    CHECK(series[2].issued == 1);
    CHECK(series[2].acknowledged == 1);
    CHECK(series[4].unknown == 1);
    CHECK(series[9].issued == 1);
}

TEST_CASE("series: latencies are those of the operations acknowledged in the bucket") {
    std::vector<OperationView> operations;
    for (std::int64_t i = 1; i <= 100; ++i) {
        operations.push_back(ended(Instant{200 - i}, Outcome::acknowledged, Instant{200}));
    }
    operations.push_back(ended(Instant{0}, Outcome::unknown, Instant{200}));
    const auto series =
        count_operations(operations, 1, {kStart, Instant{300}, Duration{100}, 3})[0];
    CHECK(series[2].latency_p50 == Duration{51});
    CHECK(series[2].latency_p99 == Duration{100});
    CHECK_FALSE(series[1].latency_p50.has_value());
    CHECK_FALSE(series[0].latency_p99.has_value());
}

TEST_CASE("series: what happens outside of the buckets is left out, at their end it is in") {
    const Buckets middle{Instant{10}, Instant{25}, Duration{10}, 2};
    const auto series = count_operations({issued(Instant{9}), issued(Instant{10}),
                                          issued(Instant{25}), issued(Instant{26})},
                                         1, middle)[0];
    CHECK(series[0].issued == 1);
    CHECK(series[1].issued == 1);
}

TEST_CASE("series: each workload has its own, though it did nothing") {
    const auto series =
        count_operations({issued(Instant{5}, 2)}, 3, {kStart, kEnd, Duration{50}, 2});
    REQUIRE(series.size() == 3);
    CHECK(sum(series[0], &Bucket::issued) == 0);
    CHECK(sum(series[2], &Bucket::issued) == 1);
}

TEST_CASE("series: over a run, issued = acknowledged + unknown + in flight") {
    Random random(7);
    std::vector<OperationView> operations;
    std::uint64_t in_flight = 0;
    for (int i = 0; i < 1000; ++i) {
        const Instant at{static_cast<std::int64_t>(random.below(100))};
        const Instant end{at.ns + static_cast<std::int64_t>(random.below(40))};
        const bool good = random.below(3) > 0;
        if (end > kEnd) {
            ++in_flight;
            operations.push_back(issued(at));
        } else {
            operations.push_back(ended(at, good ? Outcome::acknowledged : Outcome::unknown, end));
        }
    }
    const auto series =
        count_operations(operations, 1, Buckets::spread(kStart, kEnd, kStart, 7))[0];
    CHECK(sum(series, &Bucket::issued) == 1000);
    CHECK(sum(series, &Bucket::acknowledged) + sum(series, &Bucket::unknown) + in_flight == 1000);
    for (const Bucket& bucket : series) {
        CHECK(bucket.latency_p50.has_value() == (bucket.acknowledged > 0));
    }
}

TEST_CASE("series: widths are 1, 2 or 5 times a power of ten") {
    const auto width = [](Duration span) {
        return Buckets::spread(kStart, kStart + span, kStart, 100).width;
    };
    CHECK(width(seconds(100)) == seconds(1));
    CHECK(width(seconds(60)) == seconds(1));
    CHECK(width(seconds(101)) == seconds(2));
    CHECK(width(seconds(201)) == seconds(5));
    CHECK(width(milliseconds(500)) == milliseconds(5));
    CHECK(width(Duration{0}) == Duration{1});
}

TEST_CASE("series: buckets cover the span, and the mark is where one begins") {
    Random random(11);
    for (int i = 0; i < 1000; ++i) {
        const Instant start{static_cast<std::int64_t>(random.below(1'000'000))};
        const Instant mark = start + Duration{static_cast<std::int64_t>(random.below(1'000'000))};
        const Instant end = mark + Duration{static_cast<std::int64_t>(random.below(1'000'000))};
        const Buckets buckets = Buckets::spread(start, end, mark, 100);
        INFO(start.ns << " " << mark.ns << " " << end.ns);
        CHECK(buckets.start <= start);
        CHECK(buckets.start + buckets.width > start);
        CHECK((mark - buckets.start).ns % buckets.width.ns == 0);
        CHECK(buckets.start + buckets.width * static_cast<std::int64_t>(buckets.count) >= end);
        CHECK(buckets.count <= 102);
    }
}
