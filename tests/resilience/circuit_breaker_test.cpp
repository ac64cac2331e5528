// SPDX-License-Identifier: MIT
#include "core/resilience/circuit_breaker.hpp"

#include <vector>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using State = CircuitBreaker::State;
using Cause = CircuitBreaker::Cause;

namespace {

Instant at(std::int64_t second) { return Instant{} + seconds(second); }

// Calls that are over at once.
void call(CircuitBreaker& breaker, Instant now, Outcome outcome, int times = 1) {
    for (int i = 0; i < times; ++i) {
        const auto answer = breaker.admit(now);
        REQUIRE(answer.admitted);
        breaker.record(now, answer.permit, outcome);
    }
}
// Open since second 0, by the runbook's options unless others are given.
CircuitBreaker opened(CircuitBreakerOptions options = {}) {
    CircuitBreaker breaker(options);
    call(breaker, at(0), Outcome::failure, static_cast<int>(options.failure_threshold));
    REQUIRE(breaker.state() == State::open);
    return breaker;
}

}  // namespace

TEST_CASE("breaker: the fifth failure in a row opens it, not the fourth and not the sixth") {
    CircuitBreaker breaker(CircuitBreakerOptions{});
    call(breaker, at(0), Outcome::failure, 4);
    call(breaker, at(0), Outcome::success);
    call(breaker, at(0), Outcome::failure, 4);
    CHECK(breaker.state() == State::closed);
    call(breaker, at(0), Outcome::failure);
    CHECK(breaker.state() == State::open);
    REQUIRE(breaker.transitions().size() == 1);
    CHECK(breaker.transitions()[0].cause == Cause::failures);
}

TEST_CASE("breaker: outcomes that say nothing neither count nor end a row of failures") {
    CircuitBreaker breaker(CircuitBreakerOptions{});
    call(breaker, at(0), Outcome::failure, 4);
    call(breaker, at(0), Outcome::excluded, 10);
    CHECK(breaker.state() == State::closed);
    call(breaker, at(0), Outcome::failure);
    CHECK(breaker.state() == State::open);
}

TEST_CASE("breaker: open it refuses, and says for how long; at the very end it admits a probe") {
    CircuitBreaker breaker = opened();
    const auto refused = breaker.admit(at(10));
    CHECK_FALSE(refused.admitted);
    CHECK(refused.retry_after == seconds(20));
    CHECK_FALSE(breaker.admit(at(30) - nanoseconds(1)).admitted);
    CHECK(breaker.state() == State::open);
    const auto probe = breaker.admit(at(30));
    CHECK(probe.admitted);
    CHECK(probe.permit.kind == Permit::Kind::probe);
    CHECK(breaker.state() == State::half_open);
}

TEST_CASE("breaker: nothing happens by itself: an open breaker stays open until somebody calls") {
    CircuitBreaker breaker = opened();
    CHECK(breaker.state() == State::open);
    CHECK(breaker.admit(at(3600)).admitted);
    CHECK(breaker.state() == State::half_open);
}

TEST_CASE("breaker: half-open lets three probes be under way, not a flood") {
    CircuitBreaker breaker = opened();
    std::vector<Permit> probes;
    for (int i = 0; i < 100; ++i) {
        const auto answer = breaker.admit(at(30));
        if (answer.admitted) probes.push_back(answer.permit);
    }
    CHECK(probes.size() == 3);
    CHECK(breaker.admit(at(31)).retry_after == seconds(29));  // when the first lease ends
}

TEST_CASE("breaker: three successes in a row close it, any fewer do not") {
    CircuitBreaker breaker = opened();
    call(breaker, at(30), Outcome::success, 2);
    CHECK(breaker.state() == State::half_open);
    call(breaker, at(30), Outcome::success);
    CHECK(breaker.state() == State::closed);
    call(breaker, at(30), Outcome::failure, 4);
    CHECK(breaker.state() == State::closed);  // and the count begins at 0
}

TEST_CASE(
    "breaker: a failed probe opens it again, for the whole timeout, though others succeeded") {
    CircuitBreaker breaker = opened();
    call(breaker, at(30), Outcome::success, 2);
    call(breaker, at(31), Outcome::failure);
    CHECK(breaker.state() == State::open);
    CHECK(breaker.admit(at(60)).retry_after == seconds(1));
    CHECK(breaker.admit(at(61)).admitted);
}

TEST_CASE("breaker: a probe that never comes back does not wedge it half-open for ever") {
    CircuitBreaker breaker = opened();
    for (int i = 0; i < 3; ++i) REQUIRE(breaker.admit(at(30)).admitted);  // and are lost
    CHECK_FALSE(breaker.admit(at(60)).admitted);
    const auto next = breaker.admit(at(60) + nanoseconds(1));
    CHECK_FALSE(next.admitted);
    CHECK(breaker.state() == State::open);
    CHECK(breaker.counts().lost == 3);
    CHECK(breaker.transitions()[0].cause == Cause::probe_lost);
    CHECK(breaker.admit(at(90)).admitted);
}

