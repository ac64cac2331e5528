// SPDX-License-Identifier: MIT
//
// A run by hand, and that it is the run of the scenario it writes.
#include "sim/run/drill.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/units.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::Random;
using novacron::seconds;
using test::all_of;

Scenario load(const std::string& text) {
    LoadResult loaded = load_scenario_text(text, "drill.yaml");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return *loaded.scenario;
}

// Eight seconds of five nodes under load, with a parameter and whatever else is wanted.
Scenario steady(const std::string& more = "") {
    return load(
        "version: 1\nname: steady\nparams: {boot: {type: duration, default: 300ms}}\n"
        "time: {warmup: 1s, duration: 8s}\n"
        "cluster:\n  sites: {east: {nodes: [node-1, node-2, node-3, node-4, node-5]}}\n"
        "  boot_time: \"${boot}\"\n"
        "network: {latency: 300us..1ms, reorder: 1%}\n"
        "disk: {sync_latency: {dist: lognormal, median: 1ms, p99: 5ms}}\n"
        "workload: [{id: writes, rate: 100/s}, {id: reads, operation: read, rate: 50/s}]\n"
        "service_level: {hold: 1s}\n" +
        more);
}

Instant at_ms(std::int64_t n) { return Instant{} + milliseconds(n); }

// The scenario that the drill wrote, run from its text.
Result of_the_file(const Drill& drill) {
    return run(load(drill.scenario().resolved), drill.seed());
}

void inject(Drill& drill, const std::string& fault) { REQUIRE(format(drill.inject(fault)) == ""); }

std::string refusal(Drill& drill, const std::string& fault) { return format(drill.inject(fault)); }

NodeState state_of(const Drill& drill, NodeId node) { return drill.nodes().at(node.value).state; }

}  // namespace

TEST_CASE("drill: without a touch it is the run of its scenario") {
    const Scenario scenario = steady();
    Drill drill(scenario, 3);
    drill.advance(at_ms(4321));
    drill.finish();
    REQUIRE(all_of(drill.result()) == all_of(run(scenario, 3)));
    REQUIRE(drill.result().fingerprint == run(scenario, 3).fingerprint);
}

TEST_CASE("drill: a fault injected at an instant is that of a file with this instant") {
    Drill drill(steady(), 1);
    drill.advance(at_ms(2000));
    inject(drill, "{id: crash, inject: node.crash, target: {role: leader}, for: 2s}");
    drill.finish();
    const Scenario file = steady(
        "faults: [{id: crash, at: 2s, inject: node.crash, target: {role: leader}, for: 2s}]\n");
    REQUIRE(drill.scenario().resolved == file.resolved);
    REQUIRE(drill.scenario().hash == file.hash);
    REQUIRE(drill.result().run_key == run_key(file, 1));
    REQUIRE(drill.result().fingerprint == run(file, 1).fingerprint);
    REQUIRE(drill.result().fingerprint != run(steady(), 1).fingerprint);
}

TEST_CASE("drill: what is injected shows at once") {
    Drill drill(steady(), 1);
    drill.advance(at_ms(3000));
    const NodeId leader = drill.leader().value();
    REQUIRE(state_of(drill, leader) == NodeState::running);
    inject(drill, "{id: dark, inject: node.power_loss, target: {role: leader}}");
    REQUIRE(state_of(drill, leader) == NodeState::off);
    REQUIRE_FALSE(drill.nodes()[leader.value].role.has_value());
    REQUIRE(drill.now() == at_ms(3000));
    REQUIRE(drill.acting() == std::vector<std::string>{"dark"});
    drill.heal("dark");
    REQUIRE(state_of(drill, leader) == NodeState::starting);
    REQUIRE(drill.acting().empty());
    drill.advance(drill.now() + milliseconds(301));
    REQUIRE(state_of(drill, leader) == NodeState::running);
}

TEST_CASE("drill: a node tells of its state and of whom it follows") {
    Drill drill(steady(), 2);
    drill.advance(at_ms(3000));
    const NodeId leader = drill.leader().value();
    for (const NodeStatus& node : drill.nodes()) {
        REQUIRE(node.leader == leader);
        REQUIRE(node.term >= Term{1});
        REQUIRE(node.applied <= node.commit);
        REQUIRE(node.commit <= node.last);
        REQUIRE(node.commit.value > 50);
    }
    REQUIRE(drill.nodes()[leader.value].role == novacron::raft::Role::leader);
    inject(drill, "{id: pause, inject: node.pause, target: node-2}");
    REQUIRE(state_of(drill, NodeId{1}) == NodeState::paused);
}

