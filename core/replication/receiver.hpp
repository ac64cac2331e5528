// SPDX-License-Identifier: MIT
//
// A standby's side of the conversation: what may be written to its log, and what it reports.
//
// Intuition: a greeting proves once that the primary's log goes on where ours ends; from then on
// shipments only have to follow on one another. If our log has records that the primary's has not,
// nothing of ours is overwritten: it is a divergence, for an operator to decide.
//
// The receiver keeps no records: the journal does. It says of each message what to do with it.
//
// Invariants: (1) a record is taken only if all before it equal the primary's.
//             (2) a report or refusal goes out only when the fence of its epoch is durable.
//             (3) records that are not durable yet take at most the window, in bytes, or are a
//                 single one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/replication/journal.hpp"
#include "core/replication/messages.hpp"

namespace novacron::replication {

class Receiver {
public:
    explicit Receiver(std::uint64_t window_bytes) : window_bytes_(window_bytes) {}

    // What a message of a primary of the journal's own epoch does. Takes records into the journal.
    // REQUIRES: the message's epoch is the journal's fence.
    void on_greeting(SiteId from, const Greeting& greeting, const Journal& journal);
    void on_shipment(SiteId from, const Shipment& shipment, Journal& journal);
    // Whether the log is complete, so that the site may take over.
    [[nodiscard]] bool on_handover(SiteId from, const Handover& handover, const Journal& journal);

    // A new epoch, or a change of the log from elsewhere: the conversation is over.
    void forget();
    // Whether all that the primary had when it greeted is durable here: only then can it be that
    // whatever it acknowledges is here as well.
    [[nodiscard]] bool has_caught_up(const Journal& journal) const;

    struct Answer {
        SiteId to;
        Message message;
    };
    // What has to be said now.
    std::vector<Answer> take_answers(const Journal& journal);

    bool follows() const { return session_ != 0; }
    // Where our log parts from that of the primary, which has not our last records.
    const std::optional<Position>& diverged() const { return diverged_; }
    // The primary no longer has what we lack.
    bool needs_seed() const { return needs_seed_; }
    // The highest index that the primary of this epoch has named.
    LogIndex heard() const { return heard_; }

private:
    void refuse(SiteId to, std::uint64_t session, Refusal::Why why, const Journal& journal);

    std::uint64_t window_bytes_;
    SiteId primary_{};
    std::uint64_t session_ = 0;  // 0: none
    std::uint64_t newest_ = 0;   // the highest session heard of in this epoch
    LogIndex greeted_last_;
    LogIndex heard_;
    LogIndex reported_;  // durable, as last reported
    std::optional<Position> diverged_;
    bool needs_seed_ = false;
    std::optional<Report> owed_;  // to be completed when it goes out
    std::vector<Answer> answers_;
};

}  // namespace novacron::replication
