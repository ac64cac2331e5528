// SPDX-License-Identifier: MIT
#include "core/base/check.hpp"

#include <string>

#include "tests/catch.hpp"

TEST_CASE("check: what holds passes, what doesn't throws the promise and its place") {
    CHECK_NOTHROW(novacron::check(true, "the sky is up"));
    std::string text;
    try {
        novacron::check(false, "the sky is up");
    } catch (const novacron::BugError& error) {
        text = error.what();
    }
    CHECK(text.find("the sky is up") == 0);
    CHECK(text.find("check_test.cpp:") != std::string::npos);
}
