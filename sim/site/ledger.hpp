// SPDX-License-Identifier: MIT
//
// What a site's group has committed, as its site reads it: the records of the site's log, and the
// marks.
//
// Intuition: each node of the group applies the same entries, so each could keep this by itself as
// part of its state. One for all is kept instead, and the node that applies an entry first enters
// it. A leader that has applied an entry of its own term has applied all that any node has.
//
// A group that has forgotten what it had committed, as when its disks lie, commits something else
// in its place; the ledger then follows the later term.
//
// Invariants: (1) a record's index in the site's log counts records only, not entries.
//             (2) a client's command takes the epoch of the promotion before it.
// Not modelled: a node that rests on a snapshot would have to keep its records elsewhere.
#pragma once

#include <cstdint>
#include <deque>

#include "core/base/log_entry.hpp"
#include "core/replication/journal.hpp"
#include "sim/record/facts.hpp"

namespace shaketable {

class Ledger {
public:
    // A node of the group has applied the entry. The record that it adds; null if it adds none.
    const novacron::replication::Record* take(const novacron::Entry& entry, Instant now);
    // The group starts from this, at the entry of this position.
    void begin_anew(const novacron::replication::Durable& durable, novacron::LogPosition position);

    const novacron::replication::Durable& durable() const { return durable_; }
    // The last record.
    LogIndex last() const { return durable_.before + durable_.records.size(); }
    // The last entry that any node of the group has applied.
    LogIndex applied() const { return origin_ + entries_.size(); }
    // The last record there was when this entry had been applied.
    LogIndex record_at(LogIndex entry) const;
    // The entry that this record is; the record's own number if that is not known any more.
    LogIndex entry_of(LogIndex record) const;
    // Whether the site is primary, as far as its storage knows.
    bool is_primary(SiteId self) const;

private:
    struct Noted {
        Term term;
        LogIndex record;  // the last one then
    };

    void cut_from(LogIndex entry);

    novacron::replication::Durable durable_;
    LogIndex origin_;  // the entry before the first that is noted
    std::deque<Noted> entries_;
};

}  // namespace shaketable
