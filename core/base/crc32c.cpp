// SPDX-License-Identifier: MIT
#include "core/base/crc32c.hpp"

#include <array>

#include "core/base/little_endian.hpp"

namespace novacron {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

// kTables[k][b] is the remainder of byte b followed by k zero bytes.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr Tables kTables = [] {
    Tables tables{};
    for (std::uint32_t b = 0; b < 256; ++b) {
        std::uint32_t crc = b;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
        }
        tables[0][b] = crc;
    }
    for (std::size_t k = 1; k < tables.size(); ++k) {
        for (std::size_t b = 0; b < 256; ++b) {
            const std::uint32_t crc = tables[k - 1][b];
            tables[k][b] = (crc >> 8U) ^ tables[0][crc & 0xffU];
        }
    }
    return tables;
}();

std::uint32_t by_tables(std::span<const std::byte> bytes, std::uint32_t crc) {
    const std::byte* p = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; p += 8, left -= 8) {
        const std::uint32_t low = crc ^ load<std::uint32_t>(p);
        const std::uint32_t high = load<std::uint32_t>(p + 4);
        crc = kTables[7][low & 0xffU] ^ kTables[6][(low >> 8U) & 0xffU] ^
              kTables[5][(low >> 16U) & 0xffU] ^ kTables[4][low >> 24U] ^ kTables[3][high & 0xffU] ^
              kTables[2][(high >> 8U) & 0xffU] ^ kTables[1][(high >> 16U) & 0xffU] ^
              kTables[0][high >> 24U];
    }
    if (left >= 4) {
        const std::uint32_t word = crc ^ load<std::uint32_t>(p);
        crc = kTables[3][word & 0xffU] ^ kTables[2][(word >> 8U) & 0xffU] ^
              kTables[1][(word >> 16U) & 0xffU] ^ kTables[0][word >> 24U];
        p += 4;
        left -= 4;
    }
    for (; left > 0; ++p, --left) {
        crc = (crc >> 8U) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(*p)) & 0xffU];
    }
    return crc;
}

#if defined(__x86_64__)
// The processor's own instruction for this very polynomial, where there is one.
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::span<const std::byte> bytes,
                                                               std::uint32_t crc) {
    const std::byte* p = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; p += 8, left -= 8) {
        crc = static_cast<std::uint32_t>(__builtin_ia32_crc32di(crc, load<std::uint64_t>(p)));
    }
    for (; left > 0; ++p, --left) {
        crc = __builtin_ia32_crc32qi(crc, std::to_integer<std::uint8_t>(*p));
    }
    return crc;
}
const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
#endif

}  // namespace

std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes, std::uint32_t before) {
    return ~by_tables(bytes, ~before);
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
#if defined(__x86_64__)
    if (kHasInstruction) return ~by_instruction(bytes, ~before);
#endif
    return crc32c_by_tables(bytes, before);
}

}  // namespace novacron
