// SPDX-License-Identifier: MIT
#include "sim/measure/site_logs.hpp"

#include "core/base/check.hpp"

namespace shaketable {

std::optional<std::uint64_t> SiteLogs::state_after(SiteId site, LogIndex record) const {
    const auto log = logs_.find(site);
    if (log == logs_.end() || record.value >= log->second.states.size()) return std::nullopt;
    return log->second.states[record.value];
}

std::vector<std::uint64_t> SiteLogs::contents(SiteId site) const {
    std::vector<std::uint64_t> contents;
    const auto log = logs_.find(site);
    if (log == logs_.end()) return contents;
    for (const novacron::kv::Command& command : log->second.commands) {
        contents.push_back(command.sequence == 0 ? 0 : novacron::kv::digest_of(command));
    }
    return contents;
}

// A store's state hangs on the commands' order and on the entries that it is told; it is told none.
void SiteLogs::append(Log& log, const novacron::kv::Command& command) {
    log.commands.push_back(command);
    if (command.sequence != 0) log.store.apply(LogIndex{}, command);
    log.states.push_back(log.store.digest());
}

void SiteLogs::cut_after(Log& log, LogIndex record) {
    if (record.value >= log.commands.size()) return;
    std::vector<novacron::kv::Command> kept = std::move(log.commands);
    kept.resize(record.value);
    log = Log{};
    for (const novacron::kv::Command& command : kept) append(log, command);
}

void SiteLogs::on(Instant, const SiteRecordCommitted& fact) {
    Log& log = logs_[fact.site];
    novacron::check(fact.record.value >= 1 && fact.record.value <= log.commands.size() + 1,
                    "a site's records follow on each other");
    cut_after(log, fact.record - 1);
    append(log, {ClientId{fact.client}, fact.sequence, fact.key, fact.value});
}

void SiteLogs::on(Instant, const SiteReseeded& fact) {
    Log seed = logs_[fact.source];
    cut_after(seed, fact.through);
    logs_[fact.site] = std::move(seed);
}

}  // namespace shaketable
