// SPDX-License-Identifier: MIT
//
// Fewer trials than bench/elections.cpp makes of the same; what may differ is the error of chance.
#include "tests/accuracy/elections.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::raft::accuracy;

namespace {

constexpr std::uint64_t kTrials = 20'000;

// A latency in units of the range of timeouts, which is their minimum as well.
Setting unit_setting(std::uint32_t servers, std::uint32_t failed, double latency) {
    const Duration one_way{static_cast<std::int64_t>(latency * 1e9)};
    return {servers, failed, seconds(1), seconds(2), one_way, one_way};
}

}  // namespace

TEST_CASE("accuracy: the closed form gives the thesis' figures") {
    CHECK(split_probability(5, 1, .01) == Approx(.0006).margin(.00005));
    CHECK(split_probability(5, 1, .1) == Approx(.052).margin(.0005));
    CHECK(split_probability(5, 1, .2) == Approx(.181).margin(.0005));
    CHECK(split_probability(5, 2, .2) == Approx(.50).margin(.02));
    CHECK(split_probability(9, 4, .1) == Approx(.40).margin(.02));
    CHECK(split_probability(9, 4, .2) == Approx(.70).margin(.03));
    CHECK(split_probability(9, 3, .2) == Approx(.35).margin(.02));
    CHECK(split_probability(7, 1, .2) == Approx(.10).margin(.02));
}

TEST_CASE("accuracy: votes are split as often as the closed form says") {
    struct Row {
        std::uint32_t servers, failed;
        double latency;
    };
    const Row rows[] = {{5, 1, .01}, {5, 1, .1}, {5, 1, .2}, {5, 2, .2},
                        {9, 4, .1},  {9, 4, .2}, {9, 3, .2}, {7, 1, .2}};
    for (const Row& row : rows) {
        const double p = split_probability(row.servers, row.failed, row.latency);
        const Measured measured =
            measure(unit_setting(row.servers, row.failed, row.latency), kTrials);
        INFO(row.servers << " servers, " << row.failed << " failed, latency " << row.latency);
        CHECK(std::abs(measured.split_rate() - p) <= error_of_rate(p, kTrials));
    }
}

TEST_CASE("accuracy: with latencies from 0.1 to 0.2 votes are split as often as published") {
    Setting setting = unit_setting(5, 1, .1);
    setting.latency_max = milliseconds(200);
    CHECK(measure(setting, kTrials).split_rate() == Approx(.16).margin(.015));
    setting.failed = 2;
    CHECK(measure(setting, kTrials).split_rate() == Approx(.40).margin(.025));
}

// Of a uniform latency, the closed form of the time counts rounds as if they were alike; where
// most elections take one round it must hold to the error of chance: a standard deviation of a
// fifth over the root of the trials.
TEST_CASE("accuracy: elections take as long as the closed form says, while splits are rare") {
    for (const double latency : {.005, .01}) {
        for (const std::uint32_t failed : {1U, 2U}) {
            Setting setting = unit_setting(5, failed, latency);
            setting.crash_between_heartbeats = true;
            const double mean = measure(setting, kTrials).mean_ms() / 1000;
            INFO("latency " << latency << ", failed " << failed);
            CHECK(mean == Approx(election_time(5, failed, latency)).margin(.01));
        }
    }
}

TEST_CASE("accuracy: the thesis' WAN elects in about 475 ms, and in 1.5 s but for one in 1,000") {
    const Setting wan{5, 1, milliseconds(300), milliseconds(600), milliseconds(30),
                      milliseconds(40)};
    const Measured measured = measure(wan, kTrials);
    CHECK(measured.mean_ms() == Approx(475).margin(10));
    CHECK(measured.until_leader[kTrials * 999 / 1000] < milliseconds(1500));
}
