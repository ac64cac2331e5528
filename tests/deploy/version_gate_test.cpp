// SPDX-License-Identifier: MIT
#include "sim/deploy/version_gate.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;

VersionTally tally(std::uint64_t calls, std::uint64_t failed, std::uint64_t latency_ns = 0) {
    VersionTally tally;
    tally.calls = calls;
    tally.failed = failed;
    if (latency_ns > 0) tally.latency.add(latency_ns, calls - failed);
    return tally;
}

}  // namespace

TEST_CASE("version gate: two standard errors above what is allowed is worse") {
    const VersionGate gate;  // 1 %
    // Of 100 calls 1 may fail, give or take 0.995.
    CHECK_FALSE(is_worse(gate, tally(100, 2), tally(9900, 0)));
    CHECK(is_worse(gate, tally(100, 3), tally(9900, 0)));
    // 1 + 2 %: 3 of 100, give or take 1.706; of 10,000 300, give or take 17.06.
    CHECK_FALSE(is_worse(gate, tally(100, 6), tally(200, 4)));
    CHECK(is_worse(gate, tally(100, 7), tally(200, 4)));
    CHECK_FALSE(is_worse(gate, tally(10'000, 334), tally(200, 4)));
    CHECK(is_worse(gate, tally(10'000, 335), tally(200, 4)));
}

TEST_CASE("version gate: fewer errors than before are never worse, and all allowed is no gate") {
    VersionGate gate;
    CHECK_FALSE(is_worse(gate, tally(1000, 500), tally(1000, 500)));
    CHECK_FALSE(is_worse(gate, tally(1000, 0), tally(1000, 500)));
    gate.error_margin = 0.5;
    CHECK_FALSE(is_worse(gate, tally(1000, 1000), tally(1000, 500)));
}

TEST_CASE("version gate: the 95 % quantile is worse if it is above so many times the other's") {
    VersionGate gate;
    CHECK_FALSE(is_worse(gate, tally(100, 0, 150), tally(100, 0, 100)));
    CHECK(is_worse(gate, tally(100, 0, 151), tally(100, 0, 100)));
    gate.latency_factor = 2;
    CHECK_FALSE(is_worse(gate, tally(100, 0, 200), tally(100, 0, 100)));
    // A tail that is rarer than one in twenty is not looked at.
    VersionTally rare = tally(95, 0, 100);
    rare.calls += 5;
    rare.latency.add(10'000, 5);
    CHECK_FALSE(is_worse(gate, rare, tally(100, 0, 100)));
    rare.latency.add(10'000, 1);
    CHECK(is_worse(gate, rare, tally(100, 0, 100)));
}

TEST_CASE("version gate: with nothing to compare with there is the margin") {
    const VersionGate gate;
    CHECK(is_worse(gate, tally(1000, 100, 500), VersionTally{}));
    CHECK_FALSE(is_worse(gate, tally(1000, 5, 500), VersionTally{}));
}
