// SPDX-License-Identifier: MIT
#include "sim/engine/timer.hpp"

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::Random;

// A timer with an owner that notes when it rang.
struct Bell final : EventHandler {
    EventQueue queue;
    Timer timer{queue, Event{this, 0, 0, 0}};
    std::vector<Instant> rings;
    std::uint64_t events = 0;

    void on_event(Instant now, const Event&) override {
        ++events;
        if (timer.due(now)) rings.push_back(now);
    }
    void run_until(Instant until) {
        while (queue.next_time() <= until) {
            queue.do_next();
        }
    }
    void run_all() { run_until(Instant::never() - Duration{1}); }
};

}  // namespace

TEST_CASE("timer: rings once, at its deadline exactly") {
    Bell bell;
    bell.timer.arm(Instant{1000});
    REQUIRE(bell.timer.armed());
    bell.run_until(Instant{999});
    REQUIRE(bell.rings.empty());
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{1000}});
    REQUIRE_FALSE(bell.timer.armed());
    REQUIRE(bell.queue.empty());
}

TEST_CASE("timer: a timer put off a million times keeps one event in the queue") {
    Bell bell;
    for (std::int64_t i = 0; i < 1'000'000; ++i) {
        bell.timer.arm(Instant{1000 + i});
        REQUIRE(bell.queue.size() == 1);
    }
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{1'000'999}});
    REQUIRE(bell.events == 2);  // the first deadline, which had moved, and the last
}

TEST_CASE("timer: put off by every heartbeat, it costs one event a timeout and never rings") {
    Bell bell;
    Instant now{};
    for (int beat = 0; beat < 10'000; ++beat) {
        bell.timer.arm(now + Duration{150});
        REQUIRE(bell.queue.size() == 1);
        now = now + Duration{50};
        bell.run_until(now);
    }
    REQUIRE(bell.rings.empty());
    // An event comes at the deadline that was set when it was queued, at the least 100 later.
    REQUIRE(bell.events <= 10'000 * 50 / 100);
}

TEST_CASE("timer: an earlier deadline rings earlier, and the later event does nothing") {
    Bell bell;
    bell.timer.arm(Instant{1000});
    bell.timer.arm(Instant{400});
    REQUIRE(bell.queue.size() == 2);
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{400}});
}

TEST_CASE("timer: an orphan that comes at the new deadline does not ring in its stead") {
    Bell bell;
    bell.timer.arm(Instant{1000});
    bell.timer.arm(Instant{400});
    bell.run_until(Instant{400});
    bell.timer.arm(Instant{1000});  // the first event, an orphan now, comes at the same time
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{400}, Instant{1000}});
}

TEST_CASE("timer: an orphan begets no event") {
    Bell bell;
    bell.timer.arm(Instant{1000});
    bell.timer.arm(Instant{400});
    bell.run_until(Instant{400});
    bell.timer.arm(Instant{2000});
    REQUIRE(bell.queue.size() == 2);
    bell.run_until(Instant{1500});
    REQUIRE(bell.queue.size() == 1);
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{400}, Instant{2000}});
}

TEST_CASE("timer: a cancelled timer is silent, and can be armed again") {
    Bell bell;
    bell.timer.arm(Instant{100});
    bell.timer.cancel();
    REQUIRE_FALSE(bell.timer.armed());
    bell.run_until(Instant{500});
    REQUIRE(bell.rings.empty());
    REQUIRE(bell.queue.empty());
    bell.timer.arm(Instant{700});
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{700}});
}

TEST_CASE("timer: cancelled and armed again before its event comes, it uses that event") {
    Bell bell;
    bell.timer.arm(Instant{100});
    for (int i = 0; i < 1000; ++i) {
        bell.timer.cancel();
        bell.timer.arm(Instant{200 + i});
    }
    REQUIRE(bell.queue.size() == 1);
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{1199}});
}

TEST_CASE("timer: only a deadline earlier than the queued event leaves an orphan") {
    Bell bell;
    Random random(11);
    std::size_t earlier = 0;
    std::int64_t queued = 1'000'000;
    bell.timer.arm(Instant{queued});
    for (int i = 0; i < 1000; ++i) {
        const auto at = static_cast<std::int64_t>(random.below(1'000'000)) + 1;
        if (at < queued) {
            ++earlier;
            queued = at;
        }
        bell.timer.arm(Instant{at});
    }
    REQUIRE(bell.queue.size() == 1 + earlier);
}

TEST_CASE("timer: armed for now, it rings now") {
    Bell bell;
    bell.timer.arm(Instant{50});
    bell.run_all();
    bell.timer.arm(Instant{50});
    bell.run_all();
    REQUIRE(bell.rings == std::vector<Instant>{Instant{50}, Instant{50}});
}

TEST_CASE("timer: it can't be armed for the past") {
    Bell bell;
    bell.timer.arm(Instant{50});
    bell.run_all();
    REQUIRE_THROWS_AS(bell.timer.arm(Instant{49}), BugError);
}

TEST_CASE("timer: whatever is armed and cancelled, it rings at each deadline that is reached") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Bell bell;
        std::vector<Instant> expected;
        std::optional<Instant> deadline;
        Instant now{};
        for (int i = 0; i < 500; ++i) {
            if (random.below(5) == 0) {
                bell.timer.cancel();
                deadline.reset();
            } else {
                deadline = now + Duration{1 + static_cast<std::int64_t>(random.below(300))};
                bell.timer.arm(*deadline);
            }
            now = now + Duration{static_cast<std::int64_t>(random.below(100))};
            bell.run_until(now);
            if (deadline && *deadline <= now) {
                expected.push_back(*deadline);
                deadline.reset();
            }
            REQUIRE(bell.timer.armed() == deadline.has_value());
        }
        REQUIRE(bell.rings == expected);
    }
}
