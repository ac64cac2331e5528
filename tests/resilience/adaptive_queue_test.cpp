// SPDX-License-Identifier: MIT
#include "core/resilience/adaptive_queue.hpp"

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Item = AdaptiveQueue::Item;

namespace {
Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }
}  // namespace

TEST_CASE("adaptive queue: first come, first served, while it has been empty lately") {
    AdaptiveQueue queue(AdaptiveQueueOptions{}, at_ms(0));
    for (Item i = 1; i <= 3; ++i) CHECK(queue.push(at_ms(static_cast<std::int64_t>(i)), i));
    CHECK(queue.pop(at_ms(50)) == 1U);
    CHECK(queue.pop(at_ms(60)) == 2U);
    CHECK(queue.pop(at_ms(60)) == 3U);
    CHECK(queue.pop(at_ms(60)) == std::nullopt);
    CHECK(queue.dropped().empty());
}

TEST_CASE("adaptive queue: in an overload the last come is served, and the old are let go") {
    AdaptiveQueue queue(AdaptiveQueueOptions{}, at_ms(0));
    CHECK(queue.push(at_ms(0), 1));
    CHECK(queue.push(at_ms(99), 2));
    CHECK(queue.push(at_ms(100), 3));
    CHECK_FALSE(queue.overloaded(at_ms(100)));
    CHECK(queue.overloaded(at_ms(101)));
    CHECK(queue.push(at_ms(103), 4));
    CHECK(queue.dropped() == std::vector<Item>{1});
    CHECK(queue.pop(at_ms(104)) == 4U);
    CHECK(queue.pop(at_ms(104)) == 3U);  // 2 has waited for exactly 5 ms
    CHECK(queue.pop(at_ms(104)) == 2U);
    CHECK_FALSE(queue.overloaded(at_ms(104)));
    CHECK(queue.dropped() == std::vector<Item>{1});
}

TEST_CASE("adaptive queue: once it was empty, it is calm for an interval again") {
    AdaptiveQueue queue(AdaptiveQueueOptions{}, at_ms(0));
    CHECK(queue.push(at_ms(150), 1));  // empty until now
    CHECK(queue.push(at_ms(160), 2));
    CHECK_FALSE(queue.overloaded(at_ms(250)));
    CHECK(queue.pop(at_ms(250)) == 1U);
    CHECK(queue.overloaded(at_ms(251)));
    queue.on_time(at_ms(251));
    CHECK(queue.dropped() == std::vector<Item>{2});
    CHECK(queue.size() == 0);
}

TEST_CASE("adaptive queue: its deadline is when something is dropped, also when the bound turns") {
    Random random(1);
    AdaptiveQueue queue({50, milliseconds(5), milliseconds(20)}, at_ms(0));
    Instant now{};
    for (int i = 0; i < 5000; ++i) {
        const Instant due = queue.next_deadline(now);
        const Instant next = now + microseconds(static_cast<std::int64_t>(random.below(4000)));
        if (due <= next) {
            const std::size_t before = queue.dropped().size();
            queue.on_time(due - nanoseconds(1));
            REQUIRE(queue.dropped().size() == before);
            queue.on_time(due);
            REQUIRE(queue.dropped().size() > before);
            now = due;
            continue;
        }
        now = next;
        if (random.below(2) == 0) {
            (void)queue.push(now, static_cast<Item>(i));
        } else {
            (void)queue.pop(now);
        }
    }
    CHECK(queue.dropped().size() > 100);
}

TEST_CASE("adaptive queue: it holds what it has room for") {
    AdaptiveQueue queue({3, milliseconds(5), milliseconds(100)}, at_ms(0));
    for (Item i = 0; i < 3; ++i) CHECK(queue.push(at_ms(0), i));
    CHECK_FALSE(queue.push(at_ms(0), 3));
    CHECK(queue.pop(at_ms(0)) == 0U);
    CHECK(queue.push(at_ms(0), 4));
    CHECK_THROWS_AS(AdaptiveQueue({0, milliseconds(5), milliseconds(100)}, at_ms(0)), BugError);
}

TEST_CASE(
    "adaptive queue: at twice the capacity it serves in time whom a plain queue serves late") {
    // Each millisecond two come and one is served; callers have gone after 50 ms.
    AdaptiveQueue queue(AdaptiveQueueOptions{}, at_ms(0));
    std::vector<Item> plain;
    std::size_t plain_first = 0;
    int in_time = 0;
    int in_time_plain = 0;
    for (std::int64_t ms = 0; ms < 10'000; ++ms) {
        for (int i = 0; i < 2; ++i) {
            (void)queue.push(at_ms(ms), static_cast<Item>(ms));
            if (plain.size() - plain_first < 500) plain.push_back(static_cast<Item>(ms));
        }
        const auto served = queue.pop(at_ms(ms));
        in_time += served && static_cast<std::int64_t>(*served) + 50 >= ms ? 1 : 0;
        in_time_plain += static_cast<std::int64_t>(plain[plain_first++]) + 50 >= ms ? 1 : 0;
    }
    CHECK(in_time > 9'900);
    CHECK(in_time_plain < 200);
}
