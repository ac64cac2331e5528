// SPDX-License-Identifier: MIT
//
// Whether and when one call is tried again.
//
// Intuition: a retry is worth making if it may succeed (the failure was of a kind that passes),
// does no harm (the operation may be done twice), can be in time, and the client's budget has room.
//
// Asked in this order, and the first no is the reason given: what the callee said; the operation;
// attempts; time; budget. The budget comes last, so that a retry that would not be made anyway
// takes nothing from it.
//
// Pushback: a callee that says when to come back is believed instead of the back-off, which begins
// anew after it; one that says never is obeyed.
//
// Invariants: (1) at most max_attempts attempts, the first among them. (2) no retry is due when
//             less than `least_useful` would be left of the call's deadline.
// Expectation: if each attempt fails with probability p, there are 1 + p + p^2 ... attempts a call.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/random.hpp"
#include "core/base/time.hpp"
#include "core/resilience/backoff.hpp"
#include "core/resilience/deadline.hpp"
#include "core/resilience/retry_budget.hpp"

namespace novacron::resilience {

struct AttemptFailure {
    bool may_pass = true;                // false: another attempt would fail alike
    std::optional<Duration> pushback{};  // the callee's wish; negative: don't come back
};

struct RetryDecision {
    enum class Reason : std::uint8_t {
        retry,
        permanent,
        pushed_back,
        not_idempotent,
        attempts_used,
        no_time,
        no_budget
    };
    Reason reason = Reason::retry;
    Duration delay{};  // if it is to be tried again

    bool again() const { return reason == Reason::retry; }
};

class RetriedCall {
public:
    struct Call {
        Deadline deadline{};
        Duration least_useful{};  // what an attempt takes at least
        bool idempotent = true;   // or made so, by a request id
    };

    // The first attempt is under way. REQUIRES: options within their bounds.
    RetriedCall(const RetryOptions& options, const Call& call)
        : options_(options), call_(call), backoff_(options) {}

    // An attempt has failed. If it is to be tried again, that counts as an attempt.
    [[nodiscard]] RetryDecision failed(Instant now, const AttemptFailure& failure,
                                       RetryBudget& budget, Random& random) {
        using Reason = RetryDecision::Reason;
        if (!failure.may_pass) return {Reason::permanent, {}};
        if (failure.pushback && failure.pushback->ns < 0) return {Reason::pushed_back, {}};
        if (!call_.idempotent) return {Reason::not_idempotent, {}};
        if (attempts_ >= options_.max_attempts) return {Reason::attempts_used, {}};
        Duration delay{};
        if (failure.pushback) {
            delay = *failure.pushback;
            backoff_.reset();
        } else {
            delay = backoff_.next(random);
        }
        if (delay > call_.deadline.left(now) ||
            !call_.deadline.allows(now + delay, call_.least_useful)) {
            return {Reason::no_time, {}};
        }
        if (!budget.try_retry(now)) return {Reason::no_budget, {}};
        ++attempts_;
        return {Reason::retry, delay};
    }
    std::uint32_t attempts() const { return attempts_; }

private:
    RetryOptions options_;
    Call call_;
    Backoff backoff_;
    std::uint32_t attempts_ = 1;
};

}  // namespace novacron::resilience
