// SPDX-License-Identifier: MIT
//
// Words of 64 bits in memory, lowest byte first whatever the machine.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace novacron {

namespace detail {
inline std::uint64_t little_endian(std::uint64_t word) {
    if constexpr (std::endian::native == std::endian::big) return __builtin_bswap64(word);
    return word;
}
}  // namespace detail

// REQUIRES: eight bytes may be read there.
inline std::uint64_t load_word(const std::byte* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    return detail::little_endian(word);
}

// REQUIRES: eight bytes may be written there.
inline void store_word(std::byte* to, std::uint64_t word) {
    word = detail::little_endian(word);
    std::memcpy(to, &word, sizeof word);
}

}  // namespace novacron
