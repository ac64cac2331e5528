// SPDX-License-Identifier: MIT
//
// Data as text: EDN, in which Jepsen writes, and JSON. One form at a time, with its place.
//
// Intuition: both are atoms in nested brackets. They differ in what a colon is, which atoms have
// names, and that JSON insists on its commas; EDN takes a comma for a space.
//
// Not read: EDN's meaning of tags. A tagged form (`#inst "..."`) is what follows the tag.
// Source: github.com/edn-format/edn; RFC 8259.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable::history {

enum class Notation : std::uint8_t { edn, json };

struct Form {
    enum class Kind : std::uint8_t { nil, atom, integer, text, keyword, list, map };
    Kind kind = Kind::nil;
    std::string word;         // of text and keyword without quotes and colon
    std::vector<Form> items;  // of a list (vector, set); of a map keys and values in turn
    std::size_t at = 0;       // offset in the text

    bool is(Kind other) const { return kind == other; }
    // The value of a map's key, which may be a keyword or a text.
    const Form* find(std::string_view key) const;
    // The same for equal forms: "nil", "3", "[1 2]", "\"a\"".
    std::string written() const;
};

class SyntaxError : public std::runtime_error {
public:
    SyntaxError(std::size_t at, const std::string& message, std::string hint = "")
        : std::runtime_error(message), at_(at), hint_(std::move(hint)) {}
    std::size_t at() const { return at_; }
    const std::string& hint() const { return hint_; }

private:
    std::size_t at_;
    std::string hint_;
};

class FormReader {
public:
    // REQUIRES: the text outlives this.
    FormReader(std::string_view text, Notation notation, std::size_t from = 0)
        : text_(text), notation_(notation), at_(from) {}

    // The next form; nothing at the text's end. Throws SyntaxError.
    std::optional<Form> next() { return next(0); }
    // Steps into a list that comes next: next() gives its elements then, and leave() checks that it
    // was closed.
    bool enter();
    void leave();

    std::size_t offset() const { return at_; }

private:
    std::optional<Form> next(int depth);
    Form sequence(char close, Form::Kind kind, int depth);
    Form text_literal();
    Form word();
    void skip_blank();
    void escape(std::string& into, std::size_t start);
    bool ends() const { return at_ >= text_.size(); }
    char peek() const { return text_[at_]; }

    std::string_view text_;
    Notation notation_;
    std::size_t at_;
    std::size_t entered_ = 0;
    char close_ = 0;  // of the list that was entered
};

}  // namespace shaketable::history
