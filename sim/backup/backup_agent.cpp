// SPDX-License-Identifier: MIT
#include "sim/backup/backup_agent.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <variant>

#include "core/backup/delta.hpp"
#include "core/backup/verify.hpp"
#include "core/base/check.hpp"

namespace shaketable {

namespace backup = novacron::backup;
using backup::Condition;
using backup::Kind;
using backup::ObjectId;
using Answer = ObjectStore::Answer;
using Region = ObjectStore::Region;

namespace {

constexpr Duration kGlance = novacron::seconds(60);       // from one look at the clock to the next
constexpr Duration kRetry = novacron::seconds(10);        // after an upload that failed
constexpr Duration kExpiry = novacron::seconds(3600);     // from one look for what may go
constexpr std::uint64_t kLeastBacklog = 64 * 1024;        // that is worth a fact

BackupKind word_of(Kind kind) {
    switch (kind) {
        case Kind::full: return BackupKind::full;
        case Kind::incremental: return BackupKind::incremental;
        case Kind::segment: return BackupKind::segment;
    }
    throw novacron::BugError("an object is of one of three kinds");
}

backup::TimelineId first_timeline() { return backup::TimelineId{1}; }

}  // namespace

BackupAgent::BackupAgent(const BackupOptions& options, const BackupParts& parts)
    : options_(options),
      parts_(parts),
      archiver_({options.segment_bytes, options.archive_timeout}, {first_timeline(), LogIndex{}}),
      schedule_(options.rules(), parts.midnight, parts.source.wall_now()),
      clock_timer_(parts.queue, {this, tick, 0, 0}),
      segment_timer_(parts.queue, {this, segment_due, 0, 0}) {}

void BackupAgent::start() {
    look_at_clock(parts_.queue.now());
    if (options_.verify_every.ns > 0) {
        parts_.queue.push(parts_.queue.now() + options_.verify_every, {this, verify_due, 0, 0});
    }
}

void BackupAgent::end(FaultId fault) {
    std::erase(stalls_, fault);
    std::erase(silences_, fault);
    upload();
}

void BackupAgent::committed(LogIndex index, const Bytes& command) {
    const Instant now = parts_.queue.now();
    archiver_.add(now, {index, now, command});
    if (archiver_.next_deadline() != Instant::never()) {
        segment_timer_.arm(archiver_.next_deadline());
    }
    upload();
    tell_backlog(now);
}

void BackupAgent::begin_timeline(backup::Position from) {
    const Instant now = parts_.queue.now();
    const backup::TimelineId timeline = catalogue_.timelines().begin(from, now);
    archiver_.follow(now, {timeline, from.index});
    last_backup_ = {};
    last_state_.clear();
    upload();
    tell_backlog(now);
}

void BackupAgent::move_to(backup::Position from) {
    using First = backup::Archiver::First;
    archiver_.give_up_after(from.index,
                            uploading_.value != 0 ? First::is_on_its_way : First::waits);
    begin_timeline(from);
}

void BackupAgent::on_event(Instant now, const Event& event) {
    switch (event.kind) {
        case tick:
            if (clock_timer_.due(now)) look_at_clock(now);
            break;
        case segment_due:
            if (!segment_timer_.due(now)) break;
            archiver_.on_time(now);
            if (archiver_.next_deadline() != Instant::never()) {
                segment_timer_.arm(archiver_.next_deadline());
            }
            upload();
            tell_backlog(now);
            break;
        case upload_again:
            waits_to_upload_ = false;
            upload();
            break;
        default:
            verify(std::nullopt);
            parts_.queue.push(now + options_.verify_every, {this, verify_due, 0, 0});
            break;
    }
}

// ---- Backups

void BackupAgent::look_at_clock(Instant now) {
    const Instant wall = parts_.source.wall_now();
    // What is due while an order is carried out is due when that has ended.
    if (!running_ || running_->scheduled) {
        if (const auto kind = schedule_.on_time(wall)) begin(now, *kind, nullptr);
    }
    if (!schedule_.is_running() && !running_ && !orders_.empty()) {
        const Order order = orders_.front();
        orders_.erase(orders_.begin());
        begin(now, order.kind, &order);
    }
    if (now - expired_ >= kExpiry) expire(now);
    Instant next = now + kGlance;
    const Instant due = schedule_.next_deadline();
    if (due != Instant::never() && due > wall) next = std::min(next, now + (due - wall));
    clock_timer_.arm(next);
}

void BackupAgent::begin(Instant now, Kind kind, const Order* order) {
    const LogIndex index = archiver_.last();
    const backup::Position position{catalogue_.timelines().current(), index};
    auto state = parts_.source.state_after(index);
    if (!state) {
        parts_.record.add(now, BackupFailed{BackupNumber{}, word_of(kind)});
        if (order == nullptr) schedule_.on_ended(parts_.source.wall_now(), false);
        return;
    }
    ObjectId id;
    std::vector<std::byte> payload;
    if (kind == Kind::incremental) {
        const auto based = last_backup_.value == 0
                               ? std::nullopt
                               : catalogue_.begin_incremental(last_backup_, position, now);
        const auto delta = based ? backup::make_delta(last_state_, *state) : std::nullopt;
        if (delta) {
            id = *based;
            payload = *delta;
        } else {
            if (based) catalogue_.fail(*based);
            kind = Kind::full;  // there is nothing left to rest on
        }
    }
    if (kind == Kind::full) {
        id = catalogue_.begin_full(position, now);
        payload = *state;
    }
    if (order != nullptr) {
        parts_.receipts.effect(now, order->order, FaultEffect::backup_begun);
        if (!order->name.empty()) catalogue_.name(order->name, position);
    }
    parts_.record.add(now, BackupStarted{BackupNumber{id.value}, word_of(kind), index});
    running_ = Running{id, kind, backup::make_object(catalogue_.find(id)->head, payload),
                       std::move(*state), order == nullptr};
    const Redundancy redundancy =
        kind == Kind::full ? options_.full_redundancy : options_.incremental_redundancy;
    running_key_ =
        silences_.empty()
            ? parts_.store.put(running_->object, redundancy, *this)
            : parts_.store.put_nothing(silences_.front(), running_->object, redundancy, *this);
}

void BackupAgent::create(FaultId order, Kind kind, const std::string& name) {
    orders_.push_back({order, kind, name});
    look_at_clock(parts_.queue.now());
}

void BackupAgent::on_stored(Instant now, ObjectKey key, Answer answer) {
    if (key == uploading_) {
        segment_stored(now, answer);
    } else {
        ended(now, answer == Answer::done);
    }
}

void BackupAgent::ended(Instant now, bool succeeded) {
    const Running done = std::move(*running_);
    running_.reset();
    const BackupNumber number{done.id.value};
    if (succeeded) {
        catalogue_.complete(done.id, now, done.object);
        keys_[done.id] = running_key_;
        last_backup_ = done.id;
        last_state_ = done.state;
        parts_.record.add(
            now, BackupCompleted{number, word_of(done.kind), ByteCount{done.object.size()}});
        expire(now);
    } else {
        catalogue_.fail(done.id);
        parts_.record.add(now, BackupFailed{number, word_of(done.kind)});
    }
    if (done.scheduled) schedule_.on_ended(parts_.source.wall_now(), succeeded);
    look_at_clock(now);
}

// What may go is told by the wall clock, as the schedule is: a clock that is wrong throws away what
// would still be needed.
void BackupAgent::expire(Instant now) {
    expired_ = now;
    const Instant wall = parts_.source.wall_now();
    const bool by_age = options_.retention == BackupOptions::Retention::ages;
    const auto gone =
        by_age ? backup::expired(catalogue_,
                                 backup::PlainAges{options_.full_keep, options_.incremental_keep,
                                                   options_.log_keep},
                                 wall)
               : backup::expired(catalogue_, backup::RecoveryWindow{options_.window, 1}, wall);
    for (const ObjectId id : gone) {
        parts_.record.add(
            now, BackupExpired{BackupNumber{id.value}, word_of(catalogue_.find(id)->head.kind)});
        catalogue_.remove(id);
        const auto key = keys_.find(id);
        if (key == keys_.end()) continue;
        parts_.store.remove(key->second);
        keys_.erase(key);
    }
}

// ---- The log

void BackupAgent::upload() {
    if (!parts_.source.can_upload()) return;
    if (uploading_.value != 0 || waits_to_upload_ || archiver_.waiting() == nullptr) return;
    if (!stalls_.empty()) {
        parts_.receipts.effect(parts_.queue.now(), stalls_.front(), FaultEffect::archive_delayed);
        return;
    }
    uploading_ = parts_.store.put(archiver_.waiting()->object, options_.log_redundancy, *this);
}

void BackupAgent::segment_stored(Instant now, Answer answer) {
    const ObjectKey key = std::exchange(uploading_, ObjectKey{});
    if (answer != Answer::done) {
        waits_to_upload_ = true;
        parts_.queue.push(now + kRetry, {this, upload_again, 0, 0});
        return;
    }
    const backup::Archiver::Closed& closed = *archiver_.waiting();
    const ObjectId id = catalogue_.add_segment(closed.head, now, closed.object);
    keys_[id] = key;
    parts_.record.add(now, SegmentArchived{BackupNumber{id.value}, closed.head.last,
                                           ByteCount{closed.object.size()}});
    archiver_.on_uploaded();
    upload();
    tell_backlog(now);
}

// Of the backlog's size only doublings are worth a fact.
void BackupAgent::tell_backlog(Instant now) {
    const std::uint64_t bytes = archiver_.backlog_bytes();
    parts_.source.hold_back(bytes);
    const auto level = static_cast<std::uint32_t>(std::bit_width(bytes / kLeastBacklog));
    if (level == backlog_level_) return;
    backlog_level_ = level;
    parts_.record.add(now, ArchiveBacklog{ByteCount{bytes}});
}

// ---- Verification

void BackupAgent::verify(std::optional<FaultId> order) {
    if (verifying_) {  // what is looked at already counts for this, too
        if (!verify_order_) verify_order_ = order;
        return;
    }
    verifying_ = true;
    verify_order_ = order;
    read_ = 0;
    bad_ = 0;
    to_read_.clear();
    for (const auto& [id, entry] : catalogue_.entries()) {
        if (entry.condition == Condition::complete) to_read_.push_back(id);
    }
    std::reverse(to_read_.begin(), to_read_.end());
    read_next(parts_.queue.now());
}

void BackupAgent::found(ObjectId id, Condition condition) {
    if (catalogue_.find(id) != nullptr) catalogue_.set_condition(id, condition);
}

void BackupAgent::read_next(Instant now) {
    while (!to_read_.empty() && catalogue_.find(to_read_.back()) == nullptr) to_read_.pop_back();
    if (to_read_.empty()) {
        finish_verify(now);
        return;
    }
    reading_ = keys_.at(to_read_.back());
    reading_from_ = Region::home;
    parts_.store.get(reading_, reading_from_, *this);
}

void BackupAgent::on_fetched(Instant now, ObjectKey key, Answer answer, const Bytes& bytes) {
    const ObjectId id = to_read_.back();
    const backup::Entry* entry = catalogue_.find(id);
    if (entry == nullptr) {  // it has expired meanwhile
        read_next(now);
        return;
    }
    const auto view = answer == Answer::done ? std::optional(bytes.view()) : std::nullopt;
    const Condition condition = backup::check_object(*entry, view);
    const bool whole = answer == Answer::done && condition == Condition::complete;
    if (!whole && reading_from_ == Region::home && parts_.store.is_copied(key)) {
        reading_from_ = Region::away;
        parts_.store.get(key, reading_from_, *this);
        return;
    }
    to_read_.pop_back();
    if (answer != Answer::unavailable) {
        ++read_;
        if (!whole) {
            ++bad_;
            catalogue_.set_condition(id, condition);
        }
    }
    read_next(now);
}

void BackupAgent::finish_verify(Instant now) {
    verifying_ = false;
    const Duration step = options_.incremental_every.ns > 0
                              ? std::min(options_.incremental_every, options_.full_every)
                              : options_.full_every;
    const backup::AuditLimits limits{step * 2, options_.archive_timeout * 2 + kExpiry};
    const auto findings = backup::audit(catalogue_, limits, now);
    if (verify_order_) parts_.receipts.effect(now, *verify_order_, FaultEffect::backups_verified);
    parts_.record.add(now, VerifyDone{Count{read_}, Count{bad_}, Count{findings.size()}});
}

}  // namespace shaketable
