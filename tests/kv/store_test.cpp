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

namespace {

Store sample() {
    Store store;
    store.apply(LogIndex{1}, write_of(9, 4, ~Key{0}, 40));
    store.apply(LogIndex{2}, write_of(1, 1, 7, 50));
    store.apply(LogIndex{4}, write_of(9, 5, 8, 60));
    return store;
}

}  // namespace

TEST_CASE("store: an encoded store decodes to the same state, sessions included") {
    const Store store = sample();
    auto decoded = Store::decode(store.encode());
    REQUIRE(decoded.has_value());
    CHECK(decoded->digest() == store.digest());
    CHECK(decoded->encode() == store.encode());
    CHECK(decoded->read(~Key{0}) == Value{40});
    const auto repeated = decoded->apply(LogIndex{5}, write_of(9, 5, 8, 60));
    REQUIRE(repeated.has_value());
    CHECK(repeated->repeated);
    CHECK(repeated->index == LogIndex{4});
    CHECK_FALSE(decoded->apply(LogIndex{6}, write_of(9, 4, 8, 70)).has_value());
    CHECK(Store::decode(Store().encode())->digest() == Store().digest());
}

TEST_CASE("store: equal states are equal bytes, whatever the order in which they came about") {
    Store other;
    other.apply(LogIndex{2}, write_of(1, 1, 7, 50));
    other.apply(LogIndex{3}, write_of(9, 4, ~Key{0}, 40));
    other.apply(LogIndex{4}, write_of(9, 5, 8, 60));
    CHECK(other.encode() == sample().encode());
}

TEST_CASE("store: bytes that are no store's are refused, and ask for no memory") {
    const std::vector<std::byte> sound = sample().encode();
    for (std::size_t size = 0; size < sound.size(); ++size) {
        REQUIRE_FALSE(Store::decode(std::span(sound).first(size)).has_value());
    }
    std::vector<std::byte> bytes = sound;
    bytes.push_back(std::byte{0});
    CHECK_FALSE(Store::decode(bytes).has_value());
    bytes = sound;
    bytes[7] = std::byte{0xff};  // a count that the bytes can't hold
    CHECK_FALSE(Store::decode(bytes).has_value());
    bytes = sound;
    std::swap_ranges(bytes.begin() + 8, bytes.begin() + 24, bytes.begin() + 24);
    CHECK_FALSE(Store::decode(bytes).has_value());  // registers out of order
    const std::size_t sessions = 8 + 3 * 16 + 8;
    bytes = sound;
    const auto first = bytes.begin() + sessions;
    std::swap_ranges(first, first + 24, first + 24);
    CHECK_FALSE(Store::decode(bytes).has_value());  // sessions out of order
}
