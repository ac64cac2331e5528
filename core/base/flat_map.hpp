// SPDX-License-Identifier: MIT
//
// A map from 64-bit keys to small values, in one array: open addressing with linear probing.
//
// Intuition: a key starts at the place its hash says and goes to the next free one; looking it up
// walks the same way. At most half of the places are taken, so a walk is a step or two, in one
// cache line as a rule. There is no removal and, on purpose, no iteration: its order would be the
// hash's.
//
// Invariant: at most half of the places are taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/digest.hpp"

namespace novacron {

template <class Value>
class FlatMap {
public:
    // The key's value, default-constructed and inserted if it is new; and whether it is.
    std::pair<Value*, bool> insert(std::uint64_t key) {
        if (2 * (size_ + 1) > places_.size()) grow();
        Place& place = places_[find_place(key)];
        const bool is_new = !place.taken;
        if (is_new) {
            place = Place{key, true, Value{}};
            ++size_;
        }
        return {&place.value, is_new};
    }
    // Nothing if the key was never inserted. Valid until the next insertion.
    const Value* find(std::uint64_t key) const {
        if (places_.empty()) return nullptr;
        const Place& place = places_[find_place(key)];
        return place.taken ? &place.value : nullptr;
    }
    std::size_t size() const { return size_; }

private:
    struct Place {
        std::uint64_t key = 0;
        bool taken = false;
        Value value{};
    };

    // Where the key is, or where it would go. REQUIRES: a place is free.
    std::size_t find_place(std::uint64_t key) const {
        const std::size_t mask = places_.size() - 1;
        std::size_t at = stir(key, 0) & mask;
        while (places_[at].taken && places_[at].key != key) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        std::vector<Place> old(places_.empty() ? 16 : 2 * places_.size());
        old.swap(places_);
        for (Place& place : old) {
            if (place.taken) places_[find_place(place.key)] = std::move(place);
        }
    }

    std::vector<Place> places_;  // a power of two
    std::size_t size_ = 0;
};

}  // namespace novacron
