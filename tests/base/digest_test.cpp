// SPDX-License-Identifier: MIT
#include "core/base/digest.hpp"

#include <set>
#include <vector>

#include "tests/catch.hpp"

namespace {

using novacron::Digest;
using novacron::stir;

std::uint64_t digest_of(const std::vector<std::uint64_t>& words) {
    Digest digest;
    for (const std::uint64_t word : words) digest.add(word);
    return digest.value();
}

}  // namespace

TEST_CASE("digest: the value of a sequence is this one, on every platform") {
    STATIC_REQUIRE(stir(0, 0) == 0xd6cb8892a926a943U);
    STATIC_REQUIRE(stir(1, 2) == 0xc8b7f534790f4c6eU);
    CHECK(digest_of({1, 2, 3}) == 0x1b2bb1df5d3c9bedU);
    Digest text;
    text.add("shaketable");
    CHECK(text.value() == 0x0250b274199f8dd8U);
}

TEST_CASE("digest: a change, a swap, an omission and a repetition all show") {
    std::set<std::uint64_t> seen;
    seen.insert(digest_of({1, 2, 3}));
    seen.insert(digest_of({1, 2, 4}));
    seen.insert(digest_of({2, 1, 3}));
    seen.insert(digest_of({1, 3, 2}));
    seen.insert(digest_of({1, 2}));
    seen.insert(digest_of({1, 2, 3, 3}));
    seen.insert(digest_of({1, 2, 3, 0}));
    seen.insert(digest_of({0, 1, 2, 3}));
    CHECK(seen.size() == 8);
}

TEST_CASE("digest: the border between two texts shows") {
    Digest a;
    a.add("ab");
    a.add("c");
    Digest b;
    b.add("a");
    b.add("bc");
    CHECK(a.value() != b.value());
}

TEST_CASE("digest: words that make one factor of the product zero do not erase the history") {
    constexpr std::uint64_t kZeroFactor = 0xd1b54a32d192ed03U;  // xored away by `stir`
    Digest a;
    Digest b;
    a.add(1);
    b.add(2);
    a.add(kZeroFactor);
    b.add(kZeroFactor);
    CHECK(a.value() != b.value());
}

TEST_CASE("digest: a hundred thousand short sequences have as many values") {
    std::set<std::uint64_t> seen;
    for (std::uint64_t a = 0; a < 316; ++a) {
        for (std::uint64_t b = 0; b < 316; ++b) seen.insert(digest_of({a, b}));
    }
    CHECK(seen.size() == 316 * 316);
}
