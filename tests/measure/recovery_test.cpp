// SPDX-License-Identifier: MIT
//
// Recovery on histories made by hand: a hundred operations a second, each answered within a
// millisecond unless told otherwise.
#include "sim/measure/recovery.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/measure/site_history.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using novacron::raft::Role;

constexpr Duration kGap = milliseconds(10);
constexpr Duration kAnswer = milliseconds(1);

Instant at_s(std::int64_t n) { return Instant{} + seconds(n); }
Instant at_ms(std::int64_t n) { return Instant{} + milliseconds(n); }

// Seconds 0 to 30 of steady service; the fault is at second 10.
struct History {
    History() {
        for (Instant at{}; at < at_s(30); at = at + kGap) {
            OperationView operation;
            operation.issued = at;
            answer(operation, kAnswer);
            operations.push_back(operation);
        }
    }
    static void answer(OperationView& operation, Duration latency) {
        operation.ended = true;
        operation.outcome = Outcome::acknowledged;
        operation.finished = operation.issued + latency;
    }
    OperationView& at(Instant issued) {
        return operations.at(static_cast<std::size_t>(issued.ns / kGap.ns));
    }
    template <class Change>
    void change(Instant from, Instant until, const Change& to) {
        for (OperationView& operation : operations) {
            if (operation.issued >= from && operation.issued < until) to(operation);
        }
    }
    static void fail(OperationView& operation) {
        operation.outcome = Outcome::unknown;
        operation.finished = operation.issued + seconds(2);
    }
    void fail_between(Instant from, Instant until) { change(from, until, fail); }
    void slow_down_between(Instant from, Instant until, Duration latency) {
        change(from, until, [&](OperationView& operation) { answer(operation, latency); });
    }

    RecoveryQuestion question() const {
        return {OperationKind::write, at_s(10), at_s(30), {0.99, milliseconds(500), seconds(5)}};
    }
    std::optional<Recovery> ask(const RecoveryQuestion& asked) const {
        Record record;
        const Leadership nobody(record);
        return find_recovery(operations, nobody, asked);
    }
    Recovery recovery() const { return ask(question()).value(); }

    std::vector<OperationView> operations;
};

}  // namespace

TEST_CASE("recovery: service that never fell below its target has an RTO of zero") {
    const Recovery recovery = History().recovery();
    REQUIRE(recovery.rto == Duration{0});
    REQUIRE(recovery.phases.empty());
    REQUIRE(recovery.first_success == kAnswer);
    REQUIRE(recovery.unavailable == Duration{0});
    REQUIRE(recovery.flaps == 0);
}

TEST_CASE("recovery: the RTO of an outage ends with the first acknowledgement after it") {
    History history;
    history.fail_between(at_s(10), at_s(13));
    const Recovery recovery = history.recovery();
    REQUIRE(recovery.rto == seconds(3) + kAnswer);
    REQUIRE(recovery.first_success == seconds(3) + kAnswer);
    REQUIRE(recovery.unavailable == seconds(3) + kAnswer);
    REQUIRE(recovery.flaps == 0);
}

TEST_CASE("recovery: the clock starts at the fault, though service fails later") {
    History history;
    history.fail_between(at_s(12), at_s(13));
    const Recovery recovery = history.recovery();
    REQUIRE(recovery.rto == seconds(3) + kAnswer);
    REQUIRE(recovery.first_success == kAnswer);
    REQUIRE(recovery.unavailable == seconds(1) + kAnswer);
}

TEST_CASE("recovery: what fails later than one hold after the fault belongs to another incident") {
    History history;
    history.fail_between(at_s(15), at_s(16));
    const Recovery recovery = history.recovery();
    REQUIRE(recovery.rto == Duration{0});
    REQUIRE(recovery.unavailable == seconds(1) + kAnswer);
}

TEST_CASE("recovery: what was wrong before the fault is not its doing") {
    History history;
    history.fail_between(at_s(5), at_s(10));
    REQUIRE(history.recovery().rto == Duration{0});
    REQUIRE(history.recovery().unavailable == Duration{0});
}

TEST_CASE("recovery: service that does not come back is censored") {
    History history;
    history.fail_between(at_s(10), at_s(30));
    const Recovery recovery = history.recovery();
    REQUIRE_FALSE(recovery.rto.has_value());
    REQUIRE(recovery.phases.empty());
    REQUIRE_FALSE(recovery.first_success.has_value());
    REQUIRE(recovery.unavailable == seconds(20));
}

TEST_CASE("recovery: service that came back less than one hold before the end is censored") {
    History history;
    history.fail_between(at_s(10), at_s(25) + kGap);
    REQUIRE_FALSE(history.recovery().rto.has_value());
    REQUIRE(history.recovery().first_success == seconds(15) + kGap + kAnswer);
    History in_time;
    in_time.fail_between(at_s(10), at_s(25));
    REQUIRE(in_time.recovery().rto == seconds(15) + kAnswer);
}

