// SPDX-License-Identifier: MIT
#include "sim/run/percent.hpp"

#include <array>
#include <charconv>

namespace shaketable {

std::string percent(double share, int decimals) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), share * 100,
                                   std::chars_format::fixed, decimals)
                         .ptr;
    return std::string(text.data(), end) + "%";
}

}  // namespace shaketable
