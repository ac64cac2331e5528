// SPDX-License-Identifier: MIT
#include "sim/site/ledger.hpp"

#include "core/base/check.hpp"
#include "sim/site/site_commands.hpp"

namespace shaketable {

using novacron::EntryKind;
using novacron::replication::Epoch;

const novacron::replication::Record* Ledger::take(const novacron::Entry& entry, Instant now) {
    if (entry.index <= origin_) return nullptr;
    if (entry.index <= applied()) {
        if (entry.term <= entries_[entry.index - origin_ - 1].term) return nullptr;
        cut_from(entry.index);
    }
    novacron::check(entry.index == applied() + 1, "entries are applied one after the other");
    Epoch epoch;
    bool is_record = false;
    const auto command = entry.kind == EntryKind::command
                             ? novacron::kv::decode(entry.data.view())
                             : std::nullopt;
    if (command) {
        const auto kind = kind_of(*command);
        const auto branches = durable_.history.branches();
        is_record = kind != SiteCommand::marks;
        if (kind == SiteCommand::beginning || kind == SiteCommand::promotion) {
            epoch = marks_of(*command).fence;
        } else if (!branches.empty()) {
            epoch = branches.back().epoch;
        }
        if (kind == SiteCommand::marks || kind == SiteCommand::promotion) {
            durable_.marks = marks_of(*command);
        }
        if (is_record) {
            const LogIndex index = last() + 1;
            durable_.history.note(epoch, index);
            durable_.records.push_back({epoch, index, now, kind ? novacron::Bytes{} : entry.data});
        }
    }
    entries_.push_back({entry.term, last()});
    return is_record ? &durable_.records.back() : nullptr;
}

void Ledger::begin_anew(const novacron::replication::Durable& durable,
                        novacron::LogPosition position) {
    durable_ = durable;
    origin_ = position.index;
    entries_.clear();
}

LogIndex Ledger::record_at(LogIndex entry) const {
    if (entry <= origin_) return durable_.before;
    novacron::check(entry <= applied(), "an entry is asked for that was applied");
    return entries_[entry - origin_ - 1].record;
}

LogIndex Ledger::entry_of(LogIndex record) const {
    if (record <= durable_.before) return record == durable_.before ? origin_ : record;
    std::size_t place = 0;
    while (place < entries_.size() && entries_[place].record < record) ++place;
    return place == entries_.size() ? record : origin_ + (place + 1);
}

bool Ledger::is_primary(SiteId self) const {
    const auto branches = durable_.history.branches();
    return !branches.empty() && branches.back().epoch == durable_.marks.fence &&
           branches.back().epoch.site == self;
}

// Marks only grow, and stay.
void Ledger::cut_from(LogIndex entry) {
    while (applied() >= entry) entries_.pop_back();
    const LogIndex kept = entries_.empty() ? durable_.before : entries_.back().record;
    while (last() > kept) durable_.records.pop_back();
    durable_.history.cut_after(kept);
}

}  // namespace shaketable
