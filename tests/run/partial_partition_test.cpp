// SPDX-License-Identifier: MIT
//
// The partial partition of 2020-11-02 (scenarios/common/partial_partition.yaml): with preliminary
// votes and a leader that steps down without a majority one leader goes on; without them elections
// never end.
#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "sim/run/explanation.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/loader.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

constexpr std::uint64_t kSeeds = 12;

Scenario partial_partition(const std::string& cautious) {
    const std::string path = std::string(SHAKETABLE_SOURCE_DIR) +
                             "/scenarios/partial_partition_leaves_one_leader_in_place.yaml";
    LoadResult loaded = load_scenario(path, {{"cautious", cautious}});
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return *loaded.scenario;
}

// Who became leader while the switch was broken, from second 15 to 55, and when.
struct Elections final : ListensTo<RoleChanged> {
    void on(Instant at, const RoleChanged& fact) override {
        if (fact.role != novacron::raft::Role::leader) return;
        if (at >= Instant{} + seconds(15) && at < Instant{} + seconds(55)) won.push_back(at);
    }
    std::vector<Instant> won;
};

std::vector<Instant> elections(const Scenario& scenario, std::uint64_t seed) {
    Simulation simulation(scenario, seed);
    Elections watcher;
    simulation.record().listen(watcher);
    simulation.advance(Instant::never());
    return watcher.won;
}

}  // namespace

TEST_CASE("partial partition: asking first, and stepping down, leave one leader in place") {
    const Scenario scenario = partial_partition("true");
    bool replaced = false;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        INFO("seed " << seed);
        const auto won = elections(scenario, seed);
        REQUIRE(won.size() <= 1);
        // A leader that the cut left alone is replaced within seconds, and that is all.
        if (!won.empty()) REQUIRE(won[0] < Instant{} + seconds(17));
        replaced = replaced || !won.empty();
    }
    REQUIRE(replaced);
}

TEST_CASE("partial partition: without either, leaders come and go as long as it lasts") {
    const Scenario scenario = partial_partition("false");
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        INFO("seed " << seed);
        const auto won = elections(scenario, seed);
        REQUIRE(won.size() >= 30);
        // None of them leads for long: not a quarter of the time.
        Duration longest{};
        for (std::size_t i = 1; i < won.size(); ++i) {
            longest = std::max(longest, won[i] - won[i - 1]);
        }
        REQUIRE(longest < seconds(10));
    }
}

TEST_CASE("partial partition: the time goes to a few accounts, each once, and to the switch") {
    const Scenario scenario = partial_partition("false");
    Result result = run(scenario, 1);
    explain(scenario, result);
    const RecoveryRow& row = result.recovery.at(0);
    REQUIRE(row.rto);
    std::set<std::array<std::string, 4>> named;
    Duration of_the_switch{};
    for (const AccountRow& part : row.accounts) {
        INFO(part.phase << " " << part.account << " " << part.who << " " << part.words);
        CHECK(named.insert({part.phase, part.account, part.who, part.words}).second);
        if (part.words.ends_with(" (switch)")) of_the_switch = of_the_switch + part.duration;
    }
    CHECK(of_the_switch * 4 > *row.rto * 3);
}
