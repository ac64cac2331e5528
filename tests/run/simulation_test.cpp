// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::Random;
using novacron::seconds;
using test::all_of;
using test::crash_drill;

// A drill in which everything that can be drawn is drawn.
Scenario stormy_drill() {
    Scenario scenario = test::quiet_drill();
    scenario.default_link.loss = 0.01;
    scenario.default_link.duplicate = 0.01;
    scenario.default_link.reorder = 0.05;
    scenario.disk.sync_latency = Exponential{milliseconds(1)};
    scenario.nodes[1].clock_drift_ppb = 50'000;
    scenario.nodes[2].clock_offset = milliseconds(-300);
    FaultSpec storm{"storm",
                    "random",
                    RandomFaults{milliseconds(300),
                                 milliseconds(100),
                                 milliseconds(900),
                                 {"node.crash", "node.power_loss", "node.pause",
                                  "network.partition", "network.delay", "disk.stall"}},
                    {},
                    {When::Anchor::warmup_end, 0, {}, {}},
                    When{When::Anchor::warmup_end, 0, seconds(3), {}}};
    scenario.faults = {storm};
    return scenario;
}

class Deaf final : public Subscriber {
public:
    void on_fact(Instant, const Fact&) override { ++heard; }
    std::uint64_t heard = 0;
};

}  // namespace

TEST_CASE("run: the same scenario and seed give the same result, to the last bit") {
    for (const Scenario& scenario : {crash_drill(), stormy_drill()}) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            INFO("seed " << seed);
            const Result once = run(scenario, seed);
            const Result again = run(scenario, seed);
            REQUIRE(once.fingerprint == again.fingerprint);
            REQUIRE(all_of(once) == all_of(again));
            REQUIRE(once.facts > 1000);
        }
    }
}

TEST_CASE("run: each seed has a fingerprint of its own") {
    std::set<std::string> fingerprints;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        fingerprints.insert(run(crash_drill(), seed).fingerprint);
    }
    REQUIRE(fingerprints.size() == 20);
}

TEST_CASE("run: messages that go through bytes change nothing") {
    for (Scenario scenario : {crash_drill(), stormy_drill()}) {
        const std::string fingerprint = run(scenario, 3).fingerprint;
        scenario.encode_messages = true;
        CHECK(run(scenario, 3).fingerprint == fingerprint);
    }
}

TEST_CASE("run: a scenario that differs in anything that matters has another fingerprint") {
    const std::string plain = run(crash_drill(), 1).fingerprint;
    Scenario other = crash_drill();
    other.workloads[0].rate_per_second = 101;
    REQUIRE(run(other, 1).fingerprint != plain);
    other = crash_drill();
    other.boot_time = milliseconds(501);
    REQUIRE(run(other, 1).fingerprint != plain);
    other = crash_drill();
    other.nodes[0].name = "called otherwise";
    REQUIRE(run(other, 1).fingerprint == plain);
}

TEST_CASE("simulation: in single steps it gives what a whole run gives") {
    Simulation simulation(stormy_drill(), 3);
    std::uint64_t steps = 0;
    while (simulation.step()) ++steps;
    REQUIRE_FALSE(simulation.step());
    const Result whole = run(stormy_drill(), 3);
    REQUIRE(steps == whole.events);
    REQUIRE(all_of(simulation.result()) == all_of(whole));
}

TEST_CASE("simulation: in strides of any length it gives what a whole run gives") {
    Random random(5);
    Simulation simulation(stormy_drill(), 3);
    Instant until{};
    while (until < Instant{} + seconds(6)) {
        until = until + Duration{static_cast<std::int64_t>(random.below(200'000'000))};
        simulation.advance(until);
        REQUIRE(simulation.now() <= until);
        if (random.below(4) == 0) simulation.step();
    }
    REQUIRE(all_of(simulation.result()) == all_of(run(stormy_drill(), 3)));
}

TEST_CASE("simulation: looking at the result on the way disturbs nothing, and is no verdict") {
    Simulation simulation(crash_drill(), 4);
    for (std::int64_t second = 0; second < 6; ++second) {
        simulation.advance(Instant{} + seconds(second));
        const Result so_far = simulation.result();
        REQUIRE(so_far.verdict == Verdict::inconclusive);
        REQUIRE(all_of(so_far) == all_of(simulation.result()));
    }
    simulation.advance(Instant::never());
    REQUIRE(all_of(simulation.result()) == all_of(run(crash_drill(), 4)));
    REQUIRE(simulation.result().verdict == Verdict::pass);
}

