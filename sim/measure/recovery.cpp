// SPDX-License-Identifier: MIT
#include "sim/measure/recovery.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "core/base/check.hpp"
#include "sim/measure/backups.hpp"
#include "sim/measure/site_history.hpp"

namespace shaketable {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kSlowPerMillion = 50'000;  // 5 %, by the meaning of a 95th percentile
constexpr std::size_t kOutageLength = 3;

enum class Quality : std::uint8_t { good, slow, failed };

struct Judged {
    Instant issued;
    Instant finished;  // of good and slow ones
    Quality quality;
};

std::vector<Judged> judge(const std::vector<OperationView>& operations,
                          const RecoveryQuestion& question) {
    std::vector<Judged> judged;
    for (const OperationView& operation : operations) {
        if (operation.kind != question.kind || operation.issued < question.fault) continue;
        Quality quality = Quality::failed;
        if (operation.acknowledged()) {
            quality = operation.latency() <= question.level.latency_p95 ? Quality::good
                                                                        : Quality::slow;
        } else if (!operation.ended &&
                   question.run_end - operation.issued < question.level.latency_p95) {
            continue;
        }
        judged.push_back({operation.issued, operation.finished, quality});
    }
    return judged;
}

// The first operation from which service holds: a sliding maximum over two running sums, each of
// which rises with every bad operation and falls a little with every other one. A limit is kept all
// through an interval exactly if its sum never rises above where it stood before the interval.
std::optional<std::size_t> first_that_holds(const std::vector<Judged>& operations,
                                            const RecoveryQuestion& question) {
    const std::int64_t failed_per_million =
        kMillion - std::llround(question.level.success_ratio * static_cast<double>(kMillion));
    struct Sums {
        std::int64_t failed = 0;
        std::int64_t slow = 0;
    };
    std::vector<Sums> sums(operations.size() + 1);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const Quality quality = operations[i].quality;
        sums[i + 1].failed = sums[i].failed - failed_per_million +
                             (quality == Quality::failed ? kMillion : 0);
        sums[i + 1].slow =
            sums[i].slow - kSlowPerMillion + (quality == Quality::slow ? kMillion : 0);
    }
    std::deque<std::size_t> failed_peaks;  // indices of falling sums: the front is the maximum
    std::deque<std::size_t> slow_peaks;
    std::size_t end = 0;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const Instant until = operations[i].issued + question.level.hold;
        if (until > question.run_end) return std::nullopt;
        for (; end < operations.size() && operations[end].issued < until; ++end) {
            const std::size_t sum = end + 1;
            while (!failed_peaks.empty() && sums[failed_peaks.back()].failed <= sums[sum].failed) {
                failed_peaks.pop_back();
            }
            failed_peaks.push_back(sum);
            while (!slow_peaks.empty() && sums[slow_peaks.back()].slow <= sums[sum].slow) {
                slow_peaks.pop_back();
            }
            slow_peaks.push_back(sum);
        }
        while (failed_peaks.front() <= i) failed_peaks.pop_front();
        while (slow_peaks.front() <= i) slow_peaks.pop_front();
        if (operations[i].quality == Quality::good &&
            sums[failed_peaks.front()].failed <= sums[i].failed &&
            sums[slow_peaks.front()].slow <= sums[i].slow) {
            return i;
        }
    }
    return std::nullopt;
}

// The first acknowledgement of a good operation, `from` that one on.
std::optional<Instant> first_acknowledgement(const std::vector<Judged>& operations,
                                             std::size_t from) {
    std::optional<Instant> first;
    for (std::size_t i = from; i < operations.size(); ++i) {
        if (first && operations[i].issued >= *first) break;
        if (operations[i].quality != Quality::good) continue;
        if (!first || operations[i].finished < *first) first = operations[i].finished;
    }
    return first;
}

// Many may wait at once: who succeeds then has been issued long before others fail. What overlaps
// is one outage.
void add_outage(const Outage& outage, Recovery& recovery) {
    if (recovery.outages.empty() || recovery.outages.back().end < outage.start) {
        recovery.outages.push_back(outage);
        recovery.unavailable = recovery.unavailable + (outage.end - outage.start);
        return;
    }
    Outage& last = recovery.outages.back();
    recovery.unavailable = recovery.unavailable + std::max(Duration{}, outage.end - last.end);
    last.end = std::max(last.end, outage.end);
}

void find_outages(const std::vector<Judged>& operations, Instant run_end, Recovery& recovery) {
    for (std::size_t i = 0; i < operations.size();) {
        if (operations[i].quality == Quality::good) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < operations.size() && operations[end].quality != Quality::good) ++end;
        if (end - i >= kOutageLength) {
            const Instant back = first_acknowledgement(operations, end).value_or(run_end);
            add_outage({operations[i].issued, back}, recovery);
        }
        i = end;
    }
    recovery.flaps = recovery.outages.empty() ? 0 : recovery.outages.size() - 1;
}

