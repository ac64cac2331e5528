// SPDX-License-Identifier: MIT
//
// The caller's side of a call: what it passes before it leaves, its attempts, and how it ends.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/service/services.hpp"

namespace shaketable {

using novacron::resilience::Bulkhead;
using novacron::resilience::Deadline;
using novacron::resilience::HedgedCall;
using novacron::resilience::Permit;
// `Outcome` is also what becomes of an operation of the store.
using PatternOutcome = novacron::resilience::Outcome;

namespace {

// What an outcome says of the instance that was asked; nothing: that it is busy, or nothing.
std::optional<bool> says_of_instance(CallOutcome outcome) {
    switch (outcome) {
        case CallOutcome::ok: return true;
        case CallOutcome::failed:
        case CallOutcome::timed_out:
        case CallOutcome::refused: return false;
        case CallOutcome::rejected:
        case CallOutcome::cancelled: break;
    }
    return std::nullopt;
}

PatternOutcome for_breaker(CallOutcome outcome, CallCause cause) {
    if (outcome == CallOutcome::ok) return PatternOutcome::success;
    if (outcome == CallOutcome::cancelled) return PatternOutcome::excluded;
    if (outcome == CallOutcome::rejected && !is_by_callee(cause)) return PatternOutcome::excluded;
    return PatternOutcome::failure;
}

bool may_pass(const CallPolicy& policy, CallOutcome outcome) {
    return outcome != CallOutcome::rejected || policy.retry_rejected;
}

BreakerState state_of(novacron::resilience::CircuitBreaker::State state) {
    return static_cast<BreakerState>(state);
}

// What an attempt needs at least.
constexpr Duration kLeastUseful = novacron::nanoseconds(1);

}  // namespace

void Services::begin_call(const CallStart& start) {
    const std::uint32_t slot = calls_.take();
    Call& call = calls_[slot];
    call = Call{};
    call.ticket = new_ticket();
    call.channel = start.channel;
    call.parent = start.parent;
    call.number = start.number;
    call.criticality = start.criticality;
    call.request = start.request;
    call.is_extra = start.is_extra;
    call.guest_of = start.guest_of;
    call.begun = now();
    if (start.parent != kNoSlot) {
        ServedRequest& parent = requests_[start.parent];
        call.after = parent.first_child;
        if (call.after != kNoSlot) calls_[call.after].before = slot;
        parent.first_child = slot;
    }
    Channel& channel = channels_[start.channel];
    const CallPolicy& policy = *channel.policy;
    if (policy.deadline.ns > 0) call.deadline = Deadline::after(now(), policy.deadline);
    if (policy.propagate_deadline) {
        call.deadline = Deadline(std::min(call.deadline.at(), start.deadline.at()));
    }
    channel.budget.call_started(now());
    if (!call.deadline.allows(now(), kLeastUseful)) {
        refuse_locally(slot, CallCause::no_time, false);
    } else if (channel.throttle && !channel.throttle->admit(now(), channel.random)) {
        refuse_locally(slot, CallCause::throttle, false);
    } else if (channel.limiter && !channel.limiter->admit(now())) {
        refuse_locally(slot, CallCause::limiter, false);
    } else {
        make_attempt(slot, false);
    }
}

// The attempt never leaves.
void Services::refuse_locally(std::uint32_t call_slot, CallCause cause, bool is_retry) {
    Call& call = calls_[call_slot];
    Channel& channel = channels_[call.channel];
    record_.add(now(), CallEnded{channel.ends.edge, {}, CallOutcome::rejected, cause, now()});
    if (is_retry) channel.budget.retry_ended();
    if (call.hedged) {
        const auto verdict = call.hedged->failed(now(), {false, std::nullopt}, channel.budget);
        follow_hedge(call_slot, verdict, CallOutcome::rejected, cause);
    } else {
        end_call(call_slot, CallOutcome::rejected, cause);
    }
}

void Services::make_attempt(std::uint32_t call_slot, bool is_retry) {
    Call& call = calls_[call_slot];
    Channel& channel = channels_[call.channel];
    const CallPolicy& policy = *channel.policy;
    if (policy.hedge && !call.hedged) {
        novacron::resilience::HedgeOptions options = *policy.hedge;
        if (channel.hedge_delay) options.delay = channel.hedge_delay->delay();
        call.hedged.emplace(options, now());
        wheel_.add(call.hedged->next_deadline(), hedge_due, call_slot, call.ticket);
    }
    Attempt attempt;
    attempt.call = call_slot;
    attempt.is_retry = is_retry;
    attempt.sent = now();
    attempt.until = std::min(now() + policy.timeout, call.deadline.at());
    if (channel.breaker) {
        const auto answer = channel.breaker->admit(now(), attempt.until);
        note_breaker(channel);
        if (!answer.admitted) {
            refuse_locally(call_slot, CallCause::breaker, is_retry);
            return;
        }
        attempt.has_permit = true;
        attempt.permit = answer.permit;
    }
    bool waits = false;
    if (channel.bulkhead) {
        const Bulkhead::Entry entry = channel.bulkhead->enter(now(), attempt.until);
        if (entry.answer == Bulkhead::Answer::refused) {
            if (attempt.has_permit) {
                channel.breaker->record(now(), attempt.permit, PatternOutcome::excluded);
                note_breaker(channel);
            }
            refuse_locally(call_slot, CallCause::bulkhead, is_retry);
            return;
        }
        attempt.has_place = true;
        attempt.place = entry.ticket;
        waits = entry.answer == Bulkhead::Answer::waits;
    }
    attempt.ticket = new_ticket();
    attempt.next = call.first_attempt;
    const std::uint32_t slot = attempts_.take();
    attempts_[slot] = attempt;
    call.first_attempt = slot;
    if (!channel.ends.caller.is_none()) ++instances_[channel.ends.caller.value].outgoing;
    wheel_.add(attempt.until, attempt_due, slot, attempt.ticket);
    const std::uint32_t number = call.channel;
    if (waits) {
        auto& waiters = channel.waiter_of;
        if (waiters.size() <= attempt.place.slot) waiters.resize(attempt.place.slot + 1, kNoSlot);
        waiters[attempt.place.slot] = slot;
    } else {
        send_attempt(slot);
    }
    if (channel.bulkhead) drain_bulkhead(number);
}

void Services::send_attempt(std::uint32_t slot) {
    Attempt& attempt = attempts_[slot];
    Call& call = calls_[attempt.call];
    Channel& channel = channels_[call.channel];
    const std::uint32_t version = draw_version(channel);
    Balancer& balancer = channel.balancers[version];
    const std::uint32_t first = version * balancer.size();
    const bool again = call.last_asked - first < balancer.size();  // kNoSlot is far from all
    const auto avoid = again ? std::optional(call.last_asked - first) : std::nullopt;
    const auto chosen = balancer.choose(now(), avoid);
    note_balancer(channel);
    if (!chosen) {
        attempt_over(slot, CallOutcome::rejected, CallCause::no_instance);
        return;
    }
    balancer.began(*chosen);
    attempt.asked = first + *chosen;
    attempt.sent = now();
    call.last_asked = attempt.asked;
    ++call.attempts;
    const std::uint32_t number = channel.ends.first_instance + attempt.asked;
    ServiceMessage message;
    message.criticality = call.criticality;
    message.edge = channel.ends.edge.value;
    message.instance = number;
    message.attempt = slot;
    message.ticket = attempt.ticket;
    message.left =
        channel.policy->propagate_deadline ? attempt.until - now() : channel.policy->timeout;
    transmit(channel.ends.host, host(instances_[number]), message);
}

void Services::answered(const ServiceMessage& message) {
    if (attempts_[message.attempt].ticket != message.ticket) return;
    attempt_over(message.attempt, message.outcome, message.cause);
}

void Services::attempt_over(std::uint32_t slot, CallOutcome outcome, CallCause cause) {
    const std::uint32_t call = attempts_[slot].call;
    const std::uint32_t channel = calls_[call].channel;
    release_attempt(slot, outcome, cause);
    decide(call, outcome, cause);
    if (channels_[channel].bulkhead) drain_bulkhead(channel);
}

// Gives back what the attempt held, and tells the patterns how it went.
void Services::release_attempt(std::uint32_t slot, CallOutcome outcome, CallCause cause) {
    const Attempt attempt = attempts_[slot];
    Call& call = calls_[attempt.call];
    Channel& channel = channels_[call.channel];
    const bool left = attempt.asked != kNoSlot;
    const InstanceId asked =
        left ? InstanceId{channel.ends.first_instance + attempt.asked} : InstanceId::none();
    record_.add(now(), CallEnded{channel.ends.edge, asked, outcome, cause, attempt.sent});
    std::uint32_t* link = &call.first_attempt;
    while (*link != slot) link = &attempts_[*link].next;
    *link = attempt.next;
    attempts_[slot].ticket = 0;
    attempts_.give_back(slot);
    if (!channel.ends.caller.is_none()) --instances_[channel.ends.caller.value].outgoing;

    if (left) {
        channel.balancer_of(attempt.asked)
            .ended(now(), channel.place_of(attempt.asked), says_of_instance(outcome));
        note_balancer(channel);
    }
    if (attempt.has_permit) {
        const PatternOutcome seen =
            left ? for_breaker(outcome, cause) : PatternOutcome::excluded;
        channel.breaker->record(now(), attempt.permit, seen);
        note_breaker(channel);
    }
    if (attempt.has_place) channel.bulkhead->leave(now(), attempt.place);
    if (channel.throttle && (outcome == CallOutcome::ok || outcome == CallOutcome::failed)) {
        channel.throttle->accepted(now());
    }
    if (outcome == CallOutcome::ok) {
        channel.budget.attempt_succeeded();
        if (channel.hedge_delay) channel.hedge_delay->add(now() - attempt.sent);
    } else if (outcome != CallOutcome::cancelled) {
        channel.budget.attempt_failed();
    }
    if (attempt.is_retry) channel.budget.retry_ended();
    const bool unanswered =
        left && (outcome == CallOutcome::timed_out || outcome == CallOutcome::cancelled);
    if (!unanswered || !channel.policy->cancel) return;
    ServiceMessage message;
    message.kind = ServiceMessage::Kind::cancel;
    message.edge = channel.ends.edge.value;
    message.instance = asked.value;
    message.attempt = slot;
    message.ticket = attempt.ticket;
    transmit(channel.ends.host, host(instances_[asked.value]), message);
}

// An attempt is over: what becomes of its call?
void Services::decide(std::uint32_t slot, CallOutcome outcome, CallCause cause) {
    Call& call = calls_[slot];
    Channel& channel = channels_[call.channel];
    const CallPolicy& policy = *channel.policy;
    if (outcome == CallOutcome::ok) {
        if (call.hedged) static_cast<void>(call.hedged->succeeded());
        end_call(slot, outcome, cause);
        return;
    }
    if (call.hedged) {
        const auto verdict = call.hedged->failed(
            now(), {may_pass(policy, outcome), std::nullopt}, channel.budget);
        follow_hedge(slot, verdict, outcome, cause);
        return;
    }
    if (!policy.retry) {
        end_call(slot, outcome, cause);
        return;
    }
    if (!call.retried) {
        call.retried.emplace(*policy.retry,
                             novacron::resilience::RetriedCall::Call{call.deadline, kLeastUseful});
    }
    const auto decision = call.retried->failed(
        now(), {may_pass(policy, outcome), std::nullopt}, channel.budget, channel.random);
    if (!decision.again()) {
        end_call(slot, outcome, cause);
        return;
    }
    call.retry_waits = true;
    queue_.push(now() + decision.delay, {this, retry_due, slot, call.ticket});
}

void Services::on_hedge_due(std::uint32_t slot) {
    Call& call = calls_[slot];
    const auto verdict = call.hedged->on_time(now(), channels_[call.channel].budget);
    follow_hedge(slot, verdict, CallOutcome::timed_out, CallCause::none);
}

void Services::follow_hedge(std::uint32_t slot, HedgedCall::Verdict verdict, CallOutcome outcome,
                            CallCause cause) {
    Call& call = calls_[slot];
    switch (verdict) {
        case HedgedCall::Verdict::waits: break;
        case HedgedCall::Verdict::succeeded: break;
        case HedgedCall::Verdict::failed: end_call(slot, outcome, cause); break;
        case HedgedCall::Verdict::asks:
            if (call.hedged->next_deadline() > now()) {
                wheel_.add(call.hedged->next_deadline(), hedge_due, slot, call.ticket);
            } else {
                queue_.push(now(), {this, hedge_due, slot, call.ticket});
            }
            make_attempt(slot, true);
            break;
    }
}

void Services::end_call(std::uint32_t slot, CallOutcome outcome, CallCause cause) {
    const std::uint32_t channel = calls_[slot].channel;
    drop_attempts(slot);
    channels_[channel].budget.call_ended();
    const Call call = calls_[slot];
    unlink_call(slot);
    if (call.parent == kNoSlot) {
        request_ended(call, outcome, cause);
    } else {
        child_ended(call.parent, call.number, outcome == CallOutcome::ok);
    }
    if (channels_[channel].bulkhead) drain_bulkhead(channel);
}

// Whatever is under way for it is needed no more.
void Services::drop_attempts(std::uint32_t slot) {
    Call& call = calls_[slot];
    Channel& channel = channels_[call.channel];
    while (call.first_attempt != kNoSlot) {
        release_attempt(call.first_attempt, CallOutcome::cancelled, CallCause::none);
    }
    if (std::exchange(call.retry_waits, false)) channel.budget.retry_ended();
}

void Services::unlink_call(std::uint32_t slot) {
    Call& call = calls_[slot];
    if (call.parent != kNoSlot) {
        ServedRequest& parent = requests_[call.parent];
        (call.before == kNoSlot ? parent.first_child : calls_[call.before].after) = call.after;
        if (call.after != kNoSlot) calls_[call.after].before = call.before;
    }
    call.ticket = 0;
    calls_.give_back(slot);
}

// Its caller is no more.
void Services::abandon_call(std::uint32_t slot) {
    drop_attempts(slot);
    unlink_call(slot);
}

// Who waited and may go now goes; who waited in vain is refused.
void Services::drain_bulkhead(std::uint32_t number) {
    Channel& channel = channels_[number];
    Bulkhead::Outputs& outputs = channel.bulkhead->outputs();
    const auto take_first = [](std::vector<Bulkhead::Ticket>& tickets) {
        const Bulkhead::Ticket ticket = tickets.front();
        tickets.erase(tickets.begin());
        return ticket;
    };
    const auto attempt_of = [&](Bulkhead::Ticket ticket) {
        const std::uint32_t slot =
            ticket.slot < channel.waiter_of.size() ? channel.waiter_of[ticket.slot] : kNoSlot;
        const bool waits = slot != kNoSlot && attempts_[slot].ticket != 0 &&
                           attempts_[slot].has_place && attempts_[slot].place == ticket &&
                           calls_[attempts_[slot].call].channel == number;
        return waits ? slot : kNoSlot;
    };
    while (!outputs.entered.empty() || !outputs.expired.empty()) {
        if (!outputs.expired.empty()) {
            const std::uint32_t slot = attempt_of(take_first(outputs.expired));
            if (slot != kNoSlot) {
                attempts_[slot].has_place = false;
                attempt_over(slot, CallOutcome::rejected, CallCause::bulkhead);
            }
            continue;
        }
        const std::uint32_t slot = attempt_of(take_first(outputs.entered));
        if (slot != kNoSlot) send_attempt(slot);
    }
    const Instant next = channel.bulkhead->next_deadline();
    if (next != Instant::never()) channel.bulkhead_expiry.arm(std::max(now(), next));
}

void Services::note_breaker(Channel& channel) {
    for (const auto& change : channel.breaker->transitions()) {
        record_.add(now(), BreakerChanged{channel.ends.edge, channel.ends.caller,
                                          state_of(change.from), state_of(change.to)});
    }
}

void Services::note_balancer(Channel& channel) {
    std::uint32_t first = channel.ends.first_instance;
    bool changes = false;
    bool panics = false;
    for (Balancer& balancer : channel.balancers) {
        changes = changes || !balancer.changes().empty();
        panics = panics || balancer.panics();
        for (const Balancer::Change& change : balancer.changes()) {
            record_.add(now(), ReputeChanged{channel.ends.edge, channel.ends.caller,
                                             InstanceId{first + change.instance}, change.repute});
        }
        balancer.changes().clear();
        first += balancer.size();
    }
    if (!changes || std::exchange(channel.panics, panics) == panics) return;
    record_.add(now(), PanicChanged{channel.ends.edge, channel.ends.caller, panics});
}

// A round of health checks. A caller that is not there, or stands still, asks nothing.
void Services::probe(std::uint32_t number) {
    Channel& channel = channels_[number];
    const HealthCheckSpec& check = *channel.policy->balancer.health_check;
    const std::uint64_t life = channel_lives_[number];
    queue_.push(now() + check.interval, {this, probe_round, number, life});
    const InstanceId caller = channel.ends.caller;
    if (!caller.is_none() &&
        (!instances_[caller.value].up || hosts_[channel.ends.host.value].paused)) {
        return;
    }
    ++channel.round;
    for (std::uint32_t i = 0; i < channel.ends.instances; ++i) {
        if (!is_started(instances_[channel.ends.first_instance + i])) continue;
        ServiceMessage message;
        message.kind = ServiceMessage::Kind::probe;
        message.edge = channel.ends.edge.value;
        message.instance = channel.ends.first_instance + i;
        message.attempt = number;
        message.ticket = channel.round;
        transmit(channel.ends.host, host(instances_[message.instance]), message);
    }
    queue_.push(now() + check.timeout, {this, probe_judged, number, life});
}

void Services::judge_probes(std::uint32_t number) {
    Channel& channel = channels_[number];
    const InstanceId caller = channel.ends.caller;
    if (!caller.is_none() && hosts_[channel.ends.host.value].paused) return;
    for (std::uint32_t i = 0; i < channel.ends.instances; ++i) {
        if (!is_started(instances_[channel.ends.first_instance + i])) continue;
        channel.balancer_of(i).checked(channel.place_of(i), channel.answered[i] == channel.round);
    }
    note_balancer(channel);
}

}  // namespace shaketable
