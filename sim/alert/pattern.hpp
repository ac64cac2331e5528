// SPDX-License-Identifier: MIT
//
// A regular expression on the whole of a label's value, for =~ and !~.
//
// Prometheus has RE2, this is ECMAScript's: alternatives, classes, groups, * + ? and counts mean
// the same; flags such as (?i) are refused here.
#pragma once

#include <memory>
#include <regex>
#include <string>

namespace shaketable {

struct Pattern {
    std::regex regex;
};

// Null if it is none.
std::shared_ptr<const Pattern> compile_pattern(const std::string& text);
bool matches(const Pattern& pattern, const std::string& value);

}  // namespace shaketable