std::vector<Phase> find_phases(const Leadership& leadership, Instant fault, Instant recovered) {
    using Kind = Leadership::Milestone::Kind;
    Instant detected = fault;
    Instant led = fault;
    Instant caught_up = fault;
    bool campaigned = false;
    for (const Leadership::Milestone& milestone : leadership.milestones()) {
        if (milestone.at < fault || milestone.at > recovered) continue;
        if (milestone.kind == Kind::campaign && !campaigned) {
            campaigned = true;
            detected = milestone.at;
        }
        if (milestone.kind == Kind::elected) led = milestone.at;
        if (milestone.kind == Kind::first_commit) caught_up = milestone.at;
    }
    led = std::max(detected, led);
    caught_up = std::max(led, caught_up);
    return {{"detect", detected - fault},
            {"elect", led - detected},
            {"catch-up", caught_up - led},
            {"client", recovered - caught_up}};
}

}  // namespace

void Leadership::on(Instant at, const RoleChanged& fact) {
    std::erase(uncommitted_leaders_, fact.node);
    switch (fact.role) {
        case novacron::raft::Role::follower: break;
        case novacron::raft::Role::pre_candidate:
        case novacron::raft::Role::candidate:
            milestones_.push_back({at, Milestone::Kind::campaign, fact.node});
            break;
        case novacron::raft::Role::leader:
            milestones_.push_back({at, Milestone::Kind::elected, fact.node});
            uncommitted_leaders_.push_back(fact.node);
            break;
    }
}

void Leadership::on(Instant at, const CommitAdvanced& fact) {
    if (!uncommitted_leaders_.empty() && std::erase(uncommitted_leaders_, fact.node) > 0) {
        milestones_.push_back({at, Milestone::Kind::first_commit, fact.node});
    }
}

std::uint64_t Leadership::elected_since(Instant since) const {
    return static_cast<std::uint64_t>(
        std::count_if(milestones_.begin(), milestones_.end(), [since](const Milestone& m) {
            return m.kind == Milestone::Kind::elected && m.at >= since;
        }));
}

std::vector<Outage> outages_between(const std::vector<OperationView>& operations,
                                    OperationKind kind, const OutageQuestion& question) {
    std::vector<Judged> judged = judge(
        operations, {kind, question.from, question.run_end, {1, question.latency_limit, {}}});
    std::erase_if(judged, [&](const Judged& one) { return one.issued >= question.until; });
    Recovery recovery;
    find_outages(judged, question.run_end, recovery);
    return recovery.outages;
}

std::optional<Recovery> find_recovery(const std::vector<OperationView>& operations,
                                      const RecoveryQuestion& question) {
    const std::vector<Judged> judged = judge(operations, question);
    if (judged.empty()) return std::nullopt;
    Recovery recovery;
    for (const Judged& operation : judged) {
        if (operation.quality == Quality::failed) continue;
        const Duration after = operation.finished - question.fault;
        if (!recovery.first_success || after < *recovery.first_success) {
            recovery.first_success = after;
        }
    }
    find_outages(judged, question.run_end, recovery);
    const auto start = first_that_holds(judged, question);
    if (!start) return recovery;
    if (*start == 0) {
        recovery.rto = Duration{0};
    } else {
        recovery.rto = *first_acknowledgement(judged, *start) - question.fault;
        recovery.phases = {{"client", *recovery.rto}};
    }
    return recovery;
}

std::optional<Recovery> find_recovery(const std::vector<OperationView>& operations,
                                      const Leadership& leadership,
                                      const RecoveryQuestion& question) {
    std::optional<Recovery> recovery = find_recovery(operations, question);
    if (!recovery || recovery->phases.empty()) return recovery;
    const Instant recovered = question.fault + *recovery->rto;
    std::optional<std::vector<Phase>> instead;
    if (question.backups != nullptr) {
        instead = restore_phases(*question.backups, question.fault, recovered);
    }
    if (!instead && question.sites != nullptr) {
        instead = failover_phases(*question.sites, question.fault, recovered);
    }
    recovery->phases =
        instead ? *std::move(instead) : find_phases(leadership, question.fault, recovered);
    Duration sum{};
    for (const Phase& phase : recovery->phases) sum = sum + phase.duration;
    novacron::check(sum == *recovery->rto, "the phases of a recovery sum to the RTO");
    return recovery;
}

}  // namespace shaketable
