// SPDX-License-Identifier: MIT
//
// What a leader knows about one follower's log, and how much it may send it.
//
// Intuition: at first, and after a refusal, the leader *probes*: one append at a time until the
// place is found up to which the logs agree. Then it *replicates*: it sends ahead without waiting,
// up to a window of unacknowledged messages and bytes. A follower that needs entries which the
// leader has forgotten is sent a *snapshot* instead, in parts, one at a time; as soon as it is
// known to hold the log up to where the leader's log begins, replication goes on.
//
// A snapshot of which the follower has a part stays the same, even if the leader takes a newer one:
// starting over each time, a slow follower would never have it whole.
//
// The last message that fits into the window's messages may exceed its bytes: were it cut to what
// is left of them, a follower that is a little slower than its leader would be sent ever smaller
// messages (in TCP that is the silly window syndrome). So an empty window always has room for one.
//
// Invariants: (1) match < next. (2) match never decreases within a leadership.
//             (3) at most `max_inflight_messages` appends are unacknowledged while replicating;
//             all but the newest of them carry less than `max_inflight_bytes`.
// Source: the states are those of etcd's Raft; the paper has probing only (figure 2,
// nextIndex).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/fifo.hpp"
#include "core/base/id.hpp"
#include "core/base/log_entry.hpp"
#include "core/base/time.hpp"
#include "core/raft/options.hpp"

namespace novacron::raft {

class Progress {
public:
    enum class State : std::uint8_t { probe, replicate, snapshot };

    Progress(LogIndex next, const Options& options, Instant now)
        : next_(next),
          max_messages_(options.max_inflight_messages),
          max_bytes_(options.max_inflight_bytes),
          last_heard_(now) {}

    State state() const { return state_; }
    LogIndex match() const { return match_; }
    LogIndex next() const { return next_; }

    // Appends that are not acknowledged, while replicating.
    std::size_t inflight() const { return unacknowledged_.size(); }

    Instant last_heard() const { return last_heard_; }
    void heard(Instant now) { last_heard_ = now; }

    // The newest round of heartbeats that the follower has answered.
    std::uint64_t round() const { return round_; }
    void answered(std::uint64_t round) { round_ = std::max(round_, round); }

    // Whether the follower gives no vote yet, by the leader's clock: see lease.hpp.
    bool promises(Instant now) const { return promised_until_ && now < *promised_until_; }
    void promised(Instant until) {
        promised_until_ = promised_until_ ? std::max(*promised_until_, until) : until;
    }

    bool may_send() const {
        if (state_ != State::replicate) return !outstanding_;
        return unacknowledged_.size() < max_messages_ && unacknowledged_bytes_ < max_bytes_;
    }
    // An append that ends at `last` and carries so many bytes has left. REQUIRES: may_send().
    void sent(LogIndex last, std::uint64_t bytes) {
        if (state_ == State::probe) {
            outstanding_ = true;
        } else if (last >= next_) {
            unacknowledged_.push_back({last, bytes});
            unacknowledged_bytes_ += bytes;
            next_ = last + 1;
        }
    }

    // The follower's log agrees with the leader's up to `index`. Tells whether that is news.
    bool accepted(LogIndex index) {
        const bool news = index > match_;
        match_ = std::max(match_, index);
        if (state_ == State::snapshot) {
            next_ = std::max(next_, match_ + 1);
            if (match_ >= log_begins_) start(State::replicate, next_);
        } else if (state_ == State::probe) {
            start(State::replicate, match_ + 1);
        } else {
            next_ = std::max(next_, match_ + 1);
            while (!unacknowledged_.empty() && unacknowledged_.front().last <= index) {
                unacknowledged_bytes_ -= unacknowledged_.front().bytes;
                unacknowledged_.pop_front();
            }
        }
        return news;
    }

    // The follower refused an append after `position`; the logs may still agree at `hint`. Tells
    // whether the refusal is news: one that speaks of an earlier state of affairs is not.
    bool refused(LogIndex position, LogIndex hint) {
        if (position <= match_ || state_ == State::snapshot) return false;
        if (state_ == State::probe && position + 1 != next_) return false;
        start(State::probe, std::max(std::min(position, hint + 1), match_ + 1));
        return true;
    }

    // The follower can't be reached: what was sent ahead is most likely lost.
    void unreachable() {
        if (state_ == State::replicate) start(State::probe, match_ + 1);
    }

    // The snapshot is sent to a follower that needs entries from before the leader's log begins.
    void start_snapshot(Snapshot snapshot, LogIndex log_begins) {
        start(State::snapshot, next_);
        snapshot_ = std::move(snapshot);
        log_begins_ = log_begins;
        offset_ = 0;
        part_overdue_ = false;
        offset_at_heartbeat_.reset();
    }
    const Snapshot& snapshot() const { return snapshot_; }
    // Where the next part begins.
    std::uint64_t offset() const { return offset_; }
    // The part has left. REQUIRES: may_send().
    void part_sent() { outstanding_ = true; }
    // The follower has the snapshot at `position` up to `offset`. Less than was known is news only
    // if the part it got did not `fit` there: then it has begun anew. Just as much never is, or a
    // part that came twice would make all that follow go twice. Tells whether it is.
    bool part_answered(LogPosition position, std::uint64_t offset, bool fits) {
        if (state_ != State::snapshot || position != snapshot_.meta.position) return false;
        if (offset > snapshot_.state.size() || offset == offset_) return false;
        if (fits && offset < offset_) return false;
        offset_ = offset;
        outstanding_ = false;
        return true;
    }

    // The follower lives: a probe that was lost may go again, and so may a part that is overdue.
    void resume() {
        if (state_ == State::snapshot && !part_overdue_) return;
        outstanding_ = part_overdue_ = false;
    }
    // Another heartbeat goes: a part that was sent before the one before is overdue.
    void heartbeat_sent() {
        if (state_ != State::snapshot) return;
        part_overdue_ = offset_ == offset_at_heartbeat_;
        offset_at_heartbeat_ = offset_;
    }

    // Whether nothing was acknowledged since this was asked last although something is outstanding:
    // then the last append may be lost, and nothing that follows will tell.
    bool stalled() {
        const bool same = state_ == State::replicate && match_ == match_when_asked_ &&
                          next_ > match_ + 1;
        match_when_asked_ = match_;
        return same;
    }

private:
    struct Unacknowledged {
        LogIndex last;
        std::uint64_t bytes;
    };

    void start(State state, LogIndex next) {
        state_ = state;
        next_ = next;
        outstanding_ = false;
        unacknowledged_.clear();
        unacknowledged_bytes_ = 0;
        snapshot_ = {};
        check(next_ > match_, "a follower's next entry comes after those it has");
    }

    State state_ = State::probe;
    LogIndex match_;
    LogIndex next_;
    LogIndex match_when_asked_;
    std::uint32_t max_messages_;
    std::uint64_t max_bytes_;
    bool outstanding_ = false;  // the probe, or the part of the snapshot
    Instant last_heard_;
    std::uint64_t round_ = 0;
    std::optional<Instant> promised_until_;
    Fifo<Unacknowledged> unacknowledged_;   // appends, oldest first
    std::uint64_t unacknowledged_bytes_ = 0;
    Snapshot snapshot_;  // the one that is being sent
    LogIndex log_begins_;
    std::uint64_t offset_ = 0;
    std::optional<std::uint64_t> offset_at_heartbeat_;
    bool part_overdue_ = false;
};

}  // namespace novacron::raft
