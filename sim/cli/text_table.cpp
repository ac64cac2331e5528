// SPDX-License-Identifier: MIT
#include "sim/cli/text_table.hpp"

#include <algorithm>

namespace shaketable::cli {

std::size_t visible_width(const std::string& text) {
    std::size_t width = 0;
    bool escape = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0x1b) escape = true;
        if (!escape && (byte & 0xc0U) != 0x80) ++width;
        if (c == 'm') escape = false;
    }
    return width;
}

std::string TextTable::text(std::size_t indent) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            widths[i] = std::max(widths[i], visible_width(row[i]));
        }
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line(indent, ' ');
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 == row.size()) break;
            line.append(widths[i] - visible_width(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string plural(std::uint64_t n, const char* thing) {
    return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

}  // namespace shaketable::cli
