// SPDX-License-Identifier: MIT
//
// A queue that turns around when it is overloaded: the last come is first served, and nobody waits
// for long.
//
// Intuition: first come first served is fair while all are served in time. In an overload it serves
// those who have waited longest, and whose callers have gone: all wait, and nobody is served.
// Served from the other end, most are still served in time, and the rest is told soon.
//
// Overloaded: the queue has not been empty for `interval`. Then the wait is bounded by `target`,
// and it is served from its end; otherwise the wait is bounded by `interval`, and served from its
// beginning. That bound is Facebook's simple form of CoDel.
//
// Invariants: (1) what is taken has waited no longer than the bound. (2) while the queue has been
//             empty within the interval, order is that of arrival. (3) size() <= capacity.
// What has waited too long is dropped when something is taken, or when `on_time` looks; what waited
// for exactly the bound is still served. Source: Maurer, "Fail at scale", ACM Queue 13 (2015).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/time.hpp"

namespace novacron::resilience {

struct AdaptiveQueueOptions {
    std::uint32_t capacity = 500;           // at least 1
    Duration target = milliseconds(5);      // above 0
    Duration interval = milliseconds(100);  // at least the target

    friend bool operator==(const AdaptiveQueueOptions&, const AdaptiveQueueOptions&) = default;
};

class AdaptiveQueue {
public:
    // What the host knows of who waits.
    using Item = std::uint64_t;

    // REQUIRES: options within the bounds stated above.
    AdaptiveQueue(const AdaptiveQueueOptions& options, Instant now)
        : options_(options), ring_(options.capacity), last_empty_(now) {
        check(options.capacity >= 1 && options.target.ns > 0 && options.interval >= options.target,
              "a queue has a place, and its interval is not below its target");
    }

    // Tells whether there was a place.
    [[nodiscard]] bool push(Instant now, Item item) {
        drop_expired(now);
        if (size_ == ring_.size()) return false;
        ring_[place(size_)] = {item, now};
        ++size_;
        return true;
    }
    [[nodiscard]] std::optional<Item> pop(Instant now) {
        drop_expired(now);
        if (size_ == 0) return std::nullopt;
        const Item item = overloaded(now) ? ring_[place(size_ - 1)].item : ring_[first_].item;
        if (!overloaded(now)) first_ = place(1);
        --size_;
        note_empty(now);
        return item;
    }
    void on_time(Instant now) { drop_expired(now); }
    // When the longest waiter will have waited too long, if nothing is taken before.
    Instant next_deadline(Instant now) const {
        if (size_ == 0) return Instant::never();
        const Instant at = ring_[first_].at;
        if (overloaded(now)) return at + options_.target + nanoseconds(1);
        const Instant turns = last_empty_ + options_.interval;
        const Instant most =
            std::min(at + options_.interval, std::max(at + options_.target, turns));
        return most + nanoseconds(1);
    }

    bool overloaded(Instant now) const {
        return size_ > 0 && now - last_empty_ > options_.interval;
    }
    Duration bound(Instant now) const {
        return overloaded(now) ? options_.target : options_.interval;
    }
    std::size_t size() const { return size_; }
    // Who waited too long, oldest first; the host clears it.
    std::vector<Item>& dropped() { return dropped_; }

private:
    struct Waiter {
        Item item = 0;
        Instant at{};
    };

    std::size_t place(std::size_t n) const { return (first_ + n) % ring_.size(); }
    void note_empty(Instant now) {
        if (size_ == 0) last_empty_ = now;
    }
    void drop_expired(Instant now) {
        note_empty(now);
        // The bound is that of the moment at which we look: it doesn't rise as the queue empties.
        const Duration most = bound(now);
        while (size_ > 0 && now - ring_[first_].at > most) {
            dropped_.push_back(ring_[first_].item);
            first_ = place(1);
            --size_;
        }
        note_empty(now);
    }

    AdaptiveQueueOptions options_;
    std::vector<Waiter> ring_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
    Instant last_empty_;
    std::vector<Item> dropped_;
};

}  // namespace novacron::resilience
