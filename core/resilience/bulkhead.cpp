// SPDX-License-Identifier: MIT
#include "core/resilience/bulkhead.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace novacron::resilience {

Bulkhead::Bulkhead(const BulkheadOptions& options) : options_(options) {
    check(options.max_concurrent >= 1 && options.timeout.ns >= 0,
          "a bulkhead has a place, and its timeout is not negative");
}

Bulkhead::Entry Bulkhead::enter(Instant now, Instant deadline) {
    expire(now);
    if (in_use_ < options_.max_concurrent) {
        ++in_use_;
        return {Answer::entered, take_slot(Place::inside)};
    }
    const Instant until = std::min(deadline, now + options_.timeout);
    if (waiting_ >= options_.max_queue || until <= now) return {};
    const Ticket ticket = take_slot(Place::queue);
    append(ticket.slot);
    forget_old_limits();
    limits_.push_back({until, ticket});
    std::push_heap(limits_.begin(), limits_.end());
    return {Answer::waits, ticket};
}

bool Bulkhead::leave(Instant now, Ticket ticket) {
    expire(now);
    if (ticket.slot >= slots_.size() || slots_[ticket.slot].number != ticket.number) return false;
    switch (slots_[ticket.slot].place) {
        case Place::nowhere: return false;
        case Place::queue: unlink(ticket.slot); break;
        case Place::inside: --in_use_; break;
    }
    free_slot(ticket.slot);
    admit_waiters();
    return true;
}

void Bulkhead::on_time(Instant now) { expire(now); }

Instant Bulkhead::next_deadline() const {
    return limits_.empty() ? Instant::never() : limits_.front().until + nanoseconds(1);
}

void Bulkhead::set(Instant now, const BulkheadOptions& options) {
    check(options.max_concurrent >= 1 && options.timeout.ns >= 0,
          "a bulkhead has a place, and its timeout is not negative");
    expire(now);
    options_ = options;
    admit_waiters();
}

void Bulkhead::expire(Instant now) {
    while (!limits_.empty() && limits_.front().until < now) {
        const Ticket ticket = limits_.front().ticket;
        std::pop_heap(limits_.begin(), limits_.end());
        limits_.pop_back();
        if (!waits(ticket)) continue;
        unlink(ticket.slot);
        free_slot(ticket.slot);
        outputs_.expired.push_back(ticket);
    }
}

void Bulkhead::admit_waiters() {
    while (first_ != kNone && in_use_ < options_.max_concurrent) {
        const std::uint32_t slot = first_;
        unlink(slot);
        slots_[slot].place = Place::inside;
        ++in_use_;
        outputs_.entered.push_back({slot, slots_[slot].number});
    }
}

// Those who left the queue before their time leave their limits behind: they are swept out when
// they are the most, so that there are never many more limits than waiters.
void Bulkhead::forget_old_limits() {
    if (limits_.size() < 2 * waiting_ + 64) return;
    std::erase_if(limits_, [&](const Limit& limit) { return !waits(limit.ticket); });
    std::make_heap(limits_.begin(), limits_.end());
}

Bulkhead::Ticket Bulkhead::take_slot(Place place) {
    if (free_ == kNone) {
        slots_.emplace_back();
        free_ = static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t slot = free_;
    free_ = slots_[slot].after;
    slots_[slot] = {++tickets_, place, kNone, kNone};
    return {slot, tickets_};
}

void Bulkhead::free_slot(std::uint32_t slot) {
    slots_[slot].place = Place::nowhere;
    slots_[slot].after = free_;
    free_ = slot;
}

void Bulkhead::append(std::uint32_t slot) {
    slots_[slot].before = last_;
    (last_ == kNone ? first_ : slots_[last_].after) = slot;
    last_ = slot;
    ++waiting_;
}

void Bulkhead::unlink(std::uint32_t slot) {
    const Slot& gone = slots_[slot];
    (gone.before == kNone ? first_ : slots_[gone.before].after) = gone.after;
    (gone.after == kNone ? last_ : slots_[gone.after].before) = gone.before;
    --waiting_;
}

}  // namespace novacron::resilience
