// SPDX-License-Identifier: MIT
#include "sim/site/reconciliation.hpp"

#include <algorithm>

#include "sim/site/site_agent.hpp"

namespace shaketable {

namespace kv = novacron::kv;
using Again = SiteOrder::Again;

namespace {

// Far from the clients of workloads, and from those that sites have for themselves.
constexpr std::uint64_t kOperators = std::uint64_t{1} << 63U;

}  // namespace

Reconciliation::Reconciliation(const Options& options,
                               const std::vector<novacron::replication::Record>& alone)
    : options_(options) {
    for (const auto& record : alone) {
        if (record.data.empty()) continue;
        writes_.push_back({record.index, kv::decode(record.data.view()).value()});
    }
}

bool Reconciliation::drive(Instant now, SiteAgent& primary, const Ledger& ledger, Record& record) {
    if (!is_sorted_) sort_out(now, primary, ledger, record);
    if (primary.term() != term_) {
        term_ = primary.term();
        proposed_.clear();
    }
    while (!proposed_.empty() && proposed_.front() <= ledger.applied()) {
        tell(now, writes_[applied_], WriteFate::reapplied, record);
        ++applied_;
        proposed_.erase(proposed_.begin());
    }
    while (applied_ + proposed_.size() < writes_.size()) {
        const auto entry = primary.write(again(applied_ + proposed_.size()));
        if (!entry) break;
        proposed_.push_back(*entry);
    }
    return applied_ == writes_.size();
}

// What the primary has forgotten may have been about any register.
void Reconciliation::sort_out(Instant now, const SiteAgent& primary, const Ledger& ledger,
                              Record& record) {
    is_sorted_ = true;
    const auto& durable = ledger.durable();
    std::vector<kv::Key> taken = primary.keys_under_way();
    for (const auto& known : durable.records) {
        if (known.index <= options_.common || known.data.empty()) continue;
        taken.push_back(kv::decode(known.data.view()).value().key);
    }
    std::sort(taken.begin(), taken.end());
    const auto is_opposed = [&](const Write& write) {
        return durable.before > options_.common ||
               std::binary_search(taken.begin(), taken.end(), write.command.key);
    };
    std::vector<Write> wanted;
    for (const Write& write : writes_) {
        if (options_.again == Again::none) {
            tell(now, write, WriteFate::discarded, record);
        } else if (options_.again == Again::unopposed && is_opposed(write)) {
            tell(now, write, WriteFate::refused, record);
        } else {
            wanted.push_back(write);
        }
    }
    writes_ = std::move(wanted);
}

void Reconciliation::tell(Instant now, const Write& write, WriteFate fate, Record& record) const {
    record.add(now, DivergentWrite{options_.site, write.record, write.command.key,
                                   write.command.value, fate});
}

kv::Command Reconciliation::again(std::size_t number) const {
    kv::Command command = writes_[number].command;
    command.client.value = kOperators + options_.order;
    command.sequence = number + 1;
    return command;
}

}  // namespace shaketable
