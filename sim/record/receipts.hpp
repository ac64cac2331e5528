// SPDX-License-Identifier: MIT
//
// The first effect of each fault that anybody could see. A fault without one proved nothing.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/record/record.hpp"

namespace shaketable {

class Receipts {
public:
    explicit Receipts(Record& record) : record_(&record) {}

    // The fault had this effect now; only the first one of each fault becomes a fact.
    void effect(Instant at, FaultId fault, FaultEffect effect) {
        if (seen_.size() <= fault.value) seen_.resize(std::size_t{fault.value} + 1);
        if (seen_[fault.value]) return;
        seen_[fault.value] = true;
        record_->add(at, FaultObserved{fault, effect});
    }

private:
    Record* record_;
    std::vector<bool> seen_;
};

}  // namespace shaketable
