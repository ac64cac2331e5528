// SPDX-License-Identifier: MIT
#include "core/raft/configuration.hpp"

#include "core/base/random.hpp"
#include "core/raft/quorum.hpp"
#include "tests/catch.hpp"

namespace novacron::raft {
namespace {

using Kind = MemberChange::Kind;
using Nodes = std::vector<NodeId>;

Nodes nodes(std::initializer_list<std::uint32_t> values) {
    Nodes list;
    for (const std::uint32_t value : values) list.push_back(NodeId{value});
    return list;
}
Configuration of(std::initializer_list<std::uint32_t> voters,
                 std::initializer_list<std::uint32_t> learners = {}) {
    return {nodes(voters), {}, nodes(learners), {}, false};
}
Configuration after(const Configuration& from, std::vector<MemberChange> members,
                    JointPhase joint = JointPhase::if_needed) {
    return std::get<Configuration>(changed(from, {std::move(members), joint}));
}
ChangeRefusal refusal(const Configuration& from, std::vector<MemberChange> members) {
    return std::get<ChangeRefusal>(changed(from, {std::move(members), JointPhase::if_needed}));
}
constexpr MemberChange change(Kind kind, std::uint32_t node) { return {kind, NodeId{node}}; }

// Each of six servers is, by three bits, in some of a configuration's lists and among the agreeing.
bool agrees(std::uint32_t set, NodeId node) { return (set >> node.value & 1U) != 0; }
bool is_quorum(const Configuration& configuration, std::uint32_t set) {
    Tally tally;
    for (const NodeId node : configuration.members()) {
        if (agrees(set, node)) tally.add(seat_of(node, configuration));
    }
    return tally.reaches(quorum_of(configuration));
}
// The definition, word for word: more than half of each list of voters.
bool is_majority(const Nodes& voters, std::uint32_t set) {
    std::size_t count = 0;
    for (const NodeId node : voters) count += agrees(set, node) ? 1U : 0U;
    return 2 * count > voters.size();
}

constexpr std::uint32_t kServers = 6;
Configuration any_configuration(Random& random) {
    for (;;) {
        Configuration configuration;
        for (std::uint32_t i = 0; i < kServers; ++i) {
            const std::uint64_t part = random.below(3);
            if (part == 0) configuration.voters.push_back(NodeId{i});
            if (part == 1) configuration.learners.push_back(NodeId{i});
        }
        if (configuration.is_valid() && !configuration.voters.empty()) return configuration;
    }
}
ConfigurationChange any_change(Random& random) {
    ConfigurationChange any;
    const std::uint64_t count = 1 + random.below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto kind = static_cast<Kind>(random.below(5));
        any.members.push_back({kind, NodeId{static_cast<std::uint32_t>(random.below(kServers))}});
    }
    any.joint = static_cast<JointPhase>(random.below(3));
    return any;
}
// Throws if a quorum of the one and one of the other are strangers.
void check_quorums_meet(const Configuration& a, const Configuration& b) {
    for (std::uint32_t set = 0; set < 1U << kServers; ++set) {
        REQUIRE_FALSE((is_quorum(a, set) && is_quorum(b, ~set)));
    }
}

}  // namespace

TEST_CASE("configuration: one vote changes in one step, and learners as many as you like") {
    CHECK(after(of({0, 1, 2}), {change(Kind::add_voter, 3)}) == of({0, 1, 2, 3}));
    CHECK(after(of({0, 1, 2}), {change(Kind::remove, 1)}) == of({0, 2}));
    CHECK(after(of({0, 1}, {5}), {change(Kind::promote, 5)}) == of({0, 1, 5}));
    CHECK(after(of({0, 1}, {5}), {change(Kind::demote, 0)}) == of({1}, {0, 5}));
    CHECK(after(of({0}, {4}), {change(Kind::add_learner, 1), change(Kind::add_learner, 2),
                               change(Kind::remove, 4)}) == of({0}, {1, 2}));
}

TEST_CASE("configuration: several votes change by a joint phase, the demoted keep theirs in it") {
    const Configuration joint =
        after(of({0, 1, 2}), {change(Kind::add_voter, 3), change(Kind::demote, 0)});
    CHECK(joint == Configuration{nodes({1, 2, 3}), nodes({0, 1, 2}), {}, nodes({0}), true});
    CHECK(joint.decides(NodeId{0}));
    CHECK(std::get<Configuration>(left(joint)) == of({1, 2, 3}, {0}));
}

