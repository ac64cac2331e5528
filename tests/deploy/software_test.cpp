// SPDX-License-Identifier: MIT
#include "sim/host/software.hpp"

#include "tests/catch.hpp"

namespace {

using namespace shaketable;

TEST_CASE("software: a store is in the format of the last entry that began one") {
    novacron::kv::Store store;
    CHECK(format_of(store) == kFirstFormat);
    store.apply(novacron::LogIndex{1}, format_command(2));
    CHECK(format_of(store) == 2);
    store.apply(novacron::LogIndex{2}, format_command(4));
    store.apply(novacron::LogIndex{3}, format_command(3));
    CHECK(format_of(store) == 4);
    const auto restored = novacron::kv::Store::decode(store.encode());
    REQUIRE(restored.has_value());
    CHECK(format_of(*restored) == 4);
}

TEST_CASE("software: an entry of a client begins no format") {
    novacron::Entry entry;
    entry.data = novacron::Bytes(novacron::kv::encode(format_command(7)));
    CHECK(format_of(entry) == 7U);
    novacron::kv::Command command = format_command(7);
    command.client.value = 1;
    entry.data = novacron::Bytes(novacron::kv::encode(command));
    CHECK_FALSE(format_of(entry).has_value());
    entry.kind = novacron::EntryKind::noop;
    entry.data = {};
    CHECK_FALSE(format_of(entry).has_value());
}

TEST_CASE("software: a version reads both ends of its range") {
    const Software software{0, 2, 4, 3};
    CHECK_FALSE(software.reads(1));
    CHECK(software.reads(2));
    CHECK(software.reads(4));
    CHECK_FALSE(software.reads(5));
}

}  // namespace
