// SPDX-License-Identifier: MIT
#include "sim/record/member_sets.hpp"

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace shaketable;
using novacron::NodeId;

namespace {

NodeSet set(std::initializer_list<std::uint32_t> nodes) {
    NodeSet result;
    for (const std::uint32_t node : nodes) result.add(NodeId{node});
    return result;
}

// The bits of a number below 2^8 are nodes on both sides of the word's end.
NodeSet spread(std::uint64_t bits) {
    NodeSet result;
    for (std::uint32_t i = 0; i < 8; ++i) {
        if ((bits >> i & 1U) != 0) result.add(NodeId{60 + i});
    }
    return result;
}

}  // namespace

TEST_CASE("member sets: a set knows its nodes, in both of its words") {
    const NodeSet some = set({0, 63, 64, 98});
    CHECK(some.size() == 4);
    CHECK(some.contains(NodeId{63}));
    CHECK(some.contains(NodeId{64}));
    CHECK_FALSE(some.contains(NodeId{65}));
    CHECK_FALSE(some.contains(NodeId::none()));
    CHECK((some & set({64, 1})) == set({64}));
    CHECK((some | set({1})).size() == 5);
    CHECK((some - set({0, 98})) == set({63, 64}));
    CHECK(NodeSet::first(3) == set({0, 1, 2}));
    CHECK(NodeSet{}.empty());
    CHECK_FALSE(set({70}).empty());
}

TEST_CASE("member sets: a quorum is a majority of the voters, and of the outgoing ones") {
    const MemberSets plain{set({0, 1, 2}), {}, set({3, 4})};
    CHECK(plain.has_quorum(set({0, 2})));
    CHECK_FALSE(plain.has_quorum(set({0, 3, 4})));
    const MemberSets joint{set({0, 3, 4}), set({0, 1, 2}), {}, true};
    CHECK(joint.has_quorum(set({0, 1, 3})));
    CHECK_FALSE(joint.has_quorum(set({0, 3, 4})));
    CHECK_FALSE(joint.has_quorum(set({0, 1, 2})));
    CHECK_FALSE(MemberSets{}.has_quorum(set({0, 1, 2})));
    CHECK(plain.decides(NodeId{0}));
    CHECK_FALSE(plain.decides(NodeId{3}));
    CHECK(plain.contains(NodeId{3}));
    CHECK(joint.decides(NodeId{1}));
}

// Against all pairs of quorums there are. The formula asks for a pair of parts that meet, which a
// joint configuration may do without in theory; so it may say no wrongly there, and never yes.
TEST_CASE("member sets: quorums meet exactly if no two of them are disjoint") {
    novacron::Random random(1);
    std::size_t met = 0;
    for (int round = 0; round < 300; ++round) {
        const auto draw = [&] { return spread(random.below(256)); };
        MemberSets a{draw(), {}, {}};
        MemberSets b{draw(), {}, {}};
        if (random.below(2) == 0) a.outgoing = draw();
        if (random.below(2) == 0) b.outgoing = draw();
        if (a.voters.empty() || b.voters.empty()) continue;
        bool disjoint = false;
        for (std::uint64_t x = 0; x < 256 && !disjoint; ++x) {
            if (!a.has_quorum(spread(x))) continue;
            disjoint = b.has_quorum(spread(~x & 255U));
        }
        const bool plain = !a.is_joint() && !b.is_joint();
        met += quorums_meet(a, b) ? 1 : 0;
        if (plain) CHECK(quorums_meet(a, b) == !disjoint);
        if (disjoint) CHECK_FALSE(quorums_meet(a, b));
    }
    CHECK(met > 20);
}
