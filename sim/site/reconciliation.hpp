// SPDX-License-Identifier: MIT
//
// Goes through the writes that a site had alone, once the site has been made anew: one by one, by
// the operator's choice, and never silently.
//
// Intuition: two sites that both took writes hold two truths, and no rule of a store can say which
// of them is meant. So nothing is merged. What the primary has stays; of what the other site had
// alone, each write is listed, and is either gone or made again at the primary as a new write by
// the operator, after all that is there already. With Again::unopposed only those are made whose
// register nobody has written at the primary since the two parted; the rest are *refused*.
//
// A write that is made again has a session of its own, and numbers in it: if the primary's leader
// changes, what is not known to be applied is proposed again, and takes effect once.
//
// Invariants: (1) each write has one fate, and so one fact. (2) writes are made again in the order
// in which the site had them. (3) none is made again before those that are refused are known.
// Not modelled: asking the clients; conditions on values; reads that were answered by the other
// site.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/kv/command.hpp"
#include "core/replication/journal.hpp"
#include "sim/record/record.hpp"
#include "sim/site/ledger.hpp"
#include "sim/site/site_orders.hpp"

namespace shaketable {

class SiteAgent;

class Reconciliation {
public:
    struct Options {
        SiteId site;      // that had the writes
        LogIndex common;  // where the two logs part
        SiteOrder::Again again;
        std::uint32_t order; // the operator's, by number: his session is named by it
    };
    // `alone`: the records after `common`, oldest first. Those that begin an epoch are no writes.
    Reconciliation(const Options& options, const std::vector<novacron::replication::Record>& alone);

    // Does what can be done now at the primary, whose site has this ledger. True: all is done.
    bool drive(Instant now, SiteAgent& primary, const Ledger& ledger, Record& record);
    std::uint64_t reapplied() const { return applied_; }

private:
    struct Write {
        LogIndex record;
        novacron::kv::Command command;  // of the client
    };

    void sort_out(Instant now, const SiteAgent& primary, const Ledger& ledger, Record& record);
    void tell(Instant now, const Write& write, WriteFate fate, Record& record) const;
    novacron::kv::Command again(std::size_t number) const;

    Options options_;
    std::vector<Write> writes_;        // from sort_out on only those that are to be made again
    bool is_sorted_ = false;
    std::size_t applied_ = 0;          // of them, from the first on
    std::vector<LogIndex> proposed_;   // entries of those after that, under this leader:
    Term term_;
};

}  // namespace shaketable
