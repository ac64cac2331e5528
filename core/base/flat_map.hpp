// SPDX-License-Identifier: MIT
//
// A map from 64-bit keys to small values, in one array: open addressing with linear probing.
//
// Intuition: a key starts at the place its hash says and goes to the next free one; looking it up
// walks the same way. At most half of the places are taken, so a walk is a step or two, in one
// cache line as a rule. There is no removal and, on purpose, no iteration: its order would be the
// hash's; who wants all keys gets them sorted. A free place is one whose key is the largest; the
// value of that key has its own place.
//
// Invariant: at most half of the places are taken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/digest.hpp"

namespace novacron {

template <class Value>
class FlatMap {
public:
    // The key's value, default-constructed and inserted if it is new; and whether it is.
    std::pair<Value*, bool> insert(std::uint64_t key) {
        if (key == kFree) {
            const bool is_new = !of_largest_key_.has_value();
            if (is_new) of_largest_key_ = Value{};
            return {&*of_largest_key_, is_new};
        }
        if (2 * (taken_ + 1) > places_.size()) grow();
        Place& place = places_[find_place(key)];
        const bool is_new = place.key == kFree;
        if (is_new) {
            place.key = key;
            ++taken_;
        }
        return {&place.value, is_new};
    }
    // Nothing if the key was never inserted. Valid until the next insertion.
    const Value* find(std::uint64_t key) const {
        if (key == kFree) return of_largest_key_ ? &*of_largest_key_ : nullptr;
        if (places_.empty()) return nullptr;
        const Place& place = places_[find_place(key)];
        return place.key == key ? &place.value : nullptr;
    }
    std::vector<std::uint64_t> sorted_keys() const {
        std::vector<std::uint64_t> keys;
        keys.reserve(size());
        for (const Place& place : places_) {
            if (place.key != kFree) keys.push_back(place.key);
        }
        std::sort(keys.begin(), keys.end());
        if (of_largest_key_) keys.push_back(kFree);
        return keys;
    }
    std::size_t size() const { return taken_ + (of_largest_key_ ? 1U : 0U); }

private:
    static constexpr std::uint64_t kFree = ~std::uint64_t{0};
    struct Place {
        std::uint64_t key = kFree;
        Value value{};
    };

    // Where the key is, or where it would go. REQUIRES: a place is free.
    std::size_t find_place(std::uint64_t key) const {
        const std::size_t mask = places_.size() - 1;
        std::size_t at = stir(key, 0) & mask;
        while (places_[at].key != key && places_[at].key != kFree) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        std::vector<Place> old(places_.empty() ? 16 : 2 * places_.size());
        old.swap(places_);
        for (Place& place : old) {
            if (place.key != kFree) places_[find_place(place.key)] = std::move(place);
        }
    }

    std::vector<Place> places_;  // a power of two
    std::size_t taken_ = 0;
    std::optional<Value> of_largest_key_;
};

}  // namespace novacron
