// SPDX-License-Identifier: MIT
#include "core/resilience/hedge.hpp"

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Verdict = HedgedCall::Verdict;

namespace {
Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }
}  // namespace

TEST_CASE("hedge: a second question leaves after the delay, and only one") {
    RetryBudget budget{NoBudgetOptions{}};
    HedgedCall call({2, milliseconds(100)}, at_ms(0));
    CHECK(call.next_deadline() == at_ms(100));
    CHECK(call.on_time(at_ms(99), budget) == Verdict::waits);
    CHECK(call.on_time(at_ms(100), budget) == Verdict::asks);
    CHECK(call.next_deadline() == Instant::never());
    CHECK(call.on_time(at_ms(1000), budget) == Verdict::waits);
    CHECK(call.attempts() == 2);
}

TEST_CASE("hedge: the first success is the result, and the second is not") {
    RetryBudget budget{NoBudgetOptions{}};
    HedgedCall call({3, milliseconds(100)}, at_ms(0));
    CHECK(call.on_time(at_ms(100), budget) == Verdict::asks);
    CHECK(call.succeeded() == Verdict::succeeded);
    CHECK(call.succeeded() == Verdict::waits);
    CHECK(call.failed(at_ms(120), {}, budget) == Verdict::waits);
    CHECK(call.next_deadline() == Instant::never());
}

TEST_CASE("hedge: a failure that may pass brings the next question forward to now") {
    RetryBudget budget{NoBudgetOptions{}};
    HedgedCall call({2, milliseconds(100)}, at_ms(0));
    CHECK(call.failed(at_ms(10), {}, budget) == Verdict::asks);
    CHECK(call.failed(at_ms(20), {}, budget) == Verdict::failed);
}

TEST_CASE("hedge: a failure for good ends the questions, and what is under way may still succeed") {
    RetryBudget budget{NoBudgetOptions{}};
    HedgedCall call({3, milliseconds(100)}, at_ms(0));
    CHECK(call.on_time(at_ms(100), budget) == Verdict::asks);
    CHECK(call.failed(at_ms(110), {false, {}}, budget) == Verdict::waits);
    CHECK(call.on_time(at_ms(200), budget) == Verdict::waits);
    CHECK(call.succeeded() == Verdict::succeeded);
}

TEST_CASE("hedge: a callee that names a time is asked again then, and not before") {
    RetryBudget budget{NoBudgetOptions{}};
    HedgedCall call({2, milliseconds(100)}, at_ms(0));
    CHECK(call.failed(at_ms(10), {true, milliseconds(300)}, budget) == Verdict::waits);
    CHECK(call.next_deadline() == at_ms(310));
    HedgedCall refused({2, milliseconds(100)}, at_ms(0));
    CHECK(refused.failed(at_ms(10), {true, milliseconds(-1)}, budget) == Verdict::failed);
}

TEST_CASE("hedge: without budget there is no second question") {
    RetryBudget budget{TimedBudgetOptions{0, 0, seconds(1)}};
    HedgedCall call({2, milliseconds(100)}, at_ms(0));
    CHECK(call.on_time(at_ms(100), budget) == Verdict::waits);
    CHECK(call.attempts() == 1);
    CHECK(call.failed(at_ms(150), {}, budget) == Verdict::failed);
}

TEST_CASE("hedge: after the 95th percentile it costs 5 % more questions and takes the tail away") {
    // Nine answers in ten take 10 ms; the rest, by accident, up to a second.
    Random random(1);
    const auto latency = [&] {
        return random.below(100) < 90 ? milliseconds(10)
                                      : random.between(milliseconds(10), seconds(1));
    };
    HedgeDelay delay({95, 100}, 1000, milliseconds(50));
    for (int i = 0; i < 1000; ++i) delay.add(latency());
    CHECK(delay.delay() > milliseconds(400));
    CHECK(delay.delay() < milliseconds(600));
    RetryBudget budget{NoBudgetOptions{}};
    std::uint64_t questions = 0;
    stats::Histogram alone;
    stats::Histogram hedged;
    for (int i = 0; i < 20'000; ++i) {
        const Duration first = latency();
        alone.add(static_cast<std::uint64_t>(first.ns));
        HedgedCall call({2, delay.delay()}, at_ms(0));
        Duration took = first;
        if (call.next_deadline() < at_ms(0) + first) {
            REQUIRE(call.on_time(call.next_deadline(), budget) == Verdict::asks);
            took = std::min(first, delay.delay() + latency());
        }
        hedged.add(static_cast<std::uint64_t>(took.ns));
        questions += call.attempts();
    }
    CHECK(static_cast<double>(questions) / 20'000 == Approx(1.05).epsilon(0.01));
    CHECK(hedged.quantile({99, 100}) * 5 < alone.quantile({99, 100}) * 4);
    CHECK(hedged.quantile({1, 2}) == alone.quantile({1, 2}));
}
