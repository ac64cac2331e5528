// SPDX-License-Identifier: MIT
//
// UTF-8, as far as a text file needs it: where characters end, and what is not text.
#pragma once

#include <cstddef>
#include <string_view>

namespace shaketable {

// The number of bytes of the character at the front; 0 if they are not UTF-8 (RFC 3629), or a
// control character that no text file holds (all but tab and the ends of lines).
// REQUIRES: the text is not empty.
constexpr std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        const bool blank = lead == '\t' || lead == '\n' || lead == '\r';
        return (lead < 0x20 && !blank) || lead == 0x7f ? 0 : 1;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return 0;
    }
    // Overlong forms, surrogates, what lies beyond Unicode, and the control characters behind
    // ASCII.
    const unsigned char second = byte(1);
    if (lead == 0xc2 && second < 0xa0) return 0;
    if (lead == 0xe0 && second < 0xa0) return 0;
    if (lead == 0xed && second > 0x9f) return 0;
    if (lead == 0xf0 && second < 0x90) return 0;
    if (lead == 0xf4 && second > 0x8f) return 0;
    return length;
}

constexpr bool is_text(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = character_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

}  // namespace shaketable
