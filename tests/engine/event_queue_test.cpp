// SPDX-License-Identifier: MIT
#include "sim/engine/event_queue.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::Random;

Event event(std::uint64_t mark) { return {nullptr, 0, 0, mark}; }

// The queue beside the simplest thing that orders events as it should: a sorted map.
struct Pair {
    EventQueue queue;
    std::map<std::pair<std::int64_t, std::uint64_t>, std::uint64_t> model;
    std::uint64_t marks = 0;

    void push(Instant at) {
        const std::uint64_t sequence = queue.push(at, event(++marks));
        REQUIRE(model.emplace(std::pair(at.ns, sequence), marks).second);
    }
    void pop() {
        const auto first = model.begin();
        REQUIRE(queue.next_time() == Instant{first->first.first});
        const Event out = queue.pop();
        REQUIRE(out.b == first->second);
        REQUIRE(queue.now() == Instant{first->first.first});
        REQUIRE(queue.current_sequence() == first->first.second);
        model.erase(first);
    }
    void check_size() {
        REQUIRE(queue.size() == model.size());
        REQUIRE(queue.empty() == model.empty());
    }
};

// `growing` in 16 of the operations are pushes; times lie up to `spread` ns ahead.
void play(std::uint64_t seed, std::uint64_t growing, std::uint64_t spread, int operations) {
    Random random(seed);
    Pair pair;
    for (int i = 0; i < operations; ++i) {
        if (pair.model.empty() || random.below(16) < growing) {
            const auto ahead = static_cast<std::int64_t>(random.below(spread));
            pair.push(pair.queue.now() + Duration{ahead});
        } else {
            pair.pop();
        }
        pair.check_size();
    }
    while (!pair.model.empty()) pair.pop();
    pair.check_size();
    REQUIRE(pair.queue.next_time() == Instant::never());
}

}  // namespace

TEST_CASE("event queue: random operations agree with a sorted map") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        INFO("seed " << seed);
        play(seed, 8, 1'000'000, 2000);  // wanders about a small size
        play(seed, 11, 100, 2000);       // grows, with many ties
        play(seed, 8, 3, 1000);          // nearly nothing but ties
    }
}

TEST_CASE("event queue: events of equal time come out in the order in which they were added") {
    EventQueue queue;
    for (std::uint64_t i = 0; i < 1000; ++i) queue.push(Instant{7}, event(i));
    for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(queue.pop().b == i);
}

TEST_CASE("event queue: an event added at the present time comes after those already due") {
    EventQueue queue;
    queue.push(Instant{5}, event(1));
    queue.push(Instant{5}, event(2));
    REQUIRE(queue.pop().b == 1);
    queue.push(Instant{5}, event(3));
    REQUIRE(queue.pop().b == 2);
    REQUIRE(queue.pop().b == 3);
}

TEST_CASE("event queue: the place that a taken event leaves is no event") {
    EventQueue queue;
    queue.push(Instant{1}, event(1));
    queue.push(Instant{2}, event(2));
    queue.pop();
    REQUIRE(queue.size() == 1);
    REQUIRE_FALSE(queue.empty());
    REQUIRE(queue.next_time() == Instant{2});
    REQUIRE(queue.size() == 1);  // looking has changed nothing
    queue.pop();
    REQUIRE(queue.empty());
    REQUIRE(queue.next_time() == Instant::never());
    queue.push(Instant{3}, event(3));
    REQUIRE(queue.size() == 1);
    REQUIRE(queue.pop().b == 3);
}

TEST_CASE("event queue: what an event carries comes out as it went in, though its slot is reused") {
    EventQueue queue;
    queue.push(Instant{0}, event(0));
    for (std::uint64_t i = 1; i < 100'000; ++i) {
        const Event out = queue.pop();
        REQUIRE(out.b == i - 1);
        queue.push(queue.now() + Duration{1},
                   {nullptr, static_cast<std::uint32_t>(i % 7), static_cast<std::uint32_t>(i), i});
    }
    const Event last = queue.pop();
    REQUIRE(last.kind == 99'999 % 7);
    REQUIRE(last.a == 99'999);
}

TEST_CASE("event queue: more events pass through than may be pending at once") {
    // 2^24 may be pending; slots that were not given back would run out here.
    EventQueue queue;
    queue.push(Instant{0}, event(0));
    std::uint64_t taken = 0;
    for (; taken < (std::uint64_t{1} << 24U) + 10; ++taken) {
        queue.pop();
        queue.push(queue.now() + Duration{1}, event(taken));
    }
    REQUIRE(queue.size() == 1);
    REQUIRE(queue.now() == Instant{static_cast<std::int64_t>(taken) - 1});
}

TEST_CASE("event queue: an event can't be added to the past") {
    EventQueue queue;
    queue.push(Instant{10}, event(1));
    queue.pop();
    REQUIRE_THROWS_AS(queue.push(Instant{9}, event(2)), BugError);
    REQUIRE_NOTHROW(queue.push(Instant{10}, event(3)));
    REQUIRE(queue.size() == 1);
}

TEST_CASE("event queue: nothing can be taken from an empty queue") {
    EventQueue queue;
    REQUIRE_THROWS_AS(queue.pop(), BugError);
    queue.push(Instant{1}, event(1));
    queue.pop();
    REQUIRE_THROWS_AS(queue.pop(), BugError);
}

TEST_CASE("event queue: an event beyond all others still comes before never") {
    EventQueue queue;
    const Instant last = Instant::never() - Duration{1};
    queue.push(last, event(1));
    REQUIRE(queue.next_time() == last);
    REQUIRE(queue.pop().b == 1);
}
