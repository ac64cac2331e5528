// SPDX-License-Identifier: MIT
#include "core/resilience/retry_budget.hpp"

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

std::uint64_t retries(RetryBudget& budget, Instant now, int tries) {
    std::uint64_t count = 0;
    for (int i = 0; i < tries; ++i) count += budget.try_retry(now) ? 1U : 0U;
    return count;
}

}  // namespace

TEST_CASE(
    "retry budget: timed, a hundred calls pay for twenty retries, and ten a second are free") {
    RetryBudget budget{TimedBudgetOptions{}};
    CHECK(retries(budget, at_ms(0), 500) == 100);  // ten seconds' worth
    for (int i = 0; i < 1000; ++i) budget.call_started(at_ms(0));
    CHECK(retries(budget, at_ms(0), 500) == 200);
    CHECK(budget.refused() == 400 + 300);
}

TEST_CASE("retry budget: timed, what calls paid is gone after its time") {
    RetryBudget budget{TimedBudgetOptions{20, 0, seconds(10)}};
    for (int i = 0; i < 1000; ++i) budget.call_started(at_ms(0));
    CHECK(retries(budget, at_ms(9'000), 50) == 50);
    CHECK(retries(budget, at_ms(10'000), 50) == 0);
}

TEST_CASE("retry budget: timed, no ten seconds see more retries than a fifth of the calls") {
    RetryBudget budget{TimedBudgetOptions{20, 0, seconds(10)}};
    std::uint64_t made = 0;
    for (int ms = 0; ms < 10'000; ++ms) {  // a thousand a second, and all fail twice
        budget.call_started(at_ms(ms));
        made += retries(budget, at_ms(ms), 2);
    }
    CHECK(made == 2000);
}

TEST_CASE("retry budget: tokens, retries end once half of them are gone, and come back slowly") {
    RetryBudget budget{TokenBudgetOptions{}};
    for (int i = 0; i < 4; ++i) {
        budget.attempt_failed();
        CHECK(budget.try_retry(at_ms(0)));
    }
    budget.attempt_failed();
    CHECK(budget.tokens() == 5000);
    CHECK_FALSE(budget.try_retry(at_ms(0)));  // half is not more than half
    budget.attempt_succeeded();
    CHECK(budget.try_retry(at_ms(0)));
    for (int i = 0; i < 100; ++i) budget.attempt_failed();
    CHECK(budget.tokens() == 0);
    for (int i = 0; i < 50; ++i) budget.attempt_succeeded();
    CHECK_FALSE(budget.try_retry(at_ms(0)));
    budget.attempt_succeeded();
    CHECK(budget.try_retry(at_ms(0)));
    for (int i = 0; i < 1000; ++i) budget.attempt_succeeded();
    CHECK(budget.tokens() == 10'000);
}

TEST_CASE("retry budget: tokens, retries go on below 9 % of failures and end above") {
    // A failure takes 1, a success gives 0.1: they balance where 1 in 11 fails.
    for (const auto& [failing_permille, goes_on] : {std::pair{60, true}, std::pair{130, false}}) {
        Random random(1);
        RetryBudget budget{TokenBudgetOptions{}};
        std::uint64_t allowed = 0;
        std::uint64_t asked = 0;
        for (int i = 0; i < 100'000; ++i) {
            if (random.below(1000) < static_cast<std::uint64_t>(failing_permille)) {
                budget.attempt_failed();
                ++asked;
                allowed += budget.try_retry(at_ms(i)) ? 1U : 0U;
            } else {
                budget.attempt_succeeded();
            }
        }
        const double share = static_cast<double>(allowed) / static_cast<double>(asked);
        INFO(failing_permille << " permille fail");
        CHECK((goes_on ? share > 0.9 : share < 0.2));
    }
}

TEST_CASE("retry budget: active, a fifth of the calls under way, and three in any case") {
    RetryBudget budget{ActiveBudgetOptions{}};
    CHECK(retries(budget, at_ms(0), 10) == 3);
    for (int i = 0; i < 100; ++i) budget.call_started(at_ms(0));
    CHECK(retries(budget, at_ms(0), 50) == 17);
    budget.retry_ended();
    CHECK(retries(budget, at_ms(0), 50) == 1);
    for (int i = 0; i < 100; ++i) budget.call_ended();
    for (int i = 0; i < 18; ++i) budget.retry_ended();
    CHECK(retries(budget, at_ms(0), 50) == 1);
    CHECK_THROWS_AS(budget.call_ended(), BugError);
}

TEST_CASE("retry budget: none, every retry goes") {
    RetryBudget budget{NoBudgetOptions{}};
    CHECK(retries(budget, at_ms(0), 1000) == 1000);
    CHECK_THROWS_AS(RetryBudget{TokenBudgetOptions{0}}, BugError);
}
