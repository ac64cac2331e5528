// SPDX-License-Identifier: MIT
#include "core/replication/history.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace novacron::replication {

void History::note(Epoch epoch, LogIndex index) {
    if (branches_.empty()) {
        branches_.push_back({epoch, index});
        return;
    }
    const Branch& newest = branches_.back();
    check(epoch >= newest.epoch && index >= newest.start, "a history goes on, not back");
    if (epoch == newest.epoch) return;
    check(index > newest.start, "an epoch starts after the one before");
    branches_.push_back({epoch, index});
}

void History::cut_after(LogIndex index) {
    while (!branches_.empty() && branches_.back().start > index) branches_.pop_back();
}

Epoch History::epoch_at(LogIndex index) const {
    for (std::size_t i = branches_.size(); i > 0; --i) {
        if (branches_[i - 1].start <= index) return branches_[i - 1].epoch;
    }
    return {};
}

namespace {

LogIndex end_of(const Lineage& lineage, std::size_t branch) {
    const auto branches = lineage.history.branches();
    return branch + 1 < branches.size() ? branches[branch + 1].start - 1 : lineage.last;
}

}  // namespace

Position common_point(const Lineage& a, const Lineage& b) {
    const auto of_a = a.history.branches();
    const auto of_b = b.history.branches();
    std::size_t shared = 0;
    while (shared < of_a.size() && shared < of_b.size() && of_a[shared] == of_b[shared]) ++shared;
    if (shared == 0) return {};
    const std::size_t newest = shared - 1;
    return {of_a[newest].epoch, std::min(end_of(a, newest), end_of(b, newest))};
}

}  // namespace novacron::replication
