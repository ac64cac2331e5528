// SPDX-License-Identifier: MIT
#include "core/backup/object.hpp"

#include <vector>

#include "core/base/random.hpp"
#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;

const Head kHead{Kind::incremental, TimelineId{2}, LogIndex{30}, LogIndex{30}, LogIndex{20}, at(-3),
                 at(4)};

TEST_CASE("backup object: what was made reads back equal") {
    const std::vector<std::byte> payload(37, std::byte{5});
    const Bytes bytes = make_object(kHead, payload);
    CHECK(bytes.size() == kHeadSize + 37);
    const auto object = read_object(bytes.view());
    REQUIRE(object);
    CHECK(object->head == kHead);
    CHECK(std::vector(object->payload.begin(), object->payload.end()) == payload);
    CHECK(read_object(make_object(kHead, {}).view()));
}

TEST_CASE("backup object: any change of a bit, and any missing end, is found") {
    const std::vector<std::byte> payload(20, std::byte{5});
    const Bytes bytes = make_object(kHead, payload);
    std::vector<std::byte> changed(bytes.view().begin(), bytes.view().end());
    for (std::size_t bit = 0; bit < 8 * changed.size(); ++bit) {
        changed[bit / 8] ^= std::byte{1} << (bit % 8);
        REQUIRE_FALSE(read_object(changed));
        changed[bit / 8] ^= std::byte{1} << (bit % 8);
    }
    for (std::size_t size = 0; size < changed.size(); ++size) {
        REQUIRE_FALSE(read_object(bytes.view().first(size)));
    }
    changed.push_back(std::byte{0});
    CHECK_FALSE(read_object(changed));
}

TEST_CASE("backup object: records read back equal, and only as many as there are") {
    std::vector<Archived> records;
    for (std::uint64_t i = 5; i <= 9; ++i) {
        const std::vector<std::byte> data(i % 3, std::byte{9});
        records.push_back({LogIndex{i}, at(static_cast<std::int64_t>(i)), Bytes(data)});
    }
    const auto payload = encode_records(records);
    CHECK(decode_records(payload, LogIndex{5}, LogIndex{9}) == records);
    CHECK_FALSE(decode_records(payload, LogIndex{5}, LogIndex{8}));
    CHECK_FALSE(decode_records(payload, LogIndex{5}, LogIndex{10}));
    for (std::size_t size = 0; size < payload.size(); ++size) {
        REQUIRE_FALSE(decode_records(std::span(payload).first(size), LogIndex{5}, LogIndex{9}));
    }
}

}  // namespace
