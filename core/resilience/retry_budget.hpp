// SPDX-License-Identifier: MIT
//
// How many retries a client may add to its load, whatever its calls would each like.
//
// Intuition: max_attempts bounds what one call adds, and lets a client triple its load when all
// calls fail, which is when the callee can bear it least. A budget bounds what all add together: a
// retry needs calls that paid for it.
//
//   TimedBudget   each call pays `percent` of a retry, for `ttl`; `retries_per_second` are free.
//                 Finagle's rule.
//   TokenBudget   a bucket of max_tokens: a failure takes 1, a success gives token_ratio. Retries
//                 only while it is more than half full. gRPC's rule: no retries at all once more
//                 than ratio / (1 + ratio) of calls fail.
//   ActiveBudget  as many retries under way as `percent` of the calls under way, and
//                 min_retry_concurrency in any case. Envoy's rule.
//   NoBudget      none: every retry is allowed.
//
// All in whole numbers: percents of a call, thousandths of a token.
//
// Invariants: (1) TimedBudget: in any ttl, retries <= percent of calls + the free ones. (2)
//             TokenBudget: 0 <= tokens <= max. (3) a refused retry costs nothing.
#pragma once

#include <cstdint>
#include <variant>

#include "core/base/time.hpp"
#include "core/stats/time_window.hpp"

namespace novacron::resilience {

struct NoBudgetOptions {
    friend bool operator==(const NoBudgetOptions&, const NoBudgetOptions&) = default;
};
struct TimedBudgetOptions {
    std::uint32_t percent = 20;             // retries a hundred calls
    std::uint32_t retries_per_second = 10;  // that are free
    Duration ttl = seconds(10);             // above 10 ns

    friend bool operator==(const TimedBudgetOptions&, const TimedBudgetOptions&) = default;
};
struct TokenBudgetOptions {
    std::uint32_t max_tokens = 10;                // 1 .. 1000
    std::uint32_t token_ratio_thousandths = 100;  // what a success gives; at least 1

    friend bool operator==(const TokenBudgetOptions&, const TokenBudgetOptions&) = default;
};
struct ActiveBudgetOptions {
    std::uint32_t percent = 20;               // of the calls under way
    std::uint32_t min_retry_concurrency = 3;  // in any case

    friend bool operator==(const ActiveBudgetOptions&, const ActiveBudgetOptions&) = default;
};
using RetryBudgetOptions =
    std::variant<NoBudgetOptions, TimedBudgetOptions, TokenBudgetOptions, ActiveBudgetOptions>;

class RetryBudget {
public:
    // REQUIRES: options within the bounds stated above.
    explicit RetryBudget(const RetryBudgetOptions& options);

    // A call begins, with its first attempt.
    void call_started(Instant now);
    // It is over, whatever became of it.
    void call_ended();
    // An attempt is back: a failure is one that might be retried.
    void attempt_succeeded();
    void attempt_failed();
    // A retry wants to go. If it may, it is counted, until `retry_ended`.
    [[nodiscard]] bool try_retry(Instant now);
    void retry_ended();

    std::uint64_t refused() const { return refused_; }
    // TokenBudget's, in thousandths.
    std::int64_t tokens() const { return tokens_; }

private:
    bool allows(Instant now);

    RetryBudgetOptions options_;
    stats::TimeWindow<2> lately_;  // calls and retries
    std::int64_t tokens_ = 0;
    std::uint64_t calls_ = 0;    // under way
    std::uint64_t retries_ = 0;  // under way
    std::uint64_t refused_ = 0;
};

}  // namespace novacron::resilience
