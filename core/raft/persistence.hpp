// SPDX-License-Identifier: MIT
//
// What a server knows of its own disk: which writes it has issued, and what of them is durable.
//
// Intuition: writes are numbered and complete in order. A write that appends entries makes the log
// durable up to its last index, unless a later write has cut the log below that in the meantime:
// then what the completion covers is cut as well. Without this, the late completion of an old write
// could vouch for the new entries that took the old ones' places (the "ABA" of asynchronous log
// storage).
//
// At the start nothing counts as durable, not even what was read from the disk: bytes that outlived
// the process may still be in the operating system's memory. The first write makes sure of them.
//
// Invariants: (1) last() never exceeds the log's last index. (2) ids grow by one.
#pragma once

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/fifo.hpp"
#include "core/base/log_entry.hpp"

namespace novacron::raft {

using WriteId = Ordinal<struct WriteTag>;  // from 1, per start of the server

class Persistence {
public:
    WriteId newest() const { return newest_; }
    WriteId completed() const { return completed_; }
    bool is_durable(WriteId id) const { return id <= completed_; }
    const HardState& hard_state() const { return hard_state_; }
    LogIndex last() const { return last_; }

    // A write is issued that leaves the server with this hard state and this end of the log.
    WriteId issue(const HardState& hard_state, LogIndex last) {
        ++newest_;
        in_flight_.push_back({newest_, hard_state, last});
        return newest_;
    }
    // The newest write, not yet handed over, also leaves the server like this.
    void extend_newest(const HardState& hard_state, LogIndex last) {
        check(!in_flight_.empty(), "a write is extended before it completes");
        in_flight_.back().hard_state = hard_state;
        in_flight_.back().last = last;
    }
    // The log loses the entries from here on, by a write that is about to be issued.
    void truncate_from(LogIndex from) {
        const LogIndex kept = from - 1;
        last_ = std::min(last_, kept);
        for (InFlight& write : in_flight_) write.last = std::min(write.last, kept);
    }
    // REQUIRES: upto was issued and is at least the write completed last.
    void complete(WriteId upto) {
        check(upto >= completed_ && upto <= newest_, "a write completes once, after it was issued");
        while (!in_flight_.empty() && in_flight_.front().id <= upto) {
            hard_state_ = in_flight_.front().hard_state;
            last_ = std::max(last_, in_flight_.front().last);
            in_flight_.pop_front();
        }
        completed_ = upto;
    }

private:
    struct InFlight {
        WriteId id;
        HardState hard_state;
        LogIndex last;
    };

    HardState hard_state_;
    LogIndex last_;
    WriteId newest_;
    WriteId completed_;
    Fifo<InFlight> in_flight_;  // in the order of issue
};

}  // namespace novacron::raft
