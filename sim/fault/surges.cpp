// SPDX-License-Identifier: MIT
#include "sim/fault/surges.hpp"

#include <algorithm>

#include "sim/service/services.hpp"

namespace shaketable {
namespace {

// Between the operations that come in addition.
Exponential gap_of(double factor, double usual_per_second) {
    const double per_second = (factor - 1) * usual_per_second;
    return {Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(1e9 / per_second))}};
}

}  // namespace

void Surges::begin(const Growth& growth, const std::vector<std::uint32_t>& workloads,
                   const Random& random) {
    for (const std::uint32_t number : workloads) {
        const Random own = random.fork("workload", number);
        const auto usual = fleet_.rate_of(number);
        if (!usual) {
            grow_closed_loop(growth, number, own);
            continue;
        }
        const auto [place, added] = streams_.emplace(
            next_++, Stream{growth.fault, number, queue_.now(), growth.over,
                            Distribution(gap_of(growth.factor, *usual)), own.fork("arrivals"),
                            own.fork("thinning"), own.fork("keys")});
        wait(place->first, place->second);
    }
}

void Surges::grow_closed_loop(const Growth& growth, std::uint32_t workload, const Random& random) {
    const PopulationId population{workload - fleet_.workload_count()};
    Services& services = *fleet_.services();
    if (growth.closed_loop == ClosedLoopSurge::less_thought) {
        services.shorten_thoughts(growth.fault, population, growth.factor, growth.over);
        return;
    }
    const double usual = services.graph().clients.at(population.value).clients;
    const auto more = static_cast<std::uint32_t>((growth.factor - 1) * usual + 0.5);
    services.add_clients(growth.fault, population, std::max(1U, more), growth.over,
                         random.fork("thoughts"));
}

void Surges::end(FaultId fault) {
    if (fleet_.services() != nullptr) fleet_.services()->end_fault(fault);
    std::erase_if(streams_, [fault](const auto& entry) { return entry.second.fault == fault; });
}

void Surges::herd(FaultId fault, std::uint32_t operations,
                  const std::vector<std::uint32_t>& workloads, const Random& random) {
    for (const std::uint32_t number : workloads) {
        Random keys = random.fork("workload", number).fork("keys");
        for (std::uint32_t i = 0; i < operations; ++i) add_operation(fault, number, keys);
    }
}

void Surges::on_event(Instant now, const Event& event) {
    const auto found = streams_.find(event.a);
    if (found == streams_.end()) return;
    Stream& stream = found->second;
    wait(event.a, stream);
    if (now - stream.start < stream.over) {
        const Chance comes(static_cast<double>((now - stream.start).ns) /
                           static_cast<double>(stream.over.ns));
        if (!comes.draw(stream.thinning)) return;
    }
    add_operation(stream.fault, stream.workload, stream.keys);
}

void Surges::wait(std::uint32_t number, Stream& stream) {
    queue_.push(queue_.now() + stream.gaps.draw(stream.arrivals), {this, 0, number, 0});
}

void Surges::add_operation(FaultId fault, std::uint32_t workload, Random& keys) {
    receipts_.effect(queue_.now(), fault, FaultEffect::load_added);
    fleet_.add_operation(workload, keys);
}

}  // namespace shaketable