TEST_CASE("breaker: a lease ends with its call's deadline, if that is sooner") {
    CircuitBreaker breaker = opened();
    const auto probe = breaker.admit(at(30), at(32));
    CHECK(probe.permit.lease == at(32));
    // Nobody asks for a long time; it is as if the loss had been seen at once.
    CHECK(breaker.admit(at(62)).admitted);
    CHECK(breaker.transitions().size() == 2);
    CHECK(breaker.transitions()[0].at == at(32));
    CHECK(breaker.transitions()[0].to == State::open);
    CHECK(breaker.transitions()[1].to == State::half_open);
}

TEST_CASE("breaker: a result at the instant at which its lease ends still counts") {
    CircuitBreaker breaker = opened();
    const auto probe = breaker.admit(at(30), at(32));
    breaker.record(at(32), probe.permit, Outcome::success);
    CHECK(breaker.state() == State::half_open);
    CHECK(breaker.counts().lost == 0);
}

TEST_CASE("breaker: results of calls from before it opened decide nothing about the probes") {
    CircuitBreaker breaker(CircuitBreakerOptions{});
    std::vector<Permit> slow;
    for (int i = 0; i < 10; ++i) slow.push_back(breaker.admit(at(0)).permit);
    call(breaker, at(0), Outcome::failure, 5);
    const auto probe = breaker.admit(at(30));
    REQUIRE(probe.admitted);
    for (int i = 0; i < 5; ++i) {
        breaker.record(at(31), slow[static_cast<std::size_t>(i)], Outcome::success);
        CHECK(breaker.state() == State::half_open);
    }
    for (int i = 5; i < 10; ++i) {
        breaker.record(at(31), slow[static_cast<std::size_t>(i)], Outcome::failure);
        CHECK(breaker.state() == State::half_open);
    }
    CHECK(breaker.counts().stale == 10);
    CHECK(breaker.probes() == 1);
}

TEST_CASE("breaker: failures of calls from before it closed do not open it again") {
    CircuitBreaker breaker(CircuitBreakerOptions{});
    std::vector<Permit> slow;
    for (int i = 0; i < 10; ++i) slow.push_back(breaker.admit(at(0)).permit);
    call(breaker, at(0), Outcome::failure, 5);
    call(breaker, at(30), Outcome::success, 3);
    for (const Permit& permit : slow) breaker.record(at(31), permit, Outcome::failure);
    CHECK(breaker.state() == State::closed);
}

TEST_CASE("breaker: a probe of an earlier half-open spell frees no place in a later one") {
    CircuitBreaker breaker = opened();
    const auto old = breaker.admit(at(30));
    call(breaker, at(30), Outcome::failure);
    REQUIRE(breaker.admit(at(60)).admitted);
    breaker.record(at(60), old.permit, Outcome::success);
    CHECK(breaker.probes() == 1);
    CHECK(breaker.state() == State::half_open);
}

TEST_CASE("breaker: a permit counts once") {
    CircuitBreaker breaker = opened();
    const auto probe = breaker.admit(at(30));
    for (int i = 0; i < 5; ++i) breaker.record(at(30), probe.permit, Outcome::success);
    CHECK(breaker.state() == State::half_open);
    CHECK(breaker.counts().stale == 4);
}

TEST_CASE("breaker: an excluded probe gives its place back and decides nothing") {
    CircuitBreaker breaker = opened();
    for (int i = 0; i < 50; ++i) call(breaker, at(30), Outcome::excluded);
    CHECK(breaker.state() == State::half_open);
    CHECK(breaker.probes() == 0);
    call(breaker, at(30), Outcome::success, 2);
    call(breaker, at(30), Outcome::excluded);
    call(breaker, at(30), Outcome::success);
    CHECK(breaker.state() == State::closed);
}

TEST_CASE("breaker: fewer places for probes than successes wanted are legal") {
    CircuitBreakerOptions options;
    options.half_open_max_requests = 1;
    options.success_threshold = 5;
    CircuitBreaker breaker = opened(options);
    call(breaker, at(30), Outcome::success, 4);
    CHECK(breaker.state() == State::half_open);
    call(breaker, at(30), Outcome::success);
    CHECK(breaker.state() == State::closed);
}

