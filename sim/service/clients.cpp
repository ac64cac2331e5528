// SPDX-License-Identifier: MIT
//
// Those for whom it is all done: populations of clients in open and closed loops.
#include "sim/service/services.hpp"

namespace shaketable {

void Services::begin_population(std::uint32_t number) {
    Population& population = populations_[number];
    const bool open = population.spec->loop == ClientSpec::Loop::open;
    const std::uint32_t events = open ? 1 : population.spec->clients;
    const std::uint32_t kind = open ? arrival : thought;
    for (std::uint32_t i = 0; i < events; ++i) {
        queue_.push(now() + population.gaps.draw(population.arrivals), {this, kind, number, 0});
    }
}

void Services::add_request(PopulationId population) {
    issue(population.value, Issue::extra);
}

void Services::issue(std::uint32_t number, Issue by) {
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
                by == Issue::extra});
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
    queue_.push(now() + population.gaps.draw(population.arrivals), {this, thought, number, 0});
}

}  // namespace shaketable
