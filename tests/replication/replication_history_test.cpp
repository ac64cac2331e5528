// SPDX-License-Identifier: MIT
#include "core/replication/history.hpp"

#include <algorithm>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::replication;

Lineage lineage_of(const std::vector<Epoch>& log) {
    Lineage lineage;
    for (const Epoch epoch : log) lineage.history.note(epoch, ++lineage.last);
    return lineage;
}

TEST_CASE("replication history: two primaries promoted at once get two epochs") {
    const Epoch seen{4, SiteId{0}};
    CHECK(epoch_after(seen, SiteId{1}) != epoch_after(seen, SiteId{2}));
    CHECK(epoch_after(seen, SiteId{0}) > seen);
    CHECK(epoch_after(seen, SiteId{1}) < epoch_after(seen, SiteId{2}));
}

TEST_CASE("replication history: logs of one epoch part where the shorter ends") {
    const Epoch e{1, SiteId{0}};
    CHECK(common_point(lineage_of({e, e, e}), lineage_of({e, e})) == Position{e, LogIndex{2}});
    CHECK(common_point(lineage_of({e}), lineage_of({})) == Position{});
}

TEST_CASE("replication history: a log that was cut off parts before its own epoch") {
    const Epoch a{1, SiteId{0}};
    const Epoch b{2, SiteId{0}};
    const Epoch c{2, SiteId{1}};
    CHECK(common_point(lineage_of({a, a, a, b, b}), lineage_of({a, a, c, c, c, c})) ==
          Position{a, LogIndex{2}});
}

TEST_CASE("replication history: a history goes on, and never back") {
    History history;
    history.note({2, SiteId{0}}, LogIndex{5});
    CHECK_THROWS_AS(history.note({1, SiteId{0}}, LogIndex{6}), BugError);
    CHECK_THROWS_AS(history.note({3, SiteId{0}}, LogIndex{5}), BugError);
    history.note({3, SiteId{1}}, LogIndex{9});
    CHECK(history.epoch_at(LogIndex{4}) == Epoch{});
    CHECK(history.epoch_at(LogIndex{8}) == Epoch{2, SiteId{0}});
    CHECK(history.epoch_at(LogIndex{9}) == Epoch{3, SiteId{1}});
    history.cut_after(LogIndex{8});
    CHECK(history.branches().size() == 1);
}

// Logs grow as sites do it: a new primary starts from a beginning of some log, and appends.
TEST_CASE("replication history: the common point is that of the logs, record by record") {
    Random random(7);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::vector<Epoch>> logs(1);
        for (std::uint64_t promotion = 1; promotion <= 6; ++promotion) {
            std::vector<Epoch> log = logs[random.below(logs.size())];
            log.resize(random.below(log.size() + 1));
            const std::uint64_t seen = log.empty() ? 0 : log.back().number;
            // Unique, and above what its own log has seen, as epoch_after makes it.
            const Epoch epoch{seen + 1, SiteId{static_cast<std::uint32_t>(promotion)}};
            const std::uint64_t writes = 1 + random.below(4);
            for (std::uint64_t i = 0; i < writes; ++i) log.push_back(epoch);
            logs.push_back(std::move(log));
        }
        for (const auto& a : logs) {
            for (const auto& b : logs) {
                const auto parted = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
                const auto same = static_cast<std::uint64_t>(parted.first - a.begin());
                const Position found = common_point(lineage_of(a), lineage_of(b));
                REQUIRE(found.index == LogIndex{same});
                if (same > 0) REQUIRE(found.epoch == a[same - 1]);
            }
        }
    }
}

}  // namespace
