// SPDX-License-Identifier: MIT
//
// A backup's or a log segment's bytes, as they lie in an object store.
//
// An object is a head of 80 bytes and a payload; integers are 64 bits, little-endian, unless said:
//
//     magic 8 | checksum : 4 | kind : 4 | timeline | first | last | base | from | through |
//     length of the payload | 0 | payload
//
//     full          the store's own encoding of its state after record `last` (core/kv/store.hpp)
//     incremental   what of that changed since record `base` (delta.hpp)
//     segment       the records `first` to `last`: each as time 8, length 4, data
//
// `checksum` is the CRC-32C of all that follows it. The head says what the object is, so that a
// copy that lies under a wrong name, or an older one of the same name, is found out.
//
// Invariants: (1) what was made reads back equal. (2) bytes that are not whole, or were changed
//             anywhere, are no object (with probability 1 - 2^-32).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/backup/timelines.hpp"
#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

namespace novacron::backup {

enum class Kind : std::uint8_t { full = 1, incremental, segment };

struct Head {
    Kind kind = Kind::full;
    TimelineId timeline;
    LogIndex first;  // segment: of its records; otherwise that of `last`
    LogIndex last;
    LogIndex base;   // incremental: the record that it adds to
    // full, incremental: when the state was taken, twice. segment: when its first record was
    // committed, and the moment before which all was committed that it and its predecessors hold
    // and nothing else.
    Instant from;
    Instant through;
    friend bool operator==(const Head&, const Head&) = default;
};

constexpr std::size_t kHeadSize = 80;

[[nodiscard]] Bytes make_object(const Head& head, std::span<const std::byte> payload);

struct Object {
    Head head;
    std::span<const std::byte> payload;  // of the bytes that were read
};
// Nothing if the bytes are not those of an object.
[[nodiscard]] std::optional<Object> read_object(std::span<const std::byte> bytes);

// One record of the log, as it is archived.
struct Archived {
    LogIndex index;
    Instant committed{};
    Bytes data;  // of the state machine's command; empty if it is none
    friend bool operator==(const Archived&, const Archived&) = default;
};
// The payload of a segment. REQUIRES: indices are contiguous.
[[nodiscard]] std::vector<std::byte> encode_records(std::span<const Archived> records);
// Nothing if the payload is not that of the records `first` to `last`.
[[nodiscard]] std::optional<std::vector<Archived>> decode_records(
    std::span<const std::byte> payload, LogIndex first, LogIndex last);

}  // namespace novacron::backup