TEST_CASE("breaker: by ratio, it opens when enough of enough calls have failed in the window") {
    CircuitBreakerOptions options;
    options.mode = CircuitBreakerOptions::Mode::ratio;
    CircuitBreaker breaker(options);
    call(breaker, at(0), Outcome::failure, 19);
    CHECK(breaker.state() == State::closed);      // too few to say
    call(breaker, at(20), Outcome::success, 10);  // the failures are out of the window
    call(breaker, at(20), Outcome::failure, 9);
    CHECK(breaker.state() == State::closed);
    call(breaker, at(20), Outcome::failure);
    CHECK(breaker.state() == State::open);
}

TEST_CASE("breaker: by ratio, a failed probe opens it whatever the volume is") {
    CircuitBreakerOptions options;
    options.mode = CircuitBreakerOptions::Mode::ratio;
    options.minimum_calls = 100;
    CircuitBreaker breaker(options);
    call(breaker, at(0), Outcome::failure, 100);
    call(breaker, at(30), Outcome::failure);
    CHECK(breaker.state() == State::open);
    // More calls wanted than probes allowed: it closes all the same.
    call(breaker, at(60), Outcome::success, 3);
    CHECK(breaker.state() == State::closed);
    call(breaker, at(60), Outcome::failure, 99);
    CHECK(breaker.state() == State::closed);  // the window began anew
}

TEST_CASE("breaker: an operator's wishes hold until the reset, and are new generations") {
    CircuitBreaker breaker(CircuitBreakerOptions{});
    const auto before = breaker.admit(at(0));
    breaker.force_open(at(1));
    CHECK_FALSE(breaker.admit(at(100'000)).admitted);
    breaker.force_close(at(100'001));
    call(breaker, at(100'002), Outcome::failure, 50);
    CHECK(breaker.state() == State::forced_closed);
    const std::uint64_t failures = breaker.counts().failures;
    breaker.disable(at(100'003));
    call(breaker, at(100'004), Outcome::failure, 50);
    CHECK(breaker.counts().failures == failures);
    breaker.reset(at(100'005));
    CHECK(breaker.state() == State::closed);
    breaker.record(at(100'006), before.permit, Outcome::failure);
    CHECK(breaker.counts().stale >= 1);
    call(breaker, at(100'007), Outcome::failure, 5);
    CHECK(breaker.state() == State::open);
    breaker.reset(at(100'008));
    CHECK(breaker.transitions()[0].cause == Cause::by_operator);
    CHECK(breaker.admit(at(100'008)).admitted);
}

TEST_CASE("breaker: a clock that jumps back while it is open makes the wait no longer") {
    CircuitBreaker breaker(CircuitBreakerOptions{});
    call(breaker, at(5000), Outcome::failure, 5);
    CHECK(breaker.admit(at(100)).retry_after == seconds(30));
    CHECK_FALSE(breaker.admit(at(129)).admitted);
    CHECK(breaker.admit(at(130)).admitted);
}

TEST_CASE("breaker: a clock that jumps back while a probe is under way extends no lease") {
    CircuitBreaker breaker = opened();
    REQUIRE(breaker.admit(at(5000)).admitted);
    REQUIRE(breaker.admit(at(100)).admitted);
    CHECK_FALSE(breaker.admit(at(131)).admitted);
    CHECK(breaker.state() == State::open);
}

TEST_CASE("breaker: whatever happens, it admits again, and probes keep within their bound") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        CircuitBreakerOptions options;
        options.half_open_max_requests = 1 + static_cast<std::uint32_t>(random.below(3));
        options.success_threshold = 1 + static_cast<std::uint32_t>(random.below(4));
        CircuitBreaker breaker(options);
        std::vector<Permit> out;
        Instant now{};
        for (int step = 0; step < 2000; ++step) {
            now = now + milliseconds(static_cast<std::int64_t>(random.below(4000)));
            if (random.below(2) == 0 || out.empty()) {
                const auto answer = breaker.admit(now);
                if (answer.admitted && random.below(5) != 0) out.push_back(answer.permit);
            } else {
                const std::size_t which = random.below(out.size());
                breaker.record(now, out[which], static_cast<Outcome>(random.below(3)));
                if (random.below(4) != 0) {
                    out.erase(out.begin() + static_cast<std::ptrdiff_t>(which));
                }
            }
            REQUIRE(breaker.probes() <= options.half_open_max_requests);
        }
        // A lost probe is found out after 30 s, the open spell is another 30.
        bool admitted = false;
        for (int i = 0; i < 70 && !admitted; ++i) {
            now = now + seconds(1);
            admitted = breaker.admit(now).admitted;
        }
        CHECK(admitted);
    }
}

TEST_CASE("breaker: options out of bounds are a bug") {
    CircuitBreakerOptions options;
    options.failure_threshold = 0;
    CHECK_THROWS_AS(CircuitBreaker(options), BugError);
    options = {};
    options.timeout = {};
    CHECK_THROWS_AS(CircuitBreaker(options), BugError);
}
