// SPDX-License-Identifier: MIT
//
// The pending events of a simulation, taken out in the order of (time, sequence).
//
// Intuition: a heap with four children a node, of keys of 16 bytes (time, sequence number and slot
// in one word), so that a node's children share a cache line; what an event carries waits in a slab
// and is never moved. Taking the first event leaves its place at the top empty, and the next event
// that is added fills it: the common case, one event begets one, costs one walk down the heap
// instead of a walk down and a walk up.
//
// Invariants: (1) events of equal time come out in the order in which they were added.
//             (2) what comes out never goes back in time; asserted at every event.
// Limits: 2^24 pending events, 2^40 events a run; both checked.
// Not offered: removal. What must be cancellable is a Timer (timer.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/time.hpp"
#include "core/base/wide.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;

class EventHandler;

// What happens: told to the handler at its time. `kind`, `a` and `b` mean what the handler says.
struct Event {
    EventHandler* handler;
    std::uint32_t kind;
    std::uint32_t a;
    std::uint64_t b;
};

class EventHandler {
public:
    virtual void on_event(Instant now, const Event& event) = 0;

protected:
    ~EventHandler() = default;
};

class EventQueue {
public:
    // Returns the event's sequence number. REQUIRES: at is not before the last event taken out.
    std::uint64_t push(Instant at, const Event& event) {
        novacron::check(at >= now_, "an event was scheduled in the past");
        novacron::check(next_sequence_ < kMaxSequence, "a run has more than 2^40 events");
        const std::uint64_t sequence = next_sequence_++;
        const std::uint32_t slot = take_slot();
        slab_[slot] = event;
        const Key key = key_of(at, (sequence << kSlotBits) | slot);
        if (hole_) {
            hole_ = false;
            sift_down(key);
        } else {
            heap_.push_back(key);
            sift_up(heap_.size() - 1, key);
        }
        return sequence;
    }

    bool empty() const { return heap_.size() == (hole_ ? 1U : 0U); }
    std::size_t size() const { return heap_.size() - (hole_ ? 1U : 0U); }

    // The time of the first event, or never.
    Instant next_time() {
        close_hole();
        return heap_.empty() ? Instant::never() : time_of(heap_.front());
    }

    // REQUIRES: not empty.
    Event pop() {
        close_hole();
        novacron::check(!heap_.empty(), "an event was taken from an empty queue");
        const Key first = heap_.front();
        novacron::check(first > last_, "events come out in the order of (time, sequence)");
        now_ = time_of(first);
        last_ = first;
        hole_ = true;
        const auto slot = static_cast<std::uint32_t>(first & kSlotMask);
        free_.push_back(slot);
        return slab_[slot];
    }

    // Takes the first event out and hands it to its handler. REQUIRES: not empty.
    void do_next() {
        const Event event = pop();
        event.handler->on_event(now_, event);
    }

    // Lets time pass without an event. REQUIRES: at is not before now, and no event is before it.
    void wait_until(Instant at) {
        novacron::check(at >= now_ && next_time() >= at, "time passes over an event");
        now_ = at;
    }

    // The time, that of the event taken out last unless more has passed; that event's number.
    Instant now() const { return now_; }
    std::uint64_t current_sequence() const {
        return static_cast<std::uint64_t>(last_) >> kSlotBits;
    }

private:
    static constexpr unsigned kSlotBits = 24;
    static constexpr std::uint64_t kSlotMask = (1U << kSlotBits) - 1;
    static constexpr std::uint64_t kMaxSequence = std::uint64_t{1} << 40U;
    static constexpr std::size_t kArity = 4;

    // Time, then sequence number, then slot: one number, so that one comparison orders events.
    // Times are not negative.
    using Key = novacron::UnsignedWide;
    static Key key_of(Instant at, std::uint64_t order) {
        return (Key{static_cast<std::uint64_t>(at.ns)} << 64U) | order;
    }
    static Instant time_of(Key key) { return Instant{static_cast<std::int64_t>(key >> 64U)}; }

    std::uint32_t take_slot() {
        if (!free_.empty()) {
            const std::uint32_t slot = free_.back();
            free_.pop_back();
            return slot;
        }
        novacron::check(slab_.size() <= kSlotMask, "more than 2^24 events are pending");
        slab_.emplace_back();
        return static_cast<std::uint32_t>(slab_.size() - 1);
    }

    void close_hole() {
        if (!hole_) return;
        hole_ = false;
        const Key last = heap_.back();
        heap_.pop_back();
        if (!heap_.empty()) sift_down(last);
    }

    void sift_up(std::size_t at, Key key) {
        while (at > 0) {
            const std::size_t parent = (at - 1) / kArity;
            if (key >= heap_[parent]) break;
            heap_[at] = heap_[parent];
            at = parent;
        }
        heap_[at] = key;
    }

    // Puts the key into the tree whose top is free.
    void sift_down(Key key) {
        Key* const heap = heap_.data();
        const std::size_t size = heap_.size();
        std::size_t at = 0;
        std::size_t child = 1;
        for (; child + kArity <= size; child = at * kArity + 1) {
            // A tournament of four: its outcomes are unpredictable, so it is written to need no
            // jump.
            const std::size_t left = child + (heap[child + 1] < heap[child] ? 1U : 0U);
            const std::size_t right = child + 2 + (heap[child + 3] < heap[child + 2] ? 1U : 0U);
            const std::size_t least = heap[right] < heap[left] ? right : left;
            if (key <= heap[least]) {
                heap[at] = key;
                return;
            }
            heap[at] = heap[least];
            at = least;
        }
        if (child < size) {
            std::size_t least = child;
            for (std::size_t i = child + 1; i < size; ++i)
                least = heap[i] < heap[least] ? i : least;
            if (heap[least] < key) {
                heap[at] = heap[least];
                at = least;
            }
        }
        heap[at] = key;
    }

    std::vector<Key> heap_;
    std::vector<Event> slab_;
    std::vector<std::uint32_t> free_;
    Instant now_{};
    Key last_ = 0;  // taken out last
    std::uint64_t next_sequence_ = 1;
    bool hole_ = false;  // the top of the heap was taken out and not yet filled
};

}  // namespace shaketable
