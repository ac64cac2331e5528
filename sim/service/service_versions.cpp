// SPDX-License-Identifier: MIT
//
// Versions of a service beside each other, and how requests are shared among them.
#include "core/base/check.hpp"
#include "sim/service/services.hpp"

namespace shaketable {

void Services::start_version(std::uint32_t service, std::uint32_t version) {
    if (traffic_.at(service).started.at(version)) return;
    traffic_[service].started[version] = true;
    for (std::uint32_t i = firsts_[service]; i < firsts_[service + 1]; ++i) {
        if (instances_[i].version == version) let_up(InstanceId{i});
    }
}

bool Services::serves(std::uint32_t service, std::uint32_t version) const {
    for (std::uint32_t i = firsts_.at(service); i < firsts_.at(service + 1); ++i) {
        if (instances_[i].version == version && !instances_[i].up) return false;
    }
    return true;
}

void Services::shift(FaultId fault, std::uint32_t service, std::uint32_t version,
                     std::uint32_t share_ppm) {
    Traffic& traffic = traffic_.at(service);
    const bool shifts = traffic.to != traffic.from;
    novacron::check(share_ppm <= kWhole, "a share is at most the whole");
    novacron::check(shifts ? version == traffic.from || version == traffic.to
                           : version != traffic.from,
                    "requests are shared by two versions");
    if (version == traffic.from) traffic.from = traffic.to;
    traffic.to = share_ppm == 0 ? traffic.from : version;
    traffic.fault = fault;
    traffic.share_ppm = share_ppm;
    traffic.share = Chance(static_cast<double>(share_ppm) / kWhole);
    record_.add(now(), TrafficShifted{fault, service, version, share_ppm});
}

void Services::settle(std::uint32_t service) {
    Traffic& traffic = traffic_.at(service);
    novacron::check(traffic.share_ppm == kWhole, "what serves has all requests");
    traffic.from = traffic.to;
    traffic.share_ppm = 0;
}

std::uint32_t Services::draw_version(Channel& channel) {
    const Traffic& traffic = traffic_[callee_of_[channel.ends.edge.value]];
    if (traffic.to == traffic.from) return traffic.from;
    if (!traffic.share.draw(channel.shift)) return traffic.from;
    receipts_.effect(now(), *traffic.fault, FaultEffect::traffic_shifted);
    return traffic.to;
}

InstanceId Services::serving(std::uint32_t service, std::uint32_t place) const {
    const auto places = static_cast<std::uint32_t>(graph_.services.at(service).on.size());
    return InstanceId{firsts_[service] + traffic_[service].from * places + place};
}

}  // namespace shaketable
