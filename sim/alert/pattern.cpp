// SPDX-License-Identifier: MIT
#include "sim/alert/pattern.hpp"

namespace shaketable {

std::shared_ptr<const Pattern> compile_pattern(const std::string& text) {
    // As in RE2 a group that begins with ? is something else; here it would be a lookahead.
    if (text.find("(?") != std::string::npos && text.find("(?:") == std::string::npos) return {};
    try {
        return std::make_shared<const Pattern>(Pattern{std::regex(text, std::regex::ECMAScript)});
    } catch (const std::regex_error&) {
        return {};
    }
}

bool matches(const Pattern& pattern, const std::string& value) {
    return std::regex_match(value, pattern.regex);
}

}  // namespace shaketable
