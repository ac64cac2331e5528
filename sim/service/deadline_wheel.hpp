// SPDX-License-Identifier: MIT
//
// Many deadlines of any length of which nearly all are forgotten before they come.
//
// Intuition: a call's timeout is of no consequence once its answer is there, which is nearly
// always. So it is not an event but an entry in a bucket, a slice of some two milliseconds of time.
// When a bucket's time begins, what in it still matters becomes an event at its exact instant; the
// rest is forgotten at the price of a look. A ring of buckets covers some two seconds; what lies
// beyond stays in its bucket for another round.
//
// Invariants: (1) an entry that matters rings at its instant exactly. (2) of one bucket and
//             one instant, they ring in the order in which they were added.
// Cost: constant, and nothing is allocated in a steady state.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/engine/timer.hpp"

namespace shaketable {

class DeadlineWheel {
public:
    // Events go to `handler`: those of the wheel itself are of kind `tick`.
    DeadlineWheel(EventQueue& queue, EventHandler& handler, std::uint32_t tick)
        : queue_(queue), handler_(handler), timer_(queue, Event{&handler, tick, 0, 0}) {}

    // An event of this kind for `slot` and `ticket`. REQUIRES: at is not in the past.
    void add(Instant at, std::uint32_t kind, std::uint32_t slot, std::uint64_t ticket) {
        if (at == Instant::never()) return;
        const std::int64_t number = at.ns >> kShift;
        if (number <= done_) {
            queue_.push(at, {&handler_, kind, slot, ticket});
            return;
        }
        bucket(number).push_back({at, kind, slot, ticket});
        const Instant begins = std::max(queue_.now(), Instant{number << kShift});
        if (begins < timer_.deadline()) timer_.arm(begins);
    }

    // For the wheel's own events. `matters(kind, slot, ticket)` tells what is not over yet.
    template <class Matters>
    void on_tick(Instant now, const Matters& matters) {
        if (!timer_.due(now)) return;
        done_ = now.ns >> kShift;
        auto& entries = bucket(done_);
        std::size_t kept = 0;
        for (const Entry& entry : entries) {
            if ((entry.at.ns >> kShift) > done_) {
                entries[kept++] = entry;
            } else if (matters(entry.kind, entry.slot, entry.ticket)) {
                queue_.push(entry.at, {&handler_, entry.kind, entry.slot, entry.ticket});
            }
        }
        entries.resize(kept);
        for (std::int64_t n = done_ + 1; n <= done_ + kBuckets; ++n) {
            if (bucket(n).empty()) continue;
            timer_.arm(Instant{n << kShift});
            return;
        }
    }

private:
    static constexpr unsigned kShift = 21;
    static constexpr std::int64_t kBuckets = 1024;

    struct Entry {
        Instant at{};
        std::uint32_t kind = 0;
        std::uint32_t slot = 0;
        std::uint64_t ticket = 0;
    };

    std::vector<Entry>& bucket(std::int64_t number) {
        return buckets_[static_cast<std::size_t>(number % kBuckets)];
    }

    EventQueue& queue_;
    EventHandler& handler_;
    Timer timer_;
    std::int64_t done_ = -1;  // the bucket whose time began last, with anything in it
    std::array<std::vector<Entry>, kBuckets> buckets_;
};

}  // namespace shaketable
