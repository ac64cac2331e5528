// SPDX-License-Identifier: MIT
//
// Where a search has been: digests of 128 bits, in one array.
//
// Intuition: the digest of a set is the sum of its members' random-looking words, so that a member
// comes and goes in constant time whatever the order. Two sets share a digest with a probability of
// 2^-128: among a billion places of a search, less than 10^-20.
//
// Invariant: at most three quarters of the array are taken. Memory: 16 bytes a place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/digest.hpp"

namespace shaketable::history {

struct Place {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

// Of a set of numbers.
class SetDigest {
public:
    void add(std::uint32_t member) {
        place_.a += novacron::stir(member, 1);
        place_.b += novacron::stir(member, 2);
    }
    void remove(std::uint32_t member) {
        place_.a -= novacron::stir(member, 1);
        place_.b -= novacron::stir(member, 2);
    }
    // The set, and a state beside it.
    Place with(std::uint32_t position, std::uint32_t state, bool flag) const {
        const std::uint64_t word = (std::uint64_t{position} << 32U) | state;
        const std::uint64_t stirred = novacron::stir(word, flag ? 4 : 3);
        return {novacron::stir(place_.a, stirred), novacron::stir(place_.b, ~stirred)};
    }

private:
    Place place_;
};

class Seen {
public:
    // False if it was there already.
    bool insert(Place place) {
        if (place == Place{}) place.b = 1;  // zero marks what is free
        if (4 * (size_ + 1) > 3 * places_.size()) grow();
        Place& at = find(place);
        if (at == place) return false;
        at = place;
        ++size_;
        return true;
    }
    std::size_t size() const { return size_; }

private:
    Place& find(const Place& place) {
        const std::size_t mask = places_.size() - 1;
        std::size_t at = place.a & mask;
        while (!(places_[at] == Place{}) && !(places_[at] == place)) at = (at + 1) & mask;
        return places_[at];
    }
    void grow() {
        std::vector<Place> old(places_.empty() ? 64 : 2 * places_.size());
        old.swap(places_);
        for (const Place& place : old) {
            if (!(place == Place{})) find(place) = place;
        }
    }

    std::vector<Place> places_;  // a power of two
    std::size_t size_ = 0;
};

}  // namespace shaketable::history
