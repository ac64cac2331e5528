// SPDX-License-Identifier: MIT
//
// The simulated object store: what is stored comes back, in the time that it takes, unless a fault
// has its way.
#include "sim/backup/object_store.hpp"

#include <optional>
#include <vector>

#include "tests/backup/simulated.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::Ledger;
using Answer = ObjectStore::Answer;
using Region = ObjectStore::Region;

constexpr std::uint64_t kRate = 1000;  // bytes a second

Bytes of_size(std::size_t size, std::uint8_t fill) {
    return Bytes(std::vector<std::byte>(size, std::byte{fill}));
}

struct Asked final : ObjectStore::User {
    void on_stored(Instant at, ObjectKey, Answer answer) override {
        stored.push_back({at, answer});
    }
    void on_fetched(Instant at, ObjectKey, Answer answer, const Bytes& bytes) override {
        fetched.push_back({at, answer});
        got.push_back(bytes);
    }
    std::vector<std::pair<Instant, Answer>> stored;
    std::vector<std::pair<Instant, Answer>> fetched;
    std::vector<Bytes> got;
};

struct Alone {
    Alone() {
        options.latency = Constant{milliseconds(100)};
        options.bytes_per_second = kRate;
        options.timeout = seconds(30);
        options.replication_delay = seconds(60);
        record.subscribe_to_all(ledger);
        store.emplace(options, queue, receipts, Random(1));
    }
    void run() {
        while (!queue.empty()) queue.do_next();
    }
    std::optional<FaultEffect> effect_of(std::uint32_t fault) const {
        for (const auto& [at, fact] : ledger.all<FaultObserved>()) {
            if (fact.fault == FaultId{fault}) return fact.effect;
        }
        return std::nullopt;
    }
    ObjectStoreOptions options;
    EventQueue queue;
    Record record;
    Receipts receipts{record};
    Ledger ledger;
    Asked user;
    std::optional<ObjectStore> store;
};

}  // namespace

TEST_CASE("object store: what is fetched is what was stored, and nothing is fetched of nothing") {
    Alone alone;
    const Bytes object = of_size(500, 7);
    const ObjectKey key = alone.store->put(object, Redundancy::regional, alone.user);
    alone.run();
    REQUIRE(alone.user.stored.size() == 1);
    // Latency, then 500 bytes at 1000 a second.
    CHECK(alone.user.stored[0].first == Instant{} + milliseconds(600));
    CHECK(alone.store->bytes() == 500);
    alone.store->get(key, Region::home, alone.user);
    alone.store->get(key + 1, Region::home, alone.user);
    alone.run();
    REQUIRE(alone.user.fetched.size() == 2);
    CHECK(alone.user.fetched[1].second == Answer::done);
    CHECK(alone.user.got[1] == object);
    CHECK(alone.user.fetched[0].second == Answer::missing);
    alone.store->remove(key);
    CHECK(alone.store->objects() == 0);
}

TEST_CASE("object store: transfers share one line, one after the other") {
    Alone alone;
    for (int i = 0; i < 3; ++i) {
        alone.store->put(of_size(1000, 1), Redundancy::regional, alone.user);
    }
    alone.run();
    for (std::int64_t i = 0; i < 3; ++i) {
        CHECK(alone.user.stored[static_cast<std::size_t>(i)].first ==
              Instant{} + milliseconds(1100 + 1000 * i));
    }
}

TEST_CASE("object store: a slow one takes so many times as long for latency and bytes") {
    Alone alone;
    alone.store->begin_slow(FaultId{3}, 2.5);
    alone.store->put(of_size(1000, 1), Redundancy::regional, alone.user);
    alone.run();
    CHECK(alone.user.stored[0].first == Instant{} + milliseconds(2750));
    CHECK(alone.effect_of(3) == FaultEffect::request_slowed);
    alone.store->end(FaultId{3});
    const Instant from = alone.queue.now();
    alone.store->put(of_size(1000, 1), Redundancy::regional, alone.user);
    alone.run();
    CHECK(alone.user.stored[1].first == from + milliseconds(1100));
}

