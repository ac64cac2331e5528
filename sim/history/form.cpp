// SPDX-License-Identifier: MIT
#include "sim/history/form.hpp"

#include <algorithm>

namespace shaketable::history {
namespace {

constexpr int kDeepest = 64;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char closing(char open) { return open == '(' ? ')' : open == '[' ? ']' : '}'; }
bool ends_word(char c) {
    return is_blank(c) || c == ',' || c == '"' || c == ';' || c == '(' || c == ')' || c == '[' ||
           c == ']' || c == '{' || c == '}';
}

bool is_integer(std::string_view word) {
    if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
    return !word.empty() && std::all_of(word.begin(), word.end(), is_digit);
}

void add_utf8(std::string& into, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { into += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xc0U | (code >> 6U));
        byte(0x80U | (code & 0x3fU));
    } else {
        byte(0xe0U | (code >> 12U));
        byte(0x80U | ((code >> 6U) & 0x3fU));
        byte(0x80U | (code & 0x3fU));
    }
}

}  // namespace

const Form* Form::find(std::string_view key) const {
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        const bool name = items[i].is(Kind::keyword) || items[i].is(Kind::text);
        if (name && items[i].word == key) return &items[i + 1];
    }
    return nullptr;
}

std::string Form::written() const {
    switch (kind) {
        case Kind::nil: return "nil";
        case Kind::atom:
        case Kind::integer: return word;
        case Kind::keyword: return ":" + word;
        case Kind::text: return '"' + word + '"';
        case Kind::list:
        case Kind::map: break;
    }
    std::string all(1, kind == Kind::list ? '[' : '{');
    for (const Form& item : items) {
        if (all.size() > 1) all += ' ';
        all += item.written();
    }
    return all + (kind == Kind::list ? ']' : '}');
}

void FormReader::skip_blank() {
    for (; !ends(); ++at_) {
        if (is_blank(peek())) continue;
        if (notation_ == Notation::json) return;
        if (peek() == ',') continue;
        if (peek() != ';') return;
        while (!ends() && peek() != '\n') ++at_;
        if (ends()) return;
    }
}

bool FormReader::enter() {
    skip_blank();
    if (ends() || (peek() != '[' && peek() != '(')) return false;
    entered_ = at_;
    close_ = closing(text_[at_++]);
    return true;
}

void FormReader::leave() {
    skip_blank();
    if (ends()) {
        throw SyntaxError(entered_, std::string("the '") + text_[entered_] + "' is never closed",
                          "is the file cut off?");
    }
    ++at_;
    close_ = 0;
}

std::optional<Form> FormReader::next(int depth) {
    for (;;) {
        skip_blank();
        // Between the elements of a list that was entered.
        if (depth == 0 && notation_ == Notation::json && close_ != 0 && !ends() && peek() == ',') {
            ++at_;
            continue;
        }
        if (ends() || (depth == 0 && close_ != 0 && peek() == close_)) return std::nullopt;
        if (depth > kDeepest) throw SyntaxError(at_, "brackets are nested deeper than 64 times");
        const std::size_t start = at_;
        const char c = peek();
        if (c == '#' && notation_ == Notation::edn) {
            ++at_;
            if (!ends() && peek() == '{') continue;  // a set
            if (!ends() && (peek() == '[' || peek() == '(')) continue;
            const bool discards = !ends() && peek() == '_';
            if (discards) ++at_;
            if (!discards) word();
            if (!discards) continue;
            if (!next(depth + 1)) throw SyntaxError(start, "nothing follows the '#_'");
            continue;
        }
        Form form;
        if (c == '(' || c == '[' || c == '{') {
            const bool is_set = c == '{' && start > 0 && text_[start - 1] == '#';
            ++at_;
            form = sequence(closing(c), c == '{' && !is_set ? Form::Kind::map : Form::Kind::list,
                            depth);
        } else if (c == ')' || c == ']' || c == '}') {
            throw SyntaxError(start, std::string("this '") + c + "' closes nothing");
        } else {
            form = c == '"' ? text_literal() : word();
        }
        form.at = start;
        return form;
    }
}

