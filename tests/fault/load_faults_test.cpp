// SPDX-License-Identifier: MIT
//
// More load than usual, and that the usual load stays as it is.
#include <algorithm>
#include <cmath>
#include <map>

#include "tests/catch.hpp"
#include "tests/fault/struck.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using novacron::milliseconds;
using novacron::seconds;

using Issued = std::vector<std::pair<Instant, OperationIssued>>;

// Workload 0 writes and workload 1 reads, 100 operations a second each, on ten keys.
Selector workload(std::uint32_t number) {
    Selector one;
    one.workloads = {number};
    return one;
}
Issued issued(const Struck& struck, std::uint32_t number) {
    Issued all = struck.small.all<OperationIssued>();
    std::erase_if(all, [&](const auto& entry) { return entry.second.workload != number; });
    return all;
}
std::size_t count_between(const Issued& all, Instant from, Instant until) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& entry) {
        return entry.first >= from && entry.first < until;
    }));
}
bool is_plausible(std::size_t count, double mean) {
    return std::abs(static_cast<double>(count) - mean) <= 4 * std::sqrt(mean);
}
std::vector<std::pair<Instant, RegisterKey>> times_and_keys(const Issued& all) {
    std::vector<std::pair<Instant, RegisterKey>> found;
    for (const auto& [at, fact] : all) found.emplace_back(at, fact.key);
    return found;
}

// From second 3 to second 13.
PlannedFault long_one(const FaultKind& kind, const Selector& target) {
    PlannedFault fault = planned(kind, target);
    fault.end = at_s(13);
    return fault;
}

}  // namespace

TEST_CASE("load: a spike multiplies the rate of its target, for as long as it lasts") {
    Struck struck({long_one(LoadSpike{5}, workload(0))});
    struck.run_until_s(20);
    const Issued writes = issued(struck, 0);
    REQUIRE(is_plausible(count_between(writes, at_s(0), at_s(3)), 300));
    REQUIRE(is_plausible(count_between(writes, at_s(3), at_s(13)), 5000));
    REQUIRE(is_plausible(count_between(writes, at_s(13), at_s(20)), 700));
    REQUIRE(is_plausible(count_between(issued(struck, 1), at_s(3), at_s(13)), 1000));
    REQUIRE(struck.effects() == std::vector{FaultEffect::load_added});
    REQUIRE(struck.small.all<FaultObserved>()[0].first > at_s(3));
}

TEST_CASE("load: all clients are all workloads") {
    Struck struck({long_one(LoadSpike{5}, clients())});
    struck.run_until_s(13);
    for (const std::uint32_t number : {0U, 1U}) {
        REQUIRE(is_plausible(count_between(issued(struck, number), at_s(3), at_s(13)), 5000));
    }
}

TEST_CASE("load: the usual operations come when they would, on the keys that they would") {
    Struck calm({});
    calm.run_until_s(13);
    for (const FaultKind& kind : {FaultKind{LoadSpike{3}}, FaultKind{LoadRamp{3, seconds(5)}},
                                  FaultKind{LoadHerd{100}}}) {
        Struck struck({long_one(kind, clients())});
        struck.run_until_s(13);
        for (const std::uint32_t number : {0U, 1U}) {
            const auto usual = times_and_keys(issued(calm, number));
            auto all = times_and_keys(issued(struck, number));
            REQUIRE(all.size() > usual.size());
            auto sorted = usual;
            std::sort(sorted.begin(), sorted.end());
            std::sort(all.begin(), all.end());
            REQUIRE(std::includes(all.begin(), all.end(), sorted.begin(), sorted.end()));
        }
    }
}

TEST_CASE("load: a ramp grows in a straight line, and stays up") {
    Struck struck({long_one(LoadRamp{9, seconds(8)}, workload(1))});
    struck.run_until_s(16);
    const Issued reads = issued(struck, 1);
    // 100 + 100 t a second, t after the start: 100 + 50 (b^2 - a^2) from a to b, besides the usual.
    REQUIRE(is_plausible(count_between(reads, at_s(3), at_s(5)), 200 + 50 * 4.0));
    REQUIRE(is_plausible(count_between(reads, at_s(5), at_s(7)), 200 + 50 * 12.0));
    REQUIRE(is_plausible(count_between(reads, at_s(9), at_s(11)), 200 + 50 * 28.0));
    REQUIRE(is_plausible(count_between(reads, at_s(11), at_s(13)), 1800));
    REQUIRE(is_plausible(count_between(reads, at_s(13), at_s(16)), 300));
}

TEST_CASE("load: a hot key gets its share, and the other operations keep their keys") {
    Struck calm({});
    calm.run_until_s(13);
    Struck struck({long_one(LoadHotKey{0.8}, workload(0))});
    struck.run_until_s(13);
    const Issued usual = issued(calm, 0);
    const Issued heated = issued(struck, 0);
    REQUIRE(usual.size() == heated.size());
    std::map<RegisterKey, std::size_t> keys;
    std::size_t changed = 0;
    std::optional<RegisterKey> hot;
    for (std::size_t i = 0; i < usual.size(); ++i) {
        REQUIRE(usual[i].first == heated[i].first);
        if (heated[i].first >= at_s(3)) ++keys[heated[i].second.key];
        if (usual[i].second.key == heated[i].second.key) continue;
        ++changed;
        if (hot) REQUIRE(*hot == heated[i].second.key);
        hot = heated[i].second.key;
    }
    REQUIRE(hot.has_value());
    // Of n operations 0.8 go to it by the fault, and a tenth of the others by themselves.
    const auto n = static_cast<double>(count_between(heated, at_s(3), at_s(13)));
    REQUIRE(std::abs(static_cast<double>(keys[*hot]) - 0.82 * n) < 4 * std::sqrt(0.82 * 0.18 * n));
    REQUIRE(std::abs(static_cast<double>(changed) - 0.72 * n) < 4 * std::sqrt(0.72 * 0.28 * n));
    REQUIRE(times_and_keys(issued(calm, 1)) == times_and_keys(issued(struck, 1)));
    REQUIRE(struck.effects() == std::vector{FaultEffect::key_heated});
}

TEST_CASE("load: a hot key cools down when the fault ends") {
    Struck struck({planned(LoadHotKey{1}, clients())});
    struck.run_until_s(12);
    std::map<bool, std::set<RegisterKey>> keys;
    for (const auto& [at, fact] : issued(struck, 0)) {
        if (at >= at_s(3)) keys[at < at_s(6)].insert(fact.key);
    }
    REQUIRE(keys[true].size() == 1);
    REQUIRE(keys[false].size() == 10);
}

TEST_CASE("load: a herd comes at one instant, and all of it is served") {
    Struck struck({planned(LoadHerd{500}, clients())});
    struck.run_until_s(12);
    for (const std::uint32_t number : {0U, 1U}) {
        const Issued all = issued(struck, number);
        REQUIRE(count_between(all, at_s(3), at_s(3) + Duration{1}) == 500);
    }
    const auto ended = struck.small.all<OperationEnded>();
    REQUIRE(std::all_of(ended.begin(), ended.end(), [](const auto& entry) {
        return entry.second.outcome == Outcome::acknowledged;
    }));
    REQUIRE(struck.effects() == std::vector{FaultEffect::load_added});
}
