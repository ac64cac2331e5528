// SPDX-License-Identifier: MIT
//
// An alarm that can be set again and again, at the price of a field.
//
// Intuition: most alarms are put off before they ring (every heartbeat puts off an election).
// Putting off only moves `deadline_`; the event already in the queue comes at its old time, sees
// that the deadline has moved, and goes back into the queue once. Cancelling sets the deadline to
// never. Only an earlier deadline needs a new event; the old one is then an orphan, known by its
// sequence number, which does nothing when its time comes.
//
// Invariants: (1) rings once a deadline, at the deadline exactly.
//             (2) at most one event of a timer is not an orphan, and an alarm that is only ever put
//                 off has no orphan.
// Use: the owner forwards the events of the kind it chose to `due`, and acts if that says so.
#pragma once

#include <cstdint>

#include "sim/engine/event_queue.hpp"

namespace shaketable {

class Timer {
public:
    // The event is what the owner will get; it must come back to `due`.
    Timer(EventQueue& queue, Event event) : queue_(&queue), event_(event) {}

    Instant deadline() const { return deadline_; }
    bool armed() const { return deadline_ != Instant::never(); }

    // REQUIRES: deadline is not in the past.
    void arm(Instant deadline) {
        deadline_ = deadline;
        if (deadline_ < queued_at_) queue_event(deadline_);
    }
    void cancel() { deadline_ = Instant::never(); }

    // Tells whether the alarm rings now; it is then no longer armed.
    [[nodiscard]] bool due(Instant now) {
        if (queue_->current_sequence() != queued_sequence_) return false;
        queued_at_ = Instant::never();
        if (deadline_ <= now) {
            deadline_ = Instant::never();
            return true;
        }
        if (armed()) queue_event(deadline_);
        return false;
    }

private:
    void queue_event(Instant at) {
        queued_at_ = at;
        queued_sequence_ = queue_->push(at, event_);
    }

    EventQueue* queue_;
    Event event_;
    Instant deadline_ = Instant::never();
    Instant queued_at_ = Instant::never();  // when the event that counts comes
    std::uint64_t queued_sequence_ = 0;
};

}  // namespace shaketable