Form FormReader::sequence(char close, Form::Kind kind, int depth) {
    const std::size_t start = at_ - 1;
    const bool json = notation_ == Notation::json;
    const auto unclosed = [&] {
        return SyntaxError(start, std::string("the '") + text_[start] + "' is never closed",
                           "is the file cut off?");
    };
    Form form;
    form.kind = kind;
    for (;;) {
        skip_blank();
        if (ends()) throw unclosed();
        if (peek() == close) break;
        if (peek() == ')' || peek() == ']' || peek() == '}') {
            throw SyntaxError(
                at_, std::string("this '") + peek() + "' does not close a '" + text_[start] + "'");
        }
        const bool value = kind == Form::Kind::map && form.items.size() % 2 == 1;
        if (json && !form.items.empty()) {
            const char expected = value ? ':' : ',';
            if (peek() != expected) {
                throw SyntaxError(at_, std::string("a '") + expected + "' is missing here");
            }
            ++at_;
        }
        std::optional<Form> item = next(depth + 1);
        if (!item) throw unclosed();
        if (json && kind == Form::Kind::map && !value && !item->is(Form::Kind::text)) {
            throw SyntaxError(item->at, "a key of JSON is a text in quotes");
        }
        form.items.push_back(std::move(*item));
    }
    if (kind == Form::Kind::map && form.items.size() % 2 == 1) {
        throw SyntaxError(form.items.back().at, "this key has no value");
    }
    ++at_;
    return form;
}

void FormReader::escape(std::string& into, std::size_t start) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t which = ends() ? std::string_view::npos : kEscapes.find(peek());
    if (which != std::string_view::npos) {
        into += kMeanings[which];
        ++at_;
        return;
    }
    if (ends() || peek() != 'u' || text_.size() - at_ < 5) {
        throw SyntaxError(ends() ? start : at_ - 1, "unknown escape in a text");
    }
    std::uint32_t code = 0;
    for (std::size_t i = 1; i <= 4; ++i) {
        const char c = text_[at_ + i];
        const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!is_digit(c) && !letter) {
            throw SyntaxError(at_ - 1, "\\u needs four hexadecimal digits");
        }
        code = code * 16 + (is_digit(c) ? static_cast<std::uint32_t>(c - '0')
                                        : static_cast<std::uint32_t>((c | 0x20) - 'a' + 10));
    }
    add_utf8(into, code);
    at_ += 5;
}

Form FormReader::text_literal() {
    const std::size_t start = at_++;
    Form form;
    form.kind = Form::Kind::text;
    for (;;) {
        if (ends()) throw SyntaxError(start, "the text is never closed", "is the file cut off?");
        const char c = text_[at_++];
        if (c == '"') return form;
        if (c == '\\') {
            escape(form.word, start);
        } else {
            form.word += c;
        }
    }
}

Form FormReader::word() {
    const std::size_t start = at_;
    if (ends()) throw SyntaxError(start - 1, "nothing follows this");
    if (peek() == '\\' && notation_ == Notation::edn) at_ += text_.size() - at_ > 1 ? 2 : 1;
    while (!ends() && !ends_word(peek()) && !(notation_ == Notation::json && peek() == ':')) ++at_;
    std::string_view word = text_.substr(start, at_ - start);
    if (word.empty()) {
        throw SyntaxError(start, std::string("a '") + text_[start] + "' has no place here");
    }
    Form form;
    form.at = start;
    if (notation_ == Notation::json) {
        const bool number = is_digit(word.back()) && (is_digit(word[0]) || word[0] == '-');
        if (word != "null" && word != "true" && word != "false" && !number) {
            throw SyntaxError(start, "'" + std::string(word) + "' is no value of JSON");
        }
    }
    if (word[0] == ':' && word.size() > 1) {
        form.kind = Form::Kind::keyword;
        word.remove_prefix(1);
    } else if (word == "nil" || word == "null") {
        return form;
    } else {
        std::string_view digits = word;
        if (digits.ends_with('N')) digits.remove_suffix(1);
        form.kind = is_integer(digits) ? Form::Kind::integer : Form::Kind::atom;
        if (form.is(Form::Kind::integer)) word = digits;
        if (form.is(Form::Kind::integer) && word[0] == '+') word.remove_prefix(1);
    }
    form.word = word;
    return form;
}

}  // namespace shaketable::history
