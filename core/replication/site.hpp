// SPDX-License-Identifier: MIT
//
// A site of a replicated service: a log that is written here, or shipped here, and the procedures
// by which that changes.
//
//               promote, handover
//     standby ---------------------> primary --write--> log --Sender--> Receiver of each standby
//        ^                              |
//        '---- a higher epoch is seen --'
//
// Planned switchover and unplanned failover are different procedures. `switch_over` stops writes,
// drains the log into the target, gives the epoch away durably, and only then tells the target: it
// loses nothing, and takes as long as the drain. `promote` asks nobody: it is for when the primary
// can't be asked, is refused if the site can't know that it holds everything (unless forced), and
// says what it knows to be missing.
//
// Failback: a primary that was replaced while it was away becomes a standby when it hears of the
// higher epoch. What it wrote alone is a divergence: its log is left as it is, until `reconcile`,
// which names the common point, cuts it off and hands it out.
//
// A write counts (`acknowledged`) once it is durable here and, if the mode is synchronous, at
// `standbys_required` standbys.
//
// The host's duties are in README.md beside this file. Same inputs, same outputs.
//
// Invariants: (1) a site whose storage has seen an epoch takes and writes nothing of an earlier.
//             (2) with all standbys required, what is acknowledged is durable at every standby.
//             (3) a switchover that completes loses nothing. (4) no record is cut but by reconcile.
// Not modelled: changing the mode while sites run; chains of standbys; choosing whom to promote.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/base/time.hpp"
#include "core/replication/journal.hpp"
#include "core/replication/messages.hpp"
#include "core/replication/receiver.hpp"
#include "core/replication/release.hpp"
#include "core/replication/sender.hpp"

namespace novacron::replication {

struct SiteOptions {
    enum class Mode : std::uint8_t { asynchronous, synchronous };

    SiteId self;
    std::vector<SiteId> peers;  // all the others, ascending
    Mode mode = Mode::asynchronous;
    std::uint32_t standbys_required = 1;  // synchronous: 1 .. number of peers
    ShippingOptions shipping;
    SenderOptions sender;
    std::uint64_t receive_bytes = std::uint64_t{4} << 20U;  // not durable yet; at least 1
    // Writes are refused while more than this is unacknowledged, or lags at the furthest standby:
    // the latter bounds what a failover loses, and stops service when a standby is away.
    std::uint64_t unacknowledged_bytes_max = std::uint64_t{16} << 20U;
    std::uint64_t lag_bytes_max = ~std::uint64_t{0};
    std::uint64_t life = 1;  // grows from start to start of the site; below 2^32
};

enum class Role : std::uint8_t { standby, primary };

enum class ReadOnly : std::uint8_t {
    no,
    by_operator,
    restarted,     // until a standby confirms that the epoch is still ours, or an operator does
    switching,     // the log is being drained
    handed_over,   // and has been given away: there is no way back but a new epoch
};

enum class WriteRefusal : std::uint8_t { not_primary, read_only, overloaded };

struct Lag {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    Duration time{};  // the age of the oldest record that the standby has not reported durable
};

struct Promotion {
    enum class Answer : std::uint8_t {
        promoted,
        already_primary,
        behind,     // the primary has named records that are not here
        uncertain,  // there may be acknowledged records that are not here
        diverged,   // this log is not a beginning of the primary's
    };
    Answer answer = Answer::promoted;
    Epoch epoch;                // the new one, if promoted
    Position kept;              // the last record of before
    std::uint64_t missing = 0;  // records that are known to be missing: at least so many are lost
    bool certain = false;       // nothing acknowledged is missing
    std::optional<Instant> heard;  // when the primary was last heard, in this life
};
enum class Force : std::uint8_t { no, yes };

enum class Switchover : std::uint8_t {
    started, not_primary, read_only, unknown_target, target_unreachable
};

struct Event {
    enum class Kind : std::uint8_t {
        promoted,
        stepped_down,          // `peer` has a higher epoch
        refused_stale_epoch,   // of `peer`: the storage's fence at work
        diverged,              // from the primary `peer`, after `index`
        needs_seed,            // the primary `peer` has forgotten what is missing here
        caught_up,             // with all that the primary had when it greeted
        switchover_abandoned,  // not drained in time
        handed_over,           // to `peer`, up to `index`
        reconciled,            // everything after `index` was cut off
    };
    Kind kind;
    SiteId peer;
    Epoch epoch;
    LogIndex index;
};

struct Outputs {
    struct Addressed {
        SiteId to;
        Message message;
    };
    std::vector<Write> writes;        // to be made durable, in this order
    std::vector<Addressed> messages;  // to be sent at once
    std::vector<Event> events;
};

class Site {
public:
    // REQUIRES: options within the bounds stated above; `durable` is what the storage really holds.
    Site(const SiteOptions& options, const Durable& durable, Instant now);