TEST_CASE("configuration: a joint phase may be asked for, and be left by hand") {
    const std::vector<MemberChange> one = {change(Kind::remove, 2)};
    CHECK(after(of({0, 1, 2}), one, JointPhase::always).auto_leave);
    CHECK(after(of({0, 1, 2}), one, JointPhase::until_left) ==
          Configuration{nodes({0, 1}), nodes({0, 1, 2}), {}, {}, false});
}

TEST_CASE("configuration: a change that makes no sense is refused with the reason") {
    const Configuration group = of({0, 1}, {5});
    CHECK(refusal(group, {}) == ChangeRefusal::nothing_to_change);
    CHECK(refusal(group, {change(Kind::add_voter, 1)}) == ChangeRefusal::already_member);
    CHECK(refusal(group, {change(Kind::add_learner, 5)}) == ChangeRefusal::already_member);
    CHECK(refusal(group, {change(Kind::promote, 1)}) == ChangeRefusal::not_learner);
    CHECK(refusal(group, {change(Kind::demote, 5)}) == ChangeRefusal::not_voter);
    CHECK(refusal(group, {change(Kind::remove, 7)}) == ChangeRefusal::not_member);
    CHECK(refusal(group, {change(Kind::remove, 0), change(Kind::add_voter, 0)}) ==
          ChangeRefusal::named_twice);
    CHECK(refusal(of({0}), {change(Kind::remove, 0)}) == ChangeRefusal::no_voter_left);
    CHECK(std::get<ChangeRefusal>(left(group)) == ChangeRefusal::not_joint);
    const Configuration joint =
        after(group, {change(Kind::promote, 5)}, JointPhase::until_left);
    CHECK(refusal(joint, {change(Kind::remove, 0)}) == ChangeRefusal::still_joint);
    Configuration full;
    for (std::uint32_t i = 0; i < kMaxVoters; ++i) full.voters.push_back(NodeId{i});
    CHECK(refusal(full, {change(Kind::add_voter, kMaxVoters)}) == ChangeRefusal::too_many_members);
}

// A change and what comes of it, in a row of a table: members after it, or why not.
struct Row {
    std::vector<MemberChange> changes;
    JointPhase joint = JointPhase::if_needed;
    ChangeAnswer answer;
};
void check_rows(const Configuration& from, const std::vector<Row>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(i);
        CHECK(changed(from, {rows[i].changes, rows[i].joint}) == rows[i].answer);
    }
}

TEST_CASE("configuration: what is so already is refused, and named, not passed over") {
    check_rows(of({0, 1}, {5}),
               {{{change(Kind::add_voter, 0)}, {}, ChangeRefusal::already_member},
                {{change(Kind::add_voter, 5)}, {}, ChangeRefusal::already_member},
                {{change(Kind::add_learner, 0)}, {}, ChangeRefusal::already_member},
                {{change(Kind::add_learner, 5)}, {}, ChangeRefusal::already_member},
                {{change(Kind::promote, 0)}, {}, ChangeRefusal::not_learner},
                {{change(Kind::promote, 7)}, {}, ChangeRefusal::not_learner},
                {{change(Kind::demote, 5)}, {}, ChangeRefusal::not_voter},
                {{change(Kind::demote, 7)}, {}, ChangeRefusal::not_voter},
                {{change(Kind::remove, 7)}, {}, ChangeRefusal::not_member},
                {{}, JointPhase::always, ChangeRefusal::nothing_to_change}});
}

TEST_CASE("configuration: promoted and demoted, again and again, there is nobody twice") {
    Configuration now = of({0}, {1});
    for (int i = 0; i < 3; ++i) {
        now = after(now, {change(Kind::promote, 1)});
        CHECK(now == of({0, 1}));
        now = after(now, {change(Kind::demote, 1)});
        CHECK(now == of({0}, {1}));
    }
    CHECK(refusal(now, {change(Kind::demote, 0)}) == ChangeRefusal::no_voter_left);
    CHECK(after(after(now, {change(Kind::promote, 1)}), {change(Kind::demote, 0)}) == of({1}, {0}));
}

TEST_CASE("configuration: more than one vote makes a joint phase, whoever asks for what") {
    const Configuration from = of({0, 1, 2}, {5});
    for (const std::vector<MemberChange>& two :
         {std::vector{change(Kind::add_voter, 3), change(Kind::add_voter, 4)},
          std::vector{change(Kind::remove, 0), change(Kind::remove, 1)},
          std::vector{change(Kind::add_voter, 3), change(Kind::remove, 0)},
          std::vector{change(Kind::promote, 5), change(Kind::demote, 0)},
          std::vector{change(Kind::demote, 0), change(Kind::remove, 1)}}) {
        const Configuration to = after(from, two);
        CHECK(to.outgoing == from.voters);
        CHECK(to.auto_leave);
        CHECK_FALSE(after(from, two, JointPhase::until_left).auto_leave);
    }
    // One vote and any number of learners make none.
    CHECK_FALSE(after(from, {change(Kind::add_voter, 3), change(Kind::add_learner, 4),
                             change(Kind::remove, 5)}).is_joint());
}

