// SPDX-License-Identifier: MIT
//
// What clients ask of the register store, and how it looks in a log entry.
//
// A command names its client and the client's own count of commands, so that a command which
// arrives twice is known for what it is. In a log entry it is 32 bytes: client, sequence, key,
// value, each 64 bits, lowest byte first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/bytes.hpp"
#include "core/base/digest.hpp"
#include "core/base/id.hpp"
#include "core/base/little_endian.hpp"

namespace novacron::kv {

using Key = std::uint64_t;
using Value = std::uint64_t;

// Writes `value` to the register `key`.
struct Command {
    ClientId client;
    std::uint64_t sequence = 0;  // from 1, one more for each new command of the client
    Key key = 0;
    Value value = 0;
    friend bool operator==(const Command&, const Command&) = default;
};

constexpr std::size_t kCommandSize = 32;

using EncodedCommand = std::array<std::byte, kCommandSize>;

inline EncodedCommand encode(const Command& command) {
    EncodedCommand bytes;
    store(bytes.data(), command.client.value);
    store(bytes.data() + 8, command.sequence);
    store(bytes.data() + 16, command.key);
    store(bytes.data() + 24, command.value);
    return bytes;
}

// Nothing if the bytes are not a command.
inline std::optional<Command> decode(std::span<const std::byte> bytes) {
    if (bytes.size() != kCommandSize) return std::nullopt;
    const auto word = [&](std::size_t n) { return load<std::uint64_t>(bytes.data() + 8 * n); };
    return Command{ClientId{word(0)}, word(1), word(2), word(3)};
}

// What identifies the command: the digest of its bytes in a log entry (Bytes::digest).
inline std::uint64_t digest_of(const Command& command) {
    Digest digest;
    digest.add(std::span<const std::byte>(encode(command)));
    return digest.value();
}

}  // namespace novacron::kv
