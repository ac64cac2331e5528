// SPDX-License-Identifier: MIT
//
// What waits for a worker of an instance, by one of the disciplines of spec.hpp.
//
// Intuition: a chain through the requests themselves, so that whoever gives up leaves from the
// middle at once, and nothing is allocated. The queue that turns around in an overload has a memory
// of its own; who left it is skipped there.
//
// Invariant: (1) size() is the number of those that were pushed and neither taken, dropped nor
//             removed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/resilience/adaptive_queue.hpp"
#include "core/resilience/codel.hpp"
#include "sim/net/pool.hpp"
#include "sim/service/request.hpp"

namespace shaketable {

class RequestQueue {
public:
    RequestQueue(const QueueSpec& spec, Pool<ServedRequest>& requests, Instant now)
        : spec_(&spec), requests_(&requests), codel_(spec.codel) {
        if (spec.discipline == QueueDiscipline::adaptive_lifo && spec.limit > 0) {
            adaptive_.emplace(
                novacron::resilience::AdaptiveQueueOptions{spec.limit, spec.codel.target,
                                                           spec.codel.interval},
                now);
        }
    }

    std::uint32_t size() const { return size_; }
    bool is_full() const { return size_ >= spec_->limit; }

    // False: there is no place after all.
    [[nodiscard]] bool push(Instant now, std::uint32_t slot) {
        if (adaptive_) {
            const bool pushed = adaptive_->push(now, item_of(slot));
            take_dropped();
            if (!pushed) return false;
        } else {
            append(chain_of(slot), slot);
        }
        ++size_;
        return true;
    }

    // Who is served next. Those that have waited too long are in `dropped` then.
    [[nodiscard]] std::optional<std::uint32_t> take(Instant now) {
        if (adaptive_) return take_adaptive(now);
        while (size_ > 0) {
            const std::uint32_t slot = first();
            remove(slot);
            if (spec_->discipline != QueueDiscipline::codel) return slot;
            const Duration wait = now - (*requests_)[slot].arrived;
            if (!codel_.drops(now, {wait, size_ == 0})) return slot;
            dropped_.push_back(slot);
        }
        return std::nullopt;
    }

    // By priority, who came last of the least critical gives way to who is more critical.
    std::optional<std::uint32_t> gives_way(Criticality criticality) const {
        if (spec_->discipline != QueueDiscipline::priority) return std::nullopt;
        for (std::size_t i = chains_.size(); i-- > static_cast<std::size_t>(criticality) + 1;) {
            if (chains_[i].last != kNoSlot) return chains_[i].last;
        }
        return std::nullopt;
    }

    // REQUIRES: it is in the queue.
    void remove(std::uint32_t slot) {
        --size_;
        if (!adaptive_) unlink(chain_of(slot), slot);
    }

    // Looks for those that have waited too long, where the discipline has a bound of its own.
    void look(Instant now) {
        if (!adaptive_) return;
        adaptive_->on_time(now);
        take_dropped();
    }
    // When to look for who was pushed now; never if there is no need.
    Instant look_at(Instant now) const {
        return adaptive_ ? now + spec_->codel.interval + novacron::nanoseconds(1)
                         : Instant::never();
    }
    // They are in the queue no more; cleared by the user.
    std::vector<std::uint32_t>& dropped() { return dropped_; }

private:
    struct Chain {
        std::uint32_t first = kNoSlot;
        std::uint32_t last = kNoSlot;
    };

    std::uint64_t item_of(std::uint32_t slot) const {
        return ((*requests_)[slot].ticket << 32U) | slot;
    }
    bool is_there(std::uint64_t item) const {
        const auto slot = static_cast<std::uint32_t>(item);
        return item_of(slot) == item &&
               (*requests_)[slot].stage == ServedRequest::Stage::queued;
    }
    std::optional<std::uint32_t> take_adaptive(Instant now) {
        for (;;) {
            const auto item = adaptive_->pop(now);
            take_dropped();
            if (!item) return std::nullopt;
            if (!is_there(*item)) continue;
            --size_;
            return static_cast<std::uint32_t>(*item);
        }
    }
    void take_dropped() {
        for (const std::uint64_t item : adaptive_->dropped()) {
            if (!is_there(item)) continue;
            --size_;
            dropped_.push_back(static_cast<std::uint32_t>(item));
        }
        adaptive_->dropped().clear();
    }

    Chain& chain_of(std::uint32_t slot) {
        if (spec_->discipline != QueueDiscipline::priority) return chains_[0];
        return chains_[static_cast<std::size_t>((*requests_)[slot].criticality)];
    }
    std::uint32_t first() const {
        if (spec_->discipline == QueueDiscipline::lifo) return chains_[0].last;
        for (const Chain& chain : chains_) {
            if (chain.first != kNoSlot) return chain.first;
        }
        return kNoSlot;
    }
    void append(Chain& chain, std::uint32_t slot) {
        ServedRequest& request = (*requests_)[slot];
        request.before = chain.last;
        request.after = kNoSlot;
        (chain.last == kNoSlot ? chain.first : (*requests_)[chain.last].after) = slot;
        chain.last = slot;
    }
    void unlink(Chain& chain, std::uint32_t slot) {
        const ServedRequest& request = (*requests_)[slot];
        (request.before == kNoSlot ? chain.first : (*requests_)[request.before].after) =
            request.after;
        (request.after == kNoSlot ? chain.last : (*requests_)[request.after].before) =
            request.before;
    }

    const QueueSpec* spec_;
    Pool<ServedRequest>* requests_;
    std::array<Chain, 3> chains_;  // one, or one a criticality
    std::uint32_t size_ = 0;
    novacron::resilience::Codel codel_;
    std::optional<novacron::resilience::AdaptiveQueue> adaptive_;
    std::vector<std::uint32_t> dropped_;
};

}  // namespace shaketable
