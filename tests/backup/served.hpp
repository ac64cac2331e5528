// SPDX-License-Identifier: MIT
//
// A group of five nodes that is backed up every second, and restored as a schedule of faults says.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "sim/backup/backups.hpp"
#include "tests/fault/struck.hpp"

namespace shaketable::test {

inline BackupOptions by_the_second() {
    BackupOptions options;
    options.full_every = novacron::seconds(4);
    options.full_at = Duration{};
    options.incremental_every = novacron::seconds(1);
    options.archive_timeout = novacron::milliseconds(200);
    options.full_redundancy = Redundancy::regional;
    options.store.latency = Constant{novacron::milliseconds(5)};
    options.store.timeout = novacron::milliseconds(300);
    options.restore.locate = novacron::milliseconds(10);
    options.restore.provision = Constant{novacron::milliseconds(20)};
    return options;
}

struct Served {
    explicit Served(const std::vector<PlannedFault>& faults,
                      const BackupOptions& options = by_the_second())
        : struck(faults),
          backups(options,
                  {struck.small.queue, struck.small.record, struck.small.receipts, sync_latency},
                  struck.small.fleet, {everybody().among, 0}, Random(5)) {
        backups.start();
        struck.injector.attach(backups);
    }
    template <class F>
    std::vector<std::pair<Instant, F>> all() const {
        return struck.small.all<F>();
    }
    // The digest of the state after an entry, as the nodes had it.
    std::uint64_t truth(LogIndex index) const {
        for (const auto& [at, fact] : all<EntryApplied>()) {
            if (fact.index == index) return fact.state;
        }
        return 0;
    }
    std::optional<FaultEffect> effect_of(std::uint32_t fault) const {
        for (const auto& [at, fact] : all<FaultObserved>()) {
            if (fact.fault == FaultId{fault}) return fact.effect;
        }
        return std::nullopt;
    }

    Distribution sync_latency{Constant{novacron::milliseconds(1)}};
    Struck struck;
    Backups backups;
};

inline PlannedFault of_backups(const FaultKind& kind, std::int64_t from_s, std::int64_t to_s) {
    PlannedFault fault = planned(kind, {});
    fault.start = at_s(from_s);
    fault.end = at_s(to_s);
    return fault;
}
inline PlannedFault once(const FaultKind& kind, std::int64_t at) {
    PlannedFault fault = of_backups(kind, at, at);
    fault.end = at_s(at) + Duration{1};
    return fault;
}

}  // namespace shaketable::test