TEST_CASE("drill: two at once do not disturb each other") {
    Drill one(steady(), 1);
    Drill two(steady(), 2);
    for (std::int64_t ms = 500; ms < 8000; ms += 500) {
        one.advance(at_ms(ms));
        two.advance(at_ms(ms));
        if (ms == 3000) inject(one, "{id: a, inject: node.pause, target: node-1, for: 1s}");
        if (ms == 4000) inject(two, "{id: b, inject: disk.stall, target: node-3, for: 1s}");
    }
    one.finish();
    two.finish();
    REQUIRE(one.result().fingerprint == of_the_file(one).fingerprint);
    REQUIRE(two.result().fingerprint == of_the_file(two).fingerprint);
}

TEST_CASE("drill: faults of the file strike in it too, and can be healed early") {
    Drill drill(steady("faults:\n"
                       "  - {id: cut, at: 2s, inject: network.partition,\n"
                       "     target: {split: [[leader], [others]]}, for: 4s}\n"
                       "  - {id: after, at: cut.end + 500ms, inject: node.pause, target: node-5,\n"
                       "     for: 200ms..900ms}\n"),
                7);
    drill.advance(drill.instant_of("cut.start"));
    REQUIRE(drill.acting() == std::vector<std::string>{"cut"});
    drill.advance(at_ms(3000));
    REQUIRE(drill.instant_of("after.start") == at_ms(6500));
    drill.heal("cut");
    REQUIRE(drill.instant_of("after.start") == at_ms(3500));
    drill.finish();
    const Result result = drill.result();
    REQUIRE(result.faults[0].end == at_ms(3000));
    REQUIRE(result.faults[1].start == at_ms(3500));
    REQUIRE(all_of(result) == all_of(of_the_file(drill)));
}

TEST_CASE("drill: at one instant an end after a start comes a nanosecond later") {
    Drill drill(steady(), 1);
    drill.advance(at_ms(2000));
    inject(drill, "{id: a, inject: node.pause, target: node-1}");
    REQUIRE(drill.now() == at_ms(2000));
    drill.heal("a");
    REQUIRE(drill.now() == at_ms(2000) + Duration{1});
    inject(drill, "{id: b, inject: node.pause, target: node-2}");
    REQUIRE(drill.now() == at_ms(2000) + Duration{1});
    drill.finish();
    REQUIRE(all_of(drill.result()) == all_of(of_the_file(drill)));
}

TEST_CASE("drill: several ends at one instant need no more than one") {
    Drill drill(steady(), 1);
    drill.advance(at_ms(2000));
    for (const std::string node : {"1", "2", "3"}) {
        inject(drill, "{id: p" + node + ", inject: node.pause, target: node-" + node + "}");
    }
    drill.advance(at_ms(2500));
    drill.heal_all();
    REQUIRE(drill.now() == at_ms(2500));
    REQUIRE(drill.acting().empty());
    drill.finish();
    REQUIRE(all_of(drill.result()) == all_of(of_the_file(drill)));
}

TEST_CASE("drill: a fault of the same instant as one of the file strikes behind it") {
    Drill drill(steady("faults: [{id: z, at: 2s, inject: node.crash, target: {role: leader},"
                       " for: 1s}]\n"),
                4);
    drill.advance(at_ms(2000));
    inject(drill, "{id: a, inject: node.crash, target: {pick: 1, of: {role: follower}}, for: 1s}");
    drill.finish();
    REQUIRE(drill.result().faults[0].id == "z");
    REQUIRE(drill.result().faults[1].id == "a");
    REQUIRE(all_of(drill.result()) == all_of(of_the_file(drill)));
}

TEST_CASE("drill: it stops where a condition comes true") {
    Drill drill(steady(), 5);
    REQUIRE(drill.advance_until(Condition::leader, drill.end()));
    const Instant elected = drill.now();
    REQUIRE(elected > Instant{});
    REQUIRE(elected < at_ms(1000));
    Drill before(steady(), 5);
    before.advance(elected - Duration{1});
    REQUIRE_FALSE(before.leader().has_value());
    inject(drill, "{id: crash, inject: node.crash, target: {role: leader}}");
    REQUIRE(drill.advance_until(Condition::no_leader, drill.end()));
    REQUIRE(drill.now() == elected);
    REQUIRE_FALSE(drill.advance_until(Condition::healthy, at_ms(2000)));
    REQUIRE(drill.now() == at_ms(2000));
    drill.heal("crash");
    REQUIRE(drill.advance_until(Condition::healthy, drill.end()));
    drill.finish();
    REQUIRE(drill.result().fingerprint == of_the_file(drill).fingerprint);
}

