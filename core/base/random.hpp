// SPDX-License-Identifier: MIT
//
// Random numbers that belong to a name. A `Random` is a stream: draw number n of a stream is a pure
// function of the seed, the names the stream was forked by, and n.
//
// Intuition: every component forks its own streams (`random.fork("net/latency")`), so a new draw in
// one place leaves every other place as it was, and two runs of different scenarios with one seed
// still share the draws of what they have in common.
//
// Source: the output function is the 64-bit finaliser "variant 13" of D. Stafford that SplitMix64
// uses (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), here
// applied to key + n * gamma, which makes it counter-based: skipping ahead is an addition.
//
// Not modelled: secrecy. Whoever sees one draw can compute the rest.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/check.hpp"
#include "core/base/digest.hpp"
#include "core/base/time.hpp"
#include "core/base/wide.hpp"

namespace novacron {

class Random {
public:
    constexpr explicit Random(std::uint64_t seed) : key_(mix(seed)) {}

    // An independent stream. Forking draws nothing: it depends on this stream's key and the name
    // alone.
    [[nodiscard]] constexpr Random fork(std::string_view name) const {
        Digest digest(key_);
        digest.add(name);
        return Random(digest.value());
    }
    [[nodiscard]] constexpr Random fork(std::string_view name, std::uint64_t number) const {
        Digest digest(key_);
        digest.add(name);
        digest.add(number);
        return Random(digest.value());
    }

    // Uniform over all 64-bit words.
    constexpr std::uint64_t bits() { return mix(key_ + kGamma * ++drawn_); }

    // Uniform over 0 .. bound - 1, by multiplication; the bias is below bound / 2^64.
    // REQUIRES: bound is at least 1.
    constexpr std::uint64_t below(std::uint64_t bound) {
        check(bound > 0, "a random number below 0 was asked for");
        return static_cast<std::uint64_t>((static_cast<UnsignedWide>(bits()) * bound) >> 64U);
    }

    // Uniform over [low, high], both ends included, in whole nanoseconds.
    // REQUIRES: low is at most high.
    constexpr Duration between(Duration low, Duration high) {
        check(low <= high, "a random duration was asked for between ends in the wrong order");
        return low + Duration{static_cast<std::int64_t>(
                         below(static_cast<std::uint64_t>(high.ns - low.ns) + 1))};
    }

    // Skips n draws, as if they had been taken.
    constexpr void skip(std::uint64_t n) { drawn_ += n; }
    constexpr std::uint64_t drawn() const { return drawn_; }

private:
    static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15U;

    static constexpr std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    std::uint64_t key_;
    std::uint64_t drawn_ = 0;
};

}  // namespace novacron