    // Inputs. `now` never decreases.
    std::variant<LogIndex, WriteRefusal> write(Instant now, Bytes data);
    void step(Instant now, SiteId from, const Message& message);
    void on_persisted(Instant now, WriteId id);
    void on_time(Instant now);

    // The operator's verbs.
    // Answers false if the site is no primary, or is switching over.
    bool set_read_only(Instant now, ReadOnly wish);  // `no` or `by_operator`
    Switchover switch_over(Instant now, SiteId target, Instant give_up);
    Promotion promote(Instant now, Force force);
    // Cuts the log to where it agrees with the primary's. Gives what is cut off, oldest first;
    // nothing, and does nothing, if `common` is not the point of a divergence.
    std::optional<std::vector<Record>> reconcile(Instant now, Position common);
    // The storage refuses every epoch below this from now on: fencing from outside.
    void fence_off(Instant now, Epoch below);
    // The records up to `index` are kept elsewhere (a backup) and may go.
    // REQUIRES: index is durable.
    void forget_through(Instant now, LogIndex index);

    // What the inputs since the last call have caused.
    [[nodiscard]] Outputs take_outputs();
    // When on_time is due.
    Instant next_deadline() const;

    Role role() const { return role_; }
    ReadOnly read_only() const { return read_only_; }
    Epoch fence() const { return journal_.marks().fence; }
    const Journal& journal() const { return journal_; }
    // All records up to here were acknowledged as this primary's; 0 at a standby.
    LogIndex acknowledged() const { return acknowledged_; }
    // REQUIRES: the site is primary; `standby` is one of its peers.
    Lag lag(Instant now, SiteId standby) const;
    Sender::State conversation(SiteId standby) const;
    // Where this standby's log parts from the primary's.
    const std::optional<Position>& diverged() const { return receiver_.diverged(); }
    // Whether everything that was ever acknowledged is known to be here.
    bool is_in_sync() const;

private:
    void settle(Instant now);
    void see(SiteId from, Epoch epoch);
    void step_down(SiteId because_of);
    Promotion become_primary(Instant now, Promotion promotion);
    void drive_switchover(Instant now);
    void drive_senders(Instant now);
    void acknowledge();
    std::uint64_t furthest_lag() const;
    std::uint64_t next_session() { return (options_.life << 32U) | ++sessions_; }
    const Sender& sender_of(SiteId standby) const;
    void tell(Event::Kind kind, SiteId peer, LogIndex index);

    SiteOptions options_;
    Journal journal_;
    Role role_ = Role::standby;
    ReadOnly read_only_ = ReadOnly::no;
    Receiver receiver_;
    std::vector<Sender> senders_;  // at a primary
    std::optional<Release> release_;
    std::uint64_t sessions_ = 0;
    LogIndex acknowledged_;
    std::optional<Instant> heard_;  // when the primary was
    SiteId target_{};  // of the switchover under way
    Instant give_up_ = Instant::never();
    Instant repeat_handover_ = Instant::never();  // never: not said yet
    Outputs outputs_;
};

}  // namespace novacron::replication
