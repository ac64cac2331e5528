// SPDX-License-Identifier: MIT
//
// S15 Read safety: a read sees everything that was acknowledged before it was asked for.
//
// Intuition: an acknowledged write took effect at an index of the log, and a read is served from a
// state up to an index. So a read must never be served at an index below that of a write which some
// client had been told of when the read was issued. This is the real-time half of linearizability;
// that the state up to an index is the right one is S6.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>

#include "sim/check/findings.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

class ReadFreshness final : public ListensTo<OperationIssued, OperationEnded> {
public:
    ReadFreshness(Record& record, Findings& findings) : findings_(findings) {
        record.listen(*this);
    }

private:
    void on(Instant, const OperationIssued& fact) override {
        if (fact.kind == OperationKind::read) {
            least_index_.emplace(fact.operation.value, acknowledged_);
        }
    }
    void on(Instant at, const OperationEnded& fact) override {
        if (fact.kind == OperationKind::write) {
            if (fact.outcome == Outcome::acknowledged) {
                acknowledged_ = std::max(acknowledged_, fact.index);
            }
            return;
        }
        const auto issued = least_index_.find(fact.operation.value);
        if (issued == least_index_.end()) return;  // of a group that is no more
        if (fact.outcome == Outcome::acknowledged && fact.index < issued->second) {
            findings_.add("S15", at,
                          "a read is served at index " + std::to_string(fact.index.value) +
                              ", though a write at index " +
                              std::to_string(issued->second.value) +
                              " was acknowledged before it was asked for");
        }
        least_index_.erase(issued);
    }

    Findings& findings_;
    LogIndex acknowledged_;  // the highest of any write
    std::unordered_map<std::uint64_t, LogIndex> least_index_;  // by read under way; never iterated
};

}  // namespace shaketable