TEST_CASE("drill: a wrong injection is refused as in a file, and changes nothing") {
    Drill drill(steady(), 1);
    drill.advance(at_ms(2000));
    const std::string before = drill.scenario().resolved;
    const auto refused = [&](const std::string& fault, const std::string& reason) {
        const std::string text = refusal(drill, fault);
        INFO(fault << "\n" << text);
        REQUIRE(text.find(reason) != std::string::npos);
        REQUIRE(text.find("inject:1:") != std::string::npos);
        REQUIRE(drill.scenario().resolved == before);
    };
    refused("{id: a, inject: node.crush, target: node-1}", "did you mean node.crash?");
    refused("{id: a, inject: node.crash, target: node-9}", "node-9");
    refused("{id: a, inject: node.crash, target: node-1, form: 3s}", "did you mean for?");
    refused("{id: a, inject: node.crash, target: node-1, for: 3}", "needs a unit");
    refused("{id: a, inject: node.crash, target: node-1, for: 10s}", "after the run");
    refused("{inject: node.crash, target: node-1}", "'id' is missing");
    refused("[1, 2]", "a map");
    refused("{id: a", "");
    drill.finish();
    REQUIRE(drill.result().fingerprint == run(steady(), 1).fingerprint);
}

TEST_CASE("drill: several faults are injected together, or none of them") {
    Drill drill(steady(), 2);
    drill.advance(at_ms(2000));
    const std::string before = drill.scenario().resolved;
    CHECK(refusal(drill, "- {id: a, inject: node.pause, target: node-1}\n"
                         "- {id: b, inject: node.pause, target: node-9}\n")
              .find("inject:2:") == 0);
    CHECK(drill.scenario().resolved == before);
    inject(drill,
           "- {id: a, inject: node.pause, target: node-1, for: 1s}\n"
           "- {id: b, at: a.end, inject: node.pause, target: node-2, for: 500ms,\n"
           "   repeat: {times: 2, every: 1s}}\n");
    CHECK(drill.acting() == std::vector<std::string>{"a"});
    drill.advance(at_ms(4200));
    CHECK(drill.acting() == std::vector<std::string>{"b-2"});
    inject(drill, "faults: [{id: c, inject: node.pause, target: node-3, for: 1s}]\n");
    drill.finish();
    REQUIRE(drill.result().fingerprint == of_the_file(drill).fingerprint);
}

TEST_CASE("drill: it does not go back, beyond its end, or on after it") {
    Drill drill(steady(), 1);
    drill.advance(at_ms(2000));
    REQUIRE_THROWS_AS(drill.advance(at_ms(1999)), DrillError);
    REQUIRE_THROWS_AS(drill.advance(at_ms(8001)), DrillError);
    REQUIRE_THROWS_AS(drill.inject("{id: a, at: 1s, inject: disk.stall, target: all, for: 1s}"),
                      DrillError);
    REQUIRE(drill.now() == at_ms(2000));
    drill.advance(at_ms(8000));
    drill.finish();
    REQUIRE_THROWS_AS(drill.finish(), DrillError);
    REQUIRE_THROWS_AS(drill.advance(at_ms(8000)), DrillError);
    REQUIRE_THROWS_AS(drill.inject("{id: a, inject: disk.stall, target: all}"), DrillError);
    REQUIRE(drill.result().fingerprint == run(steady(), 1).fingerprint);
}

TEST_CASE("drill: only what acts can be healed, and a near miss is named") {
    Drill drill(steady("faults:\n"
                       "  - {id: late, at: 5s, inject: disk.stall, target: all, for: 1s}\n"
                       "  - {id: storm, at: 1s, until: 7s,\n"
                       "     random: {rate: 20/s, for: 1s, pick: [network.delay]}}\n"),
                1);
    drill.advance(at_ms(2000));
    inject(drill, "{id: cut, inject: network.partition, target: {split: [[leader], [others]]}}");
    const auto refused = [&](const std::string& id, const std::string& reason) {
        try {
            drill.heal(id);
            FAIL(id);
        } catch (const DrillError& error) {
            REQUIRE(std::string(error.what()).find(reason) != std::string::npos);
        }
    };
    refused("cat", "did you mean cut?");
    refused("late", "does not act");
    refused("storm-1", "part of 'storm'");
    drill.heal("storm");
    drill.heal("cut");
    REQUIRE_THROWS_AS(drill.heal("cut"), DrillError);
    drill.finish();
    REQUIRE(all_of(drill.result()) == all_of(of_the_file(drill)));
}

