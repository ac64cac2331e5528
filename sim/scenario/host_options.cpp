// SPDX-License-Identifier: MIT
#include "sim/scenario/host_options.hpp"

#include <algorithm>

#include "core/base/overloaded.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

std::optional<FaultKind> stop_of(std::string_view word, const Fields& with) {
    const auto time = [&](std::string_view key) { return with.duration(key).value_or(Duration{}); };
    const Duration spread = time("spread");
    if (word == "node.crash") return NodeCrash{spread};
    if (word == "node.power_loss" || word == "zone.loss" || word == "site.loss" ||
        word == "rack.loss") {
        return PowerLoss{spread};
    }
    if (word == "node.restart") return NodeRestart{time("downtime")};
    if (word == "node.crash_loop") return CrashLoop{time("up_time")};
    if (word == "node.kill_at") {
        const auto point = std::find(kKillPointNames.begin(), kKillPointNames.end(),
                                     with.text("point").value_or(""));
        if (point == kKillPointNames.end()) return KillAt{};
        return KillAt{static_cast<KillPoint>(point - kKillPointNames.begin())};
    }
    if (word == "host.lost_disk") {
        const bool amnesiac = with.text("comes_back") == "amnesiac";
        return LostDisk{amnesiac ? LostDisk::Return::amnesiac : LostDisk::Return::refused, spread};
    }
    return std::nullopt;
}

std::optional<FaultKind> disk_fault_of(std::string_view word, const Fields& with) {
    const bool spares_lies = with.boolean("spares_lies").value_or(false);
    if (word == "disk.torn_write") return TornWrite{spares_lies};
    if (word == "disk.unsynced_loss") return UnsyncedLoss{spares_lies};
    if (word == "disk.write_error") return WriteError{};
    if (word == "disk.misdirected_write") return MisdirectedWrite{};
    if (word == "disk.fail_slow") {
        return DiskFailSlow{with.duration("from").value_or(Duration{}),
                            with.duration("to").value_or(Duration{})};
    }
    return std::nullopt;
}

HostOptions times(std::string_view key, Duration time) {
    if (time == Duration{}) return {};
    return {{std::string(key), format_duration(time)}};
}
HostOptions spares(bool lies) {
    return lies ? HostOptions{{"spares_lies", "true"}} : HostOptions{};
}

}  // namespace

std::optional<FaultKind> host_fault_of(std::string_view word, const Fields& with) {
    if (auto kind = stop_of(word, with)) return kind;
    if (auto kind = disk_fault_of(word, with)) return kind;
    if (word == "host.cpu_hog") return CpuHog{with.duration("cost").value_or(Duration{1})};
    if (word == "host.memory_leak") {
        return MemoryLeak{with.size("leak").value_or(1), with.size("limit").value_or(1)};
    }
    if (word == "host.connection_limit") {
        return ConnectionLimit{
            static_cast<std::uint32_t>(with.integer("connections").value_or(0))};
    }
    return std::nullopt;
}

HostOptions host_options_of(const NodeCrash& fault) { return times("spread", fault.spread); }
HostOptions host_options_of(const PowerLoss& fault) { return times("spread", fault.spread); }
HostOptions host_options_of(const NodeRestart& fault) { return times("downtime", fault.downtime); }
HostOptions host_options_of(const CrashLoop& fault) { return times("up_time", fault.up_time); }
HostOptions host_options_of(const KillAt& fault) {
    return {{"point", std::string(kKillPointNames.at(static_cast<std::size_t>(fault.point)))}};
}
HostOptions host_options_of(const TornWrite& fault) { return spares(fault.spares_lies); }
HostOptions host_options_of(const UnsyncedLoss& fault) { return spares(fault.spares_lies); }
HostOptions host_options_of(const WriteError&) { return {}; }
HostOptions host_options_of(const MisdirectedWrite&) { return {}; }
HostOptions host_options_of(const DiskFailSlow& fault) {
    return {{"from", format_duration(fault.from)}, {"to", format_duration(fault.to)}};
}
HostOptions host_options_of(const LostDisk& fault) {
    HostOptions options = times("spread", fault.spread);
    if (fault.comes_back == LostDisk::Return::amnesiac) {
        options.emplace_back("comes_back", "amnesiac");
    }
    return options;
}
HostOptions host_options_of(const CpuHog& fault) { return times("cost", fault.cost); }
HostOptions host_options_of(const MemoryLeak& fault) {
    return {{"leak", format_size(fault.bytes_per_second)}, {"limit", format_size(fault.limit)}};
}
HostOptions host_options_of(const ConnectionLimit& fault) {
    return {{"connections", std::to_string(fault.connections)}};
}

Duration spread_of(const FaultKind& kind) {
    return std::visit(novacron::Overloaded{[](const NodeCrash& f) { return f.spread; },
                                           [](const PowerLoss& f) { return f.spread; },
                                           [](const LostDisk& f) { return f.spread; },
                                           [](const auto&) { return Duration{}; }},
                      kind);
}

}  // namespace shaketable
