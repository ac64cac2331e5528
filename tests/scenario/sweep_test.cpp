// SPDX-License-Identifier: MIT
#include "sim/scenario/sweep.hpp"

#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using testing::load;
using testing::messages;

constexpr const char* kParams =
    "params:\n"
    "  beat: {type: duration, default: 20ms, min: 1ms, max: 60ms}\n"
    "  loss: {type: probability, default: 1%}\n"
    "  n: {type: integer, default: 3}\n"
    "  x: {type: number, default: 1}\n"
    "  on: {type: boolean, default: true}\n"
    "cluster:\n  sites:\n    east: {nodes: [node-1, node-2, node-3], zone: a}\n"
    "  consensus: {heartbeat_interval: \"${beat}\"}\n";
constexpr const char* kObjectives =
    "  objectives: [{id: rto, measure: rto.write.p99, direction: min}]\n";

LoadResult with_matrix(const std::string& matrix) {
    return load(std::string(kParams) + "sweep:\n  matrix: " + matrix + "\n" + kObjectives);
}

LoadResult with_objectives(const std::string& objectives) {
    return load(std::string(kParams) + "sweep:\n  matrix: {beat: [10ms]}\n  objectives: " +
                objectives + "\n");
}

std::vector<std::string> values(const std::string& axis) {
    const LoadResult loaded = with_matrix("{" + axis + "}");
    INFO(axis << "\n" << messages(loaded));
    REQUIRE(loaded.ok());
    return loaded.scenario->sweep->axes.at(0).values;
}

std::string mistake(const std::string& axis) { return messages(with_matrix("{" + axis + "}")); }

TEST_CASE("sweep: an axis is a list, or the steps from one value to another", "[scenario]") {
    using Texts = std::vector<std::string>;
    CHECK(values("beat: [10ms, 50ms, 20ms]") == Texts{"10ms", "50ms", "20ms"});
    CHECK(values("beat: {from: 10ms, to: 50ms, step: 20ms}") == Texts{"10ms", "30ms", "50ms"});
    CHECK(values("beat: {from: 10ms, to: 49ms, step: 20ms}") == Texts{"10ms", "30ms"});
    CHECK(values("beat: {from: 10ms, to: 10ms, step: 1s}") == Texts{"10ms"});
    CHECK(values("n: {from: -2, to: 2, step: 2}") == Texts{"-2", "0", "2"});
    CHECK(values("n: {from: -9223372036854775807, to: 9223372036854775807, "
                 "step: 9223372036854775807}") ==
          Texts{"-9223372036854775807", "0", "9223372036854775807"});
    CHECK(values("x: {from: 0.1, to: 0.5, step: 0.1}") == Texts{"0.1", "0.2", "0.3", "0.4", "0.5"});
    CHECK(values("loss: {from: 1%, to: 3%, step: 1%}") == Texts{"1%", "2%", "3%"});
    CHECK(values("on: [true, false]") == Texts{"true", "false"});
}

TEST_CASE("sweep: points are weighed by what there are targets for, if nothing else is said",
          "[scenario]") {
    const std::string sweep = "sweep: {matrix: {beat: [10ms, 20ms]}}\n";
    const LoadResult loaded = load(
        std::string(kParams) + sweep +
        "faults: [{id: f, at: 10s, inject: node.crash, target: all, for: 5s}]\n"
        "targets: {rto: {max: 9s}, rpo: {max: 0s}, availability: {min: 9%}}\n");
    REQUIRE(loaded.ok());
    std::string names;
    for (const Objective& objective : loaded.scenario->sweep->objectives) {
        names += objective.name + (objective.direction == Direction::max ? " max\n" : " min\n");
    }
    CHECK(names ==
          "rto.write.p95 min\nrpo.time.max min\navailability.writes.min max\n"
          "availability.reads.min max\n");
    CHECK(messages(load(std::string(kParams) + sweep)) ==
          "no objective and no target, so no point is better than another\n");
}

TEST_CASE("sweep: what is no value of its parameter is refused where it stands", "[scenario]") {
    CHECK(mistake("beta: [10ms]") == "unknown parameter 'beta'\n");
    CHECK(mistake("beat: [10ms, 70ms]") == "70ms is above the most, 60ms\n");
    CHECK(mistake("beat: {from: 50ms, to: 70ms, step: 10ms}") == "70ms is above the most, 60ms\n");
    CHECK(mistake("beat: [10]") == "a duration needs a unit: 10\n");
    CHECK(mistake("beat: [10ms, 20ms, 0.01s]") == "the value is there already\n");
    CHECK(mistake("beat: []") == "no value, so the grid has no point\n");
    CHECK(mistake("beat: {from: 20ms, to: 10ms, step: 1ms}") ==
          "no value, so the grid has no point\n");
    CHECK(mistake("beat: {from: 10ms, to: 20ms, step: 0s}") ==
          "no value, so the grid has no point\n");
    CHECK(mistake("beat: {from: 1ms, to: 60ms, step: 1ns}") == "more than 10000 values\n");
    CHECK(mistake("on: {from: true, to: false, step: true}") ==
          "a boolean has no order to step in\n");
    CHECK(mistake("beat: {from: 10ms, to: 20ms}") == "the key 'step' is missing\n");
    CHECK(mistake("beat: 10ms") == "a list of values is expected here, not a single value\n");
    CHECK(mistake("") == "nothing varies, so there is no grid\n");
    const LoadResult near = with_matrix("{baet: [10ms]}");
    REQUIRE(near.diagnostics.size() == 1);
    CHECK(near.diagnostics[0].hint == "did you mean beat?");
    CHECK(near.diagnostics[0].at.column == 12);
}

