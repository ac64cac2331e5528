// SPDX-License-Identifier: MIT
#include "core/raft/codec.hpp"

#include <array>
#include <string>

#include "core/base/crc32c.hpp"
#include "core/base/little_endian.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"
#include "tests/raft/messages.hpp"

using namespace novacron;
using namespace novacron::raft;

namespace {

using Buffer = std::vector<std::byte>;

constexpr std::size_t kTypes = 13;
constexpr std::size_t kVersionAt = 8, kTypeAt = 9, kFlagsAt = 10, kZeroAt = 11, kEntriesAt = 12;
constexpr std::size_t kHead = 104;

Buffer encoded(const Message& message) {
    Buffer bytes;
    encode(message, bytes);
    return bytes;
}
// What is wrong with the bytes; nothing if they decode.
std::optional<WireError> refused(const Buffer& bytes) {
    Message message;
    return decode(bytes, message);
}
// With length and checksum made to fit.
Buffer sealed(Buffer bytes) {
    store(bytes.data() + 4, static_cast<std::uint32_t>(bytes.size()));
    store(bytes.data(), crc32c(std::span(bytes).subspan(4)));
    return bytes;
}
Buffer changed(Buffer bytes, std::size_t at, std::uint8_t to) {
    bytes[at] = std::byte{to};
    return sealed(std::move(bytes));
}

bool equal(const Message& a, const Message& b) {
    return a.type == b.type && a.reject == b.reject && a.by_transfer == b.by_transfer &&
           a.from == b.from && a.to == b.to && a.term == b.term && a.position == b.position &&
           a.hint == b.hint && a.commit == b.commit && a.round == b.round &&
           a.offset == b.offset && a.sent_at == b.sent_at && a.promise == b.promise &&
           a.entries == b.entries && a.part.size == b.part.size &&
           a.part.checksum == b.part.checksum && a.part.bytes == b.part.bytes &&
           a.part.configuration == b.part.configuration;
}

// Any message that a server might send, and many that none would.
Message any_message(Random& random) {
    Message message;
    message.type = static_cast<MessageType>(random.below(kTypes));
    message.reject = random.below(2) == 0;
    message.by_transfer = random.below(2) == 0;
    message.from = NodeId{static_cast<std::uint32_t>(random.bits())};
    message.to = NodeId{static_cast<std::uint32_t>(random.bits())};
    message.position = position_of(random.below(1000), random.bits());
    message.term = message.position.term;
    message.hint = position_of(random.bits(), random.bits());
    message.commit = LogIndex{random.bits()};
    message.round = random.bits();
    message.offset = random.bits();
    message.sent_at = Instant{static_cast<std::int64_t>(random.bits())};
    message.promise = Duration{static_cast<std::int64_t>(random.bits())};
    if (message.type == MessageType::snapshot) {
        const std::string state(random.below(40), static_cast<char>(random.bits()));
        const std::string configuration(random.below(20), static_cast<char>(random.bits()));
        message.part = {random.bits(), static_cast<std::uint32_t>(random.bits()), bytes_of(state),
                        bytes_of(configuration)};
    }
    if (message.type != MessageType::append) return message;
    LogPosition last = message.position;
    for (std::uint64_t n = random.below(6); n > 0; --n) {
        last = {Term{last.term.value + random.below(3)}, last.index + 1};
        const std::string data(random.below(40), static_cast<char>(random.bits()));
        const auto kind = random.below(2) == 0 ? EntryKind::command : EntryKind::noop;
        message.entries.push_back({last.term, last.index, kind, bytes_of(data)});
    }
    message.term = Term{last.term.value + random.below(3)};
    return message;
}

Message two_entries() {
    Message message = append_of(0, 1, 7, position_of(0, 0), log_of({3, 5}));
    message.entries[1].data = bytes_of("data");
    return message;
}

}  // namespace

TEST_CASE("codec: what was encoded decodes equal, into a message that was used before") {
    Random random(1);
    Message decoded;
    for (int i = 0; i < 5000; ++i) {
        const Message message = any_message(random);
        const Buffer bytes = encoded(message);
        REQUIRE_FALSE(decode(bytes, decoded).has_value());
        REQUIRE(equal(message, decoded));
        REQUIRE(encoded(decoded) == bytes);
    }
}

