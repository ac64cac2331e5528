// SPDX-License-Identifier: MIT
//
// A site's log as its storage holds it, and what of it is durable yet.
//
// Intuition: the journal turns every change into a `Write` for the host to make durable, and claims
// as durable only what the host has reported. Writes are carried out in order, so one report covers
// all before it. A cut takes back at once what was claimed of the part cut off.
//
// Invariants: (1) durable() <= last(), and before() <= durable().
//             (2) records are contiguous from before() + 1 to last(), their epochs never decrease.
//             (3) what Durable gives after any prefix of the writes, the journal starts from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/base/id.hpp"
#include "core/replication/epoch.hpp"
#include "core/replication/history.hpp"
#include "core/replication/messages.hpp"

namespace novacron::replication {

using WriteId = Ordinal<struct WriteTag>;  // from 1, a life of the site

// The few facts beside the log, written as one.
struct Marks {
    Epoch fence;        // the highest epoch seen: writes of an earlier one are refused
    Epoch synced;       // the standby once held everything in this epoch
    Epoch handed_over;  // the primary of this epoch has given it away ...
    SiteId handed_to{};  //   ... to this site
    friend bool operator==(const Marks&, const Marks&) = default;
};

// One change, to be made durable as a whole, in this order.
struct Write {
    WriteId id;
    std::optional<LogIndex> cut_after;  // records after it are void
    std::vector<Record> records;
    Marks marks;
};

// What a site starts from: all zero for a new one.
struct Durable {
    Marks marks;
    History history;  // of the whole log
    LogIndex before;  // records up to here are forgotten, or were never here (a restored backup)
    std::vector<Record> records;

    // Carries a write out; what a host's storage does with real bytes.
    void take(const Write& write);
};

class Journal {
public:
    // REQUIRES: invariant (2) holds of `durable`.
    explicit Journal(const Durable& durable);

    void append(Record record);
    void cut_after(LogIndex index);
    void mark(const Marks& marks);
    // Keeps no records up to `index`, in memory. The storage may forget them, too.
    // REQUIRES: index is at most durable().
    void forget_through(LogIndex index);

    // What changed since the last call, as one write; nothing if nothing did.
    std::optional<Write> take_write();
    // All writes up to `id` are durable.
    void on_persisted(WriteId id);

    const Marks& marks() const { return marks_; }
    const Marks& durable_marks() const { return durable_marks_; }
    const History& history() const { return history_; }
    LogIndex before() const { return before_; }
    LogIndex last() const { return before_ + records_.size(); }
    LogIndex durable() const { return durable_; }
    Position position(LogIndex index) const { return {history_.epoch_at(index), index}; }
    // Of all that is durable.
    Lineage durable_lineage() const;
    // REQUIRES: before() < index <= last().
    const Record& at(LogIndex index) const;
    // Of the records after `from`, up to `to`. REQUIRES: before() <= from <= to <= last().
    std::uint64_t bytes(LogIndex from, LogIndex to) const;

private:
    struct Kept {
        Record record;
        std::uint64_t bytes_through;  // of all records ever appended here, up to this one
    };
    struct Pending {
        WriteId id;
        LogIndex last;
        Marks marks;
    };

    Marks marks_;
    Marks durable_marks_;
    History history_;
    LogIndex before_;
    LogIndex durable_;
    std::uint64_t bytes_before_ = 0;
    std::deque<Kept> records_;
    Write change_;  // collected
    bool changed_ = false;
    WriteId newest_;
    std::deque<Pending> pending_;
};

}  // namespace novacron::replication
