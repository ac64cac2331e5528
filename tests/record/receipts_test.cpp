// SPDX-License-Identifier: MIT
#include "sim/record/receipts.hpp"

#include <vector>

#include "tests/catch.hpp"

namespace {

using namespace shaketable;

struct Notebook final : Subscriber {
    std::vector<FaultObserved> seen;
    std::vector<Instant> at;
    void on_fact(Instant when, const Fact& fact) override {
        seen.push_back(std::get<FaultObserved>(fact));
        at.push_back(when);
    }
};

}  // namespace

TEST_CASE("receipts: only the first effect of a fault becomes a fact") {
    Record record;
    Notebook notebook;
    record.subscribe<FaultObserved>(notebook);
    Receipts receipts(record);
    receipts.effect(Instant{1}, FaultId{2}, FaultEffect::packet_delayed);
    receipts.effect(Instant{2}, FaultId{2}, FaultEffect::packet_dropped);
    receipts.effect(Instant{3}, FaultId{0}, FaultEffect::sync_ignored);
    receipts.effect(Instant{4}, FaultId{2}, FaultEffect::packet_delayed);
    REQUIRE(notebook.seen.size() == 2);
    REQUIRE(notebook.seen[0].fault == FaultId{2});
    REQUIRE(notebook.seen[0].effect == FaultEffect::packet_delayed);
    REQUIRE(notebook.at[0] == Instant{1});
    REQUIRE(notebook.seen[1].fault == FaultId{0});
    REQUIRE(notebook.seen[1].effect == FaultEffect::sync_ignored);
    REQUIRE(notebook.at[1] == Instant{3});
}