TEST_CASE("codec: the layout is that of version 3") {
    Message message = message_of(MessageType::vote, 1, 2, 0x0304);
    message.by_transfer = true;
    message.position = position_of(5, 6);
    const Buffer bytes = encoded(message);
    REQUIRE(bytes.size() == kHead);
    const std::array<int, 32> expected = {104, 0, 0, 0, 3, 6, 2, 0,  0, 0, 0, 0,  1, 0, 0, 0,
                                          2,  0, 0, 0,  4, 3, 0, 0,  0, 0, 0, 0,  5, 0, 0, 0};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("byte " << i + 4);
        CHECK(std::to_integer<int>(bytes[i + 4]) == expected[i]);
    }
    CHECK(load<std::uint32_t>(bytes.data()) == crc32c(std::span(bytes).subspan(4)));
}

TEST_CASE("codec: messages one after another in a buffer stay apart") {
    Buffer bytes;
    encode(two_entries(), bytes);
    const std::size_t first = bytes.size();
    encode(message_of(MessageType::heartbeat, 0, 1, 7), bytes);
    Message message;
    REQUIRE_FALSE(decode(std::span(bytes).first(first), message).has_value());
    CHECK(message.entries.size() == 2);
    REQUIRE_FALSE(decode(std::span(bytes).subspan(first), message).has_value());
    CHECK(message.type == MessageType::heartbeat);
    CHECK(message.entries.empty());
}

TEST_CASE("codec: every flipped bit and every end that is missing is found") {
    const Buffer sound = encoded(two_entries());
    REQUIRE_FALSE(refused(sound).has_value());
    for (std::size_t bit = 0; bit < 8 * sound.size(); ++bit) {
        Buffer bytes = sound;
        bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        REQUIRE(refused(bytes).has_value());
    }
    for (std::size_t size = 0; size < sound.size(); ++size) {
        const Buffer start(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
        REQUIRE(refused(start) ==
                (size < kHead ? WireError::too_short : WireError::wrong_length));
    }
    Buffer longer = sound;
    longer.push_back(std::byte{0});
    CHECK(refused(longer) == WireError::wrong_length);
}

TEST_CASE("codec: bytes that are whole but make no message are refused, with the reason") {
    const Buffer sound = encoded(two_entries());
    CHECK(refused(changed(sound, kVersionAt, 1)) == WireError::unknown_version);
    CHECK(refused(changed(sound, kVersionAt, 0)) == WireError::unknown_version);
    CHECK(refused(changed(sound, kTypeAt, kTypes)) == WireError::unknown_type);
    CHECK(refused(changed(sound, kFlagsAt, 4)) == WireError::unknown_flags);
    CHECK(refused(changed(sound, kZeroAt, 1)) == WireError::unknown_flags);
    CHECK(refused(changed(sound, kEntriesAt, 1)) == WireError::wrong_length);
    CHECK(refused(changed(sound, kEntriesAt, 3)) == WireError::too_short);
    CHECK(refused(changed(sound, kTypeAt, 2)) == WireError::misplaced_entries);
    // The first entry: of a term after the second's, of a coming one, of an unknown kind.
    CHECK(refused(changed(sound, kHead, 6)) == WireError::misplaced_entries);
    CHECK(refused(changed(sound, kHead, 8)) == WireError::misplaced_entries);
    CHECK(refused(changed(sound, kHead + 8, 3)) == WireError::unknown_kind);
    // Data that would end after the message, by one byte and by all there are.
    CHECK(refused(changed(sound, kHead + 13 + 9, 5)) == WireError::too_short);
    CHECK(refused(changed(sound, kHead + 12, 0xff)) == WireError::too_short);
    for (int error = 0; error <= static_cast<int>(WireError::misplaced_entries); ++error) {
        CHECK_FALSE(words_of(static_cast<WireError>(error)).empty());
    }
}

TEST_CASE("codec: a count of entries that the bytes can't hold asks for no memory") {
    Buffer bytes = encoded(message_of(MessageType::append, 0, 1, 1));
    store(bytes.data() + kEntriesAt, std::uint32_t{0xffffffff});
    Message message;
    CHECK(decode(sealed(bytes), message) == WireError::too_short);
    CHECK(message.entries.capacity() == 0);
}

TEST_CASE("codec: whatever the bytes, they are refused or a message encodes to them") {
    Random random(2);
    std::size_t decoded = 0;
    for (int i = 0; i < 20'000; ++i) {
        Buffer bytes = encoded(any_message(random));
        for (std::uint64_t n = random.below(4); n > 0; --n) {
            bytes[8 + random.below(bytes.size() - 8)] = std::byte(random.bits());
        }
        if (random.below(4) == 0) bytes.resize(8 + random.below(bytes.size()));
        bytes = sealed(std::move(bytes));
        Message message;
        if (decode(bytes, message)) continue;
        ++decoded;
        REQUIRE(encoded(message) == bytes);
    }
    CHECK(decoded > 5000);
    CHECK(decoded < 19'000);
}
