// SPDX-License-Identifier: MIT
#include "sim/alert/tokens.hpp"

#include <algorithm>
#include <array>

namespace shaketable {
namespace {

constexpr std::array<std::string_view, 20> kMarks = {"==", "!=", "=~", "!~", ">=", "<=", ">",
                                                     "<",  "=",  "(",  ")",  "{",  "}",  ",",
                                                     "+",  "-",  "*",  "/",  "%",  "^"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Tokens read() {
        while (!result_.error && skip_blanks()) read_one();
        result_.all.push_back({Token::Kind::end, "the end", text_.size(), 1});
        return std::move(result_);
    }

private:
    char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }

    bool skip_blanks() {
        for (; here_ < text_.size(); ++here_) {
            const char c = text_[here_];
            if (c == '#') {
                here_ = std::min(text_.find('\n', here_), text_.size() - 1);
            } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
                return true;
            }
        }
        return false;
    }

    void fail(std::size_t length, std::string message, std::string hint = {}) {
        result_.error = ExpressionError{here_, length, std::move(message), std::move(hint)};
    }

    void push(Token::Kind kind, std::string text, std::size_t length) {
        result_.all.push_back({kind, std::move(text), here_, length});
        here_ += length;
    }

    void read_one() {
        const char c = text_[here_];
        if (begins_name(c)) {
            std::size_t end = here_;
            while (begins_name(at(end)) || is_digit(at(end))) ++end;
            push(Token::Kind::name, std::string(text_.substr(here_, end - here_)), end - here_);
        } else if (is_digit(c) || (c == '.' && is_digit(at(here_ + 1)))) {
            read_number();
        } else if (c == '"' || c == '\'' || c == '`') {
            read_string(c);
        } else if (c == '[') {
            const std::size_t end = text_.find(']', here_);
            if (end == std::string_view::npos) return fail(1, "'[' is never closed");
            const std::size_t length = end + 1 - here_;
            push(Token::Kind::mark, std::string(text_.substr(here_, length)), length);
        } else {
            for (const std::string_view mark : kMarks) {
                if (!text_.substr(here_).starts_with(mark)) continue;
                return push(Token::Kind::mark, std::string(mark), mark.size());
            }
            fail(1, "'" + std::string(1, c) + "' means nothing here");
        }
    }

    void read_number() {
        std::size_t end = here_;
        while (is_digit(at(end)) || at(end) == '.') ++end;
        if (at(end) == 'e' || at(end) == 'E') {
            std::size_t digits = end + 1;
            if (at(digits) == '+' || at(digits) == '-') ++digits;
            if (is_digit(at(digits))) {
                end = digits;
                while (is_digit(at(end))) ++end;
            }
        }
        while (begins_name(at(end)) || is_digit(at(end))) ++end;  // whoever reads it will mind
        push(Token::Kind::number, std::string(text_.substr(here_, end - here_)), end - here_);
    }

    void read_string(char quote) {
        std::string value;
        for (std::size_t end = here_ + 1; end < text_.size(); ++end) {
            char c = text_[end];
            if (c == quote) return push(Token::Kind::string, std::move(value), end + 1 - here_);
            if (c == '\\' && quote != '`') {
                c = at(++end);
                if (c == 'n') c = '\n';
                if (c == 't') c = '\t';
            }
            value += c;
        }
        fail(1, "the string is never closed");
    }

    std::string_view text_;
    std::size_t here_ = 0;
    Tokens result_;
};

}  // namespace

Tokens tokens_of(std::string_view text) { return Reader(text).read(); }

}  // namespace shaketable