TEST_CASE("configuration: who is demoted in a joint phase is a learner when it is left") {
    const Configuration joint = after(of({0, 1}, {5}),
                                      {change(Kind::demote, 1), change(Kind::add_voter, 2),
                                       change(Kind::add_learner, 3), change(Kind::remove, 5)});
    CHECK(joint ==
          Configuration{nodes({0, 2}), nodes({0, 1}), nodes({3}), nodes({1}), true});
    CHECK(std::get<Configuration>(left(joint)) == of({0, 2}, {1, 3}));
    // Who was a learner before needs no such wait.
    CHECK(after(of({0, 1}, {5}), {change(Kind::promote, 5)}, JointPhase::always).learners_next ==
          nodes({}));
}

TEST_CASE("configuration: a joint phase is entered once, left once, and not changed within") {
    for (const JointPhase phase : {JointPhase::always, JointPhase::until_left}) {
        const Configuration joint = after(of({0}), {change(Kind::add_voter, 1)}, phase);
        check_rows(joint, {{{change(Kind::add_voter, 2)}, {}, ChangeRefusal::still_joint},
                           {{change(Kind::add_learner, 2)}, {}, ChangeRefusal::still_joint},
                           {{}, phase, ChangeRefusal::still_joint},
                           {{change(Kind::add_voter, 2)}, phase, ChangeRefusal::still_joint}});
        const ChangeAnswer end = left(joint);
        CHECK(std::get<Configuration>(end) == of({0, 1}));
        CHECK(left(std::get<Configuration>(end)) == ChangeAnswer(ChangeRefusal::not_joint));
    }
    CHECK(left(Configuration{}) == ChangeAnswer(ChangeRefusal::not_joint));
}

TEST_CASE("configuration: nobody is no member, and is refused as one") {
    const NodeId nobody = NodeId::none();
    for (const Kind kind :
         {Kind::add_voter, Kind::add_learner, Kind::promote, Kind::demote, Kind::remove}) {
        CHECK(refusal(of({0, 1}, {5}), {{kind, nobody}}) == ChangeRefusal::nothing_to_change);
    }
    Configuration with = of({0});
    with.learners.push_back(nobody);
    CHECK_FALSE(with.is_valid());
    CHECK_FALSE(decode_configuration(encode(with).view()).has_value());
}

TEST_CASE("quorum: is a majority of each list of voters, and of no voters nobody") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        Configuration configuration = any_configuration(random);
        const ChangeAnswer answer = changed(configuration, any_change(random));
        if (const auto* next = std::get_if<Configuration>(&answer)) configuration = *next;
        for (std::uint32_t set = 0; set < 1U << kServers; ++set) {
            REQUIRE(is_quorum(configuration, set) ==
                    (is_majority(configuration.voters, set) &&
                     (!configuration.is_joint() || is_majority(configuration.outgoing, set))));
        }
    }
    CHECK_FALSE(is_quorum(Configuration{}, ~0U));
}

TEST_CASE("configuration: every change is to a valid one whose quorums meet those before") {
    std::uint32_t made = 0;
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Configuration from = any_configuration(random);
        const ChangeAnswer answer = changed(from, any_change(random));
        const auto* to = std::get_if<Configuration>(&answer);
        if (to == nullptr) continue;
        ++made;
        REQUIRE(to->is_valid());
        check_quorums_meet(from, *to);
        if (!to->is_joint()) continue;
        const auto end = std::get<Configuration>(left(*to));
        REQUIRE(end.is_valid());
        check_quorums_meet(*to, end);
    }
    CHECK(made > 100);
}

TEST_CASE("configuration: comes back from its bytes, and no other bytes are taken") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        Configuration configuration = any_configuration(random);
        const ChangeAnswer answer = changed(configuration, any_change(random));
        if (const auto* next = std::get_if<Configuration>(&answer)) configuration = *next;
        const Bytes bytes = encode(configuration);
        REQUIRE(decode_configuration(bytes.view()) == configuration);
        std::vector<std::byte> other(bytes.view().begin(), bytes.view().end());
        other[random.below(other.size())] ^= static_cast<std::byte>(1U << random.below(8));
        if (const auto decoded = decode_configuration(other)) {
            REQUIRE(encode(*decoded) == Bytes(other));
        }
        other.pop_back();
        REQUIRE_FALSE(decode_configuration(other).has_value());
    }
}

}  // namespace novacron::raft
