// SPDX-License-Identifier: MIT
#include "core/base/crc32c.hpp"

#include <cstring>
#include <string_view>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// The definition, bit by bit.
std::uint32_t crc32c_by_bits(std::span<const std::byte> bytes) {
    std::uint32_t crc = ~0U;
    for (const std::byte b : bytes) {
        crc ^= std::to_integer<std::uint32_t>(b);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0);
    }
    return ~crc;
}

}  // namespace

TEST_CASE("crc32c: the vectors of RFC 3720 and the check value hold") {
    CHECK(crc32c({}) == 0);
    CHECK(crc32c(bytes_of("123456789")) == 0xe3069283);
    CHECK(crc32c(std::vector<std::byte>(32, std::byte{0})) == 0x8a9136aa);
    CHECK(crc32c(std::vector<std::byte>(32, std::byte{0xff})) == 0x62a8ab43);
    std::vector<std::byte> up;
    std::vector<std::byte> down;
    for (int i = 0; i < 32; ++i) {
        up.push_back(static_cast<std::byte>(i));
        down.push_back(static_cast<std::byte>(31 - i));
    }
    CHECK(crc32c(up) == 0x46dd794e);
    CHECK(crc32c(down) == 0x113fdb5c);
}

TEST_CASE("crc32c: every length and alignment agrees with the definition") {
    Random random(1);
    std::vector<std::byte> bytes(80);
    for (auto& b : bytes) b = static_cast<std::byte>(random.bits());
    for (std::size_t from = 0; from < 8; ++from) {
        for (std::size_t length = 0; length + from <= bytes.size(); ++length) {
            const auto part = std::span<const std::byte>(bytes).subspan(from, length);
            REQUIRE(crc32c(part) == crc32c_by_bits(part));
        }
    }
}

TEST_CASE("crc32c: the checksum of two parts in turn is that of the whole") {
    const auto whole = bytes_of("the tail of the log is torn, and that is no reason to panic");
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        REQUIRE(crc32c(whole.subspan(cut), crc32c(whole.first(cut))) == crc32c(whole));
    }
}
