// SPDX-License-Identifier: MIT
//
// Checks that stay on in production. A failed check is a bug of this program, never of its input:
// it throws, so that whoever hosts the code (a run loop, a notebook) can report it and go on.
#pragma once

#include <stdexcept>
#include <string>

namespace novacron {

// Our own bug: what was promised, and where the promise broke.
class BugError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

namespace detail {
[[noreturn]] inline void check_failed(const char* promise, const char* file, int line) {
    throw BugError(std::string(promise) + " [" + file + ":" + std::to_string(line) + "]");
}
}  // namespace detail

// Throws BugError unless `holds`. `promise` says in words what should have held.
constexpr void check(bool holds, const char* promise, const char* file = __builtin_FILE(),
                     int line = __builtin_LINE()) {
    if (!holds) [[unlikely]] detail::check_failed(promise, file, line);
}

}  // namespace novacron