TEST_CASE("recovery: up to the success ratio operations may fail, once enough have succeeded") {
    // At every moment of the hold: the 100th operation may fail, and the 200th, and so on.
    History history;
    for (std::int64_t i = 99; i < 2000; i += 100) {
        History::fail(history.at(at_s(10) + kGap * i));
    }
    REQUIRE(history.recovery().rto == Duration{0});
    History sooner;
    for (std::int64_t i = 98; i < 2000; i += 100) {
        History::fail(sooner.at(at_s(10) + kGap * i));
    }
    REQUIRE(sooner.recovery().rto == kGap * 99 + kAnswer);
}

TEST_CASE("recovery: one operation in twenty may be slow, no more") {
    History history;
    for (std::int64_t i = 19; i < 2000; i += 20) {
        History::answer(history.at(at_s(10) + kGap * i), seconds(1));
    }
    REQUIRE(history.recovery().rto == Duration{0});
    History more;
    for (std::int64_t i = 18; i < 2000; i += 19) {
        History::answer(more.at(at_s(10) + kGap * i), seconds(1));
    }
    REQUIRE_FALSE(more.recovery().rto.has_value());
}

TEST_CASE("recovery: failed and slow operations have each their own limit") {
    History history;
    for (std::int64_t i = 19; i < 2000; i += 20) {
        OperationView& operation = history.at(at_s(10) + kGap * i);
        if (i % 100 == 99) {
            History::fail(operation);  // 1 % failed and 4 % slow
        } else {
            History::answer(operation, seconds(1));
        }
    }
    REQUIRE(history.recovery().rto == Duration{0});
}

TEST_CASE("recovery: an answer at the latency limit is in time, one after it is slow") {
    History history;
    history.slow_down_between(at_s(10), at_s(12), milliseconds(500));
    REQUIRE(history.recovery().rto == Duration{0});
    History late;
    late.slow_down_between(at_s(10), at_s(12), milliseconds(500) + Duration{1});
    // The slow ones of the beginning are answered, yet the service is not back.
    REQUIRE(late.recovery().first_success == milliseconds(500) + Duration{1});
    REQUIRE(late.recovery().rto == seconds(2) + kAnswer);
    REQUIRE(late.recovery().unavailable == seconds(2) + kAnswer);
}

TEST_CASE("recovery: service that comes back only to fail again has not recovered") {
    History history;
    history.fail_between(at_s(10), at_s(12));
    history.fail_between(at_s(13), at_s(14));
    const Recovery recovery = history.recovery();
    REQUIRE(recovery.rto == seconds(4) + kAnswer);
    REQUIRE(recovery.first_success == seconds(2) + kAnswer);
    REQUIRE(recovery.unavailable == seconds(3) + kAnswer * 2);
    REQUIRE(recovery.flaps == 1);
}

TEST_CASE("recovery: two failures in a row are no outage, three are") {
    History history;
    history.fail_between(at_s(10), at_s(10) + kGap * 2);
    REQUIRE(history.recovery().unavailable == Duration{0});
    REQUIRE(history.recovery().rto == kGap * 2 + kAnswer);
    History three;
    three.fail_between(at_s(10), at_s(10) + kGap * 3);
    REQUIRE(three.recovery().unavailable == kGap * 3 + kAnswer);
}

TEST_CASE("recovery: the first acknowledgement of the interval may be of a later operation") {
    History history;
    history.fail_between(at_s(10), at_s(12));
    History::answer(history.at(at_s(12)), milliseconds(300));
    REQUIRE(history.recovery().rto == seconds(2) + kGap + kAnswer);
}

TEST_CASE("recovery: reads and writes are judged apart") {
    History history;
    history.fail_between(at_s(10), at_s(13));
    for (const OperationView& write : std::vector(history.operations)) {
        OperationView read = write;
        read.kind = OperationKind::read;
        History::answer(read, kAnswer);
        history.operations.push_back(read);
    }
    std::stable_sort(
        history.operations.begin(), history.operations.end(),
        [](const OperationView& a, const OperationView& b) { return a.issued < b.issued; });
    RecoveryQuestion reads = history.question();
    reads.kind = OperationKind::read;
    REQUIRE(history.ask(reads)->rto == Duration{0});
    REQUIRE(history.recovery().rto == seconds(3) + kAnswer);
}

TEST_CASE("recovery: without an operation after the fault there is nothing to say") {
    History history;
    RecoveryQuestion question = history.question();
    question.kind = OperationKind::read;
    REQUIRE_FALSE(history.ask(question).has_value());
    question = history.question();
    question.fault = at_s(30);
    REQUIRE_FALSE(history.ask(question).has_value());
}

