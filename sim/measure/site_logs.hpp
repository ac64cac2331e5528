// SPDX-License-Identifier: MIT
//
// Every site's log of records, as the facts tell it, and the states that it comes to: the ground
// truth about what was archived of sites.
//
// Intuition: records are what sites agree on, so the state after a record is a fold of the records
// up to it, whichever site is asked and whatever its group's entries are. This knows nothing of
// archives, timelines and forks: the log of a site is the site's own.
//
// Invariant: states()[n] is that of the records 1..n; of sessions it says no entry, as backups of
// sites do not (sim/backup/site_state.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/kv/store.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

class SiteLogs final
    : private ListensTo<SiteRecordCommitted, SiteReseeded, TimelineBegun> {
public:
    explicit SiteLogs(Record& record) { record.listen(*this); }

    // Whose log the archive follows; nothing before it has begun.
    std::optional<SiteId> followed() const { return followed_; }
    // The digest of the state after the record; nothing if the site has none such.
    std::optional<std::uint64_t> state_after(SiteId site, LogIndex record) const;
    // What identifies each record's command (Bytes::digest), from the first record on; 0: none.
    std::vector<std::uint64_t> contents(SiteId site) const;

private:
    struct Log {
        std::vector<novacron::kv::Command> commands;  // sequence 0: none
        novacron::kv::Store store;
        std::vector<std::uint64_t> states{0};  // by record
    };

    void on(Instant, const SiteRecordCommitted& fact) override;
    void on(Instant, const SiteReseeded& fact) override;
    void on(Instant, const TimelineBegun& fact) override { followed_ = fact.site; }
    static void append(Log& log, const novacron::kv::Command& command);
    static void cut_after(Log& log, LogIndex record);

    std::map<SiteId, Log> logs_;
    std::optional<SiteId> followed_;
};

}  // namespace shaketable
