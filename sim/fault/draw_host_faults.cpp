// SPDX-License-Identifier: MIT
#include "sim/fault/draw_host_faults.hpp"

#include <algorithm>

namespace shaketable {
namespace {

using novacron::milliseconds;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

std::int64_t up_to(std::int64_t most, Random& random) {
    return static_cast<std::int64_t>(1 + random.below(static_cast<std::uint64_t>(most)));
}

void draw_place(PlannedFault& fault, const std::vector<std::vector<NodeId>>& places,
                Random& random) {
    fault.kind = PowerLoss{};
    fault.target.role = Selector::Role::any;
    fault.target.pick.reset();
    if (!places.empty()) {
        fault.target.among = places[static_cast<std::size_t>(random.below(places.size()))];
    }
}

}  // namespace

void draw_host_fault(PlannedFault& fault, const StandingPlaces& places, Random& random) {
    const std::string& word = fault.inject;
    if (word == "node.restart") {
        const std::int64_t ms = random.below(2) == 0 ? 0 : up_to(3000, random);
        fault.kind = NodeRestart{milliseconds(ms)};
    }
    if (word == "node.crash_loop") fault.kind = CrashLoop{milliseconds(100 * up_to(20, random))};
    if (word == "node.kill_at") {
        fault.kind = KillAt{static_cast<KillPoint>(random.below(kKillPointNames.size()))};
    }
    if (word == "disk.torn_write") fault.kind = TornWrite{};
    if (word == "disk.unsynced_loss") fault.kind = UnsyncedLoss{};
    if (word == "disk.write_error") fault.kind = WriteError{};
    if (word == "disk.misdirected_write") fault.kind = MisdirectedWrite{};
    if (word == "disk.fail_slow") {
        const Duration from = milliseconds(up_to(10, random));
        fault.kind = DiskFailSlow{from, milliseconds(20 * up_to(20, random))};
    }
    if (word == "host.lost_disk") fault.kind = LostDisk{};
    if (word == "zone.loss") draw_place(fault, places.zones, random);
    if (word == "site.loss") draw_place(fault, places.sites, random);
    if (word == "rack.loss") draw_place(fault, places.racks, random);
    if (word == "host.cpu_hog") {
        fault.kind = CpuHog{novacron::microseconds(100 * up_to(50, random))};
    }
    if (word == "host.memory_leak") {
        const auto rate = static_cast<std::uint64_t>(up_to(8, random));
        fault.kind = MemoryLeak{rate * 64 * kMiB, 256 * kMiB};
    }
    if (word == "host.connection_limit") {
        fault.kind = ConnectionLimit{static_cast<std::uint32_t>(random.below(4))};
    }
}

void settle_host_fault(PlannedFault& fault, Instant until) {
    const Instant at_once = fault.start + Duration{1};
    if (auto* restart = std::get_if<NodeRestart>(&fault.kind)) {
        fault.end = std::max(at_once, std::min(until, fault.start + restart->downtime));
        if (restart->downtime > Duration{}) restart->downtime = *fault.end - fault.start;
    }
    if (std::holds_alternative<DiskBitRot>(fault.kind) ||
        std::holds_alternative<LeadershipTransfer>(fault.kind)) {
        fault.end = at_once;
    }
    if (fault.tolerance != RandomFaults::Tolerance::within) return;
    if (auto* torn = std::get_if<TornWrite>(&fault.kind)) torn->spares_lies = true;
    if (auto* loss = std::get_if<UnsyncedLoss>(&fault.kind)) loss->spares_lies = true;
}

}  // namespace shaketable
