// SPDX-License-Identifier: MIT
#include "sim/check/read_freshness.hpp"

#include "tests/catch.hpp"

using namespace shaketable;

namespace {

struct Reads {
    Record record;
    Findings findings;
    ReadFreshness freshness{record, findings};

    void issue(std::uint64_t operation, OperationKind kind, std::int64_t at) {
        record.add(Instant{at}, OperationIssued{OperationId{operation}, 0, kind, 0});
    }
    void acknowledge(std::uint64_t operation, OperationKind kind, std::uint64_t index,
                     std::int64_t at, Outcome outcome = Outcome::acknowledged) {
        record.add(Instant{at}, OperationEnded{OperationId{operation}, 0, kind, outcome, Instant{},
                                               0, 1, LogIndex{index}, NodeId{0}});
    }
};

}  // namespace

TEST_CASE("read freshness: a read below a write acknowledged before it is a finding") {
    Reads reads;
    reads.issue(1, OperationKind::write, 1);
    reads.acknowledge(1, OperationKind::write, 7, 2);
    reads.issue(2, OperationKind::read, 3);
    reads.acknowledge(2, OperationKind::read, 6, 4);
    REQUIRE(reads.findings.total() == 1);
    REQUIRE(reads.findings.kept()[0].rule == "S15");
}

TEST_CASE("read freshness: a read at the index of the last acknowledged write is fresh") {
    Reads reads;
    reads.issue(1, OperationKind::write, 1);
    reads.acknowledge(1, OperationKind::write, 7, 2);
    reads.issue(2, OperationKind::read, 3);
    reads.acknowledge(2, OperationKind::read, 7, 4);
    REQUIRE(reads.findings.total() == 0);
}

TEST_CASE("read freshness: a write acknowledged while the read is under way does not bind it") {
    Reads reads;
    reads.issue(1, OperationKind::write, 1);
    reads.issue(2, OperationKind::read, 2);
    reads.acknowledge(1, OperationKind::write, 7, 3);
    reads.acknowledge(2, OperationKind::read, 6, 4);
    REQUIRE(reads.findings.total() == 0);
}

TEST_CASE("read freshness: a write of unknown outcome and a read without an answer bind nobody") {
    Reads reads;
    reads.issue(1, OperationKind::write, 1);
    reads.acknowledge(1, OperationKind::write, 9, 2, Outcome::unknown);
    reads.issue(2, OperationKind::read, 3);
    reads.acknowledge(2, OperationKind::read, 0, 4, Outcome::unknown);
    reads.issue(3, OperationKind::read, 5);
    reads.acknowledge(3, OperationKind::read, 1, 6);
    REQUIRE(reads.findings.total() == 0);
}
