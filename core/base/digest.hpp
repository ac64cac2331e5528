// SPDX-License-Identifier: MIT
//
// A rolling 64-bit digest of a sequence of words: the same words in the same order give the same
// value on every platform, and any change, swap or omission gives another with probability
// 1 - 2^-64.
//
// Intuition: a 64 x 64 -> 128-bit multiplication, its halves folded together, stirs all bits of
// both operands (the "mum" step of wyhash-like hashes). It is no defence against someone who wants
// a collision: it finds accidents, not attacks.
//
// `Digest` depends on order; `stir` is its one step, good also as a hash of one or two words.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/wide.hpp"
#include "core/base/little_endian.hpp"

namespace novacron {

// The well-mixed product of two words.
constexpr std::uint64_t stir(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<UnsignedWide>(a ^ 0x9e3779b97f4a7c15U) *
                         static_cast<UnsignedWide>(b ^ 0xd1b54a32d192ed03U);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

class Digest {
public:
    constexpr Digest() = default;
    constexpr explicit Digest(std::uint64_t state) : state_(state) {}

    // The rotation keeps a product that happens to be small from losing the history before it.
    constexpr void add(std::uint64_t word) {
        state_ = stir(state_, word) + ((state_ << 23U) | (state_ >> 41U));
    }
    constexpr void add(std::string_view text) {
        for (const char c : text) add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
        add(static_cast<std::uint64_t>(text.size()));
    }
    // Eight bytes a word, the first byte lowest; the length counts too.
    void add(std::span<const std::byte> bytes) {
        std::size_t at = 0;
        for (; at + 8 <= bytes.size(); at += 8) add(load<std::uint64_t>(bytes.data() + at));
        if (at < bytes.size()) {
            std::array<std::byte, 8> rest{};
            std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), rest.begin());
            add(load<std::uint64_t>(rest.data()));
        }
        add(static_cast<std::uint64_t>(bytes.size()));
    }
    constexpr std::uint64_t value() const { return state_; }

    friend constexpr bool operator==(Digest, Digest) = default;

private:
    std::uint64_t state_ = 0x6a09e667f3bcc908U;
};

}  // namespace novacron
