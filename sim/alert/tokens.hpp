// SPDX-License-Identifier: MIT
//
// The words of a PromQL expression, with where they stand.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/alert/expression.hpp"

namespace shaketable {

struct Token {
    enum class Kind : std::uint8_t { name, number, string, mark, end };

    Kind kind = Kind::end;
    std::string text;  // of a string what it stands for
    std::size_t offset = 0;
    std::size_t length = 1;

    bool is(std::string_view mark) const { return kind == Kind::mark && text == mark; }
};

// What stands between brackets is one mark with them: "[5m]". The last token is the end. Comments
// are left out. At the first mistake it stops, and says which.
struct Tokens {
    std::vector<Token> all;
    std::optional<ExpressionError> error;
};
Tokens tokens_of(std::string_view text);

}  // namespace shaketable
