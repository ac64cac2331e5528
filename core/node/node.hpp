// SPDX-License-Identifier: MIT
//
// A NovaCron node: the consensus server, its write-ahead log and the register store, composed
// behind the ports of its host.
//
// Intuition: whatever comes in is handed to the consensus server, and what that asks for is carried
// out: entries go to the log and wait for the disk, messages leave once what they promise is
// durable, committed entries go into the store, and the clients who wait for them are answered.
//
// Group commit: at most one sync of the log is outstanding; what is written meanwhile shares the
// next one.
//
// Pages: after an input, no more is applied than the options allow, so that a node with a long way
// to catch up still hears and answers the others in time; the deadline is then at once, and the
// next page is applied after the next input. Reads wait for the entries that they must see.
//
// Snapshots: after so many applied entries the store is written to a file of its own. Once that is
// durable, and the log up to there as well, the log may forget. A snapshot that comes from the
// leader, or was found at the start, must be durable before the log's next sync: the log goes on
// after it.
//
// A disk that runs full is met at the door: room.hpp.
//
// A sync that fails leaves the node *faulted*: nobody knows what is durable. What waited for it is
// never said, and nothing else is said or taken any more, be it a vote, a heartbeat or an answer;
// others notice, as they notice a crash. A faulted node does not recover. The way back is a new
// one.
//
// The host's duties are those of core/raft/raft.hpp, items 2 to 5; `on_synced` takes the place of
// item 3. A node that is faulted, or throws a BugError, is ended, and started again from what the
// disk really holds.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/base/fifo.hpp"
#include "core/base/random.hpp"
#include "core/kv/store.hpp"
#include "core/node/messages.hpp"
#include "core/node/observer.hpp"
#include "core/ports/disk.hpp"
#include "core/ports/transport.hpp"
#include "core/raft/raft.hpp"
#include "core/raft/trace.hpp"
#include "core/wal/log.hpp"

namespace novacron {

using NodeTransport = Transport<raft::Message, Response>;

struct Ports {
    NodeTransport& transport;
    Observer& observer;
    Disk& disk;
    raft::Tracer* tracer = nullptr;  // of this life of the node, if there is to be a trace
};

class Node {
public:
    // `opened` is the log on the node's own disk.
    Node(raft::Identity identity, const raft::Options& options, wal::Opened opened, Ports ports,
         Random random, Instant now);

    void on_message(Instant now, const raft::Message& message);
    void on_request(Instant now, ClientAddress from, const Request& request);
    void on_time(Instant now);
    void on_synced(Instant now, SyncId id, DiskStatus status);
    // An operator's wish: see raft::Raft::transfer.
    bool transfer(Instant now, NodeId target);
    // Other wishes of an operator: see raft::Raft::change.
    using ChangeResult = std::variant<LogPosition, raft::ChangeRefusal>;
    ChangeResult change(Instant now, const raft::ConfigurationChange& change);
    ChangeResult leave_joint(Instant now);
    Instant next_deadline() const {
        if (faulted_) return Instant::never();
        return applied_ < raft_.commit() ? last_input_ : raft_.next_deadline();
    }

    // Whether a write has failed. Asked after every input.
    bool faulted() const { return faulted_; }

    const raft::Raft& raft() const { return raft_; }
    const kv::Store& store() const { return store_; }
    // Bytes of the log that wait in memory for an earlier sync: the disk will be asked for them.
    std::uint64_t unwritten() const { return log_.unwritten(); }
    LogIndex applied() const { return applied_; }

private:
    // A write that waits for its entry to be applied.
    struct PendingWrite {
        LogPosition position;
        ClientAddress from;
        ClientId client;
        std::uint64_t sequence;
    };
    // A read that waits for the consensus server's word.
    struct PendingRead {
        raft::ReadToken token;
        ClientAddress from;
        ClientId client;
        std::uint64_t sequence;
        kv::Key key;
    };
    // A message that waits for a write to be durable.
    struct Delayed {
        raft::WriteId after;
        raft::MessageHead message;  // appends, which carry entries, never wait
    };

    // A snapshot whose file waits for the disk.
    struct Saving {
        SyncId sync;
        Snapshot snapshot;
        std::uint64_t digest;  // of the state
    };

    void carry_out(Instant now);
    bool knows_role() const {
        return raft_.role() == told_role_ && raft_.term() == told_term_ &&
               raft_.vote() == told_vote_;
    }
    bool knows_commit() const {
        return raft_.commit() == told_commit_ &&
               raft_.membership().index() == told_configuration_;
    }
    void tell_role();
    void tell_commit();
    void store(const raft::Write& write);
    void sync_if_idle();
    void dispatch();
    void delay(const raft::Send& send);
    void release_delayed();
    void apply_page();
    void apply(const Entry& entry);
    void answer_write(const Entry& entry, const std::optional<kv::Applied>& applied);
    void answer_reads();
    PendingRead take_read(raft::ReadToken token);
    bool snapshot_is_due() const;
    void take_snapshot_if_due();
    std::uint64_t snapshot_size() const;
    bool has_room_for(std::uint64_t bytes, std::uint64_t kept_back) const;
    bool has_room_for(const raft::Message& message) const;
    void miss_room();
    void hand_over_for_room(Instant now);
    void restore(const Snapshot& snapshot);
    void sync(const Snapshot& snapshot);
    void snapshot_synced(SyncId id);
    void forget();
    void refuse(ClientAddress to, ClientId client, std::uint64_t sequence,
                Response::Status status = Response::Status::not_leader);
    void refuse_all_writes();

    raft::Raft raft_;
    wal::Log log_;
    kv::Store store_;
    Ports ports_;
    LogIndex applied_;
    std::uint64_t max_apply_bytes_;
    Instant last_input_;
    bool faulted_ = false;

    // What the observer knows.
    raft::Role told_role_ = raft::Role::follower;
    Term told_term_;
    NodeId told_vote_;
    LogIndex told_commit_;
    LogIndex told_configuration_;

    raft::WriteId written_;          // the newest write handed to the log
    raft::WriteId syncing_;          // what the outstanding sync covers; 0: none is outstanding
    SyncId log_sync_;                // the outstanding sync of the log, or its last one
    SyncId log_waits_for_;           // the sync of a snapshot that the log goes on after; 0: none
    SyncId last_sync_;
    std::uint64_t snapshot_threshold_;
    bool follower_reads_;
    LogIndex last_snapshot_;         // taken, installed or found
    LogIndex durable_snapshot_;
    std::vector<Saving> saving_;
    raft::Message leaving_;          // keeps its memory from one message to the next
    Fifo<Delayed> delayed_;          // in the order of `after`
    Fifo<PendingWrite> writes_;      // in the order of their positions
    std::vector<PendingRead> reads_;   // in the order of their tokens
    Fifo<raft::ReadGrant> granted_;    // those of them that wait for entries to be applied
    raft::ReadToken next_token_ = 1;
    bool room_missed_ = false;       // since the last snapshot was taken
    NodeId last_heir_;               // who was asked last to lead, for lack of room here
};

}  // namespace novacron
