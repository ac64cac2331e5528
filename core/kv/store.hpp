// SPDX-License-Identifier: MIT
//
// The replicated state machine: registers, and the sessions that make a retried command apply once.
//
// Intuition: a client that gets no answer must ask again, and its first command may have been
// committed all the same. The store remembers, for each client, the last command applied and its
// result; the same command again gives the same result and changes nothing. A client has one
// command outstanding at a time, so the last one is enough.
//
// The state as bytes, for snapshots: how many registers there are, each as key and value; how many
// sessions, each as client, sequence and index. All are 64 bits, lowest byte first, and ascend by
// key and by client: equal states are equal bytes. Sessions are part of it: a server that got its
// state from a snapshot must know a repeated command as well as one that has applied the log.
//
// Invariants: (1) the state, and so the digest, is a function of the sequence of commands applied.
//             (2) an encoded store decodes to one of the same state; other bytes are refused.
// Source: D. Ongaro's thesis (2014), section 6.3. Not here: sessions never expire.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/flat_map.hpp"
#include "core/base/id.hpp"
#include "core/kv/command.hpp"

namespace novacron::kv {

struct Applied {
    LogIndex index;          // where the command took effect: earlier, if it was a repetition
    bool repeated = false;
};

class Store {
public:
    // Nothing if the client has already gone on to a later command: nobody waits for this one.
    // REQUIRES: index grows from call to call.
    std::optional<Applied> apply(LogIndex index, const Command& command);

    // What the register holds; nothing if it was never written.
    std::optional<Value> read(Key key) const;

    // Of registers and sessions: equal states have equal digests, whatever the order of insertion.
    std::uint64_t digest() const { return digest_; }
    std::size_t sessions() const { return sessions_.size(); }

    std::vector<std::byte> encode() const;
    // How many bytes that would be.
    std::size_t encoded_size() const;
    // Nothing if the bytes are not those of a store.
    static std::optional<Store> decode(std::span<const std::byte> bytes);

private:
    struct Session {
        std::uint64_t sequence = 0;
        LogIndex index;
    };

    FlatMap<Value> registers_;
    FlatMap<Session> sessions_;  // by client
    std::uint64_t digest_ = 0;  // the sum of the digests of all parts
};

}  // namespace novacron::kv
