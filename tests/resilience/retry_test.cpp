// SPDX-License-Identifier: MIT
#include "core/resilience/retry.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Reason = RetryDecision::Reason;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

RetryOptions plain(std::uint32_t attempts = 3) {
    RetryOptions options;
    options.max_attempts = attempts;
    options.jitter = Jitter::none;
    return options;
}
struct Desk {
    Random random{1};
    RetryBudget budget{NoBudgetOptions{}};

    RetryDecision fail(RetriedCall& call, std::int64_t ms, const AttemptFailure& failure = {}) {
        return call.failed(at_ms(ms), failure, budget, random);
    }
};

}  // namespace

TEST_CASE("retry: three attempts are a call and two retries, after 100 and 200 ms") {
    Desk desk;
    RetriedCall call(plain(), {});
    const RetryDecision first = desk.fail(call, 0);
    CHECK(first.again());
    CHECK(first.delay == milliseconds(100));
    CHECK(desk.fail(call, 100).delay == milliseconds(200));
    CHECK(desk.fail(call, 300).reason == Reason::attempts_used);
    CHECK(call.attempts() == 3);
}

TEST_CASE("retry: what fails alike again, or may not be done twice, is not retried") {
    Desk desk;
    RetriedCall call(plain(), {});
    CHECK(desk.fail(call, 0, {false, {}}).reason == Reason::permanent);
    RetriedCall unsafe(plain(), {{}, {}, false});
    CHECK(desk.fail(unsafe, 0).reason == Reason::not_idempotent);
    CHECK(unsafe.attempts() == 1);
}

TEST_CASE("retry: none is due when less than a round trip would be left of the deadline") {
    Desk desk;
    RetriedCall tight(plain(), {Deadline(at_ms(120)), milliseconds(20), true});
    CHECK(desk.fail(tight, 0).again());
    RetriedCall late(plain(), {Deadline(at_ms(119)), milliseconds(20), true});
    CHECK(desk.fail(late, 0).reason == Reason::no_time);
    RetriedCall over(plain(), {Deadline(at_ms(50)), {}, true});
    CHECK(desk.fail(over, 60).reason == Reason::no_time);
}

TEST_CASE(
    "retry: a callee that says when is believed, and the back-off begins anew; never is obeyed") {
    Desk desk;
    RetriedCall call(plain(10), {});
    CHECK(desk.fail(call, 0).delay == milliseconds(100));
    CHECK(desk.fail(call, 100).delay == milliseconds(200));
    CHECK(desk.fail(call, 300, {true, milliseconds(5000)}).delay == milliseconds(5000));
    CHECK(desk.fail(call, 5300).delay == milliseconds(100));
    CHECK(desk.fail(call, 5400, {true, milliseconds(-1)}).reason == Reason::pushed_back);
}

TEST_CASE("retry: a retry that would not be made takes nothing from the budget") {
    Desk desk;
    desk.budget = RetryBudget{TimedBudgetOptions{0, 1, seconds(1)}};
    RetriedCall hopeless(plain(1), {});
    CHECK(desk.fail(hopeless, 0).reason == Reason::attempts_used);
    RetriedCall late(plain(), {Deadline(at_ms(1)), {}, true});
    CHECK(desk.fail(late, 0).reason == Reason::no_time);
    RetriedCall call(plain(), {});
    CHECK(desk.fail(call, 0).again());
    CHECK(desk.fail(call, 0).reason == Reason::no_budget);
    CHECK(call.attempts() == 2);
}

TEST_CASE("retry: attempts a call are 1 + p + p^2 when each fails with probability p") {
    for (const auto& [percent, expected] :
         {std::pair{10U, 1.11}, std::pair{50U, 1.75}, std::pair{100U, 3.0}}) {
        Desk desk;
        Random fails(9);
        std::uint64_t attempts = 0;
        const int calls = 200'000;
        for (int i = 0; i < calls; ++i) {
            RetriedCall call(plain(), {});
            while (fails.below(100) < percent && desk.fail(call, 0).again()) {
            }
            attempts += call.attempts();
        }
        CHECK(static_cast<double>(attempts) / calls == Approx(expected).epsilon(0.005));
    }
}

namespace {

// Attempts a second that a server with a cliff sees at the end: up to `capacity` of them it serves
// all, above that none (HotOS 2021, section 2.1: one retry after a second, then the caller gives
// up). From the 10th to the 20th second nothing gets through.
double load_after_outage(double calls_a_second, double capacity, RetryBudget& budget) {
    double retries_due = 0;
    double load = 0;
    for (int second = 0; second < 120; ++second) {
        const Instant now = at_ms(1000 * second);
        load = calls_a_second + retries_due;
        const bool out = second >= 10 && second < 20;
        const bool served = !out && load <= capacity;
        retries_due = 0;
        for (int i = 0; i < static_cast<int>(calls_a_second); ++i) {
            budget.call_started(now);
            if (!served && budget.try_retry(now)) retries_due += 1;
        }
    }
    return load;
}

}  // namespace

TEST_CASE("retry: above C / (1 + retries) an outage of ten seconds never ends; a budget ends it") {
    RetryBudget none{NoBudgetOptions{}};
    CHECK(load_after_outage(280, 300, none) == 560);
    RetryBudget still_none{NoBudgetOptions{}};
    CHECK(load_after_outage(151, 300, still_none) == 302);
    RetryBudget below{NoBudgetOptions{}};
    CHECK(load_after_outage(149, 300, below) == 149);
    RetryBudget few{TimedBudgetOptions{5, 0, seconds(10)}};  // less than 20 retries a second
    CHECK(load_after_outage(280, 300, few) == 280);
}
