// SPDX-License-Identifier: MIT
//
// What a server does, as events for a checker of traces: JSON objects in the words of the trace by
// which the Raft library of etcd is validated against its TLA+ specification.
//
// Intuition: nothing of the server knows of this. A host that wants a trace has a Tracer for each
// life of a server, and shows it the new server, each message before that is handed in, and the
// server after each input, before the outputs are cleared; what has changed in between becomes
// events.
//
//     InitState  BecomeCandidate BecomeFollower BecomeLeader  Replicate ChangeConf ApplyConfChange
//     Commit  Ready  {Send,Receive}{AppendEntries,RequestVote}{Request,Response}
//     SendSnapshot ReceiveSnapshot
//
// Of an input come, in this order: what was received, the new role, what a leader appended, what it
// committed, the configuration that counts now, what is to be sent, and Ready if there is anything
// for the host to do. A server that changes its term and gives its vote by one message does it in
// one event here. Preliminary votes, forwarded reads and orders to stand are no events, and what
// followers commit shows in the state only, as in etcd's own. Each part of a snapshot is an event.
//
// Members are named by their numbers plus one: in those words, 0 is nobody.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/raft/raft.hpp"

namespace novacron::raft {

class Tracer {
public:
    using Write = std::function<void(std::string_view event)>;
    explicit Tracer(Write write) : write_(std::move(write)) {}

    // The server is about to be handed this.
    void receives(const Raft& raft, const Message& message);
    // The server was built, or has taken an input; its outputs() are still there.
    void stepped(Raft& raft);

private:
    struct Seen {
        Role role = Role::follower;
        Term term;
        LogIndex last;
        LogIndex commit;
        LogIndex configuration;
    };

    static Seen look_at(const Raft& raft);
    void tell_role(const Raft& raft, const Seen& now);
    void tell_appended(const Raft& raft, const Seen& now);
    void tell_outputs(Raft& raft);
    void tell(const Raft& raft, std::string_view name, const std::string& more = {});

    Write write_;
    bool started_ = false;
    Seen seen_;
};

}  // namespace novacron::raft
