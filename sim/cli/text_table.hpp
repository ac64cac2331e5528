// SPDX-License-Identifier: MIT
//
// Text in columns: each as wide as its widest cell, two spaces between them, no space at a line's
// end. The last cell of a row may be as long as it likes and widens nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shaketable::cli {

class TextTable {
public:
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const { return rows_.empty(); }
    // One line a row, each after `indent` spaces.
    std::string text(std::size_t indent) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

// "1 run", "2 runs"
std::string plural(std::uint64_t n, const char* thing);

// The characters a terminal shows: UTF-8 sequences count one, escape sequences for colours none.
std::size_t visible_width(const std::string& text);

}  // namespace shaketable::cli
