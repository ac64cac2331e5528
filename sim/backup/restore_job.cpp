// SPDX-License-Identifier: MIT
#include "sim/backup/restore_job.hpp"

#include <utility>

#include "core/backup/verify.hpp"
#include "core/base/check.hpp"
#include "core/kv/store.hpp"
#include "sim/backup/backup_agent.hpp"
#include "sim/backup/site_state.hpp"

namespace shaketable {

namespace backup = novacron::backup;
using Answer = ObjectStore::Answer;
using Region = ObjectStore::Region;

namespace {

RestoreWhy word_of(const std::optional<backup::Unreachable>& unreachable) {
    if (!unreachable) return RestoreWhy::nothing;
    using Why = backup::Unreachable::Why;
    switch (unreachable->why) {
        case Why::unknown_name: return RestoreWhy::unknown_name;
        case Why::unknown_timeline: return RestoreWhy::unknown_timeline;
        case Why::unknown_backup: return RestoreWhy::unknown_backup;
        case Why::broken_backup: return RestoreWhy::broken_backup;
        case Why::no_backup: return RestoreWhy::no_backup;
        case Why::before_first: return RestoreWhy::before_first;
        case Why::gap: return RestoreWhy::gap;
        case Why::not_archived: return RestoreWhy::not_archived;
        case Why::in_the_future: return RestoreWhy::in_the_future;
        case Why::abandoned_timeline: return RestoreWhy::abandoned_timeline;
    }
    throw novacron::BugError("there is a word for every reason");
}

}  // namespace

RestoreJob::RestoreJob(RestoreNumber number, const RestoreOrder& order, const RestoreParts& parts)
    : number_(number),
      order_(order),
      queue_(parts.queue),
      record_(parts.record),
      store_(parts.store),
      catalogue_(parts.catalogue),
      keys_(parts.keys),
      rates_(parts.rates),
      agent_(parts.agent),
      user_(parts.user),
      of_site_(parts.of_site) {}

void RestoreJob::start() {
    begun_ = queue_.now();
    record_.add(begun_, RestoreStarted{number_, order_.drill});
    store_.list(*this);
}

void RestoreJob::step(Instant now, RestoreStep what, RestoreStepOutcome outcome) {
    record_.add(now, RestoreStepped{number_, what, outcome});
}

void RestoreJob::on_listed(Instant now, Answer answer) {
    if (answer == Answer::unavailable) {
        store_.list(*this);
    } else {
        queue_.push(now + rates_.locate, {this, located, 0, 0});
    }
}

void RestoreJob::on_event(Instant now, const Event& event) {
    switch (event.kind) {
        case located:
            restore_.emplace(catalogue_, order_.target, order_.fallback, begun_);
            if (!restore_->wanted()) {
                step(now, RestoreStep::locate, RestoreStepOutcome::failed);
                finish(now);
                return;
            }
            step(now, RestoreStep::locate, RestoreStepOutcome::done);
            queue_.push(now + Distribution(rates_.provision).draw(order_.random),
                        {this, provisioned, 0, 0});
            break;
        case provisioned:
            step(now, RestoreStep::provision, RestoreStepOutcome::done);
            fetch_next(now);
            break;
        case replayed: fetch_next(now); break;
        default:
            step(now, RestoreStep::verify, RestoreStepOutcome::done);
            finish(now);
            break;
    }
}

void RestoreJob::fetch_next(Instant now) {
    const auto id = restore_->wanted();
    if (id && catalogue_.find(*id)->is_backup()) loaded_ = false;
    if (!loaded_ && !(id && catalogue_.find(*id)->is_backup())) {
        loaded_ = true;
        if (id || restore_->outcome().restored) {
            step(now, RestoreStep::load, RestoreStepOutcome::done);
        }
    }
    if (!id) {
        if (!restore_->outcome().restored) {
            finish(now);
            return;
        }
        step(now, RestoreStep::replay, RestoreStepOutcome::done);
        const auto bytes = restore_->outcome().bytes_read;
        queue_.push(now + passing(bytes, rates_.verify_bytes_per_second), {this, verified, 0, 0});
        return;
    }
    region_ = Region::home;
    store_.get(keys_.at(*id), region_, *this);
}

void RestoreJob::on_fetched(Instant now, ObjectKey key, Answer answer, const Bytes& bytes) {
    const auto view = answer == Answer::done ? std::optional(bytes.view()) : std::nullopt;
    const backup::Entry& entry = *catalogue_.find(*restore_->wanted());
    const bool whole = view && backup::check_object(entry, view) == backup::Condition::complete;
    if (!whole && region_ == Region::home && store_.is_copied(key)) {
        region_ = Region::away;
        store_.get(key, region_, *this);
    } else if (answer == Answer::unavailable) {
        region_ = Region::home;
        store_.get(key, region_, *this);
    } else {
        supply(now, answer, bytes);
    }
}

void RestoreJob::supply(Instant now, Answer answer, const Bytes& bytes) {
    const backup::Entry& entry = *catalogue_.find(*restore_->wanted());
    const std::size_t bad = restore_->outcome().bad.size();
    if (answer == Answer::done) {
        restore_->supply(bytes.view());
    } else {
        restore_->supply(std::nullopt);
    }
    const RestoreStep what = entry.is_backup() ? RestoreStep::load : RestoreStep::replay;
    if (restore_->outcome().bad.size() > bad) {
        loaded_ = false;
        const bool goes_on = restore_->wanted().has_value();
        step(now, what, goes_on ? RestoreStepOutcome::fell_back : RestoreStepOutcome::failed);
    } else if (!entry.is_backup()) {
        const Duration time = passing(bytes.size(), rates_.replay_bytes_per_second);
        queue_.push(now + time, {this, replayed, 0, 0});
        return;
    }
    fetch_next(now);
}

void RestoreJob::finish(Instant now) {
    done_ = true;
    const backup::Outcome& outcome = restore_->outcome();
    for (const backup::ObjectId id : outcome.bad) {
        if (agent_ != nullptr) agent_->found(id, restore_->catalogue().find(id)->condition);
    }
    RestoreDone fact{};
    fact.restore = number_;
    fact.outcome = !outcome.restored        ? RestoreOutcome::refused
                   : outcome.reached_target ? RestoreOutcome::reached
                                            : RestoreOutcome::fell_short;
    fact.why = word_of(outcome.why);
    fact.bytes = ByteCount{outcome.bytes_read};
    if (outcome.restored) {
        const auto store = novacron::kv::Store::decode(outcome.state);
        novacron::check(store.has_value(), "a restored state is a store's");
        fact.index = outcome.position.index;
        fact.recovery_point = outcome.last_record;
        fact.state = of_site_ ? site_state_digest(outcome.state) : store->digest();
        fact.replayed = Count{outcome.records_replayed};
    }
    record_.add(now, fact);
    if (user_ != nullptr) user_->restored(number_, outcome);
}

}  // namespace shaketable
