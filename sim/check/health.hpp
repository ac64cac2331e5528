// SPDX-License-Identifier: MIT
//
// When, from some instant on, the cluster was healthy for the first time: one node leads, every
// member of its group runs unpaused in the leader's term, and none lacks an entry that the leader
// has committed. Nodes that don't belong to the group may be as they like.
#pragma once

#include <optional>

#include "sim/measure/logs.hpp"

namespace shaketable {

class HealthWatch final : public ListensTo<FaultEnded, NodeResumed, RoleChanged, EntryAppended,
                                           LogTruncated, CommitAdvanced,
                                           ConfigurationActivated> {
public:
    // Looks at every fact that can make the difference from `from` on, and at the end of the run.
    HealthWatch(Record& record, const Logs& logs, Instant from) : logs_(logs), from_(from) {
        record.listen(*this);
    }

    // Forgets what it saw, and looks from another instant on.
    void watch_from(Instant from) {
        from_ = from;
        quiet_ = true;
        healthy_at_.reset();
    }

    std::optional<Instant> healthy_at() const { return healthy_at_; }
    // A cluster to which nothing more happens is as healthy as it was at `from`.
    void look_at_end() {
        if (!healthy_at_ && quiet_ && healthy()) healthy_at_ = from_;
    }

    // Whether it is healthy now.
    bool healthy() const;

private:
    void on(Instant at, const FaultEnded&) override { look(at); }
    void on(Instant at, const NodeResumed&) override { look(at); }
    void on(Instant at, const RoleChanged&) override { look(at); }
    void on(Instant at, const EntryAppended&) override { look(at); }
    void on(Instant at, const LogTruncated&) override { look(at); }
    void on(Instant at, const CommitAdvanced&) override { look(at); }
    void on(Instant at, const ConfigurationActivated&) override { look(at); }

    void look(Instant at) {
        if (healthy_at_ || at < from_) return;
        quiet_ = false;
        if (healthy()) healthy_at_ = at;
    }

    const Logs& logs_;
    Instant from_;
    bool quiet_ = true;  // none of these facts has come
    std::optional<Instant> healthy_at_;
};

}  // namespace shaketable
