// SPDX-License-Identifier: MIT
#include "core/resilience/token_bucket.hpp"

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

// The bucket as one imagines it: tokens, in parts so small that nothing is rounded.
struct Bucket {
    RateLimiterOptions options;
    Wide parts;  // a token is 10^9 of them
    Instant last{};

    explicit Bucket(RateLimiterOptions o)
        : options(o), parts(Wide{static_cast<std::int64_t>(o.burst)} * 1'000'000'000) {}
    bool admit(Instant now, std::uint64_t tokens) {
        const Wide full = Wide{static_cast<std::int64_t>(options.burst)} * 1'000'000'000;
        const Wide dripped =
            Wide{(now - last).ns} * static_cast<std::int64_t>(options.requests_per_second);
        parts = parts + dripped > full ? full : parts + dripped;
        last = now;
        const Wide wanted = Wide{static_cast<std::int64_t>(tokens)} * 1'000'000'000;
        if (parts < wanted) return false;
        parts -= wanted;
        return true;
    }
};

std::uint64_t admitted(TokenBucket& bucket, Instant now, int calls) {
    std::uint64_t count = 0;
    for (int i = 0; i < calls; ++i) count += bucket.admit(now) ? 1U : 0U;
    return count;
}

}  // namespace

TEST_CASE("rate limiter: it starts full, lets the burst through, then one each millisecond") {
    TokenBucket bucket({1000, 2000}, at_ms(0));
    CHECK(admitted(bucket, at_ms(0), 5000) == 2000);
    CHECK_FALSE(bucket.admit(at_ms(1) - nanoseconds(1)));
    CHECK(bucket.admit(at_ms(1)));
    CHECK_FALSE(bucket.admit(at_ms(1)));
    CHECK(bucket.retry_after(at_ms(1)) == milliseconds(1));
}

TEST_CASE("rate limiter: after any rest it admits the burst, and not one more") {
    TokenBucket bucket({1000, 2000}, at_ms(0));
    CHECK(admitted(bucket, at_ms(0), 2000) == 2000);
    CHECK(admitted(bucket, at_ms(2000), 5000) == 2000);
    CHECK(admitted(bucket, at_ms(1'000'000), 5000) == 2000);
    CHECK(bucket.level(at_ms(1'000'000)) == 0);
    CHECK(bucket.level(at_ms(1'000'500)) == 500);
    CHECK(bucket.level(at_ms(9'000'000)) == 2000);
}

TEST_CASE("rate limiter: as a bucket of tokens and as GCRA it admits the same calls, exactly") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        const RateLimiterOptions options{1 + random.below(random.below(2) == 0 ? 7 : 3000),
                                         1 + random.below(20)};
        TokenBucket gcra(options, Instant{});
        Bucket bucket(options);
        const std::int64_t gap =
            3'000'000'000 / static_cast<std::int64_t>(options.requests_per_second);
        Instant now{};
        for (int i = 0; i < 3000; ++i) {
            now = now + Duration{static_cast<std::int64_t>(random.below(
                            static_cast<std::uint64_t>(random.below(5) == 0 ? 9 * gap : gap)))};
            const std::uint64_t tokens = 1 + random.below(options.burst);
            REQUIRE(gcra.admit(now, tokens) == bucket.admit(now, tokens));
        }
    }
}

TEST_CASE("rate limiter: no span of time sees more than burst and rate allow, at 3 a second too") {
    TokenBucket bucket({3, 5}, at_ms(0));
    std::uint64_t count = 0;
    for (std::int64_t ms = 0; ms <= 1'000'000; ++ms) {
        count += bucket.admit(at_ms(ms)) ? 1U : 0U;
        REQUIRE(count <= 5 + static_cast<std::uint64_t>(3 * ms) / 1000);
    }
    CHECK(count == 5 + 3000);  // and nothing is lost to rounding
}

TEST_CASE("rate limiter: who waits as long as it is told to gets through, and no sooner") {
    Random random(1);
    TokenBucket bucket({7, 3}, Instant{});
    Instant now{};
    for (int i = 0; i < 1000; ++i) {
        const Duration wait = bucket.retry_after(now);
        if (wait.ns > 0) {
            REQUIRE(bucket.retry_after(now + wait - nanoseconds(1)).ns == 1);
            now = now + wait;
        }
        REQUIRE(bucket.admit(now));
        now = now + Duration{static_cast<std::int64_t>(random.below(200'000'000))};
    }
}

