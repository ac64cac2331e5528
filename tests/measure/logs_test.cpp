// SPDX-License-Identifier: MIT
#include "sim/measure/logs.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::Random;
using novacron::raft::Role;

// A record that says things about a node, each one nanosecond after the one before.
struct Told {
    explicit Told(std::uint32_t nodes) : logs(record, nodes) {}
    template <class F>
    void tell(const F& fact) {
        record.add(Instant{++now}, fact);
    }
    void start(std::uint32_t node, std::uint64_t last) {
        tell(NodeStarted{NodeId{node}, Term{3}, NodeId{}, LogIndex{last}});
    }
    void append(std::uint32_t node, std::uint64_t term, std::uint64_t content) {
        const NodeView& view = logs.node(NodeId{node});
        tell(EntryAppended{NodeId{node}, view.last() + 1, Term{term}, content});
    }
    void commit(std::uint32_t node, std::uint64_t index) {
        tell(CommitAdvanced{NodeId{node}, LogIndex{index}});
    }
    void stop(std::uint32_t node) { tell(NodeStopped{NodeId{node}, StopCause::crash}); }
    const NodeView& node(std::uint32_t id) const { return logs.node(NodeId{id}); }

    Record record;
    Logs logs;
    std::int64_t now = 0;
};

}  // namespace

TEST_CASE("logs: a node's log is what was appended and not cut off") {
    Told told(1);
    told.start(0, 0);
    for (std::uint64_t i = 1; i <= 5; ++i) told.append(0, 1, 10 * i);
    told.tell(LogTruncated{NodeId{0}, LogIndex{4}});
    told.append(0, 2, 99);
    REQUIRE(told.node(0).last() == LogIndex{4});
    REQUIRE(told.node(0).content_at(LogIndex{3}) == 30);
    REQUIRE(told.node(0).content_at(LogIndex{4}) == 99);
    REQUIRE(told.node(0).term_at(LogIndex{3}) == Term{1});
    REQUIRE(told.node(0).term_at(LogIndex{4}) == Term{2});
    REQUIRE(told.node(0).term_at(LogIndex{0}) == Term{});
}

TEST_CASE("logs: prefixes are equal exactly as far as the logs are") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Told told(2);
        using Entries = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
        std::vector<Entries> model(2);
        for (std::uint32_t node = 0; node < 2; ++node) told.start(node, 0);
        for (int i = 0; i < 100; ++i) {
            const auto node = static_cast<std::uint32_t>(random.below(2));
            Entries& entries = model[node];
            if (!entries.empty() && random.below(4) == 0) {
                const std::uint64_t from = 1 + random.below(entries.size());
                told.tell(LogTruncated{NodeId{node}, LogIndex{from}});
                entries.resize(from - 1);
            } else {
                const std::uint64_t term = random.below(2);
                const std::uint64_t content = random.below(2);
                told.append(node, term, content);
                entries.emplace_back(term, content);
            }
        }
        bool equal = true;
        for (std::size_t i = 0; i < std::min(model[0].size(), model[1].size()); ++i) {
            equal = equal && model[0][i] == model[1][i];
            const LogIndex upto{i + 1};
            REQUIRE((told.node(0).prefix(upto) == told.node(1).prefix(upto)) == equal);
        }
        REQUIRE(told.node(0).last() == LogIndex{model[0].size()});
        REQUIRE(told.node(0).prefix(LogIndex{0}) == told.node(1).prefix(LogIndex{0}));
    }
}

TEST_CASE("logs: a node that is down keeps its log, and starts with what its disk kept") {
    Told told(1);
    told.start(0, 0);
    for (std::uint64_t i = 1; i <= 5; ++i) told.append(0, 1, i);
    told.commit(0, 5);
    told.stop(0);
    REQUIRE_FALSE(told.node(0).running);
    REQUIRE(told.node(0).last() == LogIndex{5});
    REQUIRE(told.node(0).commit == LogIndex{5});
    told.start(0, 3);
    REQUIRE(told.node(0).running);
    REQUIRE(told.node(0).recovering);
    REQUIRE(told.node(0).commit == LogIndex{0});
    for (std::uint64_t i = 1; i <= 3; ++i) told.append(0, 1, i);
    REQUIRE(told.node(0).last() == LogIndex{3});
    REQUIRE_FALSE(told.node(0).recovering);
}

