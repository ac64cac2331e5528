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
    OperationKind kind = OperationKind::write;
    bool ended = false;
    Outcome outcome = Outcome::unknown;  // if ended
    Instant issued;
    Instant finished;                    // if ended
    std::uint64_t content = 0;           // of a write: the digest of its log entry
    std::uint32_t attempts = 0;          // if ended

    bool acknowledged() const { return ended && outcome == Outcome::acknowledged; }
    Duration latency() const { return finished - issued; }
};

class Operations final : public Subscriber {
public:
    explicit Operations(Record& record) {
        record.subscribe<OperationIssued, OperationEnded>(*this);
    }

    // Operation number n is at n - 1.
    const std::vector<OperationView>& all() const { return all_; }

private:
    void on_fact(Instant at, const Fact& fact) override {
        if (const auto* issued = std::get_if<OperationIssued>(&fact)) {
            OperationView view;
            view.workload = issued->workload;
            view.kind = issued->kind;
            view.issued = at;
            view.content = issued->content;
            all_.push_back(view);
        } else if (const auto* ended = std::get_if<OperationEnded>(&fact)) {
            OperationView& view = all_[ended->operation.value - 1];
            view.ended = true;
            view.outcome = ended->outcome;
            view.finished = at;
            view.attempts = ended->attempts;
        }
    }

    std::vector<OperationView> all_;
};

}  // namespace shaketable