TEST_CASE("rate limiter: a reservation takes its turn; one that fails takes nothing") {
    TokenBucket bucket({10, 1}, at_ms(0));
    CHECK(bucket.reserve(at_ms(0), milliseconds(250)) == Duration{});
    CHECK(bucket.reserve(at_ms(0), milliseconds(250)) == milliseconds(100));
    CHECK(bucket.reserve(at_ms(0), milliseconds(250)) == milliseconds(200));
    for (int i = 0; i < 5; ++i) CHECK_FALSE(bucket.reserve(at_ms(0), milliseconds(250)));
    CHECK(bucket.retry_after(at_ms(0)) == milliseconds(300));
    CHECK(bucket.level(at_ms(0)) == 0);
    CHECK(bucket.reserve(at_ms(60), milliseconds(250)) == milliseconds(240));
}

TEST_CASE("rate limiter: a clock that goes back makes nobody wait for it to catch up") {
    TokenBucket bucket({10, 2}, at_ms(3'600'000));
    CHECK(admitted(bucket, at_ms(3'600'000), 5) == 2);
    CHECK(bucket.retry_after(at_ms(0)) == milliseconds(100));
    CHECK(bucket.admit(at_ms(100)));
    CHECK_FALSE(bucket.admit(at_ms(100)));
}

TEST_CASE("rate limiter: new bounds keep the time at which it is full, and empty it at most") {
    TokenBucket bucket({1000, 2000}, at_ms(0));
    bucket.set({100, 200}, at_ms(0));
    CHECK(bucket.level(at_ms(0)) == 200);
    CHECK(admitted(bucket, at_ms(0), 500) == 200);
    bucket.set({1000, 2000}, at_ms(0));  // full in 2 s as before: that is 2000 missing
    CHECK(bucket.level(at_ms(0)) == 0);
    CHECK(admitted(bucket, at_ms(1000), 5000) == 1000);
    bucket.set({1000, 10}, at_ms(1000));
    CHECK(bucket.retry_after(at_ms(1000)) == milliseconds(1));  // empty, and no worse
}

TEST_CASE("rate limiter: new bounds forget no reservation: its calls come, and count") {
    TokenBucket bucket({10, 1}, at_ms(0));
    for (int i = 0; i < 4; ++i) CHECK(bucket.reserve(at_ms(0), seconds(1)).has_value());
    CHECK(bucket.retry_after(at_ms(0)) == milliseconds(400));
    bucket.set({10, 1}, at_ms(0));
    CHECK(bucket.retry_after(at_ms(0)) == milliseconds(400));
    bucket.set({20, 1}, at_ms(0));
    CHECK(bucket.retry_after(at_ms(0)) == milliseconds(150 + 50));
}

TEST_CASE(
    "rate limiter: a full bucket lets burst and rate through in its first second, by nature") {
    TokenBucket bucket({1000, 1000}, at_ms(0));
    std::uint64_t count = 0;
    for (std::int64_t ms = 0; ms < 1000; ++ms) count += admitted(bucket, at_ms(ms), 10);
    CHECK(count == 1999);
}

TEST_CASE("rate limiter: no boundary of a calendar second lets twice the rate through") {
    TokenBucket bucket({100, 1}, at_ms(0));
    std::uint64_t count = 0;
    for (std::int64_t ms = 900; ms < 1100; ++ms) count += admitted(bucket, at_ms(ms), 10);
    CHECK(count == 20);
}

TEST_CASE("rate limiter: more tokens than the burst, or a burst of 0, are a bug and no refusal") {
    CHECK_THROWS_AS(TokenBucket({1000, 0}, Instant{}), BugError);
    CHECK_THROWS_AS(TokenBucket({0, 1}, Instant{}), BugError);
    TokenBucket bucket({10, 5}, Instant{});
    CHECK_THROWS_AS(bucket.admit(Instant{}, 6), BugError);
}