TEST_CASE("logs: a node that starts with an empty disk is not recovering") {
    Told told(1);
    told.start(0, 0);
    REQUIRE_FALSE(told.node(0).recovering);
}

TEST_CASE("logs: roles, terms and votes are those told last; a restart makes a follower") {
    Told told(1);
    told.start(0, 0);
    REQUIRE(told.node(0).term == Term{3});
    told.tell(RoleChanged{NodeId{0}, Role::leader, Term{5}, NodeId{0}});
    REQUIRE(told.node(0).role == Role::leader);
    REQUIRE(told.node(0).term == Term{5});
    REQUIRE(told.node(0).vote == NodeId{0});
    told.stop(0);
    told.start(0, 0);
    REQUIRE(told.node(0).role == Role::follower);
}

TEST_CASE("logs: a pause ends with a resumption or with the process") {
    Told told(1);
    told.start(0, 0);
    told.tell(NodePaused{NodeId{0}});
    REQUIRE(told.node(0).paused);
    told.tell(NodeResumed{NodeId{0}});
    REQUIRE_FALSE(told.node(0).paused);
    told.tell(NodePaused{NodeId{0}});
    told.stop(0);
    REQUIRE_FALSE(told.node(0).paused);
}

TEST_CASE("logs: what the disk vouches for shrinks with the log, and with what a restart finds") {
    Told told(1);
    told.start(0, 0);
    for (std::uint64_t i = 1; i <= 5; ++i) told.append(0, 1, i);
    told.tell(Persisted{NodeId{0}, Term{1}, NodeId{0}, LogIndex{5}});
    REQUIRE(told.node(0).durable_last == LogIndex{5});
    told.tell(LogTruncated{NodeId{0}, LogIndex{4}});
    REQUIRE(told.node(0).durable_last == LogIndex{3});
    told.start(0, 2);
    REQUIRE(told.node(0).durable_last == LogIndex{2});
    REQUIRE(told.node(0).durable_term == Term{1});
    REQUIRE(told.node(0).durable_vote == NodeId{0});
}

TEST_CASE("logs: the surviving history is the longest committed one that a running node holds") {
    Told told(3);
    for (std::uint32_t node = 0; node < 3; ++node) told.start(node, 0);
    for (std::uint64_t i = 1; i <= 4; ++i) told.append(0, 1, i);
    for (std::uint64_t i = 1; i <= 3; ++i) told.append(1, 1, i);
    told.append(2, 1, 1);
    told.commit(0, 3);
    REQUIRE(told.logs.survivor().upto == LogIndex{3});
    told.stop(0);
    REQUIRE(&told.logs.survivor().holder == &told.node(1));
    REQUIRE(told.logs.survivor().upto == LogIndex{3});  // which node 1 was never told
    told.stop(1);
    REQUIRE(&told.logs.survivor().holder == &told.node(2));
    REQUIRE(told.logs.survivor().upto == LogIndex{1});
    told.stop(2);  // now that nobody runs, the longest of all
    REQUIRE(told.logs.survivor().upto == LogIndex{3});
}

TEST_CASE("logs: a node that has just started holds what is committed, though it doesn't know it") {
    Told told(1);
    told.start(0, 0);
    for (std::uint64_t i = 1; i <= 4; ++i) told.append(0, 1, i);
    told.commit(0, 4);
    told.stop(0);
    told.start(0, 3);  // its disk lost the fourth entry
    for (std::uint64_t i = 1; i <= 3; ++i) told.append(0, 1, i);
    REQUIRE(told.node(0).commit == LogIndex{0});
    REQUIRE(told.logs.survivor().upto == LogIndex{3});
}

TEST_CASE("logs: an entry that took the place of a committed one is no part of that history") {
    Told told(2);
    told.start(0, 0);
    told.start(1, 0);
    for (std::uint64_t i = 1; i <= 3; ++i) told.append(0, 1, i);
    told.commit(0, 3);
    told.stop(0);
    told.append(1, 1, 1);
    for (std::uint64_t i = 12; i <= 15; ++i) told.append(1, 2, i);
    REQUIRE(&told.logs.survivor().holder == &told.node(1));
    REQUIRE(told.logs.survivor().upto == LogIndex{1});
}
