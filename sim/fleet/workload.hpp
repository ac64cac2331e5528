// SPDX-License-Identifier: MIT
//
// A host full of clients that write to or read from the cluster, whatever the cluster does.
//
// Intuition: operations arrive as a Poisson process, however slow the answers are (an open loop:
// users don't wait for each other). Each write takes a client session that has nothing outstanding,
// or opens a new one, as a connection pool would. All share one guess at who the leader is.
//
// An operation asks the guessed leader, or, if it may ask anybody, each node in turn. Sent on to
// another node, it asks there at once. Refused, unanswered for `attempt_timeout`, or told that
// there is no leader, it asks the next node after a back-off with full jitter: U(0, min(max,
// initial * 2^(failures - 1))). Told that the leader is overloaded, it waits as long, but looks for
// no other. At its deadline its outcome is unknown for ever, and the session is never used again,
// since its write may yet take effect.
//
// With a name service the nodes of one site are asked, where the operation's client believes the
// service to be; a guess at the leader is kept for each site. A client that finds no such name
// backs off and looks again.
//
// Faults may add operations, which are like all others, and have a share of all go to one key; the
// times and keys of the others stay as they are.
//
// Retries carry the same session and sequence number, so a write takes effect at most once.
//
// Invariants: (1) issued = acknowledged + unknown + in flight. (2) a session has at most one
//                 operation
//             outstanding. (3) every write has a value of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/node/messages.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/fleet/expiry_queue.hpp"
#include "sim/fleet/names.hpp"
#include "sim/net/network.hpp"

namespace shaketable {

enum class Asks : std::uint8_t { leader, anybody };

struct WorkloadOptions {
    std::uint32_t number;  // of the workload in the scenario
    HostId host;
    std::uint32_t nodes;   // hosts 0 .. nodes - 1 are the cluster
    OperationKind kind;
    double rate_per_second;
    std::uint32_t keys;
    double zipf_s;
    Duration attempt_timeout;
    Duration deadline;
    Duration backoff_initial;
    Duration backoff_max;
    Asks asks = Asks::leader;
    // The first node of each site, and one after the last: nodes of a site are neighbours. Empty
    // without a name service.
    std::vector<std::uint32_t> sites = {};
};

// Operations are numbered over all workloads of a run, which share this count.
struct OperationCounter {
    OperationId last;
};

class Workload final : private EventHandler {
public:
    Workload(const WorkloadOptions& options, EventQueue& queue, Record& record, Network& network,
             OperationCounter& counter, const Random& random, NameService* names = nullptr);

    // The first operation comes one drawn gap from now.
    void start();
    // One operation more, now, on a key drawn from this stream.
    void add_operation(Random& keys);
    // This share of all operations, drawn from the stream, goes to one key until the fault ends.
    // The receipts outlive it.
    void begin_hot_key(FaultId fault, Chance share, std::uint32_t key, const Random& random,
                       Receipts& receipts);
    void end_hot_key(FaultId fault);
    const WorkloadOptions& options() const { return options_; }
    void receive(const novacron::Response& response);
    void refused(HostId by, const novacron::Request& request);

private:
    enum EventKind : std::uint32_t { arrival, attempt_expired, deadline_expired, retry };

    struct Operation {
        OperationId id;                // 0: the slot is free
        novacron::Request request;
        Instant issued;
        std::uint64_t content = 0;
        std::uint32_t attempts = 0;
        std::uint32_t failures = 0;    // attempts that led nowhere
        std::uint32_t sent_on = 0;     // attempts that led to another node
        std::uint32_t asked = 0;       // the node of the attempt that is under way
        std::uint64_t ticket = 0;      // of the attempt that is under way
        std::uint32_t session = 0;
        std::uint32_t client = 0;      // whose cache of names it goes by
        std::uint32_t site = 0;        // of the node that was asked last
        bool waiting = false;          // for the end of a back-off, or for a name
        bool named = false;            // the name is what it waits for
    };
    // Its client's name is the workload's number and its place in `sessions_`.
    struct Session {
        std::uint64_t sequence = 0;
        std::uint32_t slot = 0;  // of its operation
    };

    struct HotKey {
        FaultId fault;
        Chance share;
        std::uint32_t key;
        Random random;
        Receipts* receipts;
    };

    void on_event(Instant now, const Event& event) override;
    void issue(Instant now, Random& keys);
    std::uint32_t draw_key(Instant now, Random& keys);
    void attempt(std::uint32_t slot);
    void ask(std::uint32_t slot);
    // The node of the site that is believed to lead, or whose turn it is.
    std::uint32_t& guess(std::uint32_t site) { return guesses_[site]; }
    void guess_next(std::uint32_t site);
    void wait(std::uint32_t slot, Duration time);
    void attempt_failed(std::uint32_t slot);
    void back_off(std::uint32_t slot);
    void finish(std::uint32_t slot, Outcome outcome, LogIndex index, NodeId by);
    // The slot of the operation that an answer belongs to, if it still waits for one.
    std::optional<std::uint32_t> find(novacron::ClientId client, std::uint64_t sequence) const;
    std::uint32_t take_slot();
    std::uint32_t take_session();

    WorkloadOptions options_;
    EventQueue& queue_;
    Record& record_;
    Network& network_;
    OperationCounter& counter_;
    Random arrivals_;
    Random keys_;
    Random backoffs_;
    Distribution gaps_;
    Zipf ranks_;
    ExpiryQueue attempt_deadlines_;
    ExpiryQueue deadlines_;
    std::optional<NameCaches> names_;
    std::vector<std::uint32_t> guesses_;  // by site
    std::uint64_t next_ticket_ = 1;
    std::vector<Operation> operations_;
    std::vector<std::uint32_t> free_operations_;
    std::vector<Session> sessions_;
    std::vector<std::uint32_t> idle_sessions_;
    std::vector<HotKey> hot_keys_;  // of the faults that act
};

}  // namespace shaketable
