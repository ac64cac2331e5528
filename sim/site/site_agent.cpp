// SPDX-License-Identifier: MIT
#include "sim/site/site_agent.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/site/site_commands.hpp"

namespace shaketable {

namespace replication = novacron::replication;
using Admission = HostWatcher::Admission;
using replication::ReadOnly;
using replication::Role;

namespace {

// A proposal that the group would not take is made again so much later.
constexpr Duration kPatience = novacron::milliseconds(100);

// What is committed can't be refused any more, so the bounds hold at the door.
replication::SiteOptions without_bounds(replication::SiteOptions options) {
    options.unacknowledged_bytes_max = ~std::uint64_t{0};
    options.lag_bytes_max = ~std::uint64_t{0};
    return options;
}

}  // namespace

SiteAgent::SiteAgent(const replication::SiteOptions& options, std::uint64_t lag_bytes_max,
                     const Ledger& ledger, NodeHost& host, Record& record, Instant now)
    : options_(options),
      lag_bytes_max_(lag_bytes_max),
      ledger_(ledger),
      host_(host),
      record_(record),
      node_(host.node()->raft().self()),
      term_(host.node()->raft().term()),
      now_(now),
      site_(without_bounds(options), ledger.durable(), now),
      marks_(ledger.durable().marks) {
    tell_role();
    take_outputs(now);
    tell_read_only();
}

void SiteAgent::note_applied(const novacron::Entry& entry) { applied_.push_back(entry); }

bool SiteAgent::is_drained() const {
    const novacron::Node& node = *host_.node();
    return applied_.empty() && node.applied() == node.raft().log().last_index();
}

void SiteAgent::pump(Instant now) {
    now_ = now;
    if (!host_.running() || host_.paused()) return;
    take_applied(now);
    take_inbox(now);
    take_wishes(now);
    shut_ = !inbox_.empty() || !wishes_.empty();
    if (site_.next_deadline() <= now) {
        site_.on_time(now);
        take_outputs(now);
    }
    propose(now);
    tell_read_only();
    let_answers_leave();
}

void SiteAgent::take_applied(Instant now) {
    while (!applied_.empty()) {
        const novacron::Entry entry = std::move(applied_.front());
        applied_.pop_front();
        if (!proposed_.empty() && proposed_.front().entry == entry.index) {
            const replication::WriteId done = proposed_.front().completes;
            proposed_.pop_front();
            if (done.value != 0) site_.on_persisted(now, done);
            take_outputs(now);
            continue;
        }
        if (entry.kind != novacron::EntryKind::command) continue;
        const auto written = site_.write(now, entry.data);
        const auto* index = std::get_if<LogIndex>(&written);
        novacron::check(index != nullptr, "clients are let in only where they may write");
        novacron::check(*index == ledger_.record_at(entry.index), "a site's log is its ledger's");
        take_outputs(now);
    }
}

// A primary that is to hear of a higher epoch finishes first what it has begun.
void SiteAgent::take_inbox(Instant now) {
    while (!inbox_.empty()) {
        const Heard& heard = inbox_.front();
        const bool ends_office = is_primary() && epoch_of(heard.message) > site_.fence();
        if (ends_office && !is_drained()) return;
        site_.step(now, heard.from, heard.message);
        inbox_.pop_front();
        take_outputs(now);
    }
}

void SiteAgent::take_wishes(Instant now) {
    while (!wishes_.empty() && (!is_primary() || is_drained())) {
        const Wish wish = wishes_.front();
        wishes_.pop_front();
        grant(now, wish);
        take_outputs(now);
    }
}

void SiteAgent::grant(Instant now, const Wish& wish) {
    switch (wish.kind) {
        case Wish::Kind::read_only: site_.set_read_only(now, ReadOnly::by_operator); break;
        case Wish::Kind::writable: site_.set_read_only(now, ReadOnly::no); break;
        case Wish::Kind::switch_over:
            switchover_ = site_.switch_over(now, wish.target, wish.give_up);
            break;
        case Wish::Kind::fence: site_.fence_off(now, wish.below); break;
    }
}

replication::Promotion SiteAgent::promote(Instant now, replication::Force force) {
    now_ = now;
    const replication::Promotion promotion = site_.promote(now, force);
    take_outputs(now);
    propose(now);
    tell_read_only();
    return promotion;
}

void SiteAgent::take_outputs(Instant now) {
    for (;;) {
        replication::Outputs outputs = site_.take_outputs();
        if (outputs.writes.empty() && outputs.messages.empty() && outputs.events.empty()) return;
        for (const replication::Write& write : outputs.writes) carry_out(now, write);
        for (auto& addressed : outputs.messages) messages_.push_back(std::move(addressed));
        for (const replication::Event& event : outputs.events) tell(event);
    }
}

// The fence first, then what was written under it, and last whatever else has changed. Records of
// clients at the primary are in the group's log already.
void SiteAgent::carry_out(Instant now, const replication::Write& write) {
    novacron::check(!write.cut_after, "a group's state can't be cut, only made anew");
    const auto propose_marks = [&](SiteCommand kind, const replication::Marks& marks) {
        tasks_.push_back({command_of(kind, marks), {}});
        marks_ = marks;
    };
    const bool is_own = is_primary();
    const bool begins = is_own && write.records.size() == 1 && write.records[0].data.empty();
    if (begins) propose_marks(SiteCommand::promotion, write.marks);
    if (marks_.fence != write.marks.fence) {
        replication::Marks fenced = marks_;
        fenced.fence = write.marks.fence;
        propose_marks(SiteCommand::marks, fenced);
    }
    if (!is_own) {
        for (const replication::Record& record : write.records) {
            if (record.data.empty()) {
                replication::Marks beginning;
                beginning.fence = record.epoch;
                tasks_.push_back({command_of(SiteCommand::beginning, beginning), {}});
            } else {
                tasks_.push_back({novacron::kv::decode(record.data.view()).value(), {}});
            }
        }
    }
    if (marks_ != write.marks) propose_marks(SiteCommand::marks, write.marks);
    if (!tasks_.empty()) {
        tasks_.back().completes = write.id;
    } else if (!proposed_.empty()) {
        proposed_.back().completes = write.id;
    } else {
        site_.on_persisted(now, write.id);
    }
}

void SiteAgent::propose(Instant now) {
    if (retry_ > now && retry_ != Instant::never()) return;
    retry_ = Instant::never();
    while (!tasks_.empty()) {
        const Task task = tasks_.front();
        if (!host_.propose(*task.command)) {
            if (host_.running()) retry_ = now + kPatience;
            return;
        }
        tasks_.pop_front();
        proposed_.push_back({host_.node()->raft().log().last_index(), task.completes});
    }
}

bool SiteAgent::is_writable() const {
    return is_primary() && site_.read_only() == ReadOnly::no && !shut_ && inbox_.empty() &&
           wishes_.empty() && site_.journal().durable_marks().fence == site_.fence();
}

std::optional<LogIndex> SiteAgent::write(const novacron::kv::Command& command) {
    if (!host_.running() || host_.paused() || !is_writable() || !host_.propose(command)) {
        return std::nullopt;
    }
    return host_.node()->raft().log().last_index();
}

std::vector<novacron::kv::Key> SiteAgent::keys_under_way() const {
    const novacron::Node& node = *host_.node();
    std::vector<novacron::kv::Key> keys;
    for (LogIndex i = node.applied() + 1; i <= node.raft().log().last_index(); ++i) {
        const novacron::Entry& entry = node.raft().log().entry(i);
        if (entry.kind != novacron::EntryKind::command) continue;
        keys.push_back(novacron::kv::decode(entry.data.view()).value().key);
    }
    return keys;
}

Admission SiteAgent::admit(Instant now, const novacron::Request& request) const {
    const bool speaks = is_primary() && site_.journal().durable_marks().fence == site_.fence();
    if (!speaks) return Admission::not_here;
    if (request.kind == novacron::Request::Kind::read) {
        const bool may_be_stale =
            site_.read_only() == ReadOnly::restarted || site_.read_only() == ReadOnly::handed_over;
        return may_be_stale ? Admission::not_here : Admission::admitted;
    }
    if (!is_writable()) return Admission::not_here;
    if (lag_bytes_max_ == ~std::uint64_t{0}) return Admission::admitted;
    for (const SiteId peer : options_.peers) {
        if (site_.lag(now, peer).bytes > lag_bytes_max_) return Admission::overloaded;
    }
    return Admission::admitted;
}

bool SiteAgent::may_leave(novacron::ClientAddress to, const novacron::Response& response) {
    const bool waits = options_.mode == replication::SiteOptions::Mode::synchronous &&
                       response.status == novacron::Response::Status::ok;
    if (!waits) return true;
    const LogIndex record = ledger_.record_at(response.index);
    if (is_primary() && site_.acknowledged() >= record) return true;
    kept_.push_back({record, to, response});
    least_kept_ = std::min(least_kept_, record);
    return false;
}

void SiteAgent::let_answers_leave() {
    // While a standby is away answers pile up, and whoever looked at each of them at every input
    // would do little else.
    const LogIndex acknowledged = site_.acknowledged();
    if (acknowledged < least_kept_ || !is_primary()) return;
    least_kept_ = kNoneKept;
    std::vector<Kept> leaving;
    std::vector<Kept> staying;
    for (const Kept& kept : kept_) {
        const bool leaves = kept.record <= acknowledged;
        (leaves ? leaving : staying).push_back(kept);
        if (!leaves) least_kept_ = std::min(least_kept_, kept.record);
    }
    kept_ = std::move(staying);
    for (const Kept& kept : leaving) host_.let_leave(kept.to, kept.response);
}

void SiteAgent::tell_role() {
    record_.add(now_, SiteRoleChanged{options_.self,
                                       is_primary() ? SiteRole::primary : SiteRole::standby,
                                       site_.fence().number, site_.journal().last()});
}

void SiteAgent::tell_read_only() {
    const auto stop = is_primary() ? static_cast<WriteStop>(site_.read_only()) : WriteStop::none;
    if (stop == told_stop_) return;
    told_stop_ = stop;
    record_.add(now_, SiteReadOnly{options_.self, stop});
}

void SiteAgent::tell(const replication::Event& event) {
    using Kind = replication::Event::Kind;
    switch (event.kind) {
        case Kind::promoted:
        case Kind::stepped_down:
        case Kind::handed_over: tell_role(); break;
        case Kind::refused_stale_epoch:
            record_.add(now_, StaleEpochRefused{options_.self, event.peer});
            break;
        case Kind::diverged:
            record_.add(now_, SiteDiverged{options_.self, event.index,
                                                   site_.journal().last() - event.index});
            break;
        case Kind::needs_seed:
        case Kind::caught_up:
        case Kind::switchover_abandoned:
        case Kind::reconciled: break;
    }
}

}  // namespace shaketable
