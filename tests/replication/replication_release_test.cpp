// SPDX-License-Identifier: MIT
#include "core/replication/release.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::replication;

Instant at(std::int64_t ms) { return Instant{} + milliseconds(ms); }

TEST_CASE("replication release: a stream holds nothing back") {
    Release release({Shipping::stream, seconds(1), 1000}, at(0), LogIndex{7});
    release.add(at(3), LogIndex{8}, 10);
    CHECK(release.released() == LogIndex{8});
    CHECK(release.next_deadline() == Instant::never());
    CHECK_THROWS_AS(release.add(at(3), LogIndex{10}, 10), BugError);
}

TEST_CASE("replication release: a batch goes at the next instant of the grid, or when it is full") {
    Release release({Shipping::batch, milliseconds(100), 1000}, at(50), LogIndex{0});
    CHECK(release.next_deadline() == Instant::never());
    release.add(at(60), LogIndex{1}, 10);
    CHECK(release.next_deadline() == at(150));
    release.on_time(at(149));
    CHECK(release.released() == LogIndex{0});
    release.on_time(at(150));
    CHECK(release.released() == LogIndex{1});
    release.add(at(150), LogIndex{2}, 10);
    CHECK(release.next_deadline() == at(250));
    release.add(at(160), LogIndex{3}, 990);
    CHECK(release.released() == LogIndex{3});
    CHECK(release.next_deadline() == Instant::never());
}

TEST_CASE("replication release: a segment is closed by its size or its first record's age") {
    Release release({Shipping::segment, milliseconds(100), 1000}, at(0), LogIndex{0});
    release.add(at(60), LogIndex{1}, 999);
    release.add(at(90), LogIndex{2}, 1);
    CHECK(release.released() == LogIndex{2});
    release.add(at(95), LogIndex{3}, 1);
    release.add(at(190), LogIndex{4}, 1);
    CHECK(release.next_deadline() == at(195));
    release.on_time(at(195));
    CHECK(release.released() == LogIndex{4});
}

// Closed form: shipping every B with transit d, a crash at a uniform moment loses d + B/2 on
// average and d + B at most.
TEST_CASE("replication release: batches lose the transit and half a step on average") {
    const Duration step = milliseconds(1000);
    const Duration transit = milliseconds(40);
    Release release({Shipping::batch, step, 1U << 30U}, at(0), LogIndex{0});
    struct Written {
        Instant written;
        Instant arrives;
    };
    std::vector<Written> records;
    for (std::int64_t ms = 0; ms < 120'000; ++ms) {  // one record a millisecond
        const std::size_t before = release.released().value;
        release.on_time(at(ms));
        for (std::size_t i = before; i < release.released().value; ++i) {
            records[i].arrives = at(ms) + transit;
        }
        records.push_back({at(ms), Instant::never()});
        release.add(at(ms), LogIndex{records.size()}, 8);
    }
    Random random(11);
    Duration sum{};
    Duration worst{};
    constexpr std::int64_t kCrashes = 20'000;
    for (std::int64_t i = 0; i < kCrashes; ++i) {
        const Instant crash = at(10'000) + random.between(Duration{}, seconds(100));
        const auto lost =
            std::partition_point(records.begin(), records.end(),
                                 [&](const Written& each) { return each.arrives <= crash; });
        const Duration age = crash - lost->written;
        sum = sum + age;
        worst = std::max(worst, age);
    }
    const double mean_ms = static_cast<double>((sum / kCrashes).ns) / 1e6;
    CHECK(mean_ms == Approx(540).epsilon(0.02));
    CHECK(worst <= transit + step);
    CHECK(worst > transit + step - milliseconds(5));
}

}  // namespace
