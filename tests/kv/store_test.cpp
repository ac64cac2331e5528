// SPDX-License-Identifier: MIT
//
// Client sessions are those of Ongaro's thesis, section 6.3.
#include "core/kv/store.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::kv;

namespace {

Command write_of(std::uint64_t client, std::uint64_t sequence, Key key, Value value) {
    return {ClientId{client}, sequence, key, value};
}

}  // namespace

TEST_CASE("store: a register holds what was written last, and nothing before") {
    Store store;
    CHECK_FALSE(store.read(7).has_value());
    const auto applied = store.apply(LogIndex{1}, write_of(1, 1, 7, 40));
    REQUIRE(applied.has_value());
    CHECK(applied->index == LogIndex{1});
    CHECK_FALSE(applied->repeated);
    CHECK(store.read(7) == Value{40});
    store.apply(LogIndex{2}, write_of(1, 2, 7, 50));
    CHECK(store.read(7) == Value{50});
    CHECK_FALSE(store.read(8).has_value());
}

TEST_CASE("store: a value of 0 is a value") {
    Store store;
    store.apply(LogIndex{1}, write_of(1, 1, 7, 0));
    CHECK(store.read(7) == Value{0});
}

TEST_CASE("store: a retried command applies once, and answers as the first time (thesis 6.3)") {
    Store store;
    store.apply(LogIndex{1}, write_of(1, 1, 7, 40));
    store.apply(LogIndex{2}, write_of(2, 1, 7, 50));
    const std::uint64_t before = store.digest();
    const auto again = store.apply(LogIndex{3}, write_of(1, 1, 7, 40));
    REQUIRE(again.has_value());
    CHECK(again->repeated);
    CHECK(again->index == LogIndex{1});
    CHECK(store.read(7) == Value{50});
    CHECK(store.digest() == before);
}

TEST_CASE("store: a command older than the client's last is ignored (thesis 6.3)") {
    Store store;
    store.apply(LogIndex{1}, write_of(1, 1, 7, 40));
    store.apply(LogIndex{2}, write_of(1, 2, 7, 50));
    const std::uint64_t before = store.digest();
    CHECK_FALSE(store.apply(LogIndex{3}, write_of(1, 1, 7, 40)).has_value());
    CHECK(store.read(7) == Value{50});
    CHECK(store.digest() == before);
}

TEST_CASE("store: clients' sequences are their own") {
    Store store;
    store.apply(LogIndex{1}, write_of(1, 5, 7, 40));
    const auto other = store.apply(LogIndex{2}, write_of(2, 5, 8, 50));
    REQUIRE(other.has_value());
    CHECK_FALSE(other->repeated);
    CHECK(store.read(8) == Value{50});
    CHECK(store.sessions() == 2);
}

TEST_CASE("store: the first command of a client counts, whatever its sequence") {
    Store store;
    const auto applied = store.apply(LogIndex{1}, write_of(1, 0, 7, 40));
    REQUIRE(applied.has_value());
    CHECK_FALSE(applied->repeated);
    CHECK(store.read(7) == Value{40});
}

TEST_CASE("store: equal states have equal digests, whatever the order in which they came about") {
    Store one;
    one.apply(LogIndex{1}, write_of(1, 1, 7, 40));
    one.apply(LogIndex{2}, write_of(2, 1, 8, 50));
    one.apply(LogIndex{3}, write_of(3, 1, 7, 60));
    one.apply(LogIndex{4}, write_of(1, 2, 9, 70));
    Store other;
    other.apply(LogIndex{2}, write_of(2, 1, 8, 50));
    other.apply(LogIndex{3}, write_of(3, 1, 7, 60));
    other.apply(LogIndex{4}, write_of(1, 2, 9, 70));
    CHECK(one.digest() == other.digest());
}

TEST_CASE("store: registers and sessions both show in the digest") {
    const auto digest_of = [](LogIndex index, const Command& command) {
        Store store;
        store.apply(index, command);
        return store.digest();
    };
    const std::uint64_t digest = digest_of(LogIndex{1}, write_of(1, 1, 7, 40));
    CHECK(digest != Store().digest());
    CHECK(digest != digest_of(LogIndex{1}, write_of(1, 1, 7, 41)));
    CHECK(digest != digest_of(LogIndex{1}, write_of(1, 1, 8, 40)));
    CHECK(digest != digest_of(LogIndex{1}, write_of(2, 1, 7, 40)));
    CHECK(digest != digest_of(LogIndex{1}, write_of(1, 2, 7, 40)));
    CHECK(digest != digest_of(LogIndex{2}, write_of(1, 1, 7, 40)));
}
