// SPDX-License-Identifier: MIT
//
// A word as the 16 hexadecimal digits by which people compare digests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace novacron {

inline std::string hex(std::uint64_t word) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = text.size(); i-- > 0; word >>= 4U) text[i] = digits[word & 15U];
    return text;
}

}  // namespace novacron
