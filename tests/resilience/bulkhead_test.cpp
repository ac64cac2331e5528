// SPDX-License-Identifier: MIT
#include "core/resilience/bulkhead.hpp"

#include <deque>
#include <map>
#include <queue>

#include "core/base/check.hpp"
#include "core/base/math.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Answer = Bulkhead::Answer;
using Ticket = Bulkhead::Ticket;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

// Exponential, in nanoseconds.
Duration draw(Random& random, double mean_ns) {
    const double u = (static_cast<double>(random.bits() >> 11U) + 0.5) / 9007199254740992.0;
    return Duration{static_cast<std::int64_t>(-mean_ns * math::log(u))};
}

struct Queueing {
    double blocked = 0;    // share of the arrivals
    double waited = 0;     // share of the arrivals
    double mean_wait = 0;  // of those that entered, in service times
};
// Poisson arrivals at `load` a service time, exponential service.
Queueing simulate(const BulkheadOptions& options, double load, std::uint64_t arrivals) {
    constexpr double kService = 1e6;
    Bulkhead bulkhead(options);
    Random random(5);
    std::priority_queue<std::pair<std::int64_t, std::uint32_t>,
                        std::vector<std::pair<std::int64_t, std::uint32_t>>, std::greater<>>
        ends;
    std::map<std::uint64_t, Instant> since;
    std::vector<Ticket> tickets;
    const auto begin = [&](Ticket ticket, Instant now) {
        tickets.push_back(ticket);
        ends.emplace((now + draw(random, kService)).ns,
                     static_cast<std::uint32_t>(tickets.size() - 1));
    };
    Queueing result;
    std::uint64_t entered = 0;
    Instant next_arrival{};
    for (std::uint64_t i = 0; i < arrivals;) {
        if (!ends.empty() && ends.top().first <= next_arrival.ns) {
            const auto [when, which] = ends.top();
            ends.pop();
            bulkhead.leave(Instant{when}, tickets[which]);
            for (const Ticket ticket : bulkhead.outputs().entered) {
                ++entered;
                result.mean_wait += static_cast<double>((Instant{when} - since[ticket.number]).ns);
                since.erase(ticket.number);
                begin(ticket, Instant{when});
            }
            bulkhead.outputs().clear();
            continue;
        }
        ++i;
        const auto entry = bulkhead.enter(next_arrival);
        if (entry.answer == Answer::entered) {
            ++entered;
            begin(entry.ticket, next_arrival);
        } else if (entry.answer == Answer::waits) {
            result.waited += 1;
            since[entry.ticket.number] = next_arrival;
        } else {
            result.blocked += 1;
        }
        next_arrival = next_arrival + draw(random, kService / load);
    }
    result.blocked /= static_cast<double>(arrivals);
    result.waited /= static_cast<double>(arrivals);
    result.mean_wait /= static_cast<double>(entered) * kService;
    return result;
}
double erlang_b(int c, double a) {
    double b = 1;
    for (int k = 1; k <= c; ++k) b = a * b / (k + a * b);
    return b;
}

}  // namespace

TEST_CASE("bulkhead: so many are in, so many wait, and the next is refused") {
    Bulkhead bulkhead({2, 3, milliseconds(500)});
    std::vector<Ticket> tickets;
    for (int i = 0; i < 5; ++i) {
        const auto entry = bulkhead.enter(at_ms(0));
        CHECK(entry.answer == (i < 2 ? Answer::entered : Answer::waits));
        tickets.push_back(entry.ticket);
    }
    CHECK(bulkhead.enter(at_ms(0)).answer == Answer::refused);
    CHECK(bulkhead.leave(at_ms(1), tickets[1]));
    CHECK(bulkhead.outputs().entered == std::vector{tickets[2]});
    CHECK(bulkhead.in_use() == 2);
    CHECK(bulkhead.waiting() == 2);
}

TEST_CASE("bulkhead: who waits too long is out at once, and can't be given a place any more") {
    Bulkhead bulkhead({1, 10, milliseconds(500)});
    const auto in = bulkhead.enter(at_ms(0));
    const auto early = bulkhead.enter(at_ms(0));
    const auto late = bulkhead.enter(at_ms(100));
    CHECK(bulkhead.next_deadline() == at_ms(500) + nanoseconds(1));
    bulkhead.on_time(at_ms(500));
    CHECK(bulkhead.outputs().expired.empty());
    bulkhead.on_time(bulkhead.next_deadline());
    CHECK(bulkhead.outputs().expired == std::vector{early.ticket});
    CHECK(bulkhead.waiting() == 1);
    bulkhead.leave(at_ms(550), in.ticket);
    CHECK(bulkhead.outputs().entered == std::vector{late.ticket});
}

