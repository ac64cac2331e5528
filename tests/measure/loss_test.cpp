// SPDX-License-Identifier: MIT
#include "sim/measure/loss.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::Random;
using novacron::seconds;

Instant at_s(std::int64_t n) { return Instant{} + seconds(n); }

OperationView write(std::uint64_t content, Instant acknowledged) {
    OperationView operation;
    operation.issued = acknowledged - seconds(1);
    operation.ended = true;
    operation.outcome = Outcome::acknowledged;
    operation.finished = acknowledged;
    operation.content = content;
    return operation;
}
OperationView unanswered(std::uint64_t content) {
    OperationView operation;
    operation.issued = at_s(1);
    operation.content = content;
    return operation;
}

// The log of a node that holds these writes.
NodeView holder(LogTree& tree, const std::vector<std::uint64_t>& contents) {
    NodeView view(tree);
    for (const std::uint64_t content : contents) {
        view.log.push_back(tree.extend(view.prefix(view.last()), Term{1}, content));
    }
    return view;
}

// What was lost of these operations, if so much of the log is committed.
Loss loss_of(const std::vector<OperationView>& operations,
             const std::vector<std::uint64_t>& contents, std::uint64_t committed, Instant fault) {
    LogTree tree;
    const NodeView view = holder(tree, contents);
    return find_loss(operations, {view, LogIndex{committed}}, fault);
}

}  // namespace

TEST_CASE("loss: nothing is lost while all acknowledged writes are committed") {
    const Loss loss = loss_of({write(1, at_s(3)), write(2, at_s(7))}, {0, 1, 2}, 3, at_s(10));
    REQUIRE(loss.acknowledged == 2);
    REQUIRE(loss.lost_before_fault == 0);
    REQUIRE(loss.lost_after_fault == 0);
    REQUIRE(loss.rpo_time == Duration{0});
    REQUIRE(loss.recovery_point_age == seconds(3));
}

TEST_CASE("loss: RPO time reaches back to the acknowledgement of the oldest lost write") {
    const Loss loss =
        loss_of({write(1, at_s(3)), write(2, at_s(4)), write(3, at_s(8))}, {1}, 1, at_s(10));
    REQUIRE(loss.lost_before_fault == 2);
    REQUIRE(loss.rpo_time == seconds(6));
    REQUIRE(loss.recovery_point_age == seconds(7));
}

TEST_CASE("loss: a newer write that survives does not shorten RPO time, only the age") {
    const Loss loss = loss_of({write(1, at_s(3)), write(2, at_s(8))}, {2}, 1, at_s(10));
    REQUIRE(loss.lost_before_fault == 1);
    REQUIRE(loss.rpo_time == seconds(7));
    REQUIRE(loss.recovery_point_age == seconds(2));
}

TEST_CASE("loss: writes acknowledged at the fault or later are counted apart") {
    const Loss loss = loss_of({write(1, at_s(10)), write(2, at_s(12))}, {}, 0, at_s(10));
    REQUIRE(loss.lost_before_fault == 0);
    REQUIRE(loss.lost_after_fault == 2);
    REQUIRE(loss.rpo_time == Duration{0});
    REQUIRE_FALSE(loss.recovery_point_age.has_value());
}

TEST_CASE("loss: what took effect without an acknowledgement is counted apart") {
    OperationView unknown = unanswered(2);
    unknown.ended = true;
    unknown.outcome = Outcome::unknown;
    const Loss loss = loss_of({unanswered(1), unknown, unanswered(3)}, {1, 2}, 2, at_s(10));
    REQUIRE(loss.acknowledged == 0);
    REQUIRE(loss.survived_unacknowledged == 2);
}

TEST_CASE("loss: an entry that is not committed has not survived") {
    const Loss loss = loss_of({write(1, at_s(3)), write(2, at_s(4))}, {1, 2}, 1, at_s(10));
    REQUIRE(loss.lost_before_fault == 1);
}

TEST_CASE("loss: what a restore gave up is told from what is lost besides") {
    LogTree tree;
    const NodeView view = holder(tree, {0, 1, 9});
    std::vector<OperationView> operations = {write(1, at_s(3)), write(2, at_s(4)),
                                             write(3, at_s(5)), write(4, at_s(20))};
    operations[0].index = LogIndex{2};
    operations[1].index = LogIndex{3};  // given up at second 10
    operations[2].index = LogIndex{2};  // lost in the log that was kept
    operations[3].index = LogIndex{4};  // and since
    const Loss loss =
        find_loss(operations, {view, LogIndex{3}}, at_s(30), {{at_s(10), LogIndex{2}}});
    CHECK(loss.lost_before_fault == 3);
    CHECK(loss.given_up == 1);
    CHECK(loss.rpo_time == seconds(26));
}

TEST_CASE("loss: reads can't be lost") {
    OperationView read = write(0, at_s(3));
    read.kind = OperationKind::read;
    const Loss loss = loss_of({read}, {}, 0, at_s(10));
    REQUIRE(loss.acknowledged == 0);
    REQUIRE(loss.lost_before_fault == 0);
}

TEST_CASE("loss: on random histories the sets are those of a search through everything") {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        std::vector<OperationView> operations;
        std::vector<std::uint64_t> log;
        for (std::uint64_t content = 1; content <= 60; ++content) {
            const auto at = at_s(static_cast<std::int64_t>(random.below(20)));
            OperationView operation =
                random.below(4) == 0 ? unanswered(content) : write(content, at);
            // What its client was told may be right, or not.
            if (random.below(2) == 0) operation.index = LogIndex{random.below(40)};
            if (random.below(8) == 0) operation.kind = OperationKind::read;
            operations.push_back(operation);
            if (random.below(3) != 0) log.push_back(content);
            if (random.below(10) == 0) log.push_back(0);        // a new leader's own entry
            if (random.below(10) == 0) log.push_back(content);  // a retry that came through twice
        }
        for (std::size_t i = log.size(); i > 1; --i) {
            std::swap(log[i - 1], log[random.below(i)]);
        }
        const std::uint64_t committed = random.below(log.size() + 1);
        const Instant fault = at_s(10);
        const Loss loss = loss_of(operations, log, committed, fault);

        Loss expected;
        for (const OperationView& operation : operations) {
            if (operation.kind == OperationKind::read) continue;
            bool survives = false;
            for (std::size_t i = 0; i < committed; ++i) {
                survives = survives || log[i] == operation.content;
            }
            if (!operation.acknowledged()) {
                if (survives) ++expected.survived_unacknowledged;
                continue;
            }
            ++expected.acknowledged;
            const Duration age = fault - operation.finished;
            if (operation.finished >= fault) {
                if (!survives) ++expected.lost_after_fault;
            } else if (survives) {
                expected.recovery_point_age =
                    std::min(expected.recovery_point_age.value_or(age), age);
            } else {
                ++expected.lost_before_fault;
                expected.rpo_time = std::max(expected.rpo_time, age);
            }
        }
        REQUIRE(loss.acknowledged == expected.acknowledged);
        REQUIRE(loss.lost_before_fault == expected.lost_before_fault);
        REQUIRE(loss.lost_after_fault == expected.lost_after_fault);
        REQUIRE(loss.survived_unacknowledged == expected.survived_unacknowledged);
        REQUIRE(loss.rpo_time == expected.rpo_time);
        REQUIRE(loss.recovery_point_age == expected.recovery_point_age);
    }
}
