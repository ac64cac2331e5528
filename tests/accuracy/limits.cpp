// SPDX-License-Identifier: MIT
//
// The patterns of core/resilience that have closed forms: rate limiter, adaptive throttle, retries,
// error budgets.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/base/wide.hpp"
#include "core/resilience/adaptive_throttle.hpp"
#include "core/resilience/error_budget.hpp"
#include "core/resilience/retry.hpp"
#include "core/resilience/token_bucket.hpp"
#include "sim/engine/distribution.hpp"
#include "tests/accuracy/rows.hpp"

namespace shaketable::accuracy {
namespace {

using novacron::milliseconds;
using novacron::seconds;
using novacron::Wide;
using namespace novacron::resilience;

double unit(Random& random) { return static_cast<double>(random.bits() >> 11U) * 0x1p-53; }

// A bucket as one imagines it: tokens, in parts so small that nothing is rounded.
struct Bucket {
    RateLimiterOptions options;
    Wide parts;  // a token is 10^9 of them
    Instant last{};

    explicit Bucket(const RateLimiterOptions& o) : options(o), parts(full()) {}
    Wide full() const {
        return Wide{static_cast<std::int64_t>(options.burst)} * 1'000'000'000;
    }
    bool admit(Instant now, std::uint64_t tokens) {
        const Wide dripped =
            Wide{(now - last).ns} * static_cast<std::int64_t>(options.requests_per_second);
        parts = std::min(full(), parts + dripped);
        last = now;
        const Wide wanted = Wide{static_cast<std::int64_t>(tokens)} * 1'000'000'000;
        if (parts < wanted) return false;
        parts -= wanted;
        return true;
    }
};

// Calls that the two decide otherwise.
std::uint64_t disagreements(std::uint64_t seed, std::uint64_t calls) {
    Random random(seed);
    const RateLimiterOptions options{1 + random.below(random.below(2) == 0 ? 7 : 3000),
                                     1 + random.below(20)};
    TokenBucket gcra(options, Instant{});
    Bucket bucket(options);
    const std::uint64_t gap = 3'000'000'000 / options.requests_per_second;
    Instant now{};
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < calls; ++i) {
        const std::uint64_t bound = random.below(5) == 0 ? 9 * gap : gap;
        now = now + Duration{static_cast<std::int64_t>(random.below(bound))};
        const std::uint64_t tokens = 1 + random.below(options.burst);
        count += gcra.admit(now, tokens) == bucket.admit(now, tokens) ? 0 : 1;
    }
    return count;
}

// What is admitted in a second of calls that come every 50 us, beginning full.
double admitted_in_a_second() {
    TokenBucket bucket({1000, 2000}, Instant{});
    std::uint64_t count = 0;
    for (std::int64_t i = 0; i < 20'000; ++i) {
        count += bucket.admit(Instant{i * 50'000}) ? 1 : 0;
    }
    return static_cast<double>(count);
}

struct Throttled {
    double reached;  // the callee, a second
    double refused;  // by the callee, a second
};

// Callers that want `offered` a second behind a throttle, a callee that takes `capacity` on.
Throttled throttle(std::uint64_t seed, double offered, std::uint64_t capacity, double k,
                   std::int64_t measured_seconds) {
    Random random(seed);
    Random arrivals = random.fork("arrivals");
    AdaptiveThrottleOptions options;
    options.k = k;
    AdaptiveThrottle limit(options);
    // A second's work may wait for it, so that it is busy whenever more is asked than it can do.
    TokenBucket callee({capacity, capacity}, Instant{});
    const Distribution gaps(Exponential{Duration{static_cast<std::int64_t>(1e9 / offered)}});
    const Instant begin = Instant{} + seconds(600);
    const Instant end = begin + seconds(measured_seconds);
    std::uint64_t reached = 0;
    std::uint64_t refused = 0;
    for (Instant now{}; now < end; now = now + gaps.draw(arrivals)) {
        if (!limit.admit(now, random)) continue;
        const bool taken = callee.admit(now);
        if (taken) limit.accepted(now);
        if (now < begin) continue;
        ++reached;
        refused += taken ? 0 : 1;
    }
    const auto length = static_cast<double>(measured_seconds);
    return {static_cast<double>(reached) / length, static_cast<double>(refused) / length};
}

double mean_attempts(std::uint64_t seed, double failing, std::uint64_t calls) {
    Random random(seed);
    RetryBudget none((NoBudgetOptions()));
    std::uint64_t attempts = 0;
    for (std::uint64_t i = 0; i < calls; ++i) {
        RetriedCall call(RetryOptions{}, RetriedCall::Call{});
        while (unit(random) < failing && call.failed(Instant{}, {}, none, random).again()) {
        }
        attempts += call.attempts();
    }
    return static_cast<double>(attempts) / static_cast<double>(calls);
}

double mean_wait_ms(std::uint64_t seed, Jitter jitter, std::uint64_t calls) {
    Random random(seed);
    RetryOptions options;
    options.jitter = jitter;
    double sum = 0;
    for (std::uint64_t i = 0; i < calls; ++i) {
        Backoff backoff(options);
        sum += static_cast<double>(backoff.next(random).ns) / 1e6;
    }
    return sum / static_cast<double>(calls);
}

// Retries a second if every call fails and would be retried: calls come at a constant rate.
double budgeted_retries(std::int64_t calls_per_second, std::int64_t length_seconds) {
    RetryBudget budget{RetryBudgetOptions{TimedBudgetOptions{}}};
    std::uint64_t retries = 0;
    const std::int64_t warmup = 30;
    for (std::int64_t i = 0; i < calls_per_second * (warmup + length_seconds); ++i) {
        const Instant now{i * (1'000'000'000 / calls_per_second)};
        budget.call_started(now);
        budget.attempt_failed();
        if (budget.try_retry(now)) {
            budget.retry_ended();
            retries += now >= Instant{} + seconds(warmup) ? 1 : 0;
        }
        budget.call_ended();
    }
    return static_cast<double>(retries) / static_cast<double>(length_seconds);
}

// Retries that a budget of tokens lets through when every attempt fails, from the first call on.
double retries_of_tokens(std::uint32_t max_tokens) {
    TokenBudgetOptions options;
    options.max_tokens = max_tokens;
    RetryBudget budget{RetryBudgetOptions{options}};
    std::uint64_t retries = 0;
    for (int call = 0; call < 10'000; ++call) {
        budget.call_started(Instant{});
        budget.attempt_failed();
        if (budget.try_retry(Instant{})) {
            ++retries;
            budget.attempt_failed();
            budget.retry_ended();
        }
        budget.call_ended();
    }
    return static_cast<double>(retries);
}

// The share of failing calls that a budget of tokens lets be retried, once, where so many of a
// thousand fail; calls fail evenly, and retries succeed. In the second half of them, so that the
// tokens of the beginning are gone.
double share_retried(std::uint32_t failing_thousandths) {
    RetryBudget budget{RetryBudgetOptions{TokenBudgetOptions{}}};
    std::uint64_t failures = 0;
    std::uint64_t retries = 0;
    std::uint32_t phase = 0;
    for (int call = 0; call < 20'000; ++call) {
        phase += failing_thousandths;
        if (phase < 1000) {
            budget.attempt_succeeded();
            continue;
        }
        phase -= 1000;
        budget.attempt_failed();
        const bool counts = call >= 10'000;
        failures += counts ? 1 : 0;
        if (!budget.try_retry(Instant{})) continue;
        retries += counts ? 1 : 0;
        budget.attempt_succeeded();
        budget.retry_ended();
    }
    return static_cast<double>(retries) / static_cast<double>(failures);
}

// Retries under way at once, of so many calls all of which want one.
double retries_at_once(int calls) {
    RetryBudget budget{RetryBudgetOptions{ActiveBudgetOptions{}}};
    std::uint64_t retries = 0;
    for (int call = 0; call < calls; ++call) budget.call_started(Instant{});
    for (int call = 0; call < calls; ++call) retries += budget.try_retry(Instant{}) ? 1 : 0;
    return static_cast<double>(retries);
}

// A service that is asked evenly, and of whose requests so many of a thousand fail.
struct Asked {
    ErrorBudget budget{ErrorBudgetOptions{}};
    Instant now{};
    Duration step;

    explicit Asked(Duration every) : step(every) {}
    void serve(Duration length, std::uint64_t bad) {
        for (const Instant end = now + length; now < end;) ask(bad);
    }
    void ask(std::uint64_t bad) {
        now = now + step;
        budget.record(now, 1000 - bad, bad);
    }
    double seconds_until(std::size_t rule, ErrorBudget::Alert alert, std::uint64_t bad) {
        const Instant begin = now;
        while (budget.alert(now, rule) != alert && now - begin < hours(100)) ask(bad);
        return static_cast<double>((now - begin).ns) / 1e9;
    }
};

// After steady traffic that fills the long window.
double seconds_to_fire(std::size_t rule, std::uint64_t bad) {
    Asked service(milliseconds(200));
    const Duration steady = kBurnRules[rule].long_window;
    const auto steps = static_cast<std::uint64_t>(steady.ns / service.step.ns);
    for (int cell = 0; cell < 1200; ++cell) {
        service.now = service.now + steady / 1200;
        service.budget.record(service.now, steps * 1000 / 1200, 0);
    }
    return service.seconds_until(rule, ErrorBudget::Alert::firing, bad);
}

double seconds_to_clear(std::size_t rule) {
    Asked service(milliseconds(500));
    service.serve(hours(1), 0);
    service.serve(hours(1), 1000);
    return service.seconds_until(rule, ErrorBudget::Alert::quiet, 0);
}

}  // namespace

std::vector<Row> limiter_rows(const Effort& effort) {
    std::vector<Row> rows;
    std::uint64_t wrong = 0;
    for (std::uint64_t seed = 1; seed <= effort.seeds; ++seed) {
        wrong += disagreements(seed, 20'000 / effort.parts);
    }
    Row same = exact("calls that bucket and GCRA decide otherwise", "they are the same", 0,
                     static_cast<double>(wrong), 0);
    same.seeds = effort.seeds;
    rows.push_back(std::move(same));
    rows.push_back(exact("admitted in a second of overload, 1000/s, burst 2000", "burst + rate",
                         2000 + 999, admitted_in_a_second(), 0));
    const std::int64_t length = 600 / static_cast<std::int64_t>(effort.parts);
    for (const double k : {2.0, 1.1}) {
        std::vector<double> reached;
        std::vector<double> refused;
        for (std::uint64_t seed = 1; seed <= effort.seeds; ++seed) {
            const Throttled found = throttle(seed, 400, 100, k, length);
            reached.push_back(found.reached);
            refused.push_back(found.refused);
        }
        rows.push_back(estimated(
            fmt::format("requests that reach a callee of 100/s, 400/s offered, K = {:g}", k), "K C",
            k * 100, reached, "/s"));
        if (k == 2) {
            rows.push_back(estimated("of these, refused there", "(K - 1) C", 100, refused, "/s"));
        }
    }
    return rows;
}

std::vector<Row> retry_rows(const Effort& effort) {
    std::vector<Row> rows;
    const std::uint64_t calls = 20'000 / effort.parts;
    for (const double p : {0.1, 0.5, 1.0}) {
        rows.push_back(estimated(fmt::format("attempts a call, {:g} % fail, at most 3", p * 100),
                                 "1 + p + p^2", 1 + p + p * p,
                                 by_seed(effort, [&](std::uint64_t seed) {
                                     return mean_attempts(seed, p, calls);
                                 })));
    }
    struct Wait {
        const char* name;
        Jitter jitter;
        double theory;
        const char* source;
    };
    for (const Wait& one : {Wait{"full", Jitter::full, 50, "d/2"},
                            Wait{"equal", Jitter::equal, 75, "3 d/4"},
                            Wait{"decorrelated", Jitter::decorrelated, 200, "(d + 3 d)/2"}}) {
        rows.push_back(estimated(
            fmt::format("first wait of 100 ms with {} jitter", one.name), one.source, one.theory,
            by_seed(effort,
                    [&](std::uint64_t seed) { return mean_wait_ms(seed, one.jitter, calls); }),
            "ms"));
    }
    for (const std::int64_t rate : {100, 1000}) {
        rows.push_back(exact(
            fmt::format("retries that a budget of 20 % and 10/s lets through, {}/s all fail", rate),
            "10 + 0.2 rate", 10 + 0.2 * static_cast<double>(rate), budgeted_retries(rate, 60), 0.02,
            "/s"));
    }
    // Each failure takes a token, and the bucket must be more than half full after it: two tokens
    // go for each retry that fails as well.
    rows.push_back(exact("retries that 10 tokens let through, all fail for ever",
                         "(max/2 - 1) / 2, rounded up", 2, retries_of_tokens(10), 0));
    rows.push_back(exact("retries that 100 tokens let through, all fail for ever",
                         "(max/2 - 1) / 2, rounded up", 25, retries_of_tokens(100), 0));
    // A tenth of a token comes for each success. Where a share f fails that is r (1 - f) a call
    // without retries, which is less than f from r / (1 + r) on: 9.09 %.
    rows.push_back(exact("failing calls that tokens let be retried, 9 % fail",
                         "all below r/(1+r)", 1, share_retried(90), 0));
    rows.push_back(exact("failing calls that tokens let be retried, 20 % fail",
                         "none above r/(1+r)", 0, share_retried(200), 0));
    for (const int calls : {5, 100, 1000}) {
        rows.push_back(exact(
            fmt::format("retries at once of {} calls, 20 % and 3 allowed", calls),
            "max(3, calls / 5)", std::max(3, calls / 5), retries_at_once(calls), 0));
    }
    return rows;
}

std::vector<Row> budget_rows(const Effort&) {
    std::vector<Row> rows;
    constexpr std::array<const char*, 4> kNames = {"14.4 over 1 h", "6 over 6 h", "3 over 1 d",
                                                   "1 over 3 d"};
    for (const std::uint64_t bad : {std::uint64_t{1000}, std::uint64_t{100}}) {
        for (std::size_t rule = 0; rule < kNames.size(); ++rule) {
            const BurnRule& one = kBurnRules[rule];
            const double error = static_cast<double>(bad) / 1000;
            const double theory = one.burn_tenths / 10.0 * 0.001 *
                                  (static_cast<double>(one.long_window.ns) / 1e9) / error;
            rows.push_back(exact(
                fmt::format("{} fires after, {:g} % fail", kNames[rule], error * 100),
                "burn * budget * window / error", theory, seconds_to_fire(rule, bad), 0.02, "s"));
        }
    }
    // The short window must fall to the rate that no longer burns.
    for (std::size_t rule = 0; rule < 2; ++rule) {
        const BurnRule& one = kBurnRules[rule];
        const double theory = (1 - one.burn_tenths / 10.0 * 0.001) *
                              (static_cast<double>(one.short_window.ns) / 1e9);
        rows.push_back(exact(fmt::format("{} clears after a full outage", kNames[rule]),
                             "short window (1 - burn * budget)", theory, seconds_to_clear(rule),
                             0.02, "s"));
    }
    return rows;
}

}  // namespace shaketable::accuracy
