// SPDX-License-Identifier: MIT
//
// The pending events of a simulation, taken out in the order of (time, sequence).
//
// Intuition: a heap with four children a node, of keys of 16 bytes (time, sequence number and slot in
// one word), so that a node's children share a cache line; what an event carries waits in a slab and
// is never moved. Taking the first event leaves its place at the top empty, and the next event that is
// added fills it: the common case, one event begets one, costs one walk down the heap instead of a
// walk down and a walk up.
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
        const Key key{at.ns, (sequence << kSlotBits) | slot};
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
        return heap_.empty() ? Instant::never() : Instant{heap_.front().time};
    }

    // REQUIRES: not empty.
    Event pop() {
        close_hole();
        novacron::check(!heap_.empty(), "an event was taken from an empty queue");
        const Key first = heap_.front();
        novacron::check(first.time > now_.ns || (first.time == now_.ns && first.order > last_order_),
                        "events come out in the order of (time, sequence)");
        now_ = Instant{first.time};
        last_order_ = first.order;
        hole_ = true;
        const auto slot = static_cast<std::uint32_t>(first.order & kSlotMask);
        free_.push_back(slot);
        return slab_[slot];
    }

    // The time and the sequence number of the event taken out last.
    Instant now() const { return now_; }
    std::uint64_t current_sequence() const { return last_order_ >> kSlotBits; }

private:
    static constexpr unsigned kSlotBits = 24;
    static constexpr std::uint64_t kSlotMask = (1U << kSlotBits) - 1;
    static constexpr std::uint64_t kMaxSequence = std::uint64_t{1} << 40U;
    static constexpr std::size_t kArity = 4;

    struct Key {
        std::int64_t time;
        std::uint64_t order;  // sequence number, then slot
    };
    static bool before(const Key& x, const Key& y) {
        return x.time < y.time || (x.time == y.time && x.order < y.order);
    }

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

    void sift_up(std::size_t at, const Key& key) {
        while (at > 0) {
            const std::size_t parent = (at - 1) / kArity;
            if (!before(key, heap_[parent])) break;
            heap_[at] = heap_[parent];
            at = parent;
        }
        heap_[at] = key;
    }

    // Puts the key into the tree whose top is free.
    void sift_down(const Key& key) {
        const std::size_t size = heap_.size();
        std::size_t at = 0;
        for (;;) {
            const std::size_t child = at * kArity + 1;
            if (child >= size) break;
            const std::size_t end = child + kArity < size ? child + kArity : size;
            std::size_t least = child;
            for (std::size_t i = child + 1; i < end; ++i) {
                if (before(heap_[i], heap_[least])) least = i;
            }
            if (!before(heap_[least], key)) break;
            heap_[at] = heap_[least];
            at = least;
        }
        heap_[at] = key;
    }

    std::vector<Key> heap_;
    std::vector<Event> slab_;
    std::vector<std::uint32_t> free_;
    Instant now_{};
    std::uint64_t last_order_ = 0;
    std::uint64_t next_sequence_ = 1;
    bool hole_ = false;  // the top of the heap was taken out and not yet filled
};

}  // namespace shaketable
