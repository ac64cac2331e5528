// SPDX-License-Identifier: MIT
#include "core/resilience/retry_budget.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/overloaded.hpp"
#include "core/base/wide.hpp"

namespace novacron::resilience {

namespace {

Duration window_of(const RetryBudgetOptions& options) {
    const auto* timed = std::get_if<TimedBudgetOptions>(&options);
    return timed != nullptr ? timed->ttl : seconds(10);
}
constexpr std::int64_t kToken = 1000;

}  // namespace

RetryBudget::RetryBudget(const RetryBudgetOptions& options)
    : options_(options), lately_(window_of(options), 10) {
    const auto* token = std::get_if<TokenBudgetOptions>(&options);
    if (token == nullptr) return;
    check(
        token->max_tokens >= 1 && token->max_tokens <= 1000 && token->token_ratio_thousandths >= 1,
        "a token budget has 1 to 1000 tokens, and a success gives some");
    tokens_ = token->max_tokens * kToken;
}

void RetryBudget::call_started(Instant now) {
    ++calls_;
    lately_.add(now, 0);
}

void RetryBudget::call_ended() {
    check(calls_ > 0, "a call that ends has begun");
    --calls_;
}

void RetryBudget::attempt_succeeded() {
    const auto* token = std::get_if<TokenBudgetOptions>(&options_);
    if (token == nullptr) return;
    tokens_ = std::min<std::int64_t>(tokens_ + token->token_ratio_thousandths,
                                     token->max_tokens * kToken);
}

void RetryBudget::attempt_failed() { tokens_ = std::max<std::int64_t>(0, tokens_ - kToken); }

bool RetryBudget::try_retry(Instant now) {
    if (!allows(now)) {
        ++refused_;
        return false;
    }
    ++retries_;
    lately_.add(now, 1);
    return true;
}

void RetryBudget::retry_ended() {
    check(retries_ > 0, "a retry that ends has begun");
    --retries_;
}

bool RetryBudget::allows(Instant now) {
    return std::visit(
        Overloaded{[](const NoBudgetOptions&) { return true; },
                   [&](const TimedBudgetOptions& timed) {
                       const auto counts = lately_.counts(now);
                       const auto free = static_cast<std::uint64_t>(
                           Wide{timed.ttl.ns} * timed.retries_per_second / 1'000'000'000);
                       return (counts[1] + 1) * 100 <= counts[0] * timed.percent + free * 100;
                   },
                   [&](const TokenBudgetOptions& token) {
                       return 2 * tokens_ > std::int64_t{token.max_tokens} * kToken;
                   },
                   [&](const ActiveBudgetOptions& active) {
                       return retries_ < active.min_retry_concurrency ||
                              (retries_ + 1) * 100 <= calls_ * active.percent;
                   }},
        options_);
}

}  // namespace novacron::resilience