TEST_CASE("sweep: a grid of too many points is refused before it is built", "[scenario]") {
    CHECK(mistake("n: {from: 1, to: 1000, step: 1}, x: {from: 1, to: 1000, step: 1}") ==
          "more than 10000 combinations of values\n");
}

TEST_CASE("sweep: measures are known by quantity and statistic", "[scenario]") {
    const LoadResult loaded = with_objectives(
        "[{id: a, measure: rto.read.max, direction: min}, "
        "{id: b, measure: availability.writes.min, direction: max}, "
        "{id: c, measure: needless_elections.per_hour, direction: min}]");
    INFO(messages(loaded));
    REQUIRE(loaded.ok());
    const auto& objectives = loaded.scenario->sweep->objectives;
    CHECK(objectives[0].measure == Measure{Quantity::rto_read, "", SeedStatistic::max});
    CHECK(objectives[1].measure == Measure{Quantity::availability, "writes", SeedStatistic::min});
    CHECK(objectives[1].direction == Direction::max);
    CHECK(objectives[2].measure ==
          Measure{Quantity::needless_elections, "", SeedStatistic::per_hour});
    CHECK(unit_of(objectives[0].measure) == "s");
    CHECK(unit_of(objectives[1].measure) == "share");
    CHECK(unit_of(objectives[2].measure) == "1/h");
}

TEST_CASE("sweep: detectors are weighed by their quality of service", "[scenario]") {
    const LoadResult loaded = with_objectives(
        "[{id: a, measure: detection_time.mean, direction: min}, "
        "{id: b, measure: mistake_rate.mean, direction: min}, "
        "{id: c, measure: query_accuracy.min, direction: max}]");
    INFO(messages(loaded));
    REQUIRE(loaded.ok());
    const auto& objectives = loaded.scenario->sweep->objectives;
    CHECK(objectives[0].measure ==
          Measure{Quantity::detection_time, "", SeedStatistic::mean});
    CHECK(objectives[2].measure == Measure{Quantity::query_accuracy, "", SeedStatistic::min});
    CHECK(unit_of(objectives[0].measure) == "s");
    CHECK(unit_of(objectives[1].measure) == "1/s");
    CHECK(unit_of(objectives[2].measure) == "share");
    CHECK_FALSE(with_objectives("[{id: a, measure: mistake_rate.per_hour, direction: min}]").ok());
}

TEST_CASE("sweep: an unknown measure is answered with the nearest one", "[scenario]") {
    const auto refused = [](const std::string& measure) {
        const LoadResult loaded =
            with_objectives("[{id: a, measure: " + measure + ", direction: min}]");
        REQUIRE(loaded.diagnostics.size() == 1);
        return loaded.diagnostics[0].message + ": " + loaded.diagnostics[0].hint;
    };
    CHECK(refused("rto.wirte.p99") ==
          "unknown measure 'rto.wirte.p99': did you mean rto.write.p99?");
    CHECK(refused("availability.write.mean") ==
          "unknown measure 'availability.write.mean': did you mean availability.writes.mean?");
    CHECK(refused("heartbeats").find("needs one of .mean") != std::string::npos);
    CHECK(refused("rto.write.per_second") ==
          "'per_second' is for counts, and rto.write is none: write rto.write.mean or .p99");
    CHECK(refused("nonsense").find("quantities are rto.write, ") != std::string::npos);
}

TEST_CASE("sweep: objectives are there, distinct, and say which way is better", "[scenario]") {
    CHECK(messages(with_objectives("[]")) ==
          "no objective, so no point is better than another\n");
    CHECK(messages(with_objectives("[{id: a, measure: rto.write.p99}]")) ==
          "the key 'direction' is missing\n");
    CHECK(messages(with_objectives("[{id: a, measure: messages.sum, direction: min}, "
                                   "{id: a, measure: messages.max, direction: min}]")) ==
          "'a' is there already in objectives\n");
}

TEST_CASE("sweep: it is no part of what identifies the scenario", "[scenario]") {
    const LoadResult with = with_matrix("{beat: [10ms]}");
    const LoadResult without = load(kParams);
    REQUIRE(with.ok());
    REQUIRE(without.ok());
    CHECK(with.scenario->hash == without.scenario->hash);
    CHECK(with.scenario->sweep.has_value());
    CHECK_FALSE(without.scenario->sweep.has_value());
    CHECK(with.scenario->sweep->seeds == with.scenario->seeds);
}

}  // namespace
}  // namespace shaketable
