// SPDX-License-Identifier: MIT
//
// A bulkhead: so many calls at a time, so many that wait, each for so long, first come first
// served.
//
// Intuition: a ship's bulkheads keep a leak in one compartment. A dependency that hangs can take
// only the places that it was given.
//
// Each entrant has a ticket. A place that becomes free goes to the longest waiter that still waits,
// in the same input; `outputs().entered` tells. A waiter waits for `timeout`, or until its call's
// own deadline if that is sooner: time in the queue is time of the call. It leaves the queue when
// that has passed (`outputs().expired`), or when it gives up. A place that becomes free at the last
// instant is still given: the grant wins, in whichever order the host sees the two.
//
// Places given to waiters that are gone are the classic bug: each is lost for ever. So a ticket
// knows what it is, and one that has left, or never entered, gives nothing back.
//
// Changing the options kills nobody: who is in or waits stays, and the new bounds count for what
// comes.
//
// Invariants: (1) entered - left = in_use(). (2) in_use() <= max_concurrent, apart from after a
//             shrink. (3) nobody waits while a place is free. (4) waiting() <= max_queue, likewise.
// Cost: constant; expiry takes the logarithm of the number that waits. Nothing is allocated in a
// steady state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/time.hpp"

namespace novacron::resilience {

// The knobs of resilience_config.yaml by their names.
struct BulkheadOptions {
    std::uint32_t max_concurrent = 100;    // at least 1
    std::uint32_t max_queue = 500;         // 0: nobody waits
    Duration timeout = milliseconds(500);  // in the queue; 0: nobody waits

    friend bool operator==(const BulkheadOptions&, const BulkheadOptions&) = default;
};

class Bulkhead {
public:
    struct Ticket {
        std::uint32_t slot = 0;
        std::uint64_t number = 0;

        friend bool operator==(const Ticket&, const Ticket&) = default;
    };
    enum class Answer : std::uint8_t { entered, waits, refused };
    struct Entry {
        Answer answer = Answer::refused;
        Ticket ticket{};  // unless refused
    };
    struct Outputs {
        std::vector<Ticket> entered;  // who waited and is in now
        std::vector<Ticket> expired;  // who waited in vain

        void clear() {
            entered.clear();
            expired.clear();
        }
    };

    // REQUIRES: options within the bounds stated above.
    explicit Bulkhead(const BulkheadOptions& options);

    [[nodiscard]] Entry enter(Instant now, Instant deadline = Instant::never());
    // Who is in, or waits, leaves. Tells whether it was there.
    bool leave(Instant now, Ticket ticket);
    void on_time(Instant now);
    // When to call on_time; it may turn out to be of no consequence.
    Instant next_deadline() const;
    void set(Instant now, const BulkheadOptions& options);

    Outputs& outputs() { return outputs_; }
    std::size_t in_use() const { return in_use_; }
    std::size_t waiting() const { return waiting_; }
    const BulkheadOptions& options() const { return options_; }

private:
    enum class Place : std::uint8_t { nowhere, inside, queue };
    static constexpr std::uint32_t kNone = 0xffffffffU;
    struct Slot {
        std::uint64_t number = 0;  // of its ticket
        Place place = Place::nowhere;
        std::uint32_t before = kNone;  // in the queue
        std::uint32_t after = kNone;   // in the queue, or among free slots
    };
    struct Limit {
        Instant until;
        Ticket ticket;

        friend bool operator<(const Limit& a, const Limit& b) {  // the earliest on top
            return a.until != b.until ? a.until > b.until : a.ticket.number > b.ticket.number;
        }
    };

    Ticket take_slot(Place place);
    void free_slot(std::uint32_t slot);
    void append(std::uint32_t slot);
    void unlink(std::uint32_t slot);
    void expire(Instant now);
    void admit_waiters();
    void forget_old_limits();
    bool waits(Ticket ticket) const {
        return slots_[ticket.slot].number == ticket.number &&
               slots_[ticket.slot].place == Place::queue;
    }

    BulkheadOptions options_;
    std::vector<Slot> slots_;
    std::vector<Limit> limits_;  // a heap; of those that wait, and of some that don't any more
    std::uint32_t free_ = kNone;
    std::uint32_t first_ = kNone;
    std::uint32_t last_ = kNone;
    std::uint64_t tickets_ = 0;
    std::size_t in_use_ = 0;
    std::size_t waiting_ = 0;
    Outputs outputs_;
};

}  // namespace novacron::resilience
