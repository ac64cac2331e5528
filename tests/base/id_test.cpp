// SPDX-License-Identifier: MIT
#include "core/base/id.hpp"

#include <concepts>

#include "tests/catch.hpp"

namespace {

using namespace novacron;

}  // namespace

TEST_CASE("id: one kind never converts to, or compares with, another") {
    STATIC_REQUIRE_FALSE(std::convertible_to<NodeId, ClientId>);
    STATIC_REQUIRE_FALSE(std::convertible_to<Term, LogIndex>);
    STATIC_REQUIRE_FALSE(std::equality_comparable_with<NodeId, ClientId>);
    STATIC_REQUIRE_FALSE(std::equality_comparable_with<Term, LogIndex>);
    STATIC_REQUIRE_FALSE(std::convertible_to<std::uint64_t, Term>);
    STATIC_REQUIRE_FALSE(std::convertible_to<Term, std::uint64_t>);
}

TEST_CASE("id: one that was not set names nobody, and node 0 is somebody") {
    CHECK(NodeId{} == NodeId::none());
    CHECK(NodeId{}.is_none());
    CHECK_FALSE(NodeId{0}.is_none());
    CHECK(NodeId{0} < NodeId{1});
    CHECK(NodeId{1} < NodeId::none());
}

TEST_CASE("ordinal: it counts from zero and moves by whole numbers") {
    LogIndex index;
    CHECK(index == LogIndex{0});
    ++index;
    CHECK(index + 2 == LogIndex{3});
    CHECK(LogIndex{3} - 2 == index);
    CHECK(LogIndex{7} - LogIndex{3} == 4);
    CHECK(Term{2} < Term{10});
}
