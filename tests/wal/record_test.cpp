// SPDX-License-Identifier: MIT
#include "core/wal/record.hpp"

#include <string_view>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::wal;

Bytes bytes_of(std::string_view text) { return Bytes(std::as_bytes(std::span(text))); }

// One record of each kind, as they follow each other in a segment.
std::vector<std::byte> one_of_each() {
    std::vector<std::byte> bytes;
    Tail tail;
    write_record(bytes, tail, SegmentStart{kVersion, 1});
    write_record(bytes, tail, HardState{{7}, {2}, {5}});
    write_record(bytes, tail, Entry{{6}, {9}, EntryKind::command, bytes_of("set x")});
    write_record(bytes, tail, Entry{{7}, {10}, EntryKind::noop, {}});
    write_record(bytes, tail, Truncate{{9}});
    write_record(bytes, tail, Seal{});
    return bytes;
}

// All the records that can be read one after the other from the start.
std::vector<Record> read_all(std::span<const std::byte> bytes, std::uint32_t segment = 1) {
    std::vector<Record> records;
    std::uint64_t at = 0;
    while (const auto record = read_record(bytes, segment, at)) {
        records.push_back(*record);
        at += record->size();
    }
    return records;
}

}  // namespace

TEST_CASE("wal record: what is written reads back equal") {
    const auto bytes = one_of_each();
    const auto records = read_all(bytes);
    REQUIRE(records.size() == 6);
    const auto start = std::get<SegmentStart>(*decode(records[0]));
    CHECK(start.version == kVersion);
    CHECK(start.segment == 1);
    CHECK(std::get<HardState>(*decode(records[1])) == HardState{{7}, {2}, {5}});
    CHECK(std::get<Entry>(*decode(records[2])) ==
          Entry{{6}, {9}, EntryKind::command, bytes_of("set x")});
    CHECK(std::get<Entry>(*decode(records[3])) == Entry{{7}, {10}, EntryKind::noop, {}});
    CHECK(std::get<Truncate>(*decode(records[4])).from == LogIndex{9});
    CHECK(std::holds_alternative<Seal>(*decode(records[5])));
    CHECK(records[2].size() == entry_size(5));
}

TEST_CASE("wal record: each points back to the checksum of the one before") {
    const auto bytes = one_of_each();
    const auto records = read_all(bytes);
    CHECK(records[0].previous == 0);
    for (std::size_t i = 1; i < records.size(); ++i) {
        CHECK(records[i].previous == records[i - 1].checksum);
    }
}

TEST_CASE("wal record: the layout of version 1 is these bytes") {
    std::vector<std::byte> bytes;
    Tail tail{3, 64, 0x01020304};
    write_record(bytes, tail, Truncate{{0x1122}});
    const std::vector<int> expected = {0,    0,    0,   0,    // checksum
                                       4,    3,    2,   1,    // previous
                                       8,    0,    0,   0,    // length
                                       4,    'w',  'a', 'l',  // type, mark
                                       0x22, 0x11, 0,   0,   0, 0, 0, 0};
    REQUIRE(bytes.size() == expected.size());
    for (std::size_t i = 4; i < bytes.size(); ++i) {
        CHECK(std::to_integer<int>(bytes[i]) == expected[i]);
    }
    CHECK(tail.checksum == 0xada40fa6);
    CHECK(tail.offset == 64 + bytes.size());
}

TEST_CASE("wal record: any flipped bit makes the record unreadable, and those before it stay") {
    const auto sound = one_of_each();
    const auto records = read_all(sound);
    for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
        auto bytes = sound;
        bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        std::size_t whole = 0;
        for (std::size_t end = 0; whole < records.size(); ++whole) {
            end += records[whole].size();
            if (bit / 8 < end) break;
        }
        REQUIRE(read_all(bytes).size() == whole);
    }
}

TEST_CASE("wal record: a record moved to another place or segment is none") {
    const auto bytes = one_of_each();
    const auto records = read_all(bytes);
    auto moved = std::vector<std::byte>(1, std::byte{0});
    moved.insert(moved.end(), bytes.begin(), bytes.end());
    CHECK(read_record(bytes, 1, 0));
    CHECK_FALSE(read_record(bytes, 2, 0));
    for (std::uint64_t at = 0; at < moved.size(); ++at) REQUIRE_FALSE(read_record(moved, 1, at));
}

TEST_CASE("wal record: zeros, as a file system leaves them after a crash, are no record") {
    const std::vector<std::byte> zeros(4096, std::byte{0});
    for (std::uint64_t at = 0; at <= 5000; ++at) REQUIRE_FALSE(read_record(zeros, 1, at));
}

TEST_CASE("wal record: a sound record of an unknown type or a wrong length says nothing") {
    const std::vector<std::byte> payload(19, std::byte{0xff});
    for (int type = 0; type < 256; ++type) {
        const Record record{static_cast<std::uint8_t>(type), 0, 0, payload};
        // 19 bytes fit an entry alone, and 0xff is not a kind of entry.
        REQUIRE_FALSE(decode(record));
        const bool is_seal = type == static_cast<int>(RecordType::seal);
        REQUIRE(decode({static_cast<std::uint8_t>(type), 0, 0, {}}).has_value() == is_seal);
    }
}