TEST_CASE("recovery: an unanswered operation younger than the limit says nothing at the end") {
    History history;
    const auto leave_open = [](OperationView& operation) { operation.ended = false; };
    RecoveryQuestion question = history.question();
    question.run_end = at_s(30);
    history.change(at_ms(29'510), at_s(30), leave_open);
    REQUIRE(history.ask(question)->unavailable == Duration{0});
    // At the limit's age and unanswered, it has failed.
    history.change(at_ms(29'480), at_s(30), leave_open);
    REQUIRE(history.ask(question)->unavailable == milliseconds(520));
}

TEST_CASE("recovery: the phases of a recovery follow the election, and sum to the RTO") {
    History history;
    history.fail_between(at_s(10), at_s(13));
    Record record;
    Leadership leadership(record);
    record.add(at_s(2), RoleChanged{NodeId{1}, Role::leader, Term{1}, NodeId{1}});
    record.add(at_s(3), CommitAdvanced{NodeId{1}, LogIndex{1}});
    record.add(at_ms(10'200), RoleChanged{NodeId{0}, Role::pre_candidate, Term{1}, NodeId{}});
    record.add(at_ms(10'300), RoleChanged{NodeId{0}, Role::candidate, Term{2}, NodeId{0}});
    record.add(at_ms(11'000), RoleChanged{NodeId{0}, Role::leader, Term{2}, NodeId{0}});
    record.add(at_ms(12'500), CommitAdvanced{NodeId{0}, LogIndex{7}});
    record.add(at_ms(12'600), CommitAdvanced{NodeId{0}, LogIndex{8}});
    const Recovery recovery =
        find_recovery(history.operations, leadership, history.question()).value();
    REQUIRE(recovery.phases.size() == 4);
    REQUIRE(recovery.phases[0].name == std::string("detect"));
    REQUIRE(recovery.phases[0].duration == milliseconds(200));
    REQUIRE(recovery.phases[1].name == std::string("elect"));
    REQUIRE(recovery.phases[1].duration == milliseconds(800));
    REQUIRE(recovery.phases[2].name == std::string("catch-up"));
    REQUIRE(recovery.phases[2].duration == milliseconds(1500));
    REQUIRE(recovery.phases[3].name == std::string("client"));
    REQUIRE(recovery.phases[3].duration == milliseconds(500) + kAnswer);
}

TEST_CASE("recovery: a leader that did not last until service was back counts as electing") {
    History history;
    history.fail_between(at_s(10), at_s(13));
    Record record;
    Leadership leadership(record);
    record.add(at_ms(10'200), RoleChanged{NodeId{0}, Role::candidate, Term{2}, NodeId{0}});
    record.add(at_ms(10'300), RoleChanged{NodeId{0}, Role::leader, Term{2}, NodeId{0}});
    record.add(at_ms(10'400), CommitAdvanced{NodeId{0}, LogIndex{7}});
    record.add(at_ms(12'000), RoleChanged{NodeId{1}, Role::candidate, Term{3}, NodeId{1}});
    record.add(at_ms(12'100), RoleChanged{NodeId{1}, Role::leader, Term{3}, NodeId{1}});
    record.add(at_ms(12'300), CommitAdvanced{NodeId{1}, LogIndex{9}});
    const Recovery recovery =
        find_recovery(history.operations, leadership, history.question()).value();
    REQUIRE(recovery.phases[0].duration == milliseconds(200));
    REQUIRE(recovery.phases[1].duration == milliseconds(1900));
    REQUIRE(recovery.phases[2].duration == milliseconds(200));
    REQUIRE(recovery.phases[3].duration == milliseconds(700) + kAnswer);
}

TEST_CASE("recovery: another site that takes over gives the phases, not elections in vain") {
    History history;
    history.fail_between(at_s(10), at_s(13));
    Record record;
    Leadership leadership(record);
    const SiteHistory sites(record);
    record.add(at_ms(10'200), RoleChanged{NodeId{0}, Role::candidate, Term{2}, NodeId{0}});
    RecoveryQuestion question = history.question();
    question.sites = &sites;
    REQUIRE(find_recovery(history.operations, leadership, question)->phases.size() == 4);
    record.add(at_s(11), FailoverStep{FaultId{1}, SiteStep::detect, SiteId{0}, StepOutcome::done,
                                      0});
    record.add(at_s(12), SiteRoleChanged{SiteId{1}, SiteRole::primary, 2, LogIndex{5}});
    const Recovery moved = find_recovery(history.operations, leadership, question).value();
    REQUIRE(moved.phases.size() == 7);
    REQUIRE(moved.phases[0].duration == seconds(1));
    REQUIRE(moved.phases[6].duration == seconds(2) + kAnswer);
}

TEST_CASE("recovery: without an election all the time is the clients'") {
    History history;
    history.fail_between(at_s(10), at_s(13));
    const Recovery recovery = history.recovery();
    REQUIRE(recovery.phases.size() == 4);
    REQUIRE(recovery.phases[0].duration == Duration{0});
    REQUIRE(recovery.phases[1].duration == Duration{0});
    REQUIRE(recovery.phases[2].duration == Duration{0});
    REQUIRE(recovery.phases[3].duration == *recovery.rto);
}

TEST_CASE("recovery: outages are the spans that make up the time without service") {
    History history;
    history.fail_between(at_s(10), at_s(12));
    history.fail_between(at_s(13), at_s(14));
    const std::vector<Outage> outages = history.recovery().outages;
    REQUIRE(outages.size() == 2);
    REQUIRE(outages[0].start == at_s(10));
    REQUIRE(outages[0].end == at_s(12) + kAnswer);
    REQUIRE(outages[1].start == at_s(13));
    REQUIRE(outages[1].end == at_s(14) + kAnswer);
    REQUIRE(History().recovery().outages.empty());
}
