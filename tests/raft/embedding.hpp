// SPDX-License-Identifier: MIT
//
// The smallest host of a consensus server: its disk and its network take no time. core/raft/
// README.md shows it, from here to the end of the file.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "core/raft/raft.hpp"

using namespace novacron;
using namespace novacron::raft;

struct Surroundings {
    Recovered& disk;  // what is durable
    std::function<void(const Message&)> send;
    std::function<void(const Entry&)> apply;
    std::function<void(ReadToken)> answer;
    std::uint64_t life = 0;  // counts the server's starts
};

struct Host {
    Host(NodeId self, std::vector<NodeId> voters, Surroundings surroundings, Instant now)
        : world(std::move(surroundings)),
          raft({self, std::move(voters)}, Options{}, world.disk,
               Random(1).fork("node", self.value).fork("life", world.life), now) {
        carry_out(now);
    }

    // Inputs: each is followed by carry_out.
    void on_message(Instant now, const Message& message) {
        raft.step(now, message);
        carry_out(now);
    }
    void on_deadline(Instant now) {  // call it at raft.next_deadline()
        raft.on_time(now);
        carry_out(now);
    }
    bool write(Instant now, Bytes command) {
        const bool taken = raft.propose(now, std::move(command)).has_value();
        carry_out(now);
        return taken;
    }
    bool read(Instant now, ReadToken token) {
        const bool taken = raft.read(now, token);
        carry_out(now);
        return taken;
    }

    void carry_out(Instant now) {
        for (;;) {
            Outputs& todo = raft.outputs();
            const Write write = todo.write;
            if (write.id.value != 0) store(write);                 // 1. durable when this returns,
            for (Send& s : todo.sends()) world.send(s.message);    // 2. so that all may leave
            while (applied < raft.commit()) {                      // 3. in order, once
                world.apply(raft.log().entry(++applied));
            }
            for (const ReadGrant& grant : todo.reads) world.answer(grant.token);  // 4.
            todo.clear();                                          // 5.
            if (write.id.value == 0) return;
            raft.on_persisted(now, write.id);                // an input like the others
        }
    }

    void store(const Write& write) {
        world.disk.hard_state = write.hard_state;
        std::vector<Entry>& entries = world.disk.entries;
        if (write.truncate_from.value != 0) entries.resize(write.truncate_from.value - 1);
        for (LogIndex i = write.first; i <= write.last; ++i) {
            entries.push_back(raft.log().entry(i));
        }
    }

    Surroundings world;
    Raft raft;
    LogIndex applied;
};