TEST_CASE("drill: a check that has no time left is doubtful, and stops no hand") {
    Drill drill(steady("checks: [{id: healed, eventually: cluster.healthy, within: 2s,"
                       " after: faults.end}]\n"),
                1);
    drill.advance(at_ms(5000));
    inject(drill, "{id: crash, inject: node.crash, target: {role: leader}}");
    REQUIRE(drill.draft().doubts().empty());
    drill.advance(at_ms(7900));
    drill.heal("crash");
    REQUIRE(drill.draft().doubts().size() == 1);
    drill.finish();
    REQUIRE(drill.result().verdict == Verdict::inconclusive);
}

namespace {

// A fault of any kind, for a while or until it is healed, now or soon.
std::string any_fault(Random& random, int number) {
    constexpr std::array<const char*, 14> kinds = {"node.crash",
                                                   "node.power_loss",
                                                   "node.pause",
                                                   "disk.stall",
                                                   "disk.sync_ignored",
                                                   "disk.sync_error",
                                                   "disk.read_error",
                                                   "disk.full, with: {free: 64KiB}",
                                                   "network.partition",
                                                   "network.delay, with: {latency: 1ms..20ms}",
                                                   "network.loss, with: {probability: 10%}",
                                                   "network.duplicate, with: {probability: 10%}",
                                                   "network.reorder, with: {probability: 10%}",
                                                   "disk.slow, with: {sync_latency: 20ms}"};
    constexpr std::array<const char*, 5> targets = {
        "{role: leader}", "{pick: 2, of: {role: follower}}", "node-2", "{pick: 1, of: all}", "all"};
    constexpr std::array<const char*, 3> ends = {"", ", for: 100ms..900ms", ", for: 400ms"};
    constexpr std::array<const char*, 3> starts = {"", "", ", between: [7s, 7100ms]"};
    const std::string kind = kinds[random.below(kinds.size())];
    std::string target = targets[random.below(targets.size())];
    if (kind == "network.partition") target = "{split: [[leader], [others]]}";
    const std::string start = starts[random.below(starts.size())];
    const std::string end = start.empty() ? ends[random.below(ends.size())] : ", for: 200ms";
    return "{id: f" + std::to_string(number) + start + ", inject: " + kind + ", target: " + target +
           end + "}";
}

}  // namespace

TEST_CASE("drill: any steps whatever are the run of the scenario that they write") {
    const std::string faults =
        "checks: [{id: agree, at_end: logs.agree},\n"
        "  {id: healed, eventually: cluster.healthy, within: 200ms, after: faults.end}]\n"
        "faults:\n"
        "  - {id: first, between: [1500ms, 2500ms], inject: node.crash, target: {role: leader},\n"
        "     for: 1s..2s}\n"
        "  - {id: second, at: first.end, inject: node.pause, target: node-3, for: 300ms}\n"
        "  - {id: storm, at: 3s, until: 6s,\n"
        "     random: {rate: 2/s, for: 100ms..500ms, pick: [node.pause, network.loss]}}\n";
    int healed = 0;
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Drill drill(steady(faults), seed);
        for (int step = 0; drill.now() < at_ms(6500); ++step) {
            const std::uint64_t what = random.below(4);
            const std::vector<std::string> acting = drill.acting();
            if (what == 0) inject(drill, any_fault(random, step));
            if (what == 1 && !acting.empty()) {
                drill.heal(acting[random.below(acting.size())]);
                ++healed;
            }
            // Often not at all, so that several things happen at one instant.
            if (what >= 2)
                drill.advance(drill.now() +
                              milliseconds(static_cast<std::int64_t>(100 * random.below(6))));
        }
        drill.finish();
        INFO(drill.scenario().resolved);
        INFO(format(drill.draft().doubts()));
        REQUIRE(drill.draft().doubts().empty());
        const Result by_hand = drill.result();
        const Result by_file = of_the_file(drill);
        REQUIRE(by_hand.fingerprint == by_file.fingerprint);
        REQUIRE(all_of(by_hand) == all_of(by_file));
    }
    REQUIRE(healed > 25);
}
