// SPDX-License-Identifier: MIT
#include "sim/site/ledger.hpp"

#include "sim/site/site_commands.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::Bytes;
using novacron::Entry;
using novacron::EntryKind;
using novacron::replication::Epoch;
using novacron::replication::Marks;

constexpr SiteId kSelf{0};

Entry entry_of(std::uint64_t term, std::uint64_t index, const novacron::kv::Command& command) {
    return {Term{term}, LogIndex{index}, EntryKind::command, Bytes(novacron::kv::encode(command))};
}
Entry of_client(std::uint64_t term, std::uint64_t index, std::uint64_t value = 1) {
    return entry_of(term, index, {ClientId{1}, index, 7, value});
}
Entry promotion(std::uint64_t term, std::uint64_t index, Epoch epoch) {
    Marks marks;
    marks.fence = epoch;
    return entry_of(term, index, command_of(SiteCommand::promotion, marks));
}
Entry noop(std::uint64_t term, std::uint64_t index) {
    return {Term{term}, LogIndex{index}, EntryKind::noop, {}};
}

TEST_CASE("site commands: marks survive the way through a command") {
    const Marks marks{{12, SiteId{3}}, {11, SiteId{0}}, {}, SiteId{2}};
    const auto command = command_of(SiteCommand::marks, marks);
    CHECK(kind_of(command) == SiteCommand::marks);
    CHECK(marks_of(command) == marks);
    CHECK(marks_of(command_of(SiteCommand::promotion, Marks{})) == Marks{});
    CHECK_FALSE(kind_of({ClientId{(std::uint64_t{999} << 40U) | 5}, 1, 2, 3}));
}

TEST_CASE("ledger: records count clients' commands and promotions, and not other entries") {
    Ledger ledger;
    ledger.take(noop(1, 1), {});
    CHECK(ledger.last() == LogIndex{0});
    CHECK_FALSE(ledger.is_primary(kSelf));
    ledger.take(promotion(1, 2, {1, kSelf}), {});
    CHECK(ledger.is_primary(kSelf));
    CHECK_FALSE(ledger.is_primary(SiteId{1}));
    ledger.take(of_client(1, 3), {});
    CHECK(ledger.last() == LogIndex{2});
    CHECK(ledger.record_at(LogIndex{1}) == LogIndex{0});
    CHECK(ledger.record_at(LogIndex{3}) == LogIndex{2});
    CHECK(ledger.durable().records.back().epoch == Epoch{1, kSelf});
}

TEST_CASE("ledger: what other nodes of the group apply again counts once") {
    Ledger ledger;
    for (int node = 0; node < 3; ++node) {
        ledger.take(promotion(1, 1, {1, kSelf}), {});
        ledger.take(of_client(1, 2), {});
    }
    CHECK(ledger.last() == LogIndex{2});
    CHECK(ledger.applied() == LogIndex{2});
}

TEST_CASE("ledger: a fence of another site ends the office") {
    Ledger ledger;
    ledger.take(promotion(1, 1, {1, kSelf}), {});
    Marks marks;
    marks.fence = {2, SiteId{1}};
    ledger.take(entry_of(1, 2, command_of(SiteCommand::marks, marks)), {});
    CHECK_FALSE(ledger.is_primary(kSelf));
    CHECK(ledger.last() == LogIndex{1});
    Marks beginning;
    beginning.fence = {2, SiteId{1}};
    ledger.take(entry_of(1, 3, command_of(SiteCommand::beginning, beginning)), {});
    ledger.take(of_client(1, 4), {});
    CHECK(ledger.durable().history.epoch_at(LogIndex{3}) == Epoch{2, SiteId{1}});
    CHECK(ledger.durable().marks.fence == Epoch{2, SiteId{1}});
}

TEST_CASE("ledger: follows a group that has forgotten what it had committed") {
    Ledger ledger;
    ledger.take(promotion(1, 1, {1, kSelf}), {});
    ledger.take(of_client(1, 2, 10), {});
    ledger.take(of_client(1, 3, 11), {});
    ledger.take(of_client(2, 2, 12), {});
    CHECK(ledger.last() == LogIndex{2});
    CHECK(ledger.durable().records.back().data.digest() == of_client(2, 2, 12).data.digest());
}

TEST_CASE("ledger: goes on from a seed with what comes after it") {
    Ledger ledger;
    novacron::replication::Durable seed;
    seed.history.note({1, SiteId{1}}, LogIndex{1});
    seed.before = LogIndex{40};
    ledger.begin_anew(seed, {Term{1}, LogIndex{100}});
    ledger.take(noop(1, 101), {});
    ledger.take(of_client(1, 102), {});
    CHECK(ledger.last() == LogIndex{41});
    CHECK(ledger.record_at(LogIndex{60}) == LogIndex{40});
    CHECK(ledger.durable().records.front().epoch == Epoch{1, SiteId{1}});
}

}  // namespace
