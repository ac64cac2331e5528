// SPDX-License-Identifier: MIT
#include "core/base/bytes.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "tests/catch.hpp"

namespace {

using novacron::Bytes;

Bytes bytes_of(std::string_view text) { return Bytes(std::as_bytes(std::span(text))); }

}  // namespace

TEST_CASE("bytes: they hold a copy of what they were made of") {
    std::array<std::byte, 3> source = {std::byte{1}, std::byte{2}, std::byte{3}};
    const Bytes bytes(source);
    source[0] = std::byte{9};
    REQUIRE(bytes.size() == 3);
    CHECK(bytes.view()[0] == std::byte{1});
    CHECK(bytes.view()[2] == std::byte{3});
}

TEST_CASE("bytes: a copy shares the buffer and outlives the original") {
    Bytes copy;
    {
        const Bytes original = bytes_of("hello");
        copy = original;
        CHECK(copy.view().data() == original.view().data());
    }
    CHECK(copy == bytes_of("hello"));
}

TEST_CASE("bytes: moving leaves the source empty, assigning to oneself changes nothing") {
    Bytes a = bytes_of("hello");
    Bytes b = std::move(a);
    CHECK(a.empty());  // NOLINT(bugprone-use-after-move): that is the claim
    CHECK(b.size() == 5);
    const Bytes& same = b;
    b = same;
    CHECK(b == bytes_of("hello"));
}

TEST_CASE("bytes: they are equal by content, not by buffer") {
    CHECK(bytes_of("abc") == bytes_of("abc"));
    CHECK_FALSE(bytes_of("abc") == bytes_of("abd"));
    CHECK_FALSE(bytes_of("abc") == bytes_of("ab"));
    CHECK_FALSE(bytes_of("abc") == Bytes());
}

TEST_CASE("bytes: nothing is nothing, however it was made") {
    const Bytes none;
    const Bytes of_nothing = bytes_of("");
    CHECK(none == of_nothing);
    CHECK(of_nothing.empty());
    CHECK(of_nothing.view().empty());
    CHECK(of_nothing.size() == 0);
}
