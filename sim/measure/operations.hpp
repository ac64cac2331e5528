// SPDX-License-Identifier: MIT
//
// What the clients lived through: every operation, in the order of issue.
#pragma once

#include <vector>

#include "sim/record/record.hpp"

namespace shaketable {

// One operation as its client saw it.
struct OperationView {
    std::uint32_t workload = 0;
    std::uint32_t attempts = 0;          // if ended
    OperationKind kind = OperationKind::write;
    bool ended = false;
    Outcome outcome = Outcome::unknown;  // if ended
    Instant issued;
    Instant finished;                    // if ended
    std::uint64_t content = 0;           // of a write: the digest of its log entry
    RegisterKey key;
    RegisterValue value;                 // written; of a read, if it was answered, read
    LogIndex index;                      // if ended: where it took effect, as its client was told
    NodeId by;                           // if acknowledged: who said so

    bool acknowledged() const { return ended && outcome == Outcome::acknowledged; }
    Duration latency() const { return finished - issued; }
};

class Operations final : public ListensTo<OperationIssued, OperationEnded> {
public:
    // Of about so many operations.
    explicit Operations(Record& record, std::size_t expected = 0) {
        all_.reserve(expected);
        record.listen(*this);
    }

    // Operation number n is at n - 1.
    const std::vector<OperationView>& all() const { return all_; }

private:
    void on(Instant at, const OperationIssued& fact) override {
        OperationView view;
        view.workload = fact.workload;
        view.kind = fact.kind;
        view.issued = at;
        view.content = fact.content;
        view.key = fact.key;
        view.value = fact.value;
        all_.push_back(view);
    }
    void on(Instant at, const OperationEnded& fact) override {
        OperationView& view = all_[fact.operation.value - 1];
        view.ended = true;
        view.outcome = fact.outcome;
        view.finished = at;
        view.index = fact.index;
        view.by = fact.by;
        view.value = fact.value;
        view.attempts = fact.attempts;
    }

    std::vector<OperationView> all_;
};

}  // namespace shaketable
