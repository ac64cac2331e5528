// SPDX-License-Identifier: MIT
//
// The callee's side of a call: admission, the queue, the work, its own calls, the answer.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/service/services.hpp"

namespace shaketable {

using novacron::resilience::CallResult;
using novacron::resilience::Deadline;

namespace {

ServiceMessage reply_to(const ServiceMessage& call, ServiceMessage::Kind kind) {
    ServiceMessage reply = call;
    reply.kind = kind;
    return reply;
}

// Of the shedder by priority: levels of one criticality lie side by side.
std::uint32_t level_of(Criticality criticality, std::uint32_t levels, Random& random) {
    const std::uint32_t each = std::max<std::uint32_t>(1, levels / 3);
    const auto within = static_cast<std::uint32_t>(random.below(each));
    return std::min(levels - 1, static_cast<std::uint32_t>(criticality) * each + within);
}

constexpr std::uint32_t kPartsOfCpu = 1'000'000;

}  // namespace

void Services::called(HostId from, HostId to, const ServiceMessage& message) {
    Instance& instance = instances_[message.instance];
    if (!edge_faults_.empty() && is_swallowed(message)) return;
    ServiceMessage refusal = reply_to(message, ServiceMessage::Kind::refusal);
    if (!instance.up) {
        refusal.outcome = CallOutcome::refused;
        transmit(to, from, refusal);
        return;
    }
    const auto refuse = [&](CallCause cause) {
        refusal.outcome = CallOutcome::rejected;
        refusal.cause = cause;
        transmit(to, from, refusal);
    };
    CallCause cause = admission(instance, message);
    std::uint32_t entered_as = 0;
    if (cause == CallCause::none && instance.guards.limit) {
        const auto entered = instance.guards.limit->enter();
        if (!entered) cause = CallCause::concurrency;
        entered_as = entered.value_or(0);
    }
    if (cause != CallCause::none) {
        refuse(cause);
        return;
    }
    const ServiceSpec& service = spec(instance);
    const bool waits = instance.queue.size() > 0 || instance.busy >= workers(instance);
    if (waits) note_missed_workers(instance);
    const auto weaker = waits && instance.queue.is_full()
                            ? instance.queue.gives_way(message.criticality)
                            : std::nullopt;
    if (weaker) {
        leave_queue(*weaker, CallCause::queue_full);
    } else if (waits && instance.queue.is_full()) {
        if (instance.guards.limit) {
            instance.guards.limit->leave({CallResult::Kind::dropped, {}, entered_as});
        }
        refuse(CallCause::queue_full);
        return;
    }
    if (service.memory.per_request > 0) {
        const std::uint64_t needed =
            service.memory.base + (instance.requests.size() + 1) * service.memory.per_request;
        if (needed > service.memory.limit) {
            refusal.outcome = CallOutcome::refused;
            transmit(to, from, refusal);
            kill_instance(message.instance, StopCause::out_of_memory);
            start_instance(message.instance, service.start_time);
            return;
        }
    }
    admit(message.instance, from, message, entered_as);
}

// Why the instance does not take the call; none: it does.
CallCause Services::admission(Instance& instance, const ServiceMessage& message) {
    for (const ServiceFault& one : service_faults_) {
        if (one.kind != ServiceFault::Kind::descriptor_limit || one.service != instance.service ||
            instance.requests.size() + instance.outgoing < one.number) {
            continue;
        }
        receipts_.effect(now(), one.fault, FaultEffect::connection_refused);
        return CallCause::descriptors;
    }
    Guards& guards = instance.guards;
    if (guards.rate_limit && !guards.rate_limit->admit(now())) return CallCause::rate_limited;
    if (guards.degradation) {
        const auto pressure = static_cast<std::uint32_t>(guards.pressure->mean(now()) + 0.5);
        const auto level = guards.degradation->observe(now(), pressure);
        const auto number = static_cast<std::uint32_t>(level);
        if (std::exchange(guards.degraded_to, number) != number) {
            record_.add(now(), DegradationChanged{InstanceId{message.instance}, number});
        }
        if (!guards.degradation->admits(message.criticality)) return CallCause::degraded;
    }
    if (guards.utilisation) {
        const bool no_place = instance.queue.is_full() && instance.busy >= workers(instance);
        if (!guards.utilisation->admit(now(), {message.criticality, no_place},
                                       instance.shedding)) {
            return no_place ? CallCause::queue_full : CallCause::shed;
        }
    }
    if (guards.priority) {
        const std::uint32_t level =
            level_of(message.criticality, guards.levels, instance.shedding);
        if (!guards.priority->admit(now(), level)) return CallCause::shed;
    }
    return CallCause::none;
}

void Services::admit(std::uint32_t number, HostId from, const ServiceMessage& message,
                     std::uint32_t entered_as) {
    Instance& instance = instances_[number];
    const std::uint32_t slot = requests_.take();
    ServedRequest& request = requests_[slot];
    request = ServedRequest{};
    request.ticket = new_ticket();
    request.instance = number;
    request.place = static_cast<std::uint32_t>(instance.requests.size());
    instance.requests.push_back(slot);
    request.from = from;
    request.edge = message.edge;
    request.attempt = message.attempt;
    request.attempt_ticket = message.ticket;
    request.criticality = message.criticality;
    request.arrived = now();
    request.deadline = Deadline::after(now(), message.left).at();
    request.entered_as = entered_as;
    if (taken_.size() <= message.attempt) taken_.resize(message.attempt + 1);
    taken_[message.attempt] = {message.ticket, slot};
    if (instance.queue.size() == 0 && instance.busy < workers(instance)) {
        start_work(slot);
        return;
    }
    if (!instance.queue.push(now(), slot)) {
        reject_dropped(number);
        answer(slot, CallOutcome::rejected, CallCause::queue_full);
        return;
    }
    const QueueSpec& queue = spec(instance).queue;
    if (queue.timeout.ns > 0) {
        wheel_.add(now() + queue.timeout, queue_due, slot, request.ticket);
    }
    wheel_.add(instance.queue.look_at(now()), queue_look, number, instance.life);
    reject_dropped(number);
    note_queue(number);
}

void Services::set_busy(Instance& instance, std::uint32_t busy) {
    instance.busy = busy;
    Guards& guards = instance.guards;
    const std::uint32_t workers = spec(instance).concurrency;
    if (guards.utilisation) guards.utilisation->busy(now(), busy, workers);
    if (guards.pressure) guards.pressure->set(now(), 100.0 * busy / workers);
}

// A worker takes it.
void Services::start_work(std::uint32_t slot) {
    ServedRequest& request = requests_[slot];
    Instance& instance = instances_[request.instance];
    const ServiceSpec& service = spec(instance);
    set_busy(instance, instance.busy + 1);
    if (instance.guards.priority) {
        instance.guards.priority->waited(now(), now() - request.arrived);
    }
    Duration work =
        work_[work_of_[first_work_[instance.service] + instance.version]].draw(instance.work);
    if (instance.guards.degradation) {
        const std::uint32_t percent = instance.guards.degradation->meaning().work_percent;
        work = Duration{work.ns / 100 * percent};
    }
    Duration extra{};
    for (EdgeFault& fault : edge_faults_) {
        if (!fault.covers[request.edge]) continue;
        if (fault.kind == EdgeFault::Kind::errors && fault.chance.draw(fault.random)) {
            receipts_.effect(now(), fault.fault, FaultEffect::call_failed);
            request.failed = true;
        } else if (fault.kind == EdgeFault::Kind::latency) {
            receipts_.effect(now(), fault.fault, FaultEffect::call_delayed);
            extra = extra + fault.latency->draw(fault.random);
        }
    }
    if (request.failed) {
        // An error costs nothing but what the fault adds.
        request.stage = ServedRequest::Stage::waiting;
        queue_.push(now() + extra, {this, worked, slot, request.ticket});
        return;
    }
    // What a version does wrong comes out when its work is done.
    request.failed = Chance(error_rate(instance)).draw(instance.errors);
    Host& machine = hosts_[instance.node.value];
    const auto parts = static_cast<std::int64_t>(service.cpu_share * kPartsOfCpu + 0.5);
    const Duration computing{static_cast<std::int64_t>(
        static_cast<novacron::Wide>(work.ns) * parts / kPartsOfCpu)};
    request.rest = work - computing + extra;
    const Duration cost = computing + machine.hog;
    if (cost.ns > 0 && machine.processor) {
        request.stage = ServedRequest::Stage::computing;
        machine.processor->run({slot, request.ticket, cost});
    } else {
        request.rest = request.rest + cost;
        after_processor(slot);
    }
}

void Services::after_processor(std::uint32_t slot) {
    ServedRequest& request = requests_[slot];
    request.stage = ServedRequest::Stage::waiting;
    queue_.push(now() + request.rest, {this, worked, slot, request.ticket});
}

// Its own work is done, or a group of its calls: on to the next group, or to the answer.
void Services::continue_calls(std::uint32_t slot) {
    ServedRequest& request = requests_[slot];
    const ServiceSpec& service = spec(instances_[request.instance]);
    for (;;) {
        if (request.failed) {
            answer(slot, CallOutcome::failed, CallCause::none);
            return;
        }
        if (request.next_call >= service.calls.size()) {
            answer(slot, CallOutcome::ok, CallCause::none);
            return;
        }
        if (request.cancelled ||
            (service.queue.drop_expired && now() > request.deadline)) {
            answer(slot, CallOutcome::rejected, CallCause::expired);
            return;
        }
        // One more than there are, so that a call that ends at once ends nothing else.
        request.outstanding = 1;
        begin_children(slot);
        if (--request.outstanding > 0) return;
    }
}

// Those that begin together.
void Services::begin_children(std::uint32_t slot) {
    ServedRequest& request = requests_[slot];
    Instance& instance = instances_[request.instance];
    const ServiceSpec& service = spec(instance);
    const bool has_features =
        !instance.guards.degradation || instance.guards.degradation->meaning().features;
    do {
        const std::uint32_t number = request.next_call++;
        const CallSpec& call = service.calls[number];
        const bool is_needed =
            call.probability >= 1 || Chance(call.probability).draw(instance.needs);
        if (!is_needed || (call.optional && !has_features)) continue;
        if (instance.caches[number] && instance.caches[number]->hits()) continue;
        ++request.outstanding;
        begin_call({instance.first_channel + number, slot, number, Deadline(request.deadline),
                    request.criticality, {}});
    } while (request.next_call < service.calls.size() &&
             service.calls[request.next_call].parallel);
}

void Services::child_ended(std::uint32_t slot, std::uint32_t number, bool ok) {
    ServedRequest& request = requests_[slot];
    Instance& instance = instances_[request.instance];
    if (!ok && !spec(instance).calls[number].optional) request.failed = true;
    if (ok && instance.caches[number]) instance.caches[number]->answered();
    if (--request.outstanding == 0) continue_calls(slot);
}

void Services::answer(std::uint32_t slot, CallOutcome outcome, CallCause cause) {
    const ServedRequest& request = requests_[slot];
    if (!request.cancelled) {
        ServiceMessage message;
        message.kind = ServiceMessage::Kind::answer;
        message.outcome = outcome;
        message.cause = cause;
        message.edge = request.edge;
        message.instance = request.instance;
        message.attempt = request.attempt;
        message.ticket = request.attempt_ticket;
        transmit(host(instances_[request.instance]), request.from, message);
    }
    using Kind = CallResult::Kind;
    const bool is_overload = outcome == CallOutcome::rejected && !request.cancelled;
    finish_request(slot, outcome == CallOutcome::ok ? Kind::served
                         : is_overload              ? Kind::dropped
                                                    : Kind::ignored);
}

void Services::finish_request(std::uint32_t slot, CallResult::Kind kind) {
    ServedRequest& request = requests_[slot];
    const std::uint32_t number = request.instance;
    Instance& instance = instances_[number];
    if (instance.guards.limit) {
        instance.guards.limit->leave({kind, now() - request.arrived, request.entered_as});
    }
    const std::uint32_t last = instance.requests.back();
    instance.requests[request.place] = last;
    requests_[last].place = request.place;
    instance.requests.pop_back();
    request.ticket = 0;
    const bool had_worker = request.stage != ServedRequest::Stage::queued;
    requests_.give_back(slot);
    if (!had_worker) return;
    set_busy(instance, instance.busy - 1);
    serve_next(number);
}

// Free workers take what waits.
void Services::serve_next(std::uint32_t number) {
    Instance& instance = instances_[number];
    if (instance.queue.size() == 0) return;
    const QueueSpec& queue = spec(instance).queue;
    while (instance.busy < workers(instance)) {
        const auto slot = instance.queue.take(now());
        reject_dropped(number);
        if (!slot) break;
        if (queue.drop_expired && now() > requests_[*slot].deadline) {
            answer(*slot, CallOutcome::rejected, CallCause::expired);
        } else {
            start_work(*slot);
        }
    }
    note_queue(number);
}

// Those that the queue's discipline has dropped.
void Services::reject_dropped(std::uint32_t number) {
    auto& dropped = instances_[number].queue.dropped();
    for (const std::uint32_t slot : dropped) {
        answer(slot, CallOutcome::rejected, CallCause::codel);
    }
    dropped.clear();
}

void Services::leave_queue(std::uint32_t slot, CallCause cause) {
    const std::uint32_t number = requests_[slot].instance;
    instances_[number].queue.remove(slot);
    answer(slot, CallOutcome::rejected, cause);
    note_queue(number);
}

// Its caller has given up and says so. Work that is under way goes on to its next call.
void Services::cancel_request(const ServiceMessage& message) {
    if (message.attempt >= taken_.size()) return;
    const Taken taken = taken_[message.attempt];
    if (taken.attempt_ticket != message.ticket) return;
    ServedRequest& request = requests_[taken.request];
    if (request.ticket == 0 || request.attempt_ticket != message.ticket ||
        request.instance != message.instance) {
        return;
    }
    request.cancelled = true;
    if (request.stage != ServedRequest::Stage::queued) return;
    leave_queue(taken.request, CallCause::expired);
}

void Services::note_queue(std::uint32_t number) {
    constexpr std::uint32_t kFirst = 16;
    Instance& instance = instances_[number];
    const std::uint32_t size = instance.queue.size();
    const std::uint32_t told = instance.queue_told;
    const bool grew = size >= std::max(kFirst, 2 * told);
    const bool shrank = told > 0 && size <= told / 2 && (size >= kFirst || size == 0);
    if (!grew && !shrank) return;
    instance.queue_told = size;
    record_.add(now(), QueueCrossed{InstanceId{number}, size});
}

}  // namespace shaketable
