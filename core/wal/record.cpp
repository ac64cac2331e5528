// SPDX-License-Identifier: MIT
#include "core/wal/record.hpp"

#include <array>
#include <cstring>

#include "core/base/check.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/digest.hpp"
#include "core/base/little_endian.hpp"

namespace novacron::wal {

namespace {

constexpr std::uint32_t kMark = 0x6c6177;                // "wal"
constexpr std::uint64_t kMagic = 0x004c'4157'4156'4f4e;  // "NOVAWAL" and a zero
constexpr std::size_t kEntryHeadSize = 17;
constexpr std::size_t kHardStateSize = 20;
constexpr std::size_t kStartSize = 24 + kHardStateSize;

// Where the fields of a frame are. The checksum covers all that comes after it.
constexpr std::size_t kChecksumAt = 0;
constexpr std::size_t kPreviousAt = 4;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kTypeAt = 12;

// The checksum starts from the record's position, stirred so that close positions are far apart.
std::uint32_t checksum_of(std::uint32_t segment, std::uint64_t offset,
                          std::span<const std::byte> record) {
    const auto seed = static_cast<std::uint32_t>(stir(segment, offset));
    return crc32c(record.subspan(kPreviousAt), seed);
}

// The payload is `head` followed by `data`.
void write_frame(std::vector<std::byte>& out, Tail& tail, RecordType type,
                 std::span<const std::byte> head, std::span<const std::byte> data = {}) {
    const std::size_t length = head.size() + data.size();
    check(length <= kPayloadMax, "a record of the log is at most 1 GiB long");
    const std::size_t begin = out.size();
    out.resize(begin + kFrameSize + length);
    const std::span<std::byte> record(out.data() + begin, kFrameSize + length);
    store(&record[kPreviousAt], tail.checksum);
    store(&record[kLengthAt], static_cast<std::uint32_t>(length));
    store(&record[kTypeAt], static_cast<std::uint32_t>(type) | kMark << 8U);
    if (!head.empty()) std::memcpy(&record[kFrameSize], head.data(), head.size());
    if (!data.empty()) std::memcpy(&record[kFrameSize + head.size()], data.data(), data.size());
    tail.checksum = checksum_of(tail.segment, tail.offset, record);
    store(&record[kChecksumAt], tail.checksum);
    tail.offset += record.size();
}

void store_state(std::byte* to, const HardState& state) {
    store(to, state.term.value);
    store(to + 8, state.vote.value);
    store(to + 12, state.commit.value);
}
HardState load_state(const std::byte* from) {
    return {{load<std::uint64_t>(from)},
            {load<std::uint32_t>(from + 8)},
            {load<std::uint64_t>(from + 12)}};
}

std::optional<Content> decode_entry(std::span<const std::byte> payload) {
    if (payload.size() < kEntryHeadSize) return std::nullopt;
    const std::byte* p = payload.data();
    const auto kind = load<std::uint8_t>(p + 16);
    if (kind > static_cast<std::uint8_t>(kLastEntryKind)) return std::nullopt;
    return Entry{{load<std::uint64_t>(p)},
                 {load<std::uint64_t>(p + 8)},
                 static_cast<EntryKind>(kind),
                 Bytes(payload.subspan(kEntryHeadSize))};
}

}  // namespace

void write_record(std::vector<std::byte>& out, Tail& tail, const SegmentStart& start) {
    std::array<std::byte, kStartSize> payload;
    store(payload.data(), kMagic);
    store(payload.data() + 8, start.version);
    store(payload.data() + 12, start.segment);
    store(payload.data() + 16, start.last.value);
    store_state(payload.data() + 24, start.hard_state);
    write_frame(out, tail, RecordType::segment_start, payload);
}

void write_record(std::vector<std::byte>& out, Tail& tail, const HardState& state) {
    std::array<std::byte, kHardStateSize> payload;
    store_state(payload.data(), state);
    write_frame(out, tail, RecordType::hard_state, payload);
}

void write_record(std::vector<std::byte>& out, Tail& tail, const Entry& entry) {
    std::array<std::byte, kEntryHeadSize> head;
    store(head.data(), entry.term.value);
    store(head.data() + 8, entry.index.value);
    store(head.data() + 16, static_cast<std::uint8_t>(entry.kind));
    write_frame(out, tail, RecordType::entry, head, entry.data.view());
}

void write_record(std::vector<std::byte>& out, Tail& tail, const Truncate& truncate) {
    std::array<std::byte, 8> payload;
    store(payload.data(), truncate.from.value);
    write_frame(out, tail, RecordType::truncate, payload);
}

void write_record(std::vector<std::byte>& out, Tail& tail, const Restart& restart) {
    std::array<std::byte, 8> payload;
    store(payload.data(), restart.after.value);
    write_frame(out, tail, RecordType::restart, payload);
}

void write_record(std::vector<std::byte>& out, Tail& tail, const Seal&) {
    write_frame(out, tail, RecordType::seal, {});
}

std::optional<Record> read_record(std::span<const std::byte> bytes, std::uint32_t segment,
                                  std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < kFrameSize) return std::nullopt;
    const auto rest = bytes.subspan(static_cast<std::size_t>(offset));
    const auto type_and_mark = load<std::uint32_t>(&rest[kTypeAt]);
    if (type_and_mark >> 8U != kMark) return std::nullopt;
    const auto length = load<std::uint32_t>(&rest[kLengthAt]);
    if (length > kPayloadMax || length > rest.size() - kFrameSize) return std::nullopt;
    Record record;
    record.type = static_cast<std::uint8_t>(type_and_mark & 0xffU);
    record.previous = load<std::uint32_t>(&rest[kPreviousAt]);
    record.checksum = load<std::uint32_t>(&rest[kChecksumAt]);
    record.payload = rest.subspan(kFrameSize, length);
    if (checksum_of(segment, offset, rest.first(record.size())) != record.checksum) {
        return std::nullopt;
    }
    return record;
}

std::optional<Content> decode(const Record& record) {
    const std::span<const std::byte> payload = record.payload;
    const std::byte* p = payload.data();
    switch (static_cast<RecordType>(record.type)) {
        case RecordType::segment_start:
            if (payload.size() != kStartSize || load<std::uint64_t>(p) != kMagic) {
                return std::nullopt;
            }
            return SegmentStart{load<std::uint32_t>(p + 8),
                                load<std::uint32_t>(p + 12),
                                {load<std::uint64_t>(p + 16)},
                                load_state(p + 24)};
        case RecordType::hard_state:
            if (payload.size() != kHardStateSize) return std::nullopt;
            return load_state(p);
        case RecordType::entry: return decode_entry(payload);
        case RecordType::truncate:
            if (payload.size() != 8) return std::nullopt;
            return Truncate{{load<std::uint64_t>(p)}};
        case RecordType::restart:
            if (payload.size() != 8) return std::nullopt;
            return Restart{{load<std::uint64_t>(p)}};
        case RecordType::seal:
            if (!payload.empty()) return std::nullopt;
            return Seal{};
    }
    return std::nullopt;
}

}  // namespace novacron::wal