TEST_CASE("simulation: advanced to an instant, it has done all events up to and including it") {
    Simulation simulation(crash_drill(), 1);
    Deaf deaf;
    simulation.record().subscribe<FaultStarted>(deaf);
    simulation.advance(Instant{} + seconds(2) - Duration{1});
    REQUIRE(deaf.heard == 0);
    simulation.advance(Instant{} + seconds(2));
    REQUIRE(deaf.heard == 1);
    simulation.advance(Instant{} + seconds(1));  // it never goes back
    REQUIRE(deaf.heard == 1);
    REQUIRE(simulation.now() == Instant{} + seconds(2));
}

TEST_CASE("simulation: a run that has ended stays ended, whatever it is asked to advance to") {
    Simulation simulation(crash_drill(), 1);
    simulation.advance(Instant::never());
    const std::string ended = all_of(simulation.result());
    simulation.advance(Instant{} + seconds(3));
    REQUIRE(all_of(simulation.result()) == ended);
    REQUIRE_FALSE(simulation.step());
    simulation.advance(Instant::never());
    REQUIRE(all_of(simulation.result()) == ended);
}

TEST_CASE("simulation: a listener hears every fact and changes none") {
    Simulation watched(stormy_drill(), 2);
    Deaf deaf;
    watched.record().subscribe_to_all(deaf);
    watched.advance(Instant::never());
    const Result plain = run(stormy_drill(), 2);
    REQUIRE(all_of(watched.result()) == all_of(plain));
    REQUIRE(deaf.heard == plain.facts);
}

TEST_CASE("simulation: two side by side, event by event, do not disturb each other") {
    Simulation one(stormy_drill(), 1);
    Simulation other(crash_drill(), 2);
    Random random(9);
    bool one_goes_on = true;
    bool other_goes_on = true;
    while (one_goes_on || other_goes_on) {
        for (std::uint64_t i = random.below(4); i > 0; --i) one_goes_on = one.step();
        for (std::uint64_t i = random.below(4); i > 0; --i) other_goes_on = other.step();
    }
    REQUIRE(all_of(one.result()) == all_of(run(stormy_drill(), 1)));
    REQUIRE(all_of(other.result()) == all_of(run(crash_drill(), 2)));
}

TEST_CASE("simulation: it keeps a scenario of its own") {
    Scenario scenario = crash_drill();
    Simulation simulation(scenario, 1);
    scenario.workloads.clear();
    scenario.nodes.clear();
    scenario.duration = seconds(1);
    simulation.advance(Instant::never());
    REQUIRE(all_of(simulation.result()) == all_of(run(crash_drill(), 1)));
}

TEST_CASE("run: its key names the scenario and the seed") {
    const Scenario scenario = crash_drill();
    Scenario other = scenario;
    other.hash = "fedcba9876543210";
    REQUIRE(run_key(scenario, 1).size() == 16);
    REQUIRE(run_key(scenario, 1) == run_key(scenario, 1));
    REQUIRE(run_key(scenario, 1) != run_key(scenario, 2));
    REQUIRE(run_key(scenario, 1) != run_key(other, 1));
    REQUIRE(run(scenario, 7).run_key == run_key(scenario, 7));
}

TEST_CASE("run: adding a fault later leaves everything before it as it was") {
    Scenario more = crash_drill();
    more.faults.push_back(test::fault("later", "node.pause", NodePause{}, test::leader(5),
                                      milliseconds(4500), seconds(5)));
    Simulation plain(crash_drill(), 6);
    Simulation extended(more, 6);
    plain.advance(Instant{} + milliseconds(4499));
    extended.advance(Instant{} + milliseconds(4499));
    REQUIRE(plain.record().fingerprint() == extended.record().fingerprint());
    plain.advance(Instant::never());
    extended.advance(Instant::never());
    REQUIRE(plain.record().fingerprint() != extended.record().fingerprint());
}

