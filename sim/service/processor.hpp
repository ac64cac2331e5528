// SPDX-License-Identifier: MIT
//
// The processor of a host: so many cores, and a queue of what wants to run.
//
// Intuition: whoever gets a core keeps it until its piece of work is done; the others wait, first
// come first served, whichever service they belong to. So one service that computes a lot delays
// its neighbours, although each has workers of its own.
//
// A host that stands still (a pause) gets nothing done: what was left of each piece is left when it
// goes on.
//
// Invariants: (1) nobody waits while a core is free, unless the host stands still. (2) a piece
//             takes its cost, pauses aside, from when it gets its core.
// Not modelled: time slices, priorities of processes, caches, what the node itself computes.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/fifo.hpp"
#include "sim/engine/event_queue.hpp"

namespace shaketable {

class Processor {
public:
    struct Piece {
        std::uint32_t slot = 0;  // whose
        std::uint64_t ticket = 0;
        Duration cost{};
    };

    // When a piece is done, `handler` gets an event of this kind: `a` is host * 256 + core, and `b`
    // is to be handed to `done`. REQUIRES: 1 .. 256 cores.
    Processor(EventQueue& queue, Event event, std::uint32_t cores)
        : queue_(&queue), event_(event), cores_(cores) {
        novacron::check(cores >= 1 && cores <= 256, "a processor has 1 to 256 cores");
    }

    void run(const Piece& piece) {
        waiting_.push_back(piece);
        if (!stands_still_) start_waiting();
    }

    // Whether the event means that a piece is done, which it then is; the core takes the next.
    [[nodiscard]] bool done(std::uint32_t core, std::uint64_t run, Piece& piece) {
        Core& one = cores_[core];
        if (!one.busy || one.run != run || stands_still_) return false;
        one.busy = false;
        --busy_;
        piece = one.piece;
        start_waiting();
        return true;
    }

    void pause(Instant now) {
        if (stands_still_) return;
        stands_still_ = true;
        for (Core& core : cores_) {
            if (!core.busy) continue;
            core.piece.cost = core.until - now;
            ++core.run;
        }
    }
    void resume() {
        if (!stands_still_) return;
        stands_still_ = false;
        for (std::uint32_t i = 0; i < cores_.size(); ++i) {
            if (cores_[i].busy) start(i);
        }
        start_waiting();
    }

    // Those whose process has ended want nothing any more.
    template <class IsDead>
    void forget(const IsDead& is_dead) {
        novacron::Fifo<Piece> left;
        for (const Piece& piece : waiting_) {
            if (!is_dead(piece)) left.push_back(piece);
        }
        waiting_ = std::move(left);
        for (Core& core : cores_) {
            if (!core.busy || !is_dead(core.piece)) continue;
            core.busy = false;
            ++core.run;
            --busy_;
        }
        if (!stands_still_) start_waiting();
    }

    std::uint32_t busy() const { return busy_; }
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct Core {
        bool busy = false;
        Piece piece{};
        Instant until{};
        std::uint64_t run = 0;  // counts pieces, so that an event of an old one is known
    };

    void start_waiting() {
        for (std::uint32_t i = 0; i < cores_.size() && !waiting_.empty(); ++i) {
            if (busy_ == cores_.size()) return;
            if (cores_[i].busy) continue;
            cores_[i].busy = true;
            ++busy_;
            cores_[i].piece = waiting_.front();
            waiting_.pop_front();
            start(i);
        }
    }
    void start(std::uint32_t number) {
        Core& core = cores_[number];
        core.until = queue_->now() + core.piece.cost;
        Event event = event_;
        event.a = event_.a * 256 + number;
        event.b = ++core.run;
        queue_->push(core.until, event);
    }

    EventQueue* queue_;
    Event event_;
    std::vector<Core> cores_;
    std::uint32_t busy_ = 0;
    bool stands_still_ = false;
    novacron::Fifo<Piece> waiting_;
};

}  // namespace shaketable
