// SPDX-License-Identifier: MIT
//
// What every failure detector of a group is to its host: messages and time in; messages and changes
// of opinion out. `HeartbeatWatch` and `Swim` are the two kinds.
//
// The host's duties. (1) One input at a time, with the time on the host's own clock. (2) After each
// input, send `outputs().messages`, note `outputs().changes`, and clear them. (3) Call `on_time` at
// `next_deadline()` or soon after; a deadline may turn out to be of no consequence. (4) A process
// that starts again gets a higher incarnation than in all its lives before. Messages may be lost,
// doubled, delayed and reordered.
//
// Late timers tell of the host's own pauses: who is woken much later than it asked for was not
// running, and can't tell a silent peer from its own deafness (pause_guard.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "core/detector/patience.hpp"

namespace novacron::detector {

enum class MessageType : std::uint8_t {
    heartbeat,     // I live
    ping,          // do you live? answer to me
    ping_request,  // ask `about` for me
    answer,        // `about` lives
    no_answer,     // I have asked `about` for you, and heard nothing yet: my own way to you works
};

// What is said about a third party. `from` is who holds it for suspect, and counts once.
struct Rumour {
    Status status = Status::trusted;
    NodeId about{};
    NodeId from{};
    std::uint64_t incarnation = 0;
};

struct Message {
    MessageType type = MessageType::heartbeat;
    NodeId from{};
    NodeId to{};
    NodeId about{};
    std::uint64_t incarnation = 0;  // of the sender
    std::uint64_t sequence = 0;     // of heartbeats; or which ping this belongs to
    std::vector<Rumour> rumours;
};

struct Change {
    NodeId peer{};
    Status before = Status::trusted;
    Status after = Status::trusted;
    Instant at{};
};

struct Outputs {
    std::vector<Message> messages;
    std::vector<Change> changes;

    void clear() {
        messages.clear();
        changes.clear();
    }
};

class FailureDetector {
public:
    virtual ~FailureDetector() = default;

    virtual void on_message(Instant now, const Message& message) = 0;
    virtual void on_time(Instant now) = 0;
    virtual Instant next_deadline() const = 0;

    // REQUIRES of these: the peer is watched.
    virtual Status status(NodeId peer) const = 0;
    // 0 for none; 1 or more once the peer is suspected.
    virtual double suspicion(NodeId peer, Instant now) const = 0;

    Outputs& outputs() { return outputs_; }

protected:
    Outputs outputs_;
};

}  // namespace novacron::detector
