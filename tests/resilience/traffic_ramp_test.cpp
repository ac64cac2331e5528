// SPDX-License-Identifier: MIT
#include "core/resilience/traffic_ramp.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;

namespace {
Instant at(std::int64_t second) { return Instant{} + seconds(second); }
}  // namespace

TEST_CASE("ramp: traffic comes back by 10, 25, 50, 75 and 100 percent, a minute apart") {
    TrafficRamp ramp(TrafficRampOptions{}, at(0));
    std::int64_t second = 0;
    for (const std::uint32_t percent : {10U, 25U, 50U, 75U, 100U}) {
        CHECK(ramp.percent() == percent);
        second += 60;
        CHECK(ramp.next_deadline() == at(second));
        ramp.checked(at(second - 1), true);  // too soon to say
        CHECK(ramp.percent() == percent);
        ramp.checked(at(second), true);
    }
    CHECK(ramp.state() == TrafficRamp::State::done);
    CHECK(ramp.percent() == 100);
    CHECK(ramp.next_deadline() == Instant::never());
}

TEST_CASE("ramp: a bad check rolls back, or holds what there is, as the runbook's loop does") {
    for (const auto on_fail :
         {TrafficRampOptions::OnFail::rollback, TrafficRampOptions::OnFail::hold}) {
        TrafficRampOptions options;
        options.on_fail = on_fail;
        TrafficRamp ramp(options, at(0));
        ramp.checked(at(60), true);
        ramp.checked(at(120), false);
        CHECK(ramp.state() == TrafficRamp::State::failed);
        CHECK(ramp.percent() == (on_fail == TrafficRampOptions::OnFail::rollback ? 0U : 25U));
        ramp.checked(at(180), true);
        CHECK(ramp.state() == TrafficRamp::State::failed);
    }
}

TEST_CASE("ramp: steps that don't rise, or rise above 100, are a bug") {
    TrafficRampOptions options;
    options.percents = {10, 10};
    CHECK_THROWS_AS(TrafficRamp(options, at(0)), BugError);
    options.percents = {10, 101};
    CHECK_THROWS_AS(TrafficRamp(options, at(0)), BugError);
    options.percents = {};
    CHECK_THROWS_AS(TrafficRamp(options, at(0)), BugError);
}
