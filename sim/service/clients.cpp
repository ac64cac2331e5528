// SPDX-License-Identifier: MIT
//
// Those for whom it is all done: populations of clients in open and closed loops.
#include <algorithm>

#include "sim/service/services.hpp"

namespace shaketable {

void Services::begin_population(std::uint32_t number) {
    Population& population = populations_[number];
    const bool open = population.spec->loop == ClientSpec::Loop::open;
    if (open) {
        queue_.push(now() + population.gaps.draw(population.arrivals), {this, arrival, number, 0});
        return;
    }
    for (std::uint32_t i = 0; i < population.spec->clients; ++i) think(number, kNoSlot);
}

void Services::add_request(PopulationId population) {
    issue(population.value, Issue::extra);
}

void Services::issue(std::uint32_t number, Issue by, std::uint32_t guest_of) {
    Population& population = populations_[number];
    const ClientSpec& client = *population.spec;
    RequestCounts& counts = population.counts;
    const RequestId request{++requests_issued_};
    ++counts.offered;
    const bool open = client.loop == ClientSpec::Loop::open;
    if (open && client.clients > 0 && counts.under_way >= client.clients) {
        ++counts.rejected;
        record_.add(now(), RequestEnded{request, PopulationId{number}, CallOutcome::rejected,
                                        CallCause::no_client, now(), 0});
        return;
    }
    ++counts.under_way;
    begin_call({population.channel, kNoSlot, 0, {}, client.criticality, request,
                by == Issue::extra, guest_of});
}

void Services::add_clients(FaultId fault, PopulationId population, std::uint32_t clients,
                           Duration over, const Random& random) {
    growths_.push_back({fault, population.value, random, 1, now(), over});
    for (std::uint32_t i = 0; i < clients; ++i) {
        const auto share = static_cast<double>(i) / clients;
        think(population.value, fault.value,
              Duration{static_cast<std::int64_t>(share * static_cast<double>(over.ns))});
    }
}

void Services::shorten_thoughts(FaultId fault, PopulationId population, double factor,
                                Duration over) {
    growths_.push_back({fault, population.value, std::nullopt, factor, now(), over});
}

ClosedLoopGrowth* Services::growth_with(std::uint32_t guest_of, std::uint32_t population) {
    for (ClosedLoopGrowth& one : growths_) {
        if (one.fault.value == guest_of && one.population == population) return &one;
    }
    return nullptr;
}

// A client thinks, having been on its way for a while.
void Services::think(std::uint32_t number, std::uint32_t guest_of, Duration coming) {
    Population& population = populations_[number];
    ClosedLoopGrowth* came_with = guest_of == kNoSlot ? nullptr : growth_with(guest_of, number);
    if (guest_of != kNoSlot && came_with == nullptr) return;  // it leaves
    Duration time = population.gaps.draw(came_with == nullptr ? population.arrivals
                                                              : *came_with->thoughts);
    for (const ClosedLoopGrowth& one : growths_) {
        if (one.thoughts || one.population != number) continue;
        const double grown = one.over.ns == 0
                                 ? 1
                                 : std::min(1.0, static_cast<double>((now() - one.start).ns) /
                                                     static_cast<double>(one.over.ns));
        const double factor = 1 + (one.factor - 1) * grown;
        time = Duration{static_cast<std::int64_t>(static_cast<double>(time.ns) / factor)};
        receipts_.effect(now(), one.fault, FaultEffect::load_added);
    }
    queue_.push(now() + coming + time, {this, thought, number, guest_of});
}

void Services::thought_over(std::uint32_t number, std::uint32_t guest_of) {
    if (guest_of != kNoSlot) {
        const ClosedLoopGrowth* came_with = growth_with(guest_of, number);
        if (came_with == nullptr) return;
        receipts_.effect(now(), came_with->fault, FaultEffect::load_added);
    }
    issue(number, Issue::by_loop, guest_of);
}

void Services::request_ended(const Call& call, CallOutcome outcome, CallCause cause) {
    const std::uint32_t number = ends_[call.channel].population.value;
    Population& population = populations_[number];
    RequestCounts& counts = population.counts;
    --counts.under_way;
    switch (outcome) {
        case CallOutcome::ok: ++counts.ok; break;
        case CallOutcome::failed:
        case CallOutcome::cancelled: ++counts.failed; break;
        case CallOutcome::timed_out: ++counts.timed_out; break;
        case CallOutcome::rejected: ++counts.rejected; break;
        case CallOutcome::refused: ++counts.refused; break;
    }
    record_.add(now(), RequestEnded{call.request, PopulationId{number}, outcome, cause,
                                    call.begun, call.attempts});
    if (population.spec->loop == ClientSpec::Loop::open || call.is_extra) return;
    think(number, call.guest_of);
}

}  // namespace shaketable
