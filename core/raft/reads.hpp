// SPDX-License-Identifier: MIT
//
// Reads that are linearizable without being written to the log.
//
// Intuition: a read may be answered from any state that has applied all that was committed when it
// was asked for. A leader knows what that is, if it has committed in its own term and is still the
// leader. So it notes its commit index, makes sure that it still leads, and grants the read there.
//
// Three ways to make sure:
//   * a round of heartbeats, numbered by the leader, that a quorum answers (`ReadMode::safe`).
//     Reads that come while a round is under way wait for its end and share the next one: they were
//     asked for after its heartbeats had left, so its answers prove nothing about them.
//   * a lease, if it has one (`ReadMode::lease`, see lease.hpp): it grants at once.
//   * a follower, a learner as well, asks its leader, and grants when its own commit index has
//     reached the index that it is told: state is read where the client is, and the leader sends
//     but an index.
//
// Of a follower's requests one is under way at a time. It stands for the reads that were there when
// it first left, and for no other: those that come later share the next. If no answer has come
// between two heartbeats, it is sent again under the same number, which is safe: whichever copy is
// answered, it left after its reads were asked for. Numbers start anywhere in 2^64 in each life, so
// that an answer to an earlier life fits none (such a clash has probability 2^-64 a request).
//
// What can't be confirmed is dropped, never kept: by a leader that steps down, by a follower whose
// leader or term changes, and when the leader refuses. The host tells whoever asked.
//
// Invariants: (1) a read is granted at no less than what was committed, anywhere, when it was asked
//                 for. (2) at most max_pending_reads wait, of a leader's own and others', and of a
//                 follower's. (3) every read that was taken is granted or dropped, once.
// Source: thesis, section 6.4; the follower's question is its last paragraph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/id.hpp"
#include "core/raft/outputs.hpp"

namespace novacron::raft {

// A read that waits for the leader's next round to end.
struct PendingRead {
    ReadToken token = 0;         // of this server's own host
    NodeId asker{};              // or the server that asked,
    std::uint64_t request = 0;   //   and the number of its request
    std::uint64_t round = 0;     // 0: none yet
    LogIndex index{};
};

// The reads that a follower has taken and its leader is to confirm.
class ForwardedReads {
public:
    explicit ForwardedReads(std::uint64_t last_request) : request_(last_request) {}

    std::size_t size() const { return waiting_.size() + asked_.size() + answered_.size(); }
    bool has_answers() const { return !answered_.empty(); }
    void add(ReadToken token) { waiting_.push_back(token); }

    // The number of the request to send now; nothing while one is under way, or if no read waits.
    std::optional<std::uint64_t> next_request() {
        if (!asked_.empty() || waiting_.empty()) return std::nullopt;
        std::swap(asked_, waiting_);
        overdue_ = false;
        return ++request_;
    }
    // The leader has been heard again: the number of the request to repeat, if any.
    std::optional<std::uint64_t> repeated_request() {
        if (asked_.empty()) return std::nullopt;
        const bool repeat = std::exchange(overdue_, true);
        return repeat ? std::optional(request_) : std::nullopt;
    }

    // An answer that fits no request under way is no news.
    void answer(std::uint64_t request, LogIndex index) {
        if (request != request_) return;
        for (const ReadToken token : asked_) answered_.push_back({token, index});
        asked_.clear();
    }
    void refuse(std::uint64_t request, std::vector<ReadToken>& dropped) {
        if (request != request_) return;
        dropped.insert(dropped.end(), asked_.begin(), asked_.end());
        asked_.clear();
    }

    // Those that may be served by who has applied all up to `commit`. Of one leader, later answers
    // are of no lower index.
    void grant(LogIndex commit, std::vector<ReadGrant>& granted) {
        std::size_t count = 0;
        while (count < answered_.size() && answered_[count].index <= commit) ++count;
        const auto end = answered_.begin() + static_cast<std::ptrdiff_t>(count);
        granted.insert(granted.end(), answered_.begin(), end);
        answered_.erase(answered_.begin(), end);
    }
    void drop_all(std::vector<ReadToken>& dropped) {
        for (const ReadGrant& read : answered_) dropped.push_back(read.token);
        dropped.insert(dropped.end(), asked_.begin(), asked_.end());
        dropped.insert(dropped.end(), waiting_.begin(), waiting_.end());
        answered_.clear();
        asked_.clear();
        waiting_.clear();
    }

private:
    std::uint64_t request_;  // the newest
    bool overdue_ = false;   // the leader was heard since it left
    std::vector<ReadToken> waiting_;
    std::vector<ReadToken> asked_;     // in the request that is under way
    std::vector<ReadGrant> answered_;  // not yet committed here, as far as this server knows
};

}  // namespace novacron::raft
