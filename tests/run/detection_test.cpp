// SPDX-License-Identifier: MIT
//
// Failure detectors in whole runs: what each knob of the runbook's phi_detector_config.yaml
// changes, what the truth makes of their opinions, and that watching disturbs nobody.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "sim/scenario/loader.hpp"
#include "sim/study/study.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::microseconds;
using novacron::milliseconds;
using novacron::seconds;

// Five nodes under the runbook's file, laid over by `knobs`; ten seconds of warm-up, `more` at the
// top level. Messages take half a millisecond unless that says otherwise.
Scenario watched(const std::string& knobs, const std::string& more) {
    const std::string folder =
        std::string(SHAKETABLE_SOURCE_DIR) + "/tests/scenario/configuration/";
    const std::string text =
        "version: 1\nname: watched\nextends: [phi_detector_config.yaml]\n"
        "time: {warmup: 10s, duration: 40s}\n"
        "cluster:\n  sites:\n    a: {nodes: [node-1, node-2, node-3, node-4, node-5]}\n"
        "  failure_detector: {" + knobs + "}\n"
        "workload: [{id: writes, rate: 10/s}]\nservice_level: {hold: 1s}\n" + more;
    const LoadResult loaded = load_scenario_text(text, folder + "watched.yaml");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return *loaded.scenario;
}

const std::string kOneCrash =
    "faults: [{id: crash, at: 30.02s, inject: node.crash, target: node-2, for: 5s}]\n";

DetectionRow detection(const Scenario& scenario, std::uint64_t seed = 1) {
    const Result result = run(scenario, seed);
    REQUIRE(result.detection);
    return *result.detection;
}

Duration time_to_detect(const std::string& knobs, const std::string& more = kOneCrash) {
    const DetectionRow row = detection(watched(knobs, more));
    REQUIRE(row.crashes.detected == 4);
    return *row.crashes.mean;
}

// Within the width of a cell of the histogram, and a nanosecond or two.
bool near(Duration a, Duration b) {
    return std::abs(a.ns - b.ns) <= milliseconds(2).ns;
}

struct Opinions final : ListensTo<PeerSuspected, PeerTrusted, PeerFailed> {
    void on(Instant at, const PeerSuspected& fact) override { suspected.push_back({at, fact}); }
    void on(Instant, const PeerTrusted&) override {}
    void on(Instant at, const PeerFailed& fact) override { failed.push_back({at, fact}); }

    std::vector<std::pair<Instant, PeerSuspected>> suspected;
    std::vector<std::pair<Instant, PeerFailed>> failed;
};

Opinions opinions(const Scenario& scenario, std::uint64_t seed = 1) {
    Simulation simulation(scenario, seed);
    Opinions heard;
    simulation.record().listen(heard);
    simulation.advance(Instant{scenario.duration.ns});
    return heard;
}

// What a run leaves besides what detectors do, as a digest.
class Others final : public Subscriber {
public:
    void on_fact(Instant at, const Fact& fact) override {
        const bool of_detectors =
            std::holds_alternative<PeerSuspected>(fact) ||
            std::holds_alternative<PeerTrusted>(fact) ||
            std::holds_alternative<PeerFailed>(fact) || std::holds_alternative<PathChanged>(fact);
        // A heartbeat may be the first to meet a fault.
        if (std::holds_alternative<FaultObserved>(fact)) return;
        if (of_detectors) {
            ++opinions;
            return;
        }
        digest.add(static_cast<std::uint64_t>(at.ns));
        digest.add(text_of(fact));
        ++others;
    }
    novacron::Digest digest;
    std::uint64_t opinions = 0;
    std::uint64_t others = 0;
};

}  // namespace

