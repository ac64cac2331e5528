// SPDX-License-Identifier: MIT
//
// Recovery on random histories against its definition, word for word and in quadratic time.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/random.hpp"
#include "sim/measure/recovery.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::Random;

enum class Quality { good, slow, failed };
struct Judged {
    OperationView operation;
    Quality quality;
};

// "An operation is good if ..."
std::vector<Judged> judge(const std::vector<OperationView>& operations,
                          const RecoveryQuestion& question) {
    std::vector<Judged> judged;
    for (const OperationView& operation : operations) {
        if (operation.kind != question.kind || operation.issued < question.fault) continue;
        const bool young = question.run_end - operation.issued < question.level.latency_p95;
        if (operation.acknowledged()) {
            const bool in_time = operation.latency() <= question.level.latency_p95;
            judged.push_back({operation, in_time ? Quality::good : Quality::slow});
        } else if (operation.ended || !young) {
            judged.push_back({operation, Quality::failed});
        }
    }
    return judged;
}

// "Service holds from operation i on if ..."; shares are compared as whole numbers per million.
bool holds_from(const std::vector<Judged>& judged, std::size_t i,
                const RecoveryQuestion& question) {
    const auto may_fail = static_cast<std::int64_t>(
        1'000'000 - static_cast<std::int64_t>(question.level.success_ratio * 1'000'000 + 0.5));
    for (std::size_t j = i; j < judged.size(); ++j) {
        if (judged[j].operation.issued - judged[i].operation.issued >= question.level.hold) break;
        std::int64_t failed = 0;
        std::int64_t slow = 0;
        for (std::size_t k = i; k <= j; ++k) {
            failed += judged[k].quality == Quality::failed ? 1 : 0;
            slow += judged[k].quality == Quality::slow ? 1 : 0;
        }
        const auto count = static_cast<std::int64_t>(j - i + 1);
        if (failed * 1'000'000 > count * may_fail || slow * 20 > count) return false;
    }
    return true;
}

std::optional<Instant> first_good_acknowledgement(const std::vector<Judged>& judged,
                                                  std::size_t from) {
    std::optional<Instant> first;
    for (std::size_t i = from; i < judged.size(); ++i) {
        const Instant finished = judged[i].operation.finished;
        if (judged[i].quality == Quality::good && (!first || finished < *first)) first = finished;
    }
    return first;
}

// "An outage is three or more operations in a row that are not good ... what overlaps is one
// outage"
void add_outages(const std::vector<Judged>& judged, const RecoveryQuestion& question,
                 Recovery& expected) {
    std::vector<Outage> outages;
    for (std::size_t i = 0; i < judged.size(); ++i) {
        const bool begins = judged[i].quality != Quality::good &&
                            (i == 0 || judged[i - 1].quality == Quality::good);
        std::size_t end = i;
        while (end < judged.size() && judged[end].quality != Quality::good) ++end;
        if (!begins || end - i < 3) continue;
        outages.push_back(
            {judged[i].operation.issued,
             first_good_acknowledgement(judged, end).value_or(question.run_end)});
    }
    // Each instant of the time after the fault at which the state may change.
    std::vector<Instant> edges;
    for (const Outage& outage : outages) {
        edges.push_back(outage.start);
        edges.push_back(outage.end);
    }
    std::sort(edges.begin(), edges.end());
    for (std::size_t i = 1; i < edges.size(); ++i) {
        const bool out = std::any_of(outages.begin(), outages.end(), [&](const Outage& outage) {
            return outage.start <= edges[i - 1] && edges[i] <= outage.end;
        });
        if (out) expected.unavailable = expected.unavailable + (edges[i] - edges[i - 1]);
    }
    std::uint64_t apart = 0;
    for (auto outage = outages.begin(); outage != outages.end(); ++outage) {
        const bool joins = std::any_of(outages.begin(), outage, [&](const Outage& earlier) {
            return outage->start <= earlier.end;
        });
        if (!joins) ++apart;
    }
    expected.flaps = std::max<std::uint64_t>(apart, 1) - 1;
}

std::optional<Recovery> expected_recovery(const std::vector<OperationView>& operations,
                                          const RecoveryQuestion& question) {
    const std::vector<Judged> judged = judge(operations, question);
    if (judged.empty()) return std::nullopt;
    Recovery expected;
    for (const Judged& one : judged) {
        if (one.quality == Quality::failed) continue;
        const Duration after = one.operation.finished - question.fault;
        expected.first_success = std::min(expected.first_success.value_or(after), after);
    }
    add_outages(judged, question, expected);
    for (std::size_t i = 0; i < judged.size(); ++i) {
        if (judged[i].operation.issued + question.level.hold > question.run_end) break;
        if (!holds_from(judged, i, question)) continue;
        expected.rto =
            i == 0 ? Duration{0} : *first_good_acknowledgement(judged, i) - question.fault;
        break;
    }
    return expected;
}

