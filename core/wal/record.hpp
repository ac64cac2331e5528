// SPDX-License-Identifier: MIT
//
// The records of the write-ahead log, as bytes. The only file that knows how they are laid out.
//
// A record is a frame of 16 bytes and a payload; integers are little-endian:
//
//     checksum : 4 | previous : 4 | length of payload : 4 | type : 1 | mark "wal" : 3 | payload
//
//     segment_start  magic 8, version 4, segment 4, last 8, hard state 20
//     hard_state     term 8, vote 4, commit 8              truncate    from 8
//     entry          term 8, index 8, kind 1, data         restart     after 8
//     seal           nothing
//
// A segment's start repeats where the log stood, so that it can be read without the segments before
// it.
//
// `checksum` is the CRC-32C of what follows it, started from the record's position (segment,
// offset); `previous` is the checksum of the record before, also across segments. So a record
// proves three things: it is whole; it was written at this very place (and is not, say, a copy of a
// log that some client stores in an entry); and it was written next after its predecessor, so that
// bytes of an earlier life of the file, or records in another order, are found out.
//
// Invariants: (1) what was written reads back equal. (2) any change of a byte, and any move to
//             another place, makes a record invalid (with probability 1 - 2^-32).
//             (3) reading never looks outside its bytes, whatever they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/base/log_entry.hpp"

namespace novacron::wal {

enum class RecordType : std::uint8_t {
    segment_start = 1, hard_state, entry, truncate, restart, seal
};

constexpr std::size_t kFrameSize = 16;
constexpr std::size_t kPayloadMax = std::size_t{1} << 30U;
constexpr std::uint32_t kVersion = 3;

struct SegmentStart {
    std::uint32_t version = kVersion;
    std::uint32_t segment = 0;
    LogIndex last{};         // of the log so far; its entries may be gone with their segments
    HardState hard_state{};
};
// All entries from this index on are void, whatever came before in the log.
struct Truncate {
    LogIndex from;
};
// All entries so far are void, and the log goes on after this index, that of a snapshot.
struct Restart {
    LogIndex after;
};
// All that comes before it in the segment was durable when this was written.
struct Seal {};
using Content = std::variant<SegmentStart, HardState, Entry, Truncate, Restart, Seal>;

// How many bytes the record of an entry with so much data takes.
constexpr std::size_t entry_size(std::size_t data) { return kFrameSize + 17 + data; }

// The end of the log: where the next record goes, and the checksum of the one before it.
struct Tail {
    std::uint32_t segment = 1;
    std::uint64_t offset = 0;
    std::uint32_t checksum = 0;
};

// Appends the record to `out` and moves the tail past it.
void write_record(std::vector<std::byte>& out, Tail& tail, const SegmentStart& start);
void write_record(std::vector<std::byte>& out, Tail& tail, const HardState& state);
// REQUIRES: the entry's data has less than kPayloadMax - 17 bytes.
void write_record(std::vector<std::byte>& out, Tail& tail, const Entry& entry);
void write_record(std::vector<std::byte>& out, Tail& tail, const Truncate& truncate);
void write_record(std::vector<std::byte>& out, Tail& tail, const Restart& restart);
void write_record(std::vector<std::byte>& out, Tail& tail, const Seal& seal);

// A record whose checksum holds.
struct Record {
    std::uint8_t type = 0;
    std::uint32_t previous = 0;
    std::uint32_t checksum = 0;
    std::span<const std::byte> payload;

    std::size_t size() const { return kFrameSize + payload.size(); }
};

// The record that begins at `offset` of the segment's bytes, unless there is no whole and sound
// one.
[[nodiscard]] std::optional<Record> read_record(std::span<const std::byte> bytes,
                                                std::uint32_t segment, std::uint64_t offset);

// What a record says, unless it isn't of this version's making.
[[nodiscard]] std::optional<Content> decode(const Record& record);

}  // namespace novacron::wal
