// SPDX-License-Identifier: MIT
//
// What a leader knows about one follower's log, and how much it may send it.
//
// Intuition: at first, and after a refusal, the leader *probes*: one append at a time until the
// place is found up to which the logs agree. Then it *replicates*: it sends ahead without waiting,
// up to a window of unacknowledged messages.
//
// Invariants: (1) match < next. (2) match never decreases within a leadership.
//             (3) at most `window` appends are unacknowledged while replicating.
// Source: the two states are those of etcd's Raft; the paper has probing only (figure 2,
// nextIndex).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/id.hpp"
#include "core/base/time.hpp"

namespace novacron::raft {

class Progress {
public:
    enum class State : std::uint8_t { probe, replicate };

    Progress(LogIndex next, std::uint32_t window, Instant now)
        : next_(next), window_(window), last_heard_(now), unacknowledged_(window) {}

    State state() const { return state_; }
    LogIndex match() const { return match_; }
    LogIndex next() const { return next_; }

    Instant last_heard() const { return last_heard_; }
    void heard(Instant now) { last_heard_ = now; }

    // The newest round of heartbeats that the follower has answered.
    std::uint64_t round() const { return round_; }
    void answered(std::uint64_t round) { round_ = std::max(round_, round); }

    bool may_send() const {
        return state_ == State::probe ? !probe_outstanding_ : count_ < window_;
    }
    // An append that ends at `last` has left. REQUIRES: may_send().
    void sent(LogIndex last) {
        if (state_ == State::probe) {
            probe_outstanding_ = true;
        } else if (last >= next_) {
            unacknowledged_[(first_ + count_++) % window_] = last;
            next_ = last + 1;
        }
    }

    // The follower's log agrees with the leader's up to `index`. Tells whether that is news.
    bool accepted(LogIndex index) {
        const bool news = index > match_;
        match_ = std::max(match_, index);
        if (state_ == State::probe) {
            start(State::replicate, match_ + 1);
        } else {
            next_ = std::max(next_, match_ + 1);
            while (count_ > 0 && unacknowledged_[first_] <= index) {
                first_ = (first_ + 1) % window_;
                --count_;
            }
        }
        return news;
    }

    // The follower refused an append after `position`; the logs may still agree at `hint`. Tells
    // whether the refusal is news: one that speaks of an earlier state of affairs is not.
    bool refused(LogIndex position, LogIndex hint) {
        if (position <= match_) return false;
        if (state_ == State::probe && position + 1 != next_) return false;
        start(State::probe, std::max(std::min(position, hint + 1), match_ + 1));
        return true;
    }

    // The follower lives: if an append was lost, another may go.
    void resume() { probe_outstanding_ = false; }

    // Whether nothing was acknowledged since this was asked last although something is outstanding:
    // then the last append may be lost, and nothing that follows will tell.
    bool stalled() {
        const bool same = state_ == State::replicate && match_ == match_when_asked_ &&
                          next_ > match_ + 1;
        match_when_asked_ = match_;
        return same;
    }

private:
    void start(State state, LogIndex next) {
        state_ = state;
        next_ = next;
        probe_outstanding_ = false;
        first_ = 0;
        count_ = 0;
        check(next_ > match_, "a follower's next entry comes after those it has");
    }

    State state_ = State::probe;
    LogIndex match_;
    LogIndex next_;
    LogIndex match_when_asked_;
    std::uint32_t window_;
    bool probe_outstanding_ = false;
    Instant last_heard_;
    std::uint64_t round_ = 0;
    std::vector<LogIndex> unacknowledged_;  // a ring: each append's last index, oldest at first_
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
};

}  // namespace novacron::raft