TEST_CASE("detection in a run: the threshold decides how long it takes, by its z") {
    // Without jitter, deviation is 0.3 of 50 ms; z(4) = 3.719, z(8) = 5.612, z(16) = 8.222.
    const Duration at_8 = time_to_detect("threshold: 8");
    CHECK(near(time_to_detect("threshold: 4"), at_8 - microseconds(28'395)));
    CHECK(near(time_to_detect("threshold: 16"), at_8 + microseconds(39'151)));
    // The last heartbeat came 20 ms before the crash, less half a millisecond under way.
    CHECK(near(at_8, microseconds(134'180) - microseconds(19'500)));
}

TEST_CASE("detection in a run: network_jitter_factor is the least deviation, in means") {
    const Duration usual = time_to_detect("");
    CHECK(near(time_to_detect("network_jitter_factor: 0.6"), usual + microseconds(84'180)));
    CHECK(near(time_to_detect("network_jitter_factor: 0.1"), usual - microseconds(56'120)));
}

TEST_CASE("detection in a run: adaptive learns how unsteady the network is") {
    const std::string unsteady = kOneCrash + "network: {latency: 0ms..100ms}\n";
    const DetectionRow adaptive = detection(watched("", unsteady));
    const DetectionRow fixed = detection(watched("adaptive: false", unsteady));
    CHECK(fixed.mistakes > 20);
    CHECK(adaptive.mistakes * 10 < fixed.mistakes);
    CHECK(*adaptive.crashes.mean > *fixed.crashes.mean + milliseconds(50));
}

TEST_CASE("detection in a run: a small window forgets an unsteady time sooner") {
    const std::string after_the_storm =
        "faults:\n"
        "  - {id: jitter, at: 15s, inject: network.jitter, target: all,\n"
        "     with: {latency: 0ms..100ms}, until: 26s}\n"
        "  - {id: crash, at: 30.02s, inject: node.crash, target: node-2, for: 5s}\n";
    const DetectionRow large = detection(watched("window_size: 200", after_the_storm));
    const DetectionRow small = detection(watched("window_size: 20", after_the_storm));
    REQUIRE(large.crashes.detected == 4);
    CHECK(*large.crashes.mean > *small.crashes.mean + milliseconds(50));
    CHECK(near(*small.crashes.mean, time_to_detect("")));
}

TEST_CASE("detection in a run: the runbook's file alone sets watching on, and without it is none") {
    const DetectionRow row = detection(watched("", ""));
    CHECK(row.detector == "phi");
    // Five nodes tell four others each 50 ms, from 0 to 40 s.
    CHECK(row.messages == 5 * 4 * (40 * 20 + 1));
    CHECK(row.mistakes == 0);
    CHECK(*row.query_accuracy == 1);
    CHECK_FALSE(run(test::quiet_drill(), 1).detection);
}

TEST_CASE("detection in a run: every detector notices a crash, and nothing else") {
    for (const char* knobs :
         {"detector: phi", "detector: fixed", "detector: chen", "detector: two_window",
          "detector: phi, model: logistic", "detector: phi, phi_base: ln, threshold: 16",
          "detector: swim, probe_interval: 200ms, probe_timeout: 50ms"}) {
        INFO(knobs);
        const DetectionRow row = detection(watched(knobs, kOneCrash));
        CHECK(row.crashes.detected == 4);
        CHECK(row.crashes.missed == 0);
        CHECK(*row.crashes.longest < milliseconds(1500));
        CHECK(row.mistakes == 0);
        CHECK(row.convictions == 0);
    }
}

TEST_CASE("detection in a run: the rest of the run is the same, watched or not") {
    const auto others_of = [](const Scenario& scenario) {
        Simulation simulation(scenario, 7);
        Others others;
        simulation.record().subscribe_to_all(others);
        simulation.advance(Instant{scenario.duration.ns});
        return others;
    };
    Scenario scenario = test::crash_drill();
    scenario.default_link.loss = 0.01;
    scenario.faults.push_back(test::fault("slow", "network.delay",
                                          NetworkDelay{Constant{milliseconds(20)}},
                                          test::leader(5), seconds(5), milliseconds(5500)));
    const Others without = others_of(scenario);
    scenario.failure_detector = novacron::detector::HeartbeatWatchOptions{};
    const Others with = others_of(scenario);
    CHECK(with.opinions > 0);
    CHECK(without.opinions == 0);
    CHECK(with.others == without.others);
    CHECK(with.digest.value() == without.digest.value());
}

TEST_CASE("detection in a run: a node that was paused suspects nobody, unless it trusts itself") {
    const std::string pause =
        "faults: [{id: nap, at: 20s, inject: node.pause, target: node-1, for: 2s}]\n";
    const DetectionRow careful = detection(watched("", pause));
    CHECK(careful.mistakes == 0);
    CHECK(careful.partitions.detected == 4);  // the others rightly suspect who is paused
    const DetectionRow careless = detection(watched("max_local_pause: 1h", pause));
    CHECK(careless.mistakes == 4);
    CHECK(careless.convictions == 4);
}

TEST_CASE("detection in a run: whoever is cut off is rightly suspected") {
    const std::string cut =
        "faults: [{id: cut, at: 20s, inject: network.partition,\n"
        "          target: {split: [[node-1], [others]]}, for: 2s}]\n";
    const DetectionRow row = detection(watched("", cut));
    CHECK(row.mistakes == 0);
    CHECK(row.crashes.detected == 0);
    CHECK(row.partitions.detected == 8);  // four from each side
    CHECK(*row.partitions.longest < milliseconds(140));
}

TEST_CASE("detection in a run: flapping and held ways are cut, lossy ones are not") {
    const std::string flap =
        "faults: [{id: flap, at: 20s, inject: network.flap, target: node-1,\n"
        "          with: {down: 1s, up: 1s}, for: 4s}]\n";
    const DetectionRow flapping = detection(watched("", flap));
    CHECK(flapping.partitions.detected == 16);
    CHECK(flapping.mistakes == 0);
    const std::string hold =
        "faults: [{id: hold, at: 20s, inject: network.hold, target: node-1, for: 1s}]\n";
    const DetectionRow held = detection(watched("", hold));
    CHECK(held.partitions.detected == 8);
    CHECK(held.mistakes == 0);
    const std::string loss =
        "faults: [{id: loss, at: 20s, inject: network.loss, target: node-1,\n"
        "          with: {probability: 100%}, for: 1s}]\n";
    CHECK(detection(watched("", loss)).mistakes == 8);
}

TEST_CASE("detection in a run: a watcher goes by its own clock") {
    // The clock of node 1 gains a tenth: its 150 ms are over after 136.4.
    Scenario scenario = watched("detector: fixed, timeout: 150ms", kOneCrash);
    const Opinions right = opinions(scenario);
    scenario.nodes[0].clock_drift_ppb = 100'000'000;
    const Opinions fast = opinions(scenario);
    const auto by_first = [](const Opinions& all) {
        const auto found =
            std::find_if(all.suspected.begin(), all.suspected.end(),
                         [](const auto& one) { return one.second.node == NodeId{0}; });
        REQUIRE(found != all.suspected.end());
        return found->first;
    };
    CHECK(std::abs((by_first(right) - by_first(fast)).ns - 13'636'363) <= 1000);
}

TEST_CASE("detection in a run: a process that is started again is trusted, and begins to watch") {
    const std::string restarts =
        "faults: [{id: again, at: 20s, inject: node.crash_loop, target: node-3,\n"
        "          with: {up_time: 3s}, until: 30s}]\n";
    const DetectionRow row = detection(watched("", restarts));
    CHECK(row.crashes.detected >= 8);
    CHECK(row.crashes.detected % 4 == 0);
    CHECK(row.mistakes == 0);
    CHECK(*row.trust_after_return < milliseconds(60));
}

TEST_CASE("detection in a run: a processor that is hogged delays heartbeats") {
    const std::string hog =
        "faults: [{id: hog, at: 20s, inject: host.cpu_hog, target: node-4, with: {cost: 100ms},\n"
        "          for: 5s}]\n";
    CHECK(detection(watched("", hog)).mistakes > 0);
}

TEST_CASE("detection in a run: one, two and three lost heartbeats at the runbook's thresholds") {
    // Heartbeats are sent at multiples of 50 ms; a cut takes so many of node 1's.
    const auto lost = [](const std::string& length) {
        return opinions(watched("", "faults: [{id: cut, at: 20.025s, inject: network.partition,\n"
                                    "          target: {split: [[node-1], [others]]}, for: " +
                                        length + "}]\n"));
    };
    const Opinions one = lost("50ms");
    CHECK(one.suspected.empty());
    const Opinions two = lost("100ms");
    CHECK(two.suspected.size() == 8);
    CHECK(two.failed.empty());
    const Opinions three = lost("150ms");
    CHECK(three.suspected.size() == 8);
    CHECK(three.failed.size() == 8);
    // Heard at 20.0005 s last; phi is 8 after 134.18 ms.
    CHECK(near(two.suspected.front().first - (Instant{} + seconds(20)), microseconds(134'680)));
}

TEST_CASE("detection in a run: a higher threshold makes fewer mistakes and takes longer (FD-9)") {
    const std::string path =
        std::string(SHAKETABLE_SOURCE_DIR) + "/scenarios/studies/phi_threshold.yaml";
    const StudyLoad loaded = load_study(path);
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.study);
    REQUIRE(loaded.study->points.size() == 16);
    std::uint64_t mistakes_before = ~std::uint64_t{0};
    Duration time_before;
    for (const std::size_t place : {0U, 1U, 3U, 7U, 11U, 15U}) {
        const StudyPoint& point = loaded.study->points[place];
        const DetectionRow row = detection(point.scenario);
        REQUIRE(row.crashes.missed == 0);
        INFO("threshold " << point.values.front().value);
        CHECK(row.mistakes <= mistakes_before);
        CHECK(*row.crashes.mean > time_before);
        mistakes_before = row.mistakes;
        time_before = *row.crashes.mean;
    }
    CHECK(mistakes_before < 100);
}

TEST_CASE("detection in a run: targets bound mistakes, convictions and the time to detect") {
    const std::string bounded =
        kOneCrash +
        "targets: {detection: {max: \"< 120ms\", max_mistakes: 0, max_convictions: 0}}\n";
    Scenario scenario = watched("", bounded);
    CHECK(run(scenario, 1).verdict == Verdict::pass);
    scenario.detection->max = milliseconds(100);
    const Result slow = run(scenario, 1);
    CHECK(slow.verdict == Verdict::fail);
    CHECK(slow.targets.at(0).id == "detection.max");
    CHECK(slow.targets.at(0).verdict == Verdict::fail);
    // Nobody crashes: there is no evidence.
    scenario.faults.clear();
    const Result calm = run(scenario, 1);
    CHECK(calm.targets.at(0).verdict == Verdict::inconclusive);
    CHECK(calm.targets.at(1).verdict == Verdict::pass);
}