TEST_CASE("object store: an unavailable one fails requests after the time-out, and keeps nothing") {
    Alone alone;
    alone.store->begin_unavailable(FaultId{4});
    alone.store->put(of_size(10, 1), Redundancy::geo, alone.user);
    alone.run();
    CHECK(alone.user.stored[0] == std::pair{Instant{} + seconds(30), Answer::unavailable});
    CHECK(alone.store->objects() == 0);
    CHECK(alone.effect_of(4) == FaultEffect::request_failed);
}

TEST_CASE("object store: the other region has a copy after the delay, and serves it alone") {
    Alone alone;
    const ObjectKey geo = alone.store->put(of_size(10, 1), Redundancy::geo, alone.user);
    const ObjectKey near = alone.store->put(of_size(10, 2), Redundancy::regional, alone.user);
    while (alone.user.stored.size() < 2) alone.queue.do_next();
    CHECK_FALSE(alone.store->is_copied(geo));
    alone.run();
    CHECK(alone.store->is_copied(geo));
    CHECK_FALSE(alone.store->is_copied(near));
    alone.store->begin_region_loss(FaultId{5});
    alone.store->get(geo, Region::away, alone.user);
    alone.run();
    CHECK(alone.user.got.back() == of_size(10, 1));
    alone.store->get(geo, Region::home, alone.user);
    alone.run();
    CHECK(alone.user.fetched.back().second == Answer::unavailable);
    CHECK(alone.effect_of(5) == FaultEffect::request_failed);
}

TEST_CASE("object store: rot changes one bit of one copy, and is seen by who reads it") {
    Alone alone;
    const Bytes object = of_size(64, 0);
    const ObjectKey key = alone.store->put(object, Redundancy::geo, alone.user);
    alone.run();
    Random bit(9);
    REQUIRE(alone.store->rot(FaultId{6}, key, bit));
    CHECK_FALSE(alone.effect_of(6));
    alone.store->get(key, Region::away, alone.user);
    alone.run();
    CHECK(alone.user.got.back() == object);
    CHECK_FALSE(alone.effect_of(6));
    alone.store->get(key, Region::home, alone.user);
    alone.run();
    int bits = 0;
    for (const std::byte byte : alone.user.got.back().view()) {
        bits += __builtin_popcount(std::to_integer<unsigned>(byte));
    }
    CHECK(bits == 1);
    CHECK(alone.effect_of(6) == FaultEffect::damage_found);
}

TEST_CASE("object store: what was lost, or never stored, is missed by who asks for it") {
    Alone alone;
    const ObjectKey lost = alone.store->put(of_size(8, 1), Redundancy::geo, alone.user);
    const ObjectKey hollow =
        alone.store->put_nothing(FaultId{8}, of_size(8, 1), Redundancy::regional, alone.user);
    alone.run();
    // Both puts were successes, as far as anybody was told.
    CHECK(alone.user.stored[0].second == Answer::done);
    CHECK(alone.user.stored[1].second == Answer::done);
    CHECK(alone.store->objects() == 2);
    alone.store->lose(FaultId{7}, lost);
    alone.store->get(lost, Region::home, alone.user);
    alone.store->get(lost, Region::away, alone.user);
    alone.store->get(hollow, Region::home, alone.user);
    alone.run();
    for (const auto& [at, answer] : alone.user.fetched) CHECK(answer == Answer::missing);
    CHECK(alone.effect_of(7) == FaultEffect::object_missed);
    CHECK(alone.effect_of(8) == FaultEffect::object_missed);
}

TEST_CASE("object store: a copy to try things on has the objects and leaves the line alone") {
    Alone alone;
    const ObjectKey key = alone.store->put(of_size(1000, 3), Redundancy::regional, alone.user);
    alone.run();
    ObjectStore copy(*alone.store, Random(2));
    Asked other;
    const Instant from = alone.queue.now();
    for (int i = 0; i < 5; ++i) copy.get(key, Region::home, other);
    alone.store->get(key, Region::home, alone.user);
    copy.remove(key);
    alone.run();
    CHECK(other.fetched.size() == 5);
    CHECK(alone.user.fetched[0].first == from + milliseconds(1100));
    CHECK(alone.user.got[0] == of_size(1000, 3));
    alone.store->begin_unavailable(FaultId{1});
    copy.list(other);
    CHECK(alone.effect_of(1) == FaultEffect::request_failed);
}
