// SPDX-License-Identifier: MIT
#include "core/backup/schedule.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace novacron::backup {
namespace {

// The rule's first instant after `now`.
Instant next_of(const ScheduleRule& rule, Instant midnight, Instant now) {
    const std::int64_t step = rule.every.ns;
    const std::int64_t since = (now - midnight).ns - rule.offset.ns;
    const std::int64_t steps = since >= 0 ? since / step + 1 : -((-since - 1) / step);
    return midnight + rule.offset + Duration{steps * step};
}

}  // namespace

std::vector<std::string> remarks_on(const std::vector<ScheduleRule>& rules, Duration window) {
    std::vector<std::string> remarks;
    bool has_full = false;
    for (const ScheduleRule& rule : rules) {
        if (rule.kind == Kind::segment) {
            remarks.emplace_back("the log is archived continuously and has no schedule");
        }
        if (rule.every <= Duration{}) {
            remarks.emplace_back("a schedule whose step is 0 never runs");
        } else if (rule.offset < Duration{} || rule.offset >= rule.every) {
            remarks.emplace_back("a schedule's offset lies within its step");
        }
        if (rule.kind != Kind::full) continue;
        has_full = true;
        if (window < rule.every) {
            remarks.emplace_back("the retention is shorter than the step between full backups");
        }
    }
    if (!has_full) remarks.emplace_back("without full backups there is nothing to restore");
    return remarks;
}

std::vector<ScheduleRule> runbook_schedule() {
    return {{Kind::full, hours(24), hours(2)}, {Kind::incremental, hours(6), hours(2)}};
}

Schedule::Schedule(std::vector<ScheduleRule> rules, Instant midnight, Instant now)
    : midnight_(midnight) {
    check(remarks_on(rules, hours(24 * 365 * 100)).empty(), "a schedule's rules are sound");
    for (const ScheduleRule& rule : rules) {
        planned_.push_back({rule, next_of(rule, midnight, now - Duration{1})});
    }
}

std::optional<Kind> Schedule::on_time(Instant now) {
    std::optional<Kind> due = running_ ? std::nullopt : std::exchange(put_off_, std::nullopt);
    std::uint64_t count = due ? 1 : 0;
    for (Planned& planned : planned_) {
        if (planned.due > now) continue;
        const Instant next = next_of(planned.rule, midnight_, now);
        count += static_cast<std::uint64_t>((next - planned.due).ns / planned.rule.every.ns);
        planned.due = next;
        if (!due || planned.rule.kind == Kind::full) due = planned.rule.kind;
    }
    if (!due) return std::nullopt;
    if (running_) {
        // It will count when it runs, so only what it stands for besides is skipped.
        skipped_ += count - (put_off_ ? 0 : 1);
        if (!put_off_ || due == Kind::full) put_off_ = due;
        return std::nullopt;
    }
    skipped_ += count - 1;
    if (due == Kind::incremental && !has_full_) due = Kind::full;
    running_ = due;
    return due;
}

void Schedule::on_ended(Instant now, bool succeeded) {
    check(running_.has_value(), "what has ended was running");
    if (running_ == Kind::full) has_full_ = succeeded || has_full_;
    running_.reset();
    free_since_ = now;
}

Instant Schedule::next_deadline() const {
    if (!running_ && put_off_) return free_since_;
    Instant next = Instant::never();
    for (const Planned& planned : planned_) next = std::min(next, planned.due);
    return next;
}

}  // namespace novacron::backup
