// SPDX-License-Identifier: MIT
//
// Many deadlines that all lie the same time ahead when they are set, on one timer.
//
// Intuition: deadlines of equal length expire in the order in which they were set, so a queue keeps
// them sorted for nothing. Whoever no longer needs its deadline just changes its ticket; the stale
// entry is dropped when it reaches the front.
#pragma once

#include <cstdint>

#include "core/base/fifo.hpp"
#include "sim/engine/timer.hpp"

namespace shaketable {

class ExpiryQueue {
public:
    ExpiryQueue(EventQueue& queue, Event event, Duration length)
        : timer_(queue, event), length_(length) {}

    struct Entry {
        Instant at;
        std::uint32_t slot;
        std::uint64_t ticket;
    };

    // `slot` with `ticket` expires one length from now.
    void add(Instant now, std::uint32_t slot, std::uint64_t ticket) {
        entries_.push_back({now + length_, slot, ticket});
        if (!timer_.armed()) timer_.arm(entries_.front().at);
    }

    // For the event given at construction: calls expire(slot, ticket) for all that are due.
    // `is_live(slot, ticket)` tells which entries still mean something.
    template <class IsLive, class Expire>
    void on_event(Instant now, const IsLive& is_live, const Expire& expire) {
        if (!timer_.due(now)) return;
        while (!entries_.empty()) {
            const Entry first = entries_.front();
            const bool live = is_live(first.slot, first.ticket);
            if (live && first.at > now) break;
            entries_.pop_front();
            if (live) expire(first.slot, first.ticket);
        }
        if (!entries_.empty()) timer_.arm(entries_.front().at);
    }

private:
    Timer timer_;
    Duration length_;
    novacron::Fifo<Entry> entries_;
};

}  // namespace shaketable
