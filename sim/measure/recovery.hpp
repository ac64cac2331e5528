// SPDX-License-Identifier: MIT
//
// How long service was gone after a fault, from the clients' own history (RTO), and in which phase
// of the recovery the time went.
//
// Definitions, for the operations of one kind, in the order of issue:
//   An operation is *good* if it was acknowledged within the latency limit, *slow* if it was
//   acknowledged later, *failed* if it was not. One that is younger than the limit when the run
//   ends says nothing and is left out. Service *holds* from operation i on if for every later
//   operation j issued within `hold` of i, of the operations i .. j at most 1 - success_ratio
//   failed and at most 5 % were slow. So both limits hold at every moment of the interval, not only
//   at its end, and the first operation is good. t_rec is the first acknowledgement of the first
//   interval, issued at or after t_fault, from which service holds. RTO = t_rec - t_fault; it is 0
//   if service holds from the first operation on: then it never fell below its target. If no
//   interval of full length holds before the run ends, the RTO is *censored*: greater than what was
//   seen, by how much nobody knows. An *outage* is three or more operations in a row that are not
//   good: from the issue of the first to the first acknowledgement of a good one after them. Where
//   many wait at once these overlap, and what overlaps is one outage: so the time out of service is
//   never longer than the time there was.
//
// Phases: detect (until a server asks for an election), elect (until the leader that serves at
// t_rec is elected), catch-up (until it first commits), client (until t_rec). What does not occur
// between t_fault and t_rec takes no time, and they sum to the RTO. Invariant, always checked.
// If the nodes were made anew from a backup meanwhile, or else if another site became primary, the
// phases are those of that instead: see sim/measure/backups.hpp and site_history.hpp.
#pragma once

#include <optional>
#include <vector>

#include "sim/measure/operations.hpp"
#include "sim/measure/phase.hpp"

namespace shaketable {

struct ServiceLevel {
    double success_ratio;
    Duration latency_p95;
    Duration hold;
};

class BackupHistory;
class SiteHistory;

// From the issue of its first operation to the return of service, or to the run's end.
struct Outage {
    Instant start;
    Instant end;
};

struct Recovery {
    std::optional<Duration> rto;  // nothing: censored
    std::vector<Phase> phases;    // empty when censored
    std::optional<Duration> first_success;
    Duration unavailable{};       // the sum of the outages' lengths
    std::uint64_t flaps = 0;      // outages after the first
    std::vector<Outage> outages;  // in the order of their starts
};

// Elections and first commitments, as the facts tell them.
class Leadership final : public ListensTo<RoleChanged, CommitAdvanced> {
public:
    explicit Leadership(Record& record) { record.listen(*this); }

    struct Milestone {
        enum class Kind : std::uint8_t { campaign, elected, first_commit };
        Instant at;
        Kind kind;
        NodeId node;
    };
    const std::vector<Milestone>& milestones() const { return milestones_; }
    std::uint64_t elected_since(Instant since) const;

private:
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const CommitAdvanced& fact) override;

    std::vector<Milestone> milestones_;
    std::vector<NodeId> uncommitted_leaders_;  // elected, and yet to commit
};

// Of the operations of a kind that are issued from `from` on and before `until`. What the run's end
// leaves unsaid is left out.
struct OutageQuestion {
    Instant from;
    Instant until;
    Instant run_end;
    Duration latency_limit;
};
std::vector<Outage> outages_between(const std::vector<OperationView>& operations,
                                    OperationKind kind, const OutageQuestion& question);

struct RecoveryQuestion {
    OperationKind kind;
    Instant fault;
    Instant run_end;
    ServiceLevel level;
    const SiteHistory* sites = nullptr;      // of a service that may move to another site
    const BackupHistory* backups = nullptr;  // of one that may come back from a backup
};

// Nothing if no operation of the kind was issued after the fault.
std::optional<Recovery> find_recovery(const std::vector<OperationView>& operations,
                                      const Leadership& leadership,
                                      const RecoveryQuestion& question);
// Of what no leader stands behind: all of the time is the clients', in one phase.
std::optional<Recovery> find_recovery(const std::vector<OperationView>& operations,
                                      const RecoveryQuestion& question);

}  // namespace shaketable
