// SPDX-License-Identifier: MIT
//
// When backups are due: "daily at 02:00 UTC", "every 6 hours", as deadlines.
//
// Intuition: a rule is a step and an offset from midnight UTC. Nothing runs here: on_time says what
// is due. Of two rules that are due at once only the full backup runs, because it holds what the
// increment would. A backup that is due while another still runs is put off until that one has
// ended, once, however many were due meanwhile; and what was missed while the scheduler was down is
// made up for by one, not by all. An increment without a full backup to rest on becomes one.
//
// Invariants: (1) at most one backup is under way.
//             (2) after any wait, at most one backup is made up for.
//             (3) a rule is due first at its first instant from the start on.
// Units: the host's wall clock, as instants; `midnight` ties them to the calendar. UTC has no
// daylight saving; leap seconds are not modelled. A clock that goes back makes nothing due twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/backup/object.hpp"
#include "core/base/time.hpp"

namespace novacron::backup {

constexpr Duration hours(std::int64_t n) { return seconds(3600 * n); }

struct ScheduleRule {
    Kind kind = Kind::full;  // full or incremental
    Duration every = hours(24);
    Duration offset{};  // from midnight; 0 or more, below `every`
};

// What is wrong with a schedule and its retention: each a sentence without its end.
[[nodiscard]] std::vector<std::string> remarks_on(const std::vector<ScheduleRule>& rules,
                                                  Duration window);

// The runbook's: a full one daily at 02:00 UTC, an incremental one every 6 hours from there.
[[nodiscard]] std::vector<ScheduleRule> runbook_schedule();

class Schedule {
public:
    // `midnight`: any instant at which a day begins in UTC.
    // REQUIRES: remarks_on has nothing to say of the rules.
    Schedule(std::vector<ScheduleRule> rules, Instant midnight, Instant now);

    // The kind of backup to be begun now, if any; it is under way then.
    [[nodiscard]] std::optional<Kind> on_time(Instant now);
    // The backup that was under way has ended, well or not. If not, it is due again at its rule's
    // next instant, and a failed full one leaves increments without a base.
    void on_ended(Instant now, bool succeeded);
    Instant next_deadline() const;

    bool is_running() const { return running_.has_value(); }
    // How many were due and not run by themselves: put off or missed.
    std::uint64_t skipped() const { return skipped_; }

private:
    struct Planned {
        ScheduleRule rule;
        Instant due;
    };
    std::vector<Planned> planned_;
    Instant midnight_;
    std::optional<Kind> running_;
    std::optional<Kind> put_off_;
    Instant free_since_{};  // when the last one ended
    bool has_full_ = false;
    std::uint64_t skipped_ = 0;
};

}  // namespace novacron::backup
