// SPDX-License-Identifier: MIT
#include "core/replication/journal.hpp"

#include <vector>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::replication;

const Epoch kFirst{1, SiteId{0}};

TEST_CASE("replication journal: nothing is claimed before the storage has reported it") {
    Journal journal(Durable{});
    journal.append({kFirst, LogIndex{1}, {}, {}});
    const auto write = journal.take_write();
    REQUIRE(write);
    CHECK(journal.last() == LogIndex{1});
    CHECK(journal.durable() == LogIndex{0});
    journal.on_persisted(write->id);
    CHECK(journal.durable() == LogIndex{1});
    CHECK_FALSE(journal.take_write());
    CHECK_THROWS_AS(journal.on_persisted(write->id + 1), BugError);
}

TEST_CASE("replication journal: a cut takes back what was claimed, and late reports of it too") {
    Journal journal(Durable{});
    for (std::uint64_t i = 1; i <= 4; ++i) journal.append({kFirst, LogIndex{i}, {}, {}});
    const auto written = journal.take_write();
    journal.cut_after(LogIndex{2});
    const auto cut = journal.take_write();
    REQUIRE(cut->cut_after == LogIndex{2});
    journal.append({{2, SiteId{1}}, LogIndex{3}, {}, {}});
    const auto other = journal.take_write();
    journal.on_persisted(written->id);
    CHECK(journal.durable() == LogIndex{2});
    journal.on_persisted(other->id);
    CHECK(journal.durable() == LogIndex{3});
}

TEST_CASE("replication journal: what is forgotten is still part of the history") {
    Journal journal(Durable{});
    for (std::uint64_t i = 1; i <= 4; ++i) journal.append({kFirst, LogIndex{i}, {}, {}});
    journal.on_persisted(journal.take_write()->id);
    CHECK(journal.bytes(LogIndex{1}, LogIndex{4}) == 3 * kRecordHead);
    journal.forget_through(LogIndex{3});
    CHECK(journal.before() == LogIndex{3});
    CHECK(journal.bytes(LogIndex{3}, LogIndex{4}) == kRecordHead);
    CHECK(journal.position(LogIndex{2}) == Position{kFirst, LogIndex{2}});
    CHECK_THROWS_AS(journal.at(LogIndex{3}), BugError);
}

TEST_CASE("replication journal: any prefix of the writes restarts to what had been claimed") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Durable storage;
        Journal journal(storage);
        std::vector<Write> pending;
        Epoch epoch = kFirst;
        for (int step = 0; step < 40; ++step) {
            const std::uint64_t choice = random.below(8);
            if (choice < 4) {
                journal.append({epoch, journal.last() + 1, {}, {}});
            } else if (choice == 4 && journal.last() > LogIndex{0}) {
                journal.cut_after(LogIndex{random.below(journal.last().value + 1)});
                epoch = epoch_after(epoch, SiteId{1});
            } else if (choice == 5) {
                if (auto write = journal.take_write()) pending.push_back(std::move(*write));
            } else if (!pending.empty()) {
                storage.take(pending.front());
                journal.on_persisted(pending.front().id);
                pending.erase(pending.begin());
            }
            const Journal restarted(storage);
            REQUIRE(restarted.last() >= journal.durable());
            REQUIRE(common_point(restarted.durable_lineage(), journal.durable_lineage()).index ==
                    journal.durable());
        }
    }
}

}  // namespace
