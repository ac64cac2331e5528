// SPDX-License-Identifier: MIT
#include "core/backup/delta.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/little_endian.hpp"
#include "core/kv/store.hpp"

namespace novacron::backup {
namespace {

using View = std::span<const std::byte>;

constexpr std::array<std::size_t, 2> kRecordSizes = {16, 24};  // registers, sessions

struct Lists {
    std::array<View, 2> records;
};

// REQUIRES: the bytes are those of a store.
Lists split(View bytes) {
    Lists lists;
    for (std::size_t i = 0; i < kRecordSizes.size(); ++i) {
        const std::size_t size = load<std::uint64_t>(bytes.data()) * kRecordSizes[i];
        lists.records[i] = bytes.subspan(8, size);
        bytes = bytes.subspan(8 + size);
    }
    return lists;
}

std::uint64_t key_of(View records) { return load<std::uint64_t>(records.data()); }

void put_list(std::vector<std::byte>& out, const std::vector<std::byte>& list, std::size_t size) {
    out.resize(out.size() + 8);
    store(out.data() + out.size() - 8, static_cast<std::uint64_t>(list.size() / size));
    out.insert(out.end(), list.begin(), list.end());
}

void put(std::vector<std::byte>& out, View record) {
    out.insert(out.end(), record.begin(), record.end());
}

// The records of `later` that `earlier` has not, or has otherwise; nothing if one is lost.
std::optional<std::vector<std::byte>> changes(View earlier, View later, std::size_t size) {
    std::vector<std::byte> changed;
    for (; !later.empty(); later = later.subspan(size)) {
        const View record = later.first(size);
        if (!earlier.empty() && key_of(earlier) < key_of(record)) return std::nullopt;
        if (earlier.empty() || key_of(earlier) > key_of(record)) {
            put(changed, record);
            continue;
        }
        if (!std::equal(record.begin(), record.end(), earlier.begin())) put(changed, record);
        earlier = earlier.subspan(size);
    }
    if (!earlier.empty()) return std::nullopt;
    return changed;
}

std::vector<std::byte> merge(View earlier, View delta, std::size_t size) {
    std::vector<std::byte> merged;
    while (!earlier.empty() || !delta.empty()) {
        const bool takes_delta =
            earlier.empty() || (!delta.empty() && key_of(delta) <= key_of(earlier));
        if (!takes_delta) {
            put(merged, earlier.first(size));
            earlier = earlier.subspan(size);
            continue;
        }
        if (!earlier.empty() && key_of(earlier) == key_of(delta)) earlier = earlier.subspan(size);
        put(merged, delta.first(size));
        delta = delta.subspan(size);
    }
    return merged;
}

bool are_stores(View a, View b) {
    return kv::Store::decode(a).has_value() && kv::Store::decode(b).has_value();
}

}  // namespace

std::optional<std::vector<std::byte>> make_delta(View earlier, View later) {
    if (!are_stores(earlier, later)) return std::nullopt;
    const Lists a = split(earlier);
    const Lists b = split(later);
    std::vector<std::byte> delta;
    for (std::size_t i = 0; i < kRecordSizes.size(); ++i) {
        const auto changed = changes(a.records[i], b.records[i], kRecordSizes[i]);
        if (!changed) return std::nullopt;
        put_list(delta, *changed, kRecordSizes[i]);
    }
    return delta;
}

std::optional<std::vector<std::byte>> apply_delta(View earlier, View delta) {
    if (!are_stores(earlier, delta)) return std::nullopt;
    const Lists a = split(earlier);
    const Lists b = split(delta);
    std::vector<std::byte> later;
    for (std::size_t i = 0; i < kRecordSizes.size(); ++i) {
        put_list(later, merge(a.records[i], b.records[i], kRecordSizes[i]), kRecordSizes[i]);
    }
    return later;
}

}  // namespace novacron::backup
