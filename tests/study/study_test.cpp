// SPDX-License-Identifier: MIT
#include "sim/study/study.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace {

using namespace shaketable;

// A file with a scenario whose heartbeat and shortest timeout are parameters.
class StudyFile {
public:
    explicit StudyFile(const std::string& sweep) {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("shaketable-study-" + std::to_string(::getpid()) + "-" +
                 std::to_string(++count) + ".yaml");
        std::ofstream(path_) << testing::scenario_text(
            "params:\n"
            "  beat: {type: duration, default: 20ms}\n"
            "  wait: {type: duration, default: 150ms}\n"
            "  idle: {type: integer, default: 1}\n"
            "cluster:\n  sites:\n    east: {nodes: [node-1, node-2, node-3], zone: a}\n"
            "  consensus: {heartbeat_interval: \"${beat}\", election_timeout_min: \"${wait}\"}\n" +
            sweep);
    }
    ~StudyFile() { std::filesystem::remove(path_); }
    StudyFile(const StudyFile&) = delete;
    StudyFile& operator=(const StudyFile&) = delete;

    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::string sweep_of(const std::string& matrix, const std::string& more = "") {
    return "sweep:\n  matrix: " + matrix +
           "\n  objectives: [{id: beats, measure: heartbeats.mean, direction: min}]\n" + more;
}

std::string messages(const StudyLoad& loaded) {
    std::string text;
    for (const Diagnostic& one : loaded.diagnostics) text += one.message + "\n";
    return text;
}

}  // namespace

TEST_CASE("study: the last axis runs fastest, and trials count seeds within points") {
    const StudyFile file(sweep_of("{wait: [100ms, 200ms], beat: [10ms, 20ms]}", "seeds: 5..7\n"));
    const StudyLoad loaded = load_study(file.path());
    INFO(messages(loaded));
    REQUIRE(loaded.study);
    const Study& study = *loaded.study;
    REQUIRE(study.points.size() == 4);
    CHECK(study.points[1].values == std::vector<Override>{{"wait", "100ms"}, {"beat", "20ms"}});
    CHECK(study.points[2].values == std::vector<Override>{{"wait", "200ms"}, {"beat", "10ms"}});
    CHECK(study.points[2].scenario.consensus.heartbeat_interval == novacron::milliseconds(10));
    CHECK(study.trial_count() == 12);
    CHECK(study.point_of(5) == 1);
    CHECK(study.seed_of(5) == 7);
    CHECK(load_study(file.path(), {}, SeedRange{1, 2}).study->trial_count() == 8);
}

TEST_CASE("study: points that are no scenario are an error, or left out if the study says so") {
    const std::string matrix = "{wait: [30ms, 100ms], beat: [10ms, 40ms]}";
    const StudyLoad refused = load_study(StudyFile(sweep_of(matrix)).path());
    CHECK_FALSE(refused.study);
    {
        const StudyFile file(sweep_of(matrix));
        const std::string words = messages(load_study(file.path()));
        CHECK(words.find("(wait=30ms, beat=40ms)") != std::string::npos);
        CHECK(words.find("1 of 4 points of the grid are no valid scenario") != std::string::npos);
    }
    const StudyFile file(sweep_of(matrix) + "  invalid: skip\n");
    const StudyLoad loaded = load_study(file.path());
    INFO(messages(loaded));
    REQUIRE(loaded.study);
    CHECK(loaded.study->points.size() == 3);
    CHECK(loaded.study->skipped == 1);
    const StudyFile empty(sweep_of("{wait: [30ms], beat: [40ms]}") + "  invalid: skip\n");
    CHECK_FALSE(load_study(empty.path()).study);
}

TEST_CASE("study: a parameter that changes nothing, one that is set, and no sweep are refused") {
    const StudyFile idle(sweep_of("{idle: [1, 2]}"));
    CHECK(messages(load_study(idle.path())) == "the points idle=1 and idle=2 are one scenario\n");
    const StudyFile file(sweep_of("{beat: [10ms, 20ms]}"));
    CHECK(messages(load_study(file.path(), {{"beat", "10ms"}})) ==
          "the sweep varies 'beat', so it has no one value\n");
    CHECK(messages(load_study("no/such/file.yaml")) == "can't read the file\n");
    const StudyFile none("");
    CHECK(messages(load_study(none.path())) == "no sweep here, so nothing varies\n");
    CHECK(messages(load_study(file.path(), {}, SeedRange{1, 1'000'000})) ==
          "more than 1000000 runs: 2 points, each with so many seeds\n");
}

TEST_CASE("study: the key tells studies apart by all that their rows depend on") {
    const auto key = [](const std::string& sweep, const std::vector<Override>& overrides = {}) {
        const StudyFile file(sweep);
        return load_study(file.path(), overrides).study.value().key;
    };
    const std::string matrix = "{beat: [10ms, 20ms]}";
    const std::string base = key(sweep_of(matrix));
    CHECK(key(sweep_of(matrix)) == base);
    CHECK(key(sweep_of("{beat: [20ms, 10ms]}")) != base);
    CHECK(key(sweep_of(matrix, "seeds: 1..2\n")) != base);
    CHECK(key(sweep_of(matrix), {{"wait", "160ms"}}) != base);
    std::string other = sweep_of(matrix);
    other.replace(other.find("heartbeats.mean"), 15, "heartbeats.max ");
    CHECK(key(other) != base);
}

TEST_CASE("study: weights of all trials become points with a front") {
    const StudyFile file(sweep_of("{beat: [10ms, 20ms]}", "seeds: 1..2\n"));
    const Study study = load_study(file.path()).study.value();
    StudyWeights weights(study);
    CHECK_FALSE(weights.has(3));
    for (std::uint64_t trial = 0; trial < 4; ++trial) {
        weights.add(trial, {{static_cast<double>(trial), false}});
    }
    CHECK(weights.has(3));
    const auto points = weights.fold_points();
    CHECK(points[0].objectives[0].weight.value == 0.5);
    CHECK(points[1].objectives[0].weight.value == 2.5);
    CHECK(points[0].on_front);
    CHECK_FALSE(points[1].on_front);
}
