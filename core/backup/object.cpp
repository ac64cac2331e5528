// SPDX-License-Identifier: MIT
#include "core/backup/object.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/little_endian.hpp"

namespace novacron::backup {
namespace {

constexpr std::uint64_t kMagic = 0x31'50'55'4b'43'41'42U; // "BACKUP1" and a zero byte
constexpr std::size_t kChecked = 12;                     // where that which is checked begins
constexpr std::size_t kRecordHead = 12;

void put(std::vector<std::byte>& out, std::uint64_t word) {
    out.resize(out.size() + sizeof word);
    store(out.data() + out.size() - sizeof word, word);
}
void put(std::vector<std::byte>& out, std::uint32_t word) {
    out.resize(out.size() + sizeof word);
    store(out.data() + out.size() - sizeof word, word);
}

}  // namespace

Bytes make_object(const Head& head, std::span<const std::byte> payload) {
    std::vector<std::byte> bytes;
    bytes.reserve(kHeadSize + payload.size());
    put(bytes, kMagic);
    put(bytes, std::uint32_t{0});
    put(bytes, static_cast<std::uint32_t>(head.kind));
    put(bytes, head.timeline.value);
    put(bytes, head.first.value);
    put(bytes, head.last.value);
    put(bytes, head.base.value);
    put(bytes, static_cast<std::uint64_t>(head.from.ns));
    put(bytes, static_cast<std::uint64_t>(head.through.ns));
    put(bytes, static_cast<std::uint64_t>(payload.size()));
    put(bytes, std::uint64_t{0});  // room for what a later version has to say
    check(bytes.size() == kHeadSize, "a head has its size");
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    store(bytes.data() + 8, crc32c(std::span<const std::byte>(bytes).subspan(kChecked)));
    return Bytes(bytes);
}

std::optional<Object> read_object(std::span<const std::byte> bytes) {
    if (bytes.size() < kHeadSize) return std::nullopt;
    if (load<std::uint64_t>(bytes.data()) != kMagic) return std::nullopt;
    if (load<std::uint32_t>(bytes.data() + 8) != crc32c(bytes.subspan(kChecked))) {
        return std::nullopt;
    }
    const auto word = [&](std::size_t n) { return load<std::uint64_t>(bytes.data() + 16 + 8 * n); };
    const auto kind = load<std::uint32_t>(bytes.data() + kChecked);
    const bool is_known = kind >= 1 && kind <= static_cast<std::uint32_t>(Kind::segment);
    if (!is_known || word(6) != bytes.size() - kHeadSize || word(7) != 0) return std::nullopt;
    Object object;
    object.head.kind = static_cast<Kind>(kind);
    object.head.timeline = TimelineId{word(0)};
    object.head.first = LogIndex{word(1)};
    object.head.last = LogIndex{word(2)};
    object.head.base = LogIndex{word(3)};
    object.head.from = Instant{static_cast<std::int64_t>(word(4))};
    object.head.through = Instant{static_cast<std::int64_t>(word(5))};
    object.payload = bytes.subspan(kHeadSize);
    return object;
}

std::vector<std::byte> encode_records(std::span<const Archived> records) {
    std::vector<std::byte> bytes;
    for (const Archived& record : records) {
        put(bytes, static_cast<std::uint64_t>(record.committed.ns));
        put(bytes, static_cast<std::uint32_t>(record.data.size()));
        const auto data = record.data.view();
        bytes.insert(bytes.end(), data.begin(), data.end());
    }
    return bytes;
}

std::optional<std::vector<Archived>> decode_records(std::span<const std::byte> payload,
                                                    LogIndex first, LogIndex last) {
    std::vector<Archived> records;
    for (LogIndex index = first; index <= last; ++index) {
        if (payload.size() < kRecordHead) return std::nullopt;
        const auto committed = static_cast<std::int64_t>(load<std::uint64_t>(payload.data()));
        const std::size_t length = load<std::uint32_t>(payload.data() + 8);
        payload = payload.subspan(kRecordHead);
        if (payload.size() < length) return std::nullopt;
        records.push_back({index, Instant{committed}, Bytes(payload.first(length))});
        payload = payload.subspan(length);
    }
    if (!payload.empty()) return std::nullopt;
    return records;
}

}  // namespace novacron::backup
