// SPDX-License-Identifier: MIT
//
// A site (core/replication/site.hpp) as the leader of its group carries it, for as long as it
// leads.
//
// Intuition: the group is the site's storage. What the site asks to have written is proposed to the
// group, and durable once this leader has applied it. At the primary it is the other way round: a
// client's command that the leader has applied becomes a record of the site's log. An agent is made
// from what the group has committed (ledger.hpp), and dies with the leadership.
//
// The door: clients are let in only at a primary that takes writes. Before the site is told of
// anything that may end that (a higher epoch, an operator's wish) the door is shut, and what was
// let in before is waited for. So no command of a client comes after the fence in the group's log.
//
// Answers: with synchronous shipping an answer is kept until standbys hold all that it speaks of: a
// write that took effect, or what a read has seen.
//
// Invariants: (1) the site's log is the ledger's: equal indexes are equal records. (2) writes of
//                 the site are proposed in their order, and none is reported before all of it is
//                 applied.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/replication/site.hpp"
#include "sim/host/node_host.hpp"
#include "sim/site/ledger.hpp"

namespace shaketable {

class SiteAgent {
public:
    // What an operator wants of a primary.
    struct Wish {
        enum class Kind : std::uint8_t { read_only, writable, switch_over, fence };
        Kind kind;
        SiteId target{};                        // of a switchover
        Instant give_up = Instant::never();     // likewise
        novacron::replication::Epoch below{};   // of a fence
    };

    // The host's node leads its group, and has applied an entry of its term. `lag_bytes_max`:
    // writes are refused while the furthest standby lags by more.
    SiteAgent(const novacron::replication::SiteOptions& options, std::uint64_t lag_bytes_max,
              const Ledger& ledger, NodeHost& host, Record& record, Instant now);

    NodeId node() const { return node_; }
    Term term() const { return term_; }

    // What happens to it; nothing follows before it is pumped.
    void note_applied(const novacron::Entry& entry);
    void hear(SiteId from, const novacron::replication::Message& message) {
        inbox_.push_back({from, message});
    }
    void wish(const Wish& wish) { wishes_.push_back(wish); }
    // Does all that can be done now.
    void pump(Instant now);
    novacron::replication::Promotion promote(Instant now, novacron::replication::Force force);
    // What pumping has to say to other sites.
    std::vector<novacron::replication::Outputs::Addressed> take_messages() {
        return std::exchange(messages_, {});
    }
    Instant next_deadline() const { return std::min(site_.next_deadline(), retry_); }

    // An operator's write, as if a client had sent it. The entry that it takes in the group's log;
    // nothing if it can't be taken now.
    std::optional<LogIndex> write(const novacron::kv::Command& command);

    // The registers of writes that the leader has taken on and not applied yet.
    std::vector<novacron::kv::Key> keys_under_way() const;

    HostWatcher::Admission admit(Instant now, const novacron::Request& request) const;
    // Keeps the answer if it may not.
    bool may_leave(novacron::ClientAddress to, const novacron::Response& response);

    const novacron::replication::Site& site() const { return site_; }
    // Whether clients' writes are taken.
    bool is_writable() const;
    // Of the last switchover that was wished for: whether it could begin. Nothing yet.
    const std::optional<novacron::replication::Switchover>& switchover() const {
        return switchover_;
    }

private:
    struct Heard {
        SiteId from;
        novacron::replication::Message message;
    };
    // Something to be proposed, or nothing; once it is applied, the site's write is durable.
    struct Task {
        std::optional<novacron::kv::Command> command;
        novacron::replication::WriteId completes;  // 0: none
    };
    struct Proposed {
        LogIndex entry;
        novacron::replication::WriteId completes;
    };
    struct Kept {
        LogIndex record;
        novacron::ClientAddress to;
        novacron::Response response;
    };
    static constexpr LogIndex kNoneKept{~std::uint64_t{0}};

    bool is_primary() const {
        return site_.role() == novacron::replication::Role::primary;
    }
    // What clients were let in with has been applied here.
    bool is_drained() const;
    void take_applied(Instant now);
    void take_inbox(Instant now);
    void take_wishes(Instant now);
    void grant(Instant now, const Wish& wish);
    void take_outputs(Instant now);
    void carry_out(Instant now, const novacron::replication::Write& write);
    void propose(Instant now);
    void tell(const novacron::replication::Event& event);
    void tell_role();
    void tell_read_only();
    void let_answers_leave();

    novacron::replication::SiteOptions options_;
    std::uint64_t lag_bytes_max_;
    const Ledger& ledger_;
    NodeHost& host_;
    Record& record_;
    NodeId node_;
    Term term_;
    Instant now_;
    novacron::replication::Site site_;
    novacron::replication::Marks marks_;  // the last that were proposed
    WriteStop told_stop_ = WriteStop::none;
    bool shut_ = false;  // to writes of clients, until what waits for that has been done
    std::deque<novacron::Entry> applied_;
    std::deque<Heard> inbox_;
    std::deque<Wish> wishes_;
    std::deque<Task> tasks_;
    std::deque<Proposed> proposed_;
    Instant retry_ = Instant::never();
    std::vector<Kept> kept_;
    LogIndex least_kept_ = kNoneKept;  // the first record that an answer in `kept_` waits for
    std::vector<novacron::replication::Outputs::Addressed> messages_;
    std::optional<novacron::replication::Switchover> switchover_;
};

}  // namespace shaketable
