// SPDX-License-Identifier: MIT
#include "core/kv/command.hpp"

#include <limits>

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::kv;

TEST_CASE("command: what is encoded decodes to the same") {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    for (const Command& command :
         {Command{ClientId{1}, 2, 3, 4}, Command{ClientId{0}, 0, 0, 0},
          Command{ClientId{kMost}, kMost, kMost, kMost},
          Command{ClientId{0x0102030405060708}, 1U << 31U, 1, kMost - 1}}) {
        CHECK(decode(encode(command)) == command);
    }
}

TEST_CASE("command: the bytes in a log entry are client, sequence, key, value, lowest byte first") {
    const EncodedCommand bytes = encode({ClientId{0x1122}, 3, 0x44, 0x55});
    CHECK(bytes[0] == std::byte{0x22});
    CHECK(bytes[1] == std::byte{0x11});
    CHECK(bytes[8] == std::byte{3});
    CHECK(bytes[16] == std::byte{0x44});
    CHECK(bytes[24] == std::byte{0x55});
    CHECK(bytes[31] == std::byte{0});
}

TEST_CASE("command: bytes of another length are no command") {
    const EncodedCommand bytes = encode({ClientId{1}, 2, 3, 4});
    CHECK_FALSE(decode(std::span(bytes).first(kCommandSize - 1)).has_value());
    CHECK_FALSE(decode({}).has_value());
    const std::array<std::byte, kCommandSize + 1> longer{};
    CHECK_FALSE(decode(longer).has_value());
}

TEST_CASE(
    "command: every part of it shows in its digest, which is that of its bytes in a log entry") {
    const std::uint64_t digest = digest_of({ClientId{1}, 2, 3, 4});
    CHECK(digest != 0);
    CHECK(digest == Bytes(encode({ClientId{1}, 2, 3, 4})).digest());
    CHECK(digest != digest_of({ClientId{9}, 2, 3, 4}));
    CHECK(digest != digest_of({ClientId{1}, 9, 3, 4}));
    CHECK(digest != digest_of({ClientId{1}, 2, 9, 4}));
    CHECK(digest != digest_of({ClientId{1}, 2, 3, 9}));
}
