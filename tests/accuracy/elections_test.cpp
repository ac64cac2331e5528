// SPDX-License-Identifier: MIT
//
// The closed form that elections are held against (shaketable_accuracy does that, in optimised
// code) gives the figures of the thesis.
#include "tests/accuracy/elections.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::raft::accuracy;

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

// A bound, so no row of the table: in 1.5 s a leader is elected, but for one time in 1,000.
TEST_CASE("accuracy: the thesis' WAN elects in 1.5 s but for one in 1,000") {
    constexpr std::uint64_t kTrials = 10'000;
    const Setting wan{5, 1, milliseconds(300), milliseconds(600), milliseconds(30),
                      milliseconds(40)};
    const Measured measured = measure(wan, kTrials);
    CHECK(measured.until_leader[kTrials * 999 / 1000] < milliseconds(1500));
}