TEST_CASE("run: what a result counts adds up") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Result result = run(stormy_drill(), seed);
        REQUIRE(result.workloads.size() == 2);
        for (const WorkloadRow& row : result.workloads) {
            REQUIRE(row.issued == row.acknowledged + row.unknown + row.in_flight);
            REQUIRE(row.attempts >= row.acknowledged);
            REQUIRE(*row.latency_p50 <= *row.latency_p95);
            REQUIRE(*row.latency_p95 <= *row.latency_p99);
            REQUIRE(*row.latency_p99 <= *row.latency_max);
        }
        for (const RecoveryRow& row : result.recovery) {
            Duration sum{};
            for (const PhaseRow& phase : row.phases) sum = sum + phase.duration;
            REQUIRE(sum == row.rto.value_or(Duration{0}));
            REQUIRE(row.censored == !row.rto.has_value());
            Duration out{};
            for (const SpanRow& outage : row.outages) out = out + (outage.end - outage.start);
            REQUIRE(out == row.unavailable);
        }
        REQUIRE(result.virtual_time == seconds(6));
        REQUIRE(result.findings.empty());
    }
}

TEST_CASE("run: the series of a whole run count what its workloads count") {
    Scenario scenario = stormy_drill();
    scenario.warmup = Duration{};  // workloads are counted from its end on
    const Result result = run(scenario, 3);
    for (const SeriesRow& row : result.series) {
        if (row.part != "run") continue;
        const auto workload =
            std::find_if(result.workloads.begin(), result.workloads.end(),
                         [&](const WorkloadRow& w) { return w.id == row.workload; });
        REQUIRE(workload != result.workloads.end());
        Bucket sum;
        for (const Bucket& bucket : row.values) {
            sum.issued += bucket.issued;
            sum.acknowledged += bucket.acknowledged;
            sum.unknown += bucket.unknown;
        }
        REQUIRE(sum.issued == workload->issued);
        REQUIRE(sum.acknowledged == workload->acknowledged);
        REQUIRE(sum.unknown == workload->unknown);
    }
}

TEST_CASE("run: a second series looks closer at the incident, and holds all of its outages") {
    Scenario scenario = crash_drill();
    scenario.service_level.latency_p95 = milliseconds(50);
    const Result result = run(scenario, 1);
    REQUIRE(result.series.size() == 4);
    const SeriesRow& incident = result.series[2];
    REQUIRE(incident.part == "incident");
    REQUIRE(incident.values.size() == incident.buckets.count);
    REQUIRE(incident.buckets.width < result.series[0].buckets.width);
    REQUIRE(incident.buckets.start < *result.faults[0].start);
    for (const RecoveryRow& row : result.recovery) {
        for (const SpanRow& outage : row.outages) REQUIRE(outage.end < incident.buckets.end);
    }
    REQUIRE(run(test::quiet_drill(), 1).series.size() == 2);
}

TEST_CASE("run: each node's roles adjoin from the start of the run to its end") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Result result = run(stormy_drill(), seed);
        Instant end{};
        std::string node;
        for (const RoleRow& row : result.roles) {
            if (row.node != node) {
                REQUIRE((node.empty() || end == Instant{} + result.virtual_time));
                end = Instant{};
                node = row.node;
            }
            REQUIRE(row.start == end);
            REQUIRE(row.end > row.start);
            end = row.end;
        }
        REQUIRE(end == Instant{} + result.virtual_time);
    }
}

TEST_CASE("run: without faults there is no recovery and no loss to speak of, and it passes") {
    const Result result = run(test::quiet_drill(), 1);
    REQUIRE(result.recovery.empty());
    REQUIRE_FALSE(result.loss.has_value());
    REQUIRE(result.verdict == Verdict::pass);
}

TEST_CASE("run: a fault that had no effect makes a run inconclusive") {
    Scenario scenario = crash_drill();
    scenario.faults.push_back(
        test::fault("nobody", "node.crash", NodeCrash{}, Selector{}, seconds(3), seconds(4)));
    REQUIRE(run(scenario, 1).verdict == Verdict::inconclusive);
}

TEST_CASE("run: a scenario of one node runs, too") {
    const Result result = run(crash_drill(1), 1);
    REQUIRE(result.workloads[0].acknowledged > 100);
    REQUIRE(result.loss->lost_acked_ops == 0);
    REQUIRE(result.findings.empty());
}