// Up to 300 operations of both kinds, in spells of good, slow, failing and mixed service.
std::vector<OperationView> random_history(Random& random, Instant run_end) {
    std::vector<OperationView> operations;
    std::uint64_t mood = 0;
    for (Instant at{}; at < run_end;
         at = at + milliseconds(static_cast<std::int64_t>(random.below(30)))) {
        if (random.below(25) == 0) mood = random.below(5);
        OperationView operation;
        operation.kind = static_cast<OperationKind>(random.below(8) == 0);
        operation.issued = at;
        std::uint64_t fate = random.below(40);
        if (mood == 1) fate = 0;                // all fail
        if (mood == 2) fate = random.below(4);  // many fail or are slow
        if (mood >= 3) fate = std::max<std::uint64_t>(fate, 2);
        const auto latency = milliseconds(
            static_cast<std::int64_t>(fate == 1 ? 101 + random.below(300) : random.below(101)));
        operation.finished = at + latency;
        operation.outcome = fate == 0 ? Outcome::unknown : Outcome::acknowledged;
        if (fate == 0) operation.finished = at + milliseconds(400);
        operation.ended = operation.finished <= run_end;
        operations.push_back(operation);
    }
    return operations;
}

// Elections at random instants, told as facts.
void add_random_elections(Record& record, Random& random, Instant run_end) {
    Instant at{};
    for (std::uint64_t term = 1; at < run_end; ++term) {
        const NodeId node{static_cast<std::uint32_t>(random.below(3))};
        const auto step = [&] {
            at = at + milliseconds(static_cast<std::int64_t>(random.below(200)));
        };
        step();
        record.add(at, RoleChanged{node, novacron::raft::Role::candidate, Term{term}, node});
        step();
        record.add(at, RoleChanged{node, novacron::raft::Role::leader, Term{term}, node});
        step();
        if (random.below(2) == 0) record.add(at, CommitAdvanced{node, LogIndex{term}});
        at = at + milliseconds(static_cast<std::int64_t>(random.below(1500)));
    }
}

}  // namespace

TEST_CASE("recovery: on random histories it is what its definition says") {
    std::size_t recovered = 0;
    std::size_t censored = 0;
    std::size_t untouched = 0;
    std::size_t flapping = 0;
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        const Instant run_end = Instant{} + milliseconds(3000);
        const std::vector<OperationView> operations = random_history(random, run_end);
        const std::vector<double> ratios = {0.5, 0.9, 0.95, 0.99, 0.999, 1};
        RecoveryQuestion question{
            OperationKind::write,
            Instant{} + milliseconds(static_cast<std::int64_t>(random.below(2500))),
            run_end,
            {ratios[random.below(ratios.size())], milliseconds(100), milliseconds(0)}};
        question.level.hold = milliseconds(1 + static_cast<std::int64_t>(random.below(1000)));

        Record record;
        Leadership leadership(record);
        add_random_elections(record, random, run_end);
        const auto actual = find_recovery(operations, leadership, question);
        const auto expected = expected_recovery(operations, question);
        REQUIRE(actual.has_value() == expected.has_value());
        if (!expected) continue;
        REQUIRE(actual->rto == expected->rto);
        REQUIRE(actual->first_success == expected->first_success);
        REQUIRE(actual->unavailable == expected->unavailable);
        REQUIRE(actual->flaps == expected->flaps);

        Duration sum{};
        for (const Phase& phase : actual->phases) {
            REQUIRE(phase.duration >= Duration{0});
            sum = sum + phase.duration;
        }
        REQUIRE(sum == expected->rto.value_or(Duration{0}));
        const bool rose = expected->rto && *expected->rto > Duration{0};
        REQUIRE(actual->phases.size() == (rose ? 4 : 0));
        ++(!expected->rto ? censored : rose ? recovered : untouched);
        flapping += expected->flaps > 0 ? 1 : 0;
    }
    // The histories are of all sorts, or this would prove little.
    REQUIRE(recovered > 300);
    REQUIRE(censored > 300);
    REQUIRE(untouched > 300);
    REQUIRE(flapping > 300);
}