TEST_CASE("bulkhead: a place that becomes free at the last instant is given: the grant wins") {
    for (const bool timer_first : {false, true}) {
        Bulkhead bulkhead({1, 10, milliseconds(500)});
        const auto in = bulkhead.enter(at_ms(0));
        const auto waiter = bulkhead.enter(at_ms(0));
        if (timer_first) bulkhead.on_time(at_ms(500));
        bulkhead.leave(at_ms(500), in.ticket);
        if (!timer_first) bulkhead.on_time(at_ms(500));
        CHECK(bulkhead.outputs().entered == std::vector{waiter.ticket});
        CHECK(bulkhead.outputs().expired.empty());
    }
}

TEST_CASE("bulkhead: no place goes to a waiter that has gone, so capacity does not decay") {
    Bulkhead bulkhead({1, 100, milliseconds(500)});
    for (int round = 0; round < 50; ++round) {
        const Instant now = at_ms(1000 * round);
        const auto in = bulkhead.enter(now);
        REQUIRE(in.answer == Answer::entered);
        const auto gives_up = bulkhead.enter(now);
        REQUIRE(bulkhead.enter(now + milliseconds(1)).answer == Answer::waits);
        CHECK(bulkhead.leave(now + milliseconds(10), gives_up.ticket));
        bulkhead.leave(now + milliseconds(600), in.ticket);  // the other has expired meanwhile
        CHECK(bulkhead.outputs().entered.empty());
        CHECK(bulkhead.in_use() == 0);
        CHECK(bulkhead.waiting() == 0);
        bulkhead.outputs().clear();
    }
}

TEST_CASE("bulkhead: a ticket gives its place back once, and a stranger's gives nothing") {
    Bulkhead bulkhead({2, 0, milliseconds(500)});
    const auto first = bulkhead.enter(at_ms(0));
    const auto second = bulkhead.enter(at_ms(0));
    CHECK(bulkhead.leave(at_ms(1), first.ticket));
    CHECK_FALSE(bulkhead.leave(at_ms(1), first.ticket));
    CHECK_FALSE(bulkhead.leave(at_ms(1), {77, 1}));
    const auto third = bulkhead.enter(at_ms(2));  // in the same slot
    CHECK_FALSE(bulkhead.leave(at_ms(3), first.ticket));
    CHECK(bulkhead.in_use() == 2);
    CHECK(bulkhead.leave(at_ms(3), second.ticket));
    CHECK(bulkhead.leave(at_ms(3), third.ticket));
    CHECK(bulkhead.in_use() == 0);
}

TEST_CASE("bulkhead: time in the queue is time of the call") {
    Bulkhead bulkhead({1, 10, milliseconds(500)});
    const auto in = bulkhead.enter(at_ms(0));
    const auto waiter = bulkhead.enter(at_ms(0), at_ms(40));
    CHECK(bulkhead.enter(at_ms(10), at_ms(10)).answer == Answer::refused);
    CHECK(bulkhead.next_deadline() == at_ms(40) + nanoseconds(1));
    bulkhead.leave(at_ms(41), in.ticket);
    CHECK(bulkhead.outputs().expired == std::vector{waiter.ticket});
    CHECK(bulkhead.in_use() == 0);
}

TEST_CASE("bulkhead: a timeout of 0, or a queue of 0, lets nobody wait") {
    for (const BulkheadOptions& options :
         {BulkheadOptions{1, 10, {}}, BulkheadOptions{1, 0, milliseconds(5)}}) {
        Bulkhead bulkhead(options);
        CHECK(bulkhead.enter(at_ms(0)).answer == Answer::entered);
        CHECK(bulkhead.enter(at_ms(0)).answer == Answer::refused);
    }
}

TEST_CASE("bulkhead: made smaller it throws nobody out; made larger it lets waiters in at once") {
    Bulkhead bulkhead({4, 10, milliseconds(500)});
    std::vector<Ticket> in;
    for (int i = 0; i < 4; ++i) in.push_back(bulkhead.enter(at_ms(0)).ticket);
    bulkhead.set(at_ms(1), {2, 10, milliseconds(500)});
    CHECK(bulkhead.in_use() == 4);
    CHECK(bulkhead.enter(at_ms(2)).answer == Answer::waits);
    bulkhead.leave(at_ms(3), in[0]);
    bulkhead.leave(at_ms(3), in[1]);
    CHECK(bulkhead.outputs().entered.empty());
    bulkhead.leave(at_ms(3), in[2]);
    CHECK(bulkhead.outputs().entered.size() == 1);
    REQUIRE(bulkhead.enter(at_ms(4)).answer == Answer::waits);
    bulkhead.set(at_ms(5), {8, 10, milliseconds(500)});
    CHECK(bulkhead.outputs().entered.size() == 2);
    CHECK(bulkhead.waiting() == 0);
}

