// SPDX-License-Identifier: MIT
//
// The section cluster.failure_detector: what its knobs become, which contradict each other, and
// which are idle.
#include "sim/scenario/bind_detector.hpp"

#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using namespace novacron::detector;
using novacron::milliseconds;
using novacron::seconds;

std::string with(const std::string& knobs) {
    return "cluster:\n  sites: {a: {nodes: [n-1, n-2, n-3]}}\n  failure_detector: {" + knobs +
           "}\n";
}

DetectorOptions detector(const std::string& knobs) {
    const LoadResult loaded = testing::load(with(knobs));
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    REQUIRE(loaded.scenario->failure_detector);
    return *loaded.scenario->failure_detector;
}

template <class Estimator>
Estimator estimator(const std::string& knobs) {
    return std::get<Estimator>(std::get<HeartbeatWatchOptions>(detector(knobs)).estimator);
}

std::string complaints(const std::string& knobs) {
    return testing::messages(testing::load(with(knobs)));
}

std::string warnings(const std::string& knobs) {
    std::string text;
    const LoadResult loaded = check_scenario_text(testing::scenario_text(with(knobs)), "s.yaml");
    for (const Diagnostic& one : loaded.warnings) text += one.message + "\n";
    return text;
}

TEST_CASE("detector: without its section nobody watches, and an empty one is the runbook's phi",
          "[scenario]") {
    CHECK_FALSE(testing::load("").scenario->failure_detector);
    CHECK(estimator<PhiOptions>("") == PhiOptions{});
    const auto watch = std::get<HeartbeatWatchOptions>(detector(""));
    CHECK(watch.heartbeat_interval == milliseconds(50));
    CHECK(watch.max_local_pause == milliseconds(50));
    CHECK(word_of(detector("")) == "phi");
}

TEST_CASE("detector: every knob of phi is heeded, and a peer fails at twice the threshold",
          "[scenario]") {
    const auto phi = estimator<PhiOptions>(
        "threshold: 5, adaptive: false, window_size: 100, network_jitter_factor: 0.2, "
        "phi_base: ln, model: logistic, acceptable_pause: 10ms, min_standard_deviation: 5ms, "
        "heartbeat_interval: 20ms, max_local_pause: 1s");
    PhiOptions expected;
    expected.threshold = 5;
    expected.failed_threshold = 10;
    expected.adaptive = false;
    expected.window_size = 100;
    expected.network_jitter_factor = 0.2;
    expected.phi_base = PhiBase::ln;
    expected.model = PhiModel::logistic;
    expected.acceptable_pause = milliseconds(10);
    expected.min_standard_deviation = milliseconds(5);
    expected.heartbeat_interval = milliseconds(20);
    CHECK(phi == expected);
    CHECK(estimator<PhiOptions>("failed_threshold: 12.5").failed_threshold == 12.5);
    const auto watch = std::get<HeartbeatWatchOptions>(detector("max_local_pause: 1s"));
    CHECK(watch.max_local_pause == seconds(1));
}

TEST_CASE("detector: the rivals have waits by the heartbeat interval unless they are told",
          "[scenario]") {
    const auto fixed = estimator<FixedTimeoutOptions>("detector: fixed, heartbeat_interval: 20ms");
    CHECK(fixed == FixedTimeoutOptions{milliseconds(60), milliseconds(120)});
    CHECK(estimator<ChenOptions>("detector: chen") == ChenOptions{});
    CHECK(estimator<ChenOptions>("detector: chen, margin: 20ms, window_size: 10") ==
          ChenOptions{milliseconds(50), milliseconds(20), milliseconds(50), 10});
    CHECK(estimator<TwoWindowOptions>("detector: two_window, short_window: 2, failed_margin: 1s") ==
          TwoWindowOptions{milliseconds(50), milliseconds(100), seconds(1), 2, 1000});
    const auto swim = std::get<SwimOptions>(
        detector("detector: swim, probe_interval: 200ms, indirect_checks: 2, suspicion_mult: 3, "
                 "suspicion_max_timeout_mult: 5, awareness_max: 4"));
    CHECK(swim.probe_interval == milliseconds(200));
    CHECK(swim.probe_timeout == milliseconds(100));
    CHECK(swim.max_local_pause == milliseconds(100));
    CHECK(swim.indirect_checks == 2);
    CHECK(swim.suspicion_mult == 3);
    CHECK(swim.suspicion_max_timeout_mult == 5);
    CHECK(swim.awareness_max == 4);
}

TEST_CASE("detector: what contradicts another knob is refused", "[scenario]") {
    CHECK(complaints("threshold: 8, failed_threshold: 6") ==
          "failed_threshold is below the threshold\n");
    CHECK(complaints("detector: fixed, timeout: 1s, failed_timeout: 500ms") ==
          "failed_timeout is below the timeout\n");
    CHECK(complaints("detector: chen, margin: 1s, failed_margin: 500ms") ==
          "failed_margin is below the margin\n");
    CHECK(complaints("detector: two_window, window_size: 5, short_window: 6") ==
          "short_window is above window_size, 5\n");
    CHECK(complaints("detector: swim, probe_timeout: 1s") ==
          "probe_timeout is not below probe_interval, 1s\n");
    CHECK(complaints("detector: phy") != "");
    CHECK(complaints("threshold: 0") != "");
    CHECK(complaints("window_size: 1") != "");
}

TEST_CASE("detector: check says which knobs the detector has no use for", "[scenario]") {
    CHECK(warnings("").find("has no use") == std::string::npos);
    CHECK(warnings("detector: fixed, timeout: 1s, threshold: 8").find(
              "the detector fixed has no use for threshold\n") != std::string::npos);
    CHECK(warnings("margin: 1s").find("the detector phi has no use for margin\n") !=
          std::string::npos);
    CHECK(warnings("detector: fixed, timeout: 40ms").find("before its next heartbeat comes") !=
          std::string::npos);
}

TEST_CASE("detector: a target without a detector, or without a bound, is refused", "[scenario]") {
    CHECK(testing::messages(testing::load("targets: {detection: {max_mistakes: 0}}\n")) ==
          "nobody watches anybody, so nothing is detected\n");
    CHECK(testing::messages(testing::load(with("") + "targets: {detection: {}}\n")) ==
          "a target without a bound\n");
}

TEST_CASE("detector: the resolved text gives the same detector", "[scenario]") {
    const LoadResult loaded = testing::load(with("detector: chen, margin: 75ms"));
    REQUIRE(loaded.ok());
    const LoadResult again = load_scenario_text(loaded.scenario->resolved, "again.yaml");
    REQUIRE(again.ok());
    CHECK(again.scenario->hash == loaded.scenario->hash);
    CHECK(std::get<HeartbeatWatchOptions>(*again.scenario->failure_detector).estimator ==
          std::get<HeartbeatWatchOptions>(*loaded.scenario->failure_detector).estimator);
}

}  // namespace
}  // namespace shaketable
