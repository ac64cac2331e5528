// SPDX-License-Identifier: MIT
//
// Messages as bytes: the format that servers of different builds must agree on, and the only file
// that knows it.
//
// A message is a head of 104 bytes and its content; integers are little-endian:
//
//     checksum 4 | length 4 | version 1 | type 1 | flags 1 | zero 1 | entries 4 | from 4 | to 4 |
//     term 8 | position: term 8, index 8 | hint: term 8, index 8 | commit 8 | round 8 |
//     offset 8 | sent_at 8 | promise 8
//     append: each entry: term 8 | kind 1 | length of data 4 | data
//     snapshot: size of the whole 8 | checksum of the part 4 | length of the configuration 4 |
//               configuration | the part's bytes, to the end
//
// `length` is that of the whole message; `checksum` is the CRC-32C of all that follows it. Flags
// are bits: 1 reject, 2 by_transfer. Entries have no index: they follow on `position`. Times are
// whole nanoseconds, signed.
//
// Intuition: the version stands for the whole layout, checksum and length aside. A reader refuses a
// version that it does not know instead of guessing; a change of any field is a new version.
//
// Invariants: (1) what was encoded decodes equal. (2) every message has one form: bytes that decode
//                 are those that the message encodes to. (3) any other bytes are refused, with a
//                 reason; nothing is read outside of them, and no more memory is asked for than
//                 they account for. (4) damage is found with probability 1 - 2^-32; of one bit,
//                 always.
// Not decided here: whether the message makes sense to its receiver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/raft/types.hpp"

namespace novacron::raft {

constexpr std::uint8_t kWireVersion = 3;

enum class WireError : std::uint8_t {
    too_short,         // not even a head, or an entry that ends after the message
    wrong_length,      // other than the head says, or bytes after the last entry
    wrong_checksum,
    unknown_version,
    unknown_type,
    unknown_flags,
    unknown_kind,      // of an entry
    misplaced_entries  // in a message that carries none, or of falling terms, or of a coming term
};
std::string_view words_of(WireError error);

// Appends the message to `out`. REQUIRES: its entries are contiguous from position.index + 1, of
// terms from the position's to the message's, never falling; they are in an append; and the whole
// is shorter than 4 GiB.
void encode(const Message& message, std::vector<std::byte>& out);

// Makes `message` what the bytes say; nothing if that went well. Otherwise the message is unusable.
// Memory of its entries is used again.
[[nodiscard]] std::optional<WireError> decode(std::span<const std::byte> bytes, Message& message);

}  // namespace novacron::raft
