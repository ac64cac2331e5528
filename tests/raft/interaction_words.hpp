// SPDX-License-Identifier: MIT
//
// The words of a command, taken from the front and turned into values.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/raft/interaction.hpp"
#include "tests/raft/messages.hpp"

namespace novacron::raft {

[[noreturn]] inline void fail(const std::string& what) { throw ScriptError(what); }
[[noreturn]] inline void fail_at(const std::string& name, std::size_t line,
                                 const std::string& what) {
    fail(name + ":" + std::to_string(line) + ": " + what);
}

class Words {
public:
    explicit Words(std::string_view text = {}) {
        std::istringstream stream{std::string(text)};
        for (std::string word; stream >> word;) words_.push_back(word);
    }

    bool empty() const { return at_ == words_.size(); }
    // REQUIRES: not empty().
    const std::string& front() const { return words_[at_]; }
    std::string take(const char* what) {
        if (empty()) fail(std::string("here comes ") + what);
        return words_[at_++];
    }
    void take_word(std::string_view word) {
        const std::string given = take("a word");
        if (given != word) fail("'" + std::string(word) + "' is expected, not '" + given + "'");
    }
    std::pair<std::string, std::string> take_pair(const char* what) {
        const std::string word = take(what);
        const std::size_t sign = word.find('=');
        if (sign == std::string::npos) fail("'" + word + "' is no key=value");
        return {word.substr(0, sign), word.substr(sign + 1)};
    }
    // The number that comes here, or the value where nothing does.
    std::uint64_t take_number(const char* what, std::uint64_t otherwise) {
        return empty() ? otherwise : number(take(what));
    }

    static std::uint64_t number(const std::string& word) {
        std::size_t end = 0;
        std::uint64_t value = 0;
        try {
            value = std::stoull(word, &end);
        } catch (const std::exception&) {
            end = 0;
        }
        if (end != word.size() || word.empty()) fail("'" + word + "' is no number");
        return value;
    }
    static Duration time(const std::string& word) {
        if (!word.ends_with("ms")) fail("'" + word + "' is no time, such as 50ms");
        const std::uint64_t value = number(word.substr(0, word.size() - 2));
        return milliseconds(static_cast<std::int64_t>(value));
    }
    static bool truth(const std::string& word) {
        if (word != "true" && word != "false") fail("'" + word + "' is neither true nor false");
        return word == "true";
    }
    static LogPosition position(const std::string& word) {
        const std::size_t dot = word.find('.');
        if (dot == std::string::npos) fail("'" + word + "' is no position, such as 2.5");
        return {Term{number(word.substr(0, dot))}, LogIndex{number(word.substr(dot + 1))}};
    }
    // Of so many servers, from 0.
    static std::uint32_t server(const std::string& word, std::uint64_t count) {
        const bool named = word.size() >= 2 && word[0] == 'S';
        const std::uint64_t n = named ? number(word.substr(1)) : 0;
        if (n < 1 || n > count) fail("'" + word + "' is no server, such as S1");
        return static_cast<std::uint32_t>(n - 1);
    }

private:
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

}  // namespace novacron::raft