TEST_CASE("bulkhead: the largest queue that a number can name does not overflow") {
    Bulkhead bulkhead({UINT32_MAX, UINT32_MAX, milliseconds(500)});
    CHECK(bulkhead.enter(at_ms(0)).answer == Answer::entered);
    Bulkhead narrow({1, UINT32_MAX, milliseconds(500)});
    CHECK(narrow.enter(at_ms(0)).answer == Answer::entered);
    CHECK(narrow.enter(at_ms(0)).answer == Answer::waits);
}

TEST_CASE("bulkhead: it agrees with a plain list, whoever enters, leaves, gives up and expires") {
    struct Waiter {
        Ticket ticket;
        Instant until;
    };
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        const auto places = 1 + static_cast<std::uint32_t>(random.below(4));
        Bulkhead bulkhead({places, 8, milliseconds(50)});
        std::vector<Ticket> in;
        std::deque<Waiter> queue;
        std::vector<Ticket> expired;
        std::vector<Ticket> entered;
        Instant now{};
        const auto let_in = [&] {
            while (!queue.empty() && in.size() < places) {
                in.push_back(queue.front().ticket);
                entered.push_back(queue.front().ticket);
                queue.pop_front();
            }
        };
        for (int step = 0; step < 3000; ++step) {
            now = now + milliseconds(static_cast<std::int64_t>(random.below(12)));
            std::stable_sort(queue.begin(), queue.end(), [](const Waiter& a, const Waiter& b) {
                return a.ticket.number < b.ticket.number;
            });
            std::vector<Waiter> overdue;
            for (const Waiter& waiter : queue) {
                if (waiter.until < now) overdue.push_back(waiter);
            }
            std::sort(overdue.begin(), overdue.end(), [](const Waiter& a, const Waiter& b) {
                return a.until != b.until ? a.until < b.until : a.ticket.number < b.ticket.number;
            });
            for (const Waiter& waiter : overdue) expired.push_back(waiter.ticket);
            std::erase_if(queue, [&](const Waiter& waiter) { return waiter.until < now; });
            const std::uint64_t what = random.below(10);
            if (what < 5) {
                const Instant deadline =
                    random.below(2) == 0
                        ? Instant::never()
                        : now + milliseconds(static_cast<std::int64_t>(random.below(60)));
                const auto entry = bulkhead.enter(now, deadline);
                const Instant until = std::min(deadline, now + milliseconds(50));
                if (in.size() < places) {
                    REQUIRE(entry.answer == Answer::entered);
                    in.push_back(entry.ticket);
                } else if (queue.size() < 8 && until > now) {
                    REQUIRE(entry.answer == Answer::waits);
                    queue.push_back({entry.ticket, until});
                } else {
                    REQUIRE(entry.answer == Answer::refused);
                }
            } else if (what < 8 && !in.empty()) {
                const std::size_t which = random.below(in.size());
                REQUIRE(bulkhead.leave(now, in[which]));
                in.erase(in.begin() + static_cast<std::ptrdiff_t>(which));
                let_in();
            } else if (!queue.empty()) {
                const std::size_t which = random.below(queue.size());
                REQUIRE(bulkhead.leave(now, queue[which].ticket));
                queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(which));
            } else {
                bulkhead.on_time(now);
            }
            REQUIRE(bulkhead.in_use() == in.size());
            REQUIRE(bulkhead.waiting() == queue.size());
        }
        CHECK(bulkhead.outputs().entered == entered);
        CHECK(bulkhead.outputs().expired == expired);
    }
}

TEST_CASE("bulkhead: without a queue it blocks as Erlang's B says") {
    for (const auto& [c, load] : {std::pair{5, 4.0}, std::pair{10, 8.0}, std::pair{2, 0.5}}) {
        INFO(c << " places, load " << load);
        const Queueing result = simulate({static_cast<std::uint32_t>(c), 0, {}}, load, 300'000);
        CHECK(result.blocked == Approx(erlang_b(c, load)).epsilon(0.02));
    }
}

TEST_CASE("bulkhead: with an endless queue callers wait as Erlang's C says") {
    for (const auto& [c, load] : {std::pair{1, 0.5}, std::pair{5, 4.0}}) {
        INFO(c << " places, load " << load);
        const Queueing result =
            simulate({static_cast<std::uint32_t>(c), UINT32_MAX, seconds(3600)}, load, 400'000);
        const double b = erlang_b(c, load);
        const double waits = b / (1 - load / c * (1 - b));
        CHECK(result.waited == Approx(waits).epsilon(0.02));
        CHECK(result.mean_wait == Approx(waits / (c - load)).epsilon(0.03));
    }
}
