// SPDX-License-Identifier: MIT
//
// A primary's side of the conversation with one standby: greet, ship within a window, notice gaps
// and silence.
//
//     greeting --report--> shipping --silence, unknown session--> greeting, in a new session
//        |  \--refusal: diverged--> diverged     (greets again, seldom: the standby may be mended)
//        \-----refusal: needs seed--> needs_seed (the same)
//
// Intuition: the standby says how far it has come, so a gap is filled from there and nothing is
// remembered of single shipments. When it has been silent for `resend_after` with something under
// way, it gets no second copy of it, only a greeting: to shout at a site that is cut off is a
// waste, and the answer to the greeting says where to go on.
//
// Back-pressure: records that are under way and not yet reported durable take at most the smaller
// of both sites' windows, in bytes; a single larger record goes alone.
//
// Invariants: (1) only records that are durable and released here are shipped. (2) bytes under way
// are within the window, or one record. (3) only what the standby has reported is claimed of it.
// Not modelled: congestion; the transport's business.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "core/replication/journal.hpp"
#include "core/replication/messages.hpp"

namespace novacron::replication {

struct SenderOptions {
    std::uint64_t window_bytes = std::uint64_t{4} << 20U;    // under way at once; at least 1
    std::uint64_t shipment_bytes = std::uint64_t{256} << 10U;  // in one message; at least 1
    Duration resend_after = milliseconds(500);  // of silence; above the round trip
    Duration resend_max = seconds(10);          // it doubles up to here; at least resend_after

    friend bool operator==(const SenderOptions&, const SenderOptions&) = default;
};

class Sender {
public:
    enum class State : std::uint8_t { greeting, shipping, diverged, needs_seed };

    // REQUIRES: options within the bounds stated above.
    Sender(SiteId to, const SenderOptions& options);

    // Begins a conversation. REQUIRES: session is above all earlier ones.
    void greet(Instant now, std::uint64_t session);
    // What the standby says in this session; anything else is passed over. `durable`: here.
    // Answers whether a new session has to begin: the standby has less than it has reported.
    [[nodiscard]] bool on_report(Instant now, const Report& report, LogIndex durable);
    // Answers whether a new session has to begin.
    [[nodiscard]] bool on_refusal(Instant now, const Refusal& refusal);
    // Whether a new session has to begin: the standby has been silent for too long, or what it
    // should get next is forgotten.
    [[nodiscard]] bool wants_session(Instant now, const Journal& journal) const;

    // The messages that are due. `released`: up to there records may go.
    void send(Instant now, const Journal& journal, Epoch epoch, LogIndex released,
              std::vector<Message>& out);

    SiteId to() const { return to_; }
    State state() const { return state_; }
    // Up to here the standby has reported the log durable.
    LogIndex match() const { return match_; }
    std::uint64_t session() const { return session_; }
    // Where the logs part, in state diverged or needs_seed; by what the standby says.
    Position common() const { return common_; }
    Instant next_deadline() const { return deadline_; }

private:
    void arm(Instant now);

    SiteId to_;
    SenderOptions options_;
    State state_ = State::greeting;
    bool answered_ = false;  // the standby has answered in this session
    std::uint64_t session_ = 0;
    LogIndex match_;
    LogIndex sent_;  // up to here, in this session
    std::uint64_t number_ = 0;      // of the last shipment
    std::uint64_t heeds_gaps_ = 0;  // of shipments from this one on: older ones are being filled
    std::uint64_t peer_window_ = 0;
    Position common_;
    Duration patience_{};
    Instant deadline_ = Instant::never();
};

}  // namespace novacron::replication
