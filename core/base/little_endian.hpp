// SPDX-License-Identifier: MIT
//
// Unsigned integers in memory, lowest byte first whatever the machine.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace novacron {

// REQUIRES: as many bytes as the integer has may be read there.
template <class Integer>
Integer load(const std::byte* from) {
    Integer value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, from, sizeof value);
    } else {
        for (std::size_t i = 0; i < sizeof value; ++i) {
            value |= static_cast<Integer>(std::to_integer<Integer>(from[i]) << (8 * i));
        }
    }
    return value;
}

// REQUIRES: as many bytes as the integer has may be written there.
template <class Integer>
void store(std::byte* to, Integer value) {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(to, &value, sizeof value);
    } else {
        for (std::size_t i = 0; i < sizeof value; ++i) {
            to[i] = static_cast<std::byte>(value >> (8 * i));
        }
    }
}

}  // namespace novacron
