// SPDX-License-Identifier: MIT
#include "core/resilience/deadline.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using resilience::Deadline;

namespace {
Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }
}  // namespace

TEST_CASE("deadline: an answer at the very instant is in time") {
    const Deadline deadline(at_ms(100));
    CHECK_FALSE(deadline.passed(at_ms(100)));
    CHECK(deadline.passed(at_ms(100) + nanoseconds(1)));
    CHECK(deadline.left(at_ms(30)) == milliseconds(70));
    CHECK(deadline.left(at_ms(200)) == Duration{});
}

TEST_CASE("deadline: a call made on the way never has longer than its caller") {
    const Deadline parent(at_ms(100));
    CHECK(parent.child(at_ms(50), milliseconds(20)).at() == at_ms(70));
    CHECK(parent.child(at_ms(50), milliseconds(500)).at() == at_ms(100));
    CHECK(parent.child(at_ms(50), milliseconds(500), milliseconds(10)).at() == at_ms(90));
    CHECK(Deadline{}.child(at_ms(50), milliseconds(500)).at() == at_ms(550));
    CHECK(parent.child(at_ms(150), milliseconds(20)).passed(at_ms(150)));
}

TEST_CASE("deadline: what is left travels, so that clocks which differ by hours agree") {
    const Deadline here = Deadline::after(at_ms(1000), milliseconds(80));
    const Instant there_now = at_ms(-7'200'000);
    const Deadline there = Deadline::after(there_now, here.left(at_ms(1030)));
    CHECK(there.left(there_now) == milliseconds(50));
}

TEST_CASE("deadline: what can't be done in time is not begun") {
    const Deadline deadline(at_ms(100));
    CHECK(deadline.allows(at_ms(90), milliseconds(10)));
    CHECK_FALSE(deadline.allows(at_ms(90) + nanoseconds(1), milliseconds(10)));
}

TEST_CASE("deadline: never does not overflow, at either end and over the wire") {
    const Deadline never;
    CHECK(never.is_never());
    CHECK_FALSE(never.passed(at_ms(1'000'000'000)));
    CHECK(Deadline::after(at_ms(5), never.left(at_ms(5))).is_never());
    CHECK(Deadline::after(at_ms(-5), never.left(at_ms(-5))).is_never());
    CHECK(never.allows(at_ms(0), seconds(1'000'000)));
}
