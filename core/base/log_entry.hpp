// SPDX-License-Identifier: MIT
//
// What a consensus server must not forget: its entries, and its hard state.
//
// This is the vocabulary that the consensus protocol and the write-ahead log share; neither knows the
// other.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/id.hpp"

namespace novacron {

enum class EntryKind : std::uint8_t {
    command,  // for the state machine
    noop,     // a new leader's first entry: it commits what came before it
};

struct Entry {
    Term term;
    LogIndex index;
    EntryKind kind = EntryKind::command;
    Bytes data;
    friend bool operator==(const Entry&, const Entry&) = default;
};

// Term and vote are one record: a server that kept one without the other could vote twice.
struct HardState {
    Term term;
    NodeId vote;
    LogIndex commit;  // a hint that spares work after a restart; nothing depends on it
    friend bool operator==(const HardState&, const HardState&) = default;
};

}  // namespace novacron
